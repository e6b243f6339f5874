"""What a policy can never do, whatever it says; and what it does when it is asked."""

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from alerts.hours import Hours
from alerts.incident import Assessment, Category, Hypothesis, Incident
from alerts.ladder import Step
from alerts.policy import (
    PROTECTED,
    SHIPPED,
    Because,
    Grounds,
    Guardrails,
    Mode,
    Outcome,
    Person,
    Policy,
    Response,
    Tally,
    TenantTerms,
    decide,
)
from alerts.rule import SEVERITIES, Rule, When
from detectors.core.context import AccountKind
from detectors.core.event import HOUR
from detectors.core.finding import Severity, Theme
from detectors.core.identity import Subject, SubjectKind
from detectors.core.place import NetworkKind

NOW = 1_768_431_600_000  # 2026-01-14 23:00 UTC
FOUND = Grounds(unlearned=True)
LEARNED = Grounds(unlearned=False)


def incident(
    category: Category = Category.ACCOUNT_TAKEOVER,
    severity: Severity = Severity.HIGH,
    *,
    tenant: str = "acme",
    kind: SubjectKind = SubjectKind.ACCOUNT,
    taken_over: float = 0.9,
    confidence: int = 90,
) -> Incident:
    rest = (1 - taken_over) / 3
    return Incident(
        id=b"i" * 16,
        subject=Subject(kind, tenant, "u-1"),
        theme=Theme.USE,
        category=category,
        severity=severity,
        confidence=confidence,
        assessment=Assessment((rest, rest, rest, taken_over), 0.2, ()),
        findings=(b"f" * 16,),
        opened=NOW - HOUR,
        updated=NOW,
        reached=NOW,
    )


def acting(*rules: Rule, **more: Any) -> Policy:
    return Policy(mode=Mode.ACT, rules=rules, **more)


def rule(*then: str, name: str = "r", **more: Any) -> Rule:
    return Rule(name=name, then=frozenset(then), **more)


def told(responses: tuple[Response, ...]) -> list[tuple[str, str, str | None]]:
    return [(r.step.word, r.outcome.value, r.because and r.because.value) for r in responses]


def decided(policy: Policy, one: Incident | None = None, **more: Any) -> list[Any]:
    given_ = {"grounds": FOUND, "person": Person(), "tally": Tally(), "now": NOW} | more
    return told(
        decide(
            incident() if one is None else one,
            given_["grounds"],
            policy,
            given_["person"],
            given_["tally"],
            given_["now"],
        )
    )


ALL = tuple(step.word for step in Step)
KNOWN = Person(tags=frozenset(("night-shift",)), roles=frozenset(("supervisor",)), mfa=False)
TABLE = Path(__file__).with_name("decisions.csv")


def test_by_itself_it_goes_up_to_ending_sessions() -> None:
    assert decided(acting(rule(*ALL))) == [
        ("notify", "act", None),
        ("challenge", "act", None),
        ("revoke", "act", None),
        ("suspend", "propose", "people"),
        ("deactivate", "propose", "people"),
    ]


def test_it_suspends_alone_only_where_it_says_so_and_until_when() -> None:
    policy = acting(rule("suspend", hours=8, alone=True))
    (response,) = decide(incident(), FOUND, policy, Person(), Tally(), NOW)
    assert response.outcome is Outcome.ACT
    assert response.until == NOW + 8 * HOUR
    assert decided(acting(rule("suspend", hours=8))) == [("suspend", "propose", "people")]


def test_at_first_nothing_is_done_but_told() -> None:
    assert decided(SHIPPED) == [
        ("notify", "shadow", None),
        ("challenge", "shadow", None),
        ("revoke", "shadow", None),
    ]
    assert decided(SHIPPED, incident(Category.CREDENTIAL_SHARING)) == [
        ("challenge", "shadow", None)
    ]


def test_a_model_alone_ends_no_session() -> None:
    assert decided(acting(rule(*ALL)), grounds=LEARNED)[1:] == [
        ("challenge", "act", None),
        ("revoke", "propose", "grounds"),
        ("suspend", "propose", "grounds"),
        ("deactivate", "propose", "grounds"),
    ]


