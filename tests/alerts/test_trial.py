"""A trial decides as the policy would; two are compared incident by incident."""

from msgspec import structs

from alerts.incident import Category, Incident
from alerts.ladder import Step
from alerts.policy import SHIPPED, Because, Grounds, Guardrails, Mode, Outcome, Person
from alerts.trial import Case, compare, counts, trial
from detectors.core.event import HOUR, MINUTE
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from tests.alerts.test_policy import NOW, acting, incident, rule

FOUND = Grounds(unlearned=True)


def case(uid: str, at: int = NOW, *, number: int = 0, tenant: str = "acme") -> Case:
    """An account that was taken over, at a time."""
    one = structs.replace(
        incident(),
        id=f"{uid}{number}".encode().ljust(16),
        subject=Subject(SubjectKind.ACCOUNT, tenant, uid),
        opened=at,
        updated=at,
        reached=at,
    )
    return Case(one, FOUND, Person())


def test_incidents_are_decided_in_their_order_within_the_guardrails() -> None:
    policy = acting(rule("revoke"), guardrails=Guardrails(per_hour=3, per_tenant_hour=2))
    cases = [case(f"u{n}", NOW + n * MINUTE) for n in range(3)]
    cases += [case("v0", NOW + 10 * MINUTE, tenant="b"), case("v1", NOW + 11 * MINUTE, tenant="b")]
    cases += [case("w0", NOW + HOUR)]
    found = trial(reversed(cases), policy)
    said = [(d.incident.subject.uid, d.responses[0].because) for d in found]
    assert said == [
        ("u0", None),
        ("u1", None),
        ("u2", Because.TENANT_GUARDRAIL),
        ("v0", None),
        ("v1", Because.GUARDRAIL),
        # The first one is an hour ago.
        ("w0", None),
    ]


def test_whoever_is_acted_on_already_is_no_further_account() -> None:
    policy = acting(rule("revoke"), guardrails=Guardrails(per_hour=1, per_tenant_hour=1))
    found = trial([case("u"), case("u", NOW + MINUTE, number=1)], policy)
    assert [d.responses[0].outcome for d in found] == [Outcome.ACT, Outcome.ACT]


def test_what_is_done_is_counted_by_step() -> None:
    found = trial([case("a"), case("b")], SHIPPED)
    assert counts(found) == {
        Step.NOTIFY: {Outcome.SHADOW: 2},
        Step.CHALLENGE: {Outcome.SHADOW: 2},
        Step.REVOKE: {Outcome.SHADOW: 2},
    }


def moved(one: Case, **fields: object) -> Case:
    """The same case with another incident."""
    changed: Incident = structs.replace(one.incident, **fields)
    return structs.replace(one, incident=changed)


def test_two_trials_differ_in_incidents_and_in_what_is_done_about_them() -> None:
    a, b, c, d, e = (case(uid, NOW + n * MINUTE) for n, uid in enumerate("abcde"))
    milder = moved(b, severity=Severity.MEDIUM, category=Category.CREDENTIAL_SHARING)
    # Opened by another finding, and yet the same.
    renamed = moved(c, id=b"z" * 16, opened=c.incident.opened - HOUR)
    wider = acting(*SHIPPED.rules, rule("suspend", name="s"))
    before = trial([a, b, c, d], structs.replace(SHIPPED, mode=Mode.ACT))
    after = trial([milder, renamed, d, e], wider)
    found = compare(before, after)
    assert [turn.incident.subject.uid for turn in found.removed] == ["a"]
    assert [turn.incident.subject.uid for turn in found.changed] == ["b"]
    assert {turn.incident.subject.uid for turn in found.answered} == {"c", "d"}
    assert [turn.incident.subject.uid for turn in found.added] == ["e"]
    assert found.same == 0
    assert [turn.incident.subject.uid for turn in found.turns] == ["a", "b", "c", "d", "e"]
    gone, changed, answered, _, new = found.turns
    assert [r.step for r in gone.removed] == [Step.NOTIFY, Step.CHALLENGE, Step.REVOKE]
    assert gone.added == ()
    assert [r.step for r in changed.removed] == [Step.NOTIFY, Step.REVOKE]
    assert [(r.step, r.outcome) for r in answered.added] == [(Step.SUSPEND, Outcome.PROPOSE)]
    assert Step.SUSPEND in [r.step for r in new.added]


def test_the_same_trial_twice_differs_in_nothing() -> None:
    cases = [case(uid) for uid in "abc"]
    found = compare(trial(cases, SHIPPED), trial(cases, SHIPPED))
    assert (found.turns, found.same) == ((), 3)


def test_incidents_of_one_account_at_other_times_are_two() -> None:
    early, late = case("a", NOW - 9 * HOUR), case("a", NOW, number=1)
    found = compare(trial([early], SHIPPED), trial([late], SHIPPED))
    assert (len(found.added), len(found.removed)) == (1, 1)