@pytest.mark.parametrize("kind", sorted(PROTECTED, key=str))
def test_protected_accounts_are_for_people_even_where_a_policy_forgets_them(
    kind: AccountKind,
) -> None:
    policy = acting(rule("notify", "revoke"), protected=frozenset())
    found = decided(policy, person=Person(kind=kind))
    assert found == [("notify", "propose", "protected"), ("revoke", "propose", "protected")]


def test_guardrails_stop_and_call_people() -> None:
    policy = acting(rule("revoke"), guardrails=Guardrails(per_hour=5, per_tenant_hour=2))
    assert decided(policy, tally=Tally(hour=4, tenant_hour=1)) == [("revoke", "act", None)]
    held = decided(policy, tally=Tally(hour=4, tenant_hour=2))
    assert held == [("revoke", "hold", "tenant_guardrail")]
    assert decided(policy, tally=Tally(hour=5)) == [("revoke", "hold", "guardrail")]
    none = acting(rule("notify"), guardrails=Guardrails(per_hour=0, per_tenant_hour=0))
    assert decided(none) == [("notify", "hold", "tenant_guardrail")]


def test_what_is_in_force_is_not_asked_for_again() -> None:
    found = decided(acting(rule("challenge", "revoke")), tally=Tally(reached=Step.CHALLENGE))
    assert found == [("revoke", "act", None)]


def test_addresses_and_tenants_are_for_people() -> None:
    for kind in (SubjectKind.SOURCE, SubjectKind.TENANT):
        assert decided(acting(rule(*ALL)), incident(kind=kind)) == []


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        (When(), True),
        (When(severity="critical"), False),
        (When(category=frozenset((Category.ACCOUNT_TAKEOVER,))), True),
        (When(category=frozenset((Category.OVERLOAD,))), False),
        (When(confidence=91), False),
        (When(assessment={Hypothesis.TAKEN_OVER: 0.9}), True),
        (When(assessment={Hypothesis.TAKEN_OVER: 0.9, Hypothesis.SHARED: 0.5}), False),
        (When(attack=0.3), False),
        (When(tenants=frozenset(("acme",))), True),
        (When(tenants=frozenset(("other",))), False),
        (When(kinds=frozenset((AccountKind.KIOSK,))), False),
        (When(tags=frozenset(("night-shift", "emea"))), True),
        (When(tags=frozenset(("emea",))), False),
        (When(roles=frozenset(("supervisor",))), True),
        (When(roles=frozenset(("agent",))), False),
        (When(mfa=False), True),
        (When(mfa=True), False),
        (When(privileged=True), False),
        (When(privileged=False), True),
        (When(networks=frozenset((NetworkKind.VPN, NetworkKind.TOR))), True),
        (When(networks=frozenset((NetworkKind.HOSTING,))), False),
        (When(unlearned=True), True),
        (When(during=Hours(from_="22:00", to="06:00")), True),
        (When(during=Hours(from_="06:00", to="22:00")), False),
    ],
)
def test_all_that_is_said_has_to_hold(when: When, fits: bool) -> None:
    grounds = Grounds(unlearned=True, networks=frozenset((NetworkKind.TOR,)))
    policy = acting(rule("notify", when=when))
    assert bool(decided(policy, grounds=grounds, person=KNOWN)) is fits


@pytest.mark.parametrize("when", [When(mfa=True), When(mfa=False), When(tags=frozenset("a"))])
def test_what_nobody_said_of_an_account_does_not_hold(when: When) -> None:
    assert decided(acting(rule("notify", when=when))) == []


def test_people_are_not_written_to_at_night_unless_it_is_grave() -> None:
    quiet = TenantTerms(quiet=Hours(from_="22:00", to="07:00"))
    policy = acting(rule("notify", "challenge"), tenants={"acme": quiet})
    mild = decide(incident(severity=Severity.MEDIUM), FOUND, policy, Person(), Tally(), NOW)
    assert [one.not_before for one in mild] == [NOW + 8 * HOUR, NOW]
    grave = decide(incident(), FOUND, policy, Person(), Tally(), NOW)
    assert [one.not_before for one in grave] == [NOW, NOW]


def test_of_two_rules_for_one_step_the_one_that_goes_further_counts() -> None:
    short = rule("suspend", name="short", hours=1, alone=True)
    long = rule("suspend", name="long", hours=9, alone=True)
    for rules in ((short, long), (long, short)):
        (response,) = decide(incident(), FOUND, acting(*rules), Person(), Tally(), NOW)
        assert response.rule == "long"


RULES = st.lists(
    st.builds(
        Rule,
        name=st.sampled_from(["a", "b", "c"]),
        then=st.frozensets(st.sampled_from(ALL), min_size=1),
        when=st.builds(
            When,
            severity=st.sampled_from(["informational", "low", "medium", "high", "critical"]),
            unlearned=st.booleans(),
        ),
        hours=st.none() | st.integers(1, 720),
        alone=st.booleans(),
        enabled=st.booleans(),
    ),
    max_size=6,
).map(tuple)
POLICIES = st.builds(
    Policy,
    mode=st.sampled_from(Mode),
    approvals=st.integers(0, 1),
    protected=st.frozensets(st.sampled_from(AccountKind)),
    guardrails=st.builds(Guardrails, per_hour=st.integers(0, 4), per_tenant_hour=st.integers(0, 4)),
    rules=RULES,
)
PEOPLE = st.builds(Person, kind=st.sampled_from(AccountKind), privileged=st.booleans())
TALLIES = st.builds(
    Tally, hour=st.integers(0, 5), tenant_hour=st.integers(0, 5), reached=st.sampled_from(Step)
)
INCIDENTS = st.builds(
    incident,
    category=st.sampled_from(Category),
    severity=st.sampled_from(Severity),
    kind=st.sampled_from(SubjectKind),
    taken_over=st.floats(0, 1),
)


@given(POLICIES, INCIDENTS, st.booleans(), PEOPLE, TALLIES)
def test_whatever_a_policy_says_these_hold(
    policy: Policy, one: Incident, unlearned: bool, person: Person, tally: Tally
) -> None:
    grounds = Grounds(unlearned=unlearned)
    found = decide(one, grounds, policy, person, tally, NOW)
    assert found == decide(one, grounds, policy, person, tally, NOW)
    assert [r.step for r in found] == sorted({r.step for r in found})
    for response in found:
        assert response.step > tally.reached
        if response.outcome is not Outcome.ACT:
            continue
        assert policy.mode is Mode.ACT
        assert response.step < Step.DEACTIVATE
        assert response.step <= Step.CHALLENGE or unlearned
        assert person.kind not in PROTECTED
        assert tally.hour < policy.guardrails.per_hour
        assert tally.tenant_hour < policy.guardrails.per_tenant_hour
        if response.step is Step.SUSPEND:
            assert response.until is not None
            assert response.until > NOW
    if policy.mode is Mode.SHADOW:
        assert not any(r.outcome in (Outcome.ACT, Outcome.HOLD) for r in found)


@given(POLICIES, INCIDENTS, PEOPLE)
def test_more_evidence_never_does_less(policy: Policy, one: Incident, person: Person) -> None:
    graver = structs.replace(one, severity=Severity.CRITICAL)
    fewer = {r.step for r in decide(one, FOUND, policy, person, Tally(), NOW)}
    assert fewer <= {r.step for r in decide(graver, FOUND, policy, person, Tally(), NOW)}


@given(POLICIES, INCIDENTS, PEOPLE, TALLIES, st.integers(0, 7 * 24), st.booleans())
def test_quiet_hours_move_only_when_people_are_written_to(
    policy: Policy, one: Incident, person: Person, tally: Tally, hour: int, has_days: bool
) -> None:
    now = NOW + hour * HOUR
    days = frozenset(("sat", "sun")) if has_days else frozenset()
    quiet = Hours(from_="19:30", to="08:15", zone="Europe/Paris", days=days)
    hushed = structs.replace(policy, tenants={"acme": TenantTerms(quiet=quiet)})
    loud = decide(one, FOUND, policy, person, tally, now)
    found = decide(one, FOUND, hushed, person, tally, now)
    assert [structs.replace(r, not_before=0) for r in found] == [
        structs.replace(r, not_before=0) for r in loud
    ]
    for response in found:
        may_wait = response.step is Step.NOTIFY and one.severity < Severity.HIGH
        assert response.not_before == (quiet.end(now) if may_wait else now)
        assert not may_wait or not quiet.hold(response.not_before)


@given(POLICIES, RULES, INCIDENTS, PEOPLE, st.booleans())
def test_one_more_rule_takes_no_step_away(
    policy: Policy, more: tuple[Rule, ...], one: Incident, person: Person, unlearned: bool
) -> None:
    grounds = Grounds(unlearned=unlearned)
    fewer = decide(one, grounds, policy, person, Tally(), NOW)
    wider = structs.replace(policy, rules=policy.rules + more)
    found = {r.step: r for r in decide(one, grounds, wider, person, Tally(), NOW)}
    for response in fewer:
        assert response.step in found
        # What would be done is not proposed instead because of another rule.
        assert response.outcome is not Outcome.ACT or found[response.step].outcome is Outcome.ACT


@given(POLICIES, INCIDENTS, PEOPLE, TALLIES)
def test_a_rule_that_is_not_enabled_is_none(
    policy: Policy, one: Incident, person: Person, tally: Tally
) -> None:
    without = structs.replace(policy, rules=tuple(r for r in policy.rules if r.enabled))
    assert decide(one, FOUND, policy, person, tally, NOW) == decide(
        one, FOUND, without, person, tally, NOW
    )


@given(POLICIES, INCIDENTS, PEOPLE, st.booleans())
def test_the_shadow_tells_what_would_be_done(
    policy: Policy, one: Incident, person: Person, unlearned: bool
) -> None:
    grounds = Grounds(unlearned=unlearned)
    # Guardrails are for what is done.
    wide = Guardrails(per_hour=100, per_tenant_hour=100)
    acts = structs.replace(policy, mode=Mode.ACT, guardrails=wide)
    shadow = structs.replace(acts, mode=Mode.SHADOW)
    done = decide(one, grounds, acts, person, Tally(), NOW)
    told_ = decide(one, grounds, shadow, person, Tally(), NOW)
    assert [structs.replace(r, outcome=Outcome.ACT) for r in told_] == [
        structs.replace(r, outcome=Outcome.ACT) for r in done
    ]
    assert all(
        (a.outcome is Outcome.ACT) == (b.outcome is Outcome.SHADOW)
        for a, b in zip(done, told_, strict=True)
    )


def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row["case"])
def test_the_table_that_people_read(row: dict[str, str]) -> None:
    policy = structs.replace(SHIPPED, mode=Mode(row["mode"]))
    if row["rule"]:
        words = row["rule"].split()
        alone = "alone" in words
        steps = frozenset(word for word in words if word in ALL)
        made = Rule(name="r", then=steps, hours=8 if alone else None, alone=alone)
        policy = structs.replace(policy, rules=(made,))
    one = incident(Category(row["category"]), SEVERITIES[row["severity"]])
    person = Person(kind=AccountKind(row["kind"]))
    done = int(row["done"])
    grounds = Grounds(unlearned=row["grounds"] == "found")
    found = decide(one, grounds, policy, person, Tally(hour=done, tenant_hour=done), NOW)
    said = [f"{r.step.word}:{r.because or r.outcome}" for r in found]
    assert " ".join(said) == row["comes to"]


def test_held_steps_name_their_reason() -> None:
    assert {because.value for because in Because} == {
        "protected",
        "grounds",
        "people",
        "guardrail",
        "tenant_guardrail",
        "old",
        "nobody",
        "restored",
    }


def test_nothing_is_ever_done_for_what_somebody_only_reported() -> None:
    """Not even by a policy that does everything about everything."""
    steps = frozenset(step.word for step in Step)
    greedy = Policy(mode=Mode.ACT, rules=(Rule(name="all", then=steps, when=When(severity="low")),))
    told = incident(severity=Severity.CRITICAL)
    assert decide(told, FOUND, greedy, Person(), Tally(), NOW)
    told = structs.replace(told, theme=Theme.REPORT)
    assert decide(told, FOUND, greedy, Person(), Tally(), NOW) == ()
