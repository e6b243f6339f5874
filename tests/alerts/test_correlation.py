"""Correlation: which findings are one incident, what it is called, and for how long."""

from time import thread_time

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from alerts.assessment import assess
from alerts.correlation import (
    DEFAULTS,
    MAXIMUM_OTHERS,
    PART_OF_CAMPAIGN,
    CorrelationParameters,
    correlate,
    correlate_campaigns,
)
from alerts.incident import Category, Incident
from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.finding import Fact, Finding, Severity, Theme
from detectors.core.identity import Subject, SubjectKind, timed_id
from tests.alerts.evidence import ALICE, START, findings, found, health, many

BOB = Subject(SubjectKind.ACCOUNT, "acme", "bob")


def parts(incidents: list[Incident]) -> list[tuple[bytes, ...]]:
    return [incident.findings for incident in incidents]


def test_nothing_comes_to_nothing() -> None:
    assert correlate([]) == []
    assert correlate([health()]) == []


def test_an_incident_says_all_of_itself() -> None:
    first = found(0, shared=5.0)
    second = found(HOUR, detector="concurrent_sessions", group="sessions", shared=4.0)
    [incident] = correlate([second, first])
    assert incident == Incident(
        id=timed_id(START, "incident", "account:acme:alice", "use", first.id),
        subject=ALICE,
        theme=Theme.USE,
        category=Category.CREDENTIAL_SHARING,
        severity=Severity.HIGH,
        confidence=99,
        assessment=assess([first, second]),
        findings=(first.id, second.id),
        opened=START,
        updated=START + HOUR,
        reached=START + HOUR,
    )


@pytest.mark.parametrize(
    ("weight", "window"), [("shared", DEFAULTS.use_window), ("attack", DEFAULTS.siege_window)]
)
def test_a_window_of_quiet_is_still_one_incident_and_more_is_not(weight: str, window: int) -> None:
    first, at_most, beyond = (found(at, **{weight: 3.0}) for at in (0, window, window + 1))
    assert parts(correlate([first, at_most])) == [(first.id, at_most.id)]
    assert parts(correlate([beyond, first])) == [(first.id,), (beyond.id,)]


def test_an_incident_may_last_longer_than_a_window() -> None:
    days = [found(day * 6 * DAY, shared=3.0) for day in range(10)]
    assert len(correlate(days)) == 1


def _stranger(at: int, network: str, *, nats: float = 5.9, new_device: bool = True) -> Finding:
    facts: dict[str, Fact] = {"network": network, "new_device": new_device}
    return found(at, detector="sign_in_risk", group="sign_in", taken_over=nats, facts=facts)


def test_another_stranger_while_an_alarm_is_open_is_a_matter_of_its_own() -> None:
    """Whoever looks after the first one, or dismissed it, would not hear of the second."""
    first, also = _stranger(0, "A"), found(HOUR, group="owner_at_work", taken_over=2.0)
    second, after = _stranger(DAY, "B"), found(DAY + HOUR, group="looks", taken_over=1.0)
    one, other = correlate([second, first, after, also])
    assert (one.findings, other.findings) == ((first.id, also.id), (second.id, after.id))
    assert other.opened == START + DAY
    assert {one.category, other.category} == {Category.ACCOUNT_TAKEOVER}


def test_all_that_is_found_at_the_sign_in_is_of_the_new_matter() -> None:
    told = [found(DAY, group=f"g{n}", taken_over=0.5, anchor=str(n)) for n in range(5)]
    first, second = _stranger(0, "A"), _stranger(DAY, "B")
    one, other = correlate([first, second, *told])
    assert one.findings == (first.id,)
    assert set(other.findings) == {second.id, *(finding.id for finding in told)}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (_stranger(0, "A"), _stranger(DAY, "A")),
        (_stranger(0, "A"), _stranger(HOUR, "B")),
        (_stranger(0, "A"), _stranger(DAY, "B", new_device=False)),
        (_stranger(0, "A"), _stranger(DAY, "B", nats=3.0)),
        (_stranger(0, "A", nats=3.0), _stranger(DAY, "B")),
        (found(0, shared=6.0), _stranger(DAY, "B")),
    ],
    ids=["same network", "same evening", "owner's device", "weak", "nobody called", "shared"],
)
def test_what_may_be_the_same_matter_is_one_incident(first: Finding, second: Finding) -> None:
    assert len(correlate([first, second])) == 1


def test_themes_never_join() -> None:
    use, attack = found(0, shared=3.0), found(0, detector="brute_force", group="g", attack=3.0)
    incidents = correlate([use, attack, health()])
    assert {i.theme: i.findings for i in incidents} == {
        Theme.USE: (use.id,),
        Theme.ATTACK: (attack.id,),
    }


def test_an_attack_in_between_does_not_bridge_two_uses() -> None:
    one, other = found(0, shared=3.0), found(12 * DAY, shared=3.0)
    bridge = [found(day * DAY, detector="brute_force", attack=3.0) for day in range(12)]
    assert [i.theme for i in correlate([one, *bridge, other])].count(Theme.USE) == 2


@given(st.data(), many)
def test_the_order_of_findings_does_not_matter(data: st.DataObject, given: list[Finding]) -> None:
    other = data.draw(st.permutations([*given, *given[:2]]))
    before = [*other]
    assert correlate(other) == correlate(given)
    assert other == before


@given(many)
def test_every_finding_is_in_exactly_one_incident(given: list[Finding]) -> None:
    incidents = correlate(given)
    assert sorted(f for i in incidents for f in i.findings) == sorted(f.id for f in given)
    assert len({i.id for i in incidents}) == len(incidents)
    by_id = {f.id: f for f in given}
    for incident in incidents:
        own = [by_id[f] for f in incident.findings]
        times = [f.time for f in own]
        assert {f.theme for f in own} == {incident.theme}
        assert times == sorted(times)
        assert (incident.opened, incident.updated) == (times[0], times[-1])
        assert incident.reached in times
        assert incident.assessment == assess(own)
        assert 0 <= incident.confidence <= 100
    keys = [(i.opened, i.findings[0]) for i in incidents]
    assert keys == sorted(keys)


@given(many)
def test_reached_is_where_the_last_unbroken_run_began(given: list[Finding]) -> None:
    by_id = {f.id: f for f in given}
    # What a later finding made one incident is weighed as one from its beginning.
    one = CorrelationParameters(attack_window=400 * DAY, siege_window=400 * DAY)
    for incident in correlate(given):
        own = [by_id[f] for f in incident.findings]
        reached = own[-1].time
        for end in range(len(own), 0, -1):
            [then] = correlate(own[:end], parameters=one)
            if then.severity is not incident.severity:
                break
            reached = own[end - 1].time
        assert incident.reached == reached


def test_what_lies_between_two_of_a_kind_is_with_them() -> None:
    """A storm of requests in the midst of a siege parts it no more than it stands by itself."""
    first, later = (found(at * HOUR, detector="brute_force", attack=3.0) for at in (0, 50))
    between = found(30 * HOUR, detector="mfa_fatigue", attack=3.0)
    assert len(correlate([first, later])) == 1
    assert len(correlate([first, between])) == 2
    assert len(correlate([first, between, later])) == 1


def test_reached_moves_with_a_drop_and_a_return() -> None:
    rise = found(0, group="a", shared=6.0)
    drop = found(HOUR, group="b", shared=-6.0)
    again = found(2 * HOUR, group="c", shared=6.0)
    last = found(3 * HOUR, group="c", shared=5.0)
    assert [correlate([rise, drop, again, last][:n])[0].severity for n in (1, 2, 3, 4)] == [
        Severity.MEDIUM,
        Severity.INFORMATIONAL,
        Severity.MEDIUM,
        Severity.MEDIUM,
    ]
    [incident] = correlate([rise, drop, again, last])
    assert incident.reached == START + 2 * HOUR


def test_reached_stays_when_the_category_changes_at_the_same_severity() -> None:
    travel = found(0, taken_over=6.0)
    hijack = found(
        HOUR, detector="session_hijacking", group="travel", taken_over=6.0, anchor="later"
    )
    stuffed = found(0, detector="credential_stuffing", group="a", attack=4.5)
    brute = found(HOUR, detector="brute_force", group="a", attack=4.8)
    assert correlate([travel, hijack])[0].reached == START
    [incident] = correlate([stuffed, brute])
    assert correlate([stuffed])[0].severity is incident.severity is Severity.MEDIUM
    assert incident.category is Category.BRUTE_FORCE
    assert incident.reached == START


# Identity.


@given(many, many)
def test_what_is_known_changes_nothing_but_ids(given: list[Finding], before: list[Finding]) -> None:
    def without_id(incidents: list[Incident]) -> list[Incident]:
        return [msgspec.structs.replace(i, id=b"") for i in incidents]

    known = correlate(before)
    incidents = correlate(given, known)
    assert without_id(incidents) == without_id(correlate(given))
    assert len({i.id for i in incidents}) == len(incidents)
    assert correlate(given, known[::-1]) == incidents
    assert correlate(given, incidents) == incidents
    # The store also keeps those that are no more, as they last were.
    stored = {i.id: i for i in [*known, *incidents]}
    assert correlate(given, [*stored.values()]) == incidents


@given(many, findings)
def test_a_finding_more_or_less_keeps_the_ids_of_what_it_does_not_touch(
    given: list[Finding], more: Finding
) -> None:
    assume(more.id not in {f.id for f in given})
    before = correlate(given)
    after = correlate([*given, more], before)
    holders = {f: i.id for i in before for f in i.findings}
    for incident in after:
        own = {holders[f] for f in incident.findings if f in holders}
        assert incident.id == min(own) if own else incident.id not in holders.values()
    back = correlate(given, after)
    first = {i.findings[0]: i.id for i in back}
    assert all(i.id in first.values() for i in after if set(i.findings) != {more.id})


def test_an_id_is_kept_when_an_earlier_finding_comes_late() -> None:
    late, first = found(0, shared=3.0), found(HOUR, shared=3.0)
    [known] = correlate([first])
    [incident] = correlate([late, first], [known])
    assert incident.id == known.id
    assert incident.id != correlate([late, first])[0].id
    assert incident.opened == START


def test_an_id_is_kept_when_the_finding_it_came_from_is_withdrawn() -> None:
    first, second = found(0, shared=3.0), found(HOUR, shared=3.0)
    [known] = correlate([first, second])
    assert correlate([second], [known])[0].id == known.id


def test_an_incident_without_findings_is_no_more() -> None:
    first, other = found(0, shared=3.0), found(30 * DAY, shared=3.0)
    known = correlate([first, other])
    assert [i.id for i in correlate([other], known)] == [known[1].id]
    assert correlate([], known) == []


def test_merged_incidents_keep_the_older_id() -> None:
    first, bridge, last = (found(at * DAY, shared=3.0) for at in (0, 5, 10))
    known = correlate([first, last])
    [merged] = correlate([first, bridge, last], known)
    assert merged.id == min(i.id for i in known) == known[0].id
    assert merged.findings == (first.id, bridge.id, last.id)


def test_of_a_split_incident_the_part_with_the_oldest_finding_keeps_the_id() -> None:
    first, bridge, last = (found(at * DAY, shared=3.0) for at in (0, 5, 10))
    [known] = correlate([first, bridge, last])
    head, tail = correlate([first, last], [known])
    assert head.id == known.id
    assert tail.id != known.id


def test_a_merge_that_is_undone_gives_both_their_ids_again() -> None:
    first, bridge, last = (found(at * DAY, shared=3.0) for at in (0, 5, 10))
    known = correlate([first, last])
    merged = correlate([first, bridge, last], known)
    stored = {i.id: i for i in [*known, *merged]}
    assert correlate([first, last], [*stored.values()]) == known


def test_the_part_that_lost_its_id_does_not_get_it_twice() -> None:
    late, bridge, opening = (found(at * DAY, shared=3.0) for at in (0, 5, 10))
    known = correlate([opening])
    joined = correlate([late, bridge, opening], known)
    head, tail = correlate([late, opening], joined)
    assert head.id == joined[0].id == known[0].id == correlate([opening])[0].id
    assert tail.id != head.id
    assert correlate([late, opening], [head, tail]) == [head, tail]


def test_an_id_of_another_theme_is_not_taken_over() -> None:
    one = found(0, shared=3.0)
    [known] = correlate([one])
    other = msgspec.structs.replace(one, theme=Theme.ATTACK)
    [incident] = correlate([other], [known])
    assert incident.id != known.id


def test_only_one_subject_is_correlated() -> None:
    alices, bobs = found(0, shared=3.0), found(0, shared=3.0, subject=BOB)
    with pytest.raises(ValueError, match="one subject"):
        correlate([alices, bobs])
    with pytest.raises(ValueError, match="one subject"):
        correlate([alices], correlate([bobs]))


@given(many)
def test_incidents_go_to_storage_and_back(given: list[Finding]) -> None:
    incidents = correlate(given)
    stored = msgspec.msgpack.encode(incidents)
    assert msgspec.msgpack.decode(stored, type=list[Incident]) == incidents
    assert all(isinstance(hash(i), int) for i in incidents)


@pytest.mark.parametrize("name", ["use_window", "attack_window", "siege_window"])
def test_a_window_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="window"):
        CorrelationParameters(**{name: 0})


def test_windows_are_parameters() -> None:
    pair = [found(0, shared=3.0), found(2 * HOUR, shared=3.0)]
    assert len(correlate(pair, (), CorrelationParameters(use_window=HOUR))) == 2


# Cost.


def _account(size: int, *, groups: int) -> list[Finding]:
    """The worst: every finding weighs more than all before it, or has a group of its own."""
    return [
        found(
            n * MINUTE,
            group=str(n % groups),
            shared=5.0 * (n + 1) / size,
            taken_over=-5.0 * (n + 1) / size,
            attack=1.0,
        )
        for n in range(size)
    ]


def _cost(given: list[Finding], known: list[Incident]) -> float:
    taken = []
    for _ in range(3):
        begun = thread_time()
        correlate(given, known)
        taken.append(thread_time() - begun)
    return min(taken)


@pytest.mark.parametrize("groups", [3, 1_000_000])
def test_the_cost_grows_with_the_number_of_findings_and_no_faster(groups: int) -> None:
    few, lots = _account(1_000, groups=groups), _account(10_000, groups=groups)
    # Ten times as many: a quadratic fold would take a hundred times as long.
    assert _cost(lots, correlate(lots)) < 30 * _cost(few, correlate(few))


def test_sharing_that_is_allowed_is_shown_and_no_alarm() -> None:
    together = found(0, group="a", shared=6.0)
    apart = found(HOUR, group="b", shared=6.0)
    [incident] = correlate([together, apart], sharing_is_allowed=True)
    assert incident.category is Category.CREDENTIAL_SHARING
    assert incident.severity is Severity.INFORMATIONAL
    assert correlate([together, apart])[0].severity is Severity.HIGH
    stolen = found(2 * HOUR, detector="session_hijacking", group="c", taken_over=6.0)
    assert correlate([stolen], sharing_is_allowed=True)[0].severity is Severity.HIGH


def at_source(
    at: int, ip: str, detector: str = "password_spraying", attack: float = 5.0
) -> Finding:
    """A finding on an address `at` ms after START."""
    subject = Subject(SubjectKind.SOURCE, "acme", ip)
    return found(at, detector=detector, group=detector, attack=attack, subject=subject)


def of_tenant(at: int, *ips: str, detector: str = "credential_stuffing") -> Finding:
    """A finding on the tenant that names these addresses."""
    whole = found(
        at, detector=detector, group=detector, attack=5.0, subject=Subject(TENANT, "acme", "")
    )
    involved = tuple(Subject(SubjectKind.SOURCE, "acme", ip) for ip in ips)
    return msgspec.structs.replace(whole, involved=involved)


TENANT = SubjectKind.TENANT


def test_one_source_is_the_subject_of_its_campaign() -> None:
    one, other = at_source(0, "a"), at_source(HOUR, "a", detector="automation", attack=1.0)
    [incident] = correlate_campaigns([other, one])
    assert incident.subject == one.subject
    assert incident.others == ()
    assert incident.category is Category.PASSWORD_SPRAYING
    assert incident.findings == (one.id, other.id)
    assert incident.assessment == assess([one, other])


def test_sources_of_one_category_are_one_campaign_of_their_tenant() -> None:
    """From address to address; what is of another category is another campaign."""
    sprays = [at_source(n * HOUR, ip) for n, ip in enumerate("dbca")]
    search = at_source(HOUR, "x", detector="account_enumeration")
    spraying, searching = correlate_campaigns([search, *sprays])
    assert spraying.subject == Subject(TENANT, "acme", "")
    assert [other.uid for other in spraying.others] == ["d", "b", "c", "a"]
    assert searching.subject == search.subject
    assert (spraying.opened, spraying.reached) == (START, START)


def test_a_campaign_ends_in_quiet() -> None:
    window = DEFAULTS.campaign_window
    first, near, far = at_source(0, "a"), at_source(window, "b"), at_source(2 * window + 1, "c")
    assert parts(correlate_campaigns([far, near, first])) == [(first.id, near.id), (far.id,)]


def test_what_nobody_is_called_for_is_not_named_with_what_one_is() -> None:
    weak = [at_source(n, ip, attack=2.0) for n, ip in enumerate("ab")]
    strong = at_source(5, "c")
    weaker, stronger = correlate_campaigns([*weak, strong])
    assert weaker.severity < Severity.MEDIUM <= stronger.severity
    assert len(weaker.others) == 2
    assert stronger.subject == strong.subject


def test_a_finding_on_the_tenant_takes_in_the_sources_that_it_names() -> None:
    """Whatever they looked like by themselves."""
    whole = of_tenant(HOUR, "a", "b", "c")
    mine = at_source(0, "b", detector="account_enumeration", attack=4.0)
    other = at_source(0, "z", attack=4.0)
    alone, campaign = correlate_campaigns([mine, other, whole])[::-1]
    if alone.subject != other.subject:
        alone, campaign = campaign, alone
    assert alone.subject == other.subject
    assert campaign.category is Category.CREDENTIAL_STUFFING
    assert {one.uid for one in campaign.others} == {"a", "b", "c"}


def test_addresses_of_a_stuffing_that_met_no_account_are_its_own() -> None:
    """They look like an enumeration by themselves; hours later it is another's."""
    whole = of_tenant(HOUR, "a", "b")
    blind = at_source(HOUR, "z", detector="account_enumeration", attack=4.0)
    later = at_source(9 * HOUR, "y", detector="account_enumeration", attack=4.0)
    campaign, search = correlate_campaigns([blind, later, whole])
    assert campaign.category is Category.CREDENTIAL_STUFFING
    assert {one.uid for one in campaign.others} == {"a", "b", "z"}
    assert search.subject == later.subject
    assert search.category is Category.ACCOUNT_ENUMERATION


def test_a_search_for_accounts_through_many_addresses_is_still_one() -> None:
    """What it is, its detector says: who goes on for many names from each has no passwords."""
    many = [at_source(n, ip, detector="account_enumeration") for n, ip in enumerate("abcdefg")]
    assert [i.category for i in correlate_campaigns(many)] == [Category.ACCOUNT_ENUMERATION]
    some = [with_facts(one, names=15, existing=n == 3) for n, one in enumerate(many)]
    assert [i.category for i in correlate_campaigns(some)] == [Category.ACCOUNT_ENUMERATION]


def test_a_list_whose_parts_look_like_searches_is_a_stuffing() -> None:
    """No address met more accounts than chance has it; all of them together did."""
    parts = [
        with_facts(at_source(n, ip, detector="account_enumeration"), names=15, existing=1)
        for n, ip in enumerate("abcdefg")
    ]
    assert [i.category for i in correlate_campaigns(parts)] == [Category.CREDENTIAL_STUFFING]
    assert [i.category for i in correlate_campaigns(parts[:1])] == [Category.ACCOUNT_ENUMERATION]


def with_facts(finding: Finding, **facts: Fact) -> Finding:
    evidence = msgspec.structs.replace(finding.evidence, facts=finding.evidence.facts | facts)
    return msgspec.structs.replace(finding, evidence=evidence)


def test_two_campaigns_over_a_tenant_are_told_apart() -> None:
    one, other = of_tenant(0, "a"), of_tenant(HOUR, "b", detector="password_spraying")
    assert len(correlate_campaigns([one, other])) == 2


def by(finding: Finding, client: str, network: str | None, minutes: int = 0) -> Finding:
    """The same, and by whom it was."""
    return with_facts(finding, client=client, network=network, minutes=minutes)


def test_another_attack_after_a_pause_is_another_campaign() -> None:
    """From another network and with another client; what it has in common makes it one."""
    first = by(at_source(0, "a"), "curl / ?", "A", minutes=30)
    later = at_source(3 * HOUR, "b")
    one, other = correlate_campaigns([by(later, "Go / ?", "B"), first])
    assert (one.findings, other.findings) == ((first.id,), (later.id,))
    assert other.reached == START + 3 * HOUR
    for alike in (
        by(later, "curl / ?", "B"),
        by(later, "Go / ?", "A"),
        by(later, "?", "B"),
        later,
    ):
        assert len(correlate_campaigns([alike, first])) == 1
    bridge = by(at_source(HOUR, "c"), "Go / ?", "A", minutes=60)
    assert len(correlate_campaigns([by(later, "Go / ?", "B"), bridge, first])) == 1


def paced(time: int, ip: str, client: str, network: str, failures: int) -> Finding:
    """A source that failed so often within half an hour."""
    one = by(at_source(time, ip), client, network, minutes=30)
    return with_facts(one, failures=failures, sources=1)


def test_attacks_at_once_that_have_nothing_in_common_are_two() -> None:
    """One tenant, one category, one hour: what tells them apart is by what and how fast."""
    fast = paced(0, "a", "curl / ?", "A", 3_000)
    assert len(correlate_campaigns([fast, paced(10 * MINUTE, "b", "Go / ?", "B", 15)])) == 2
    assert len(correlate_campaigns([fast, paced(10 * MINUTE, "b", "curl / ?", "B", 15)])) == 2
    for alike in (
        paced(10 * MINUTE, "b", "curl / ?", "A", 15),
        paced(10 * MINUTE, "b", "Go / ?", "B", 1_500),
        paced(10 * MINUTE, "b", "curl / ?", "B", 700),
    ):
        assert len(correlate_campaigns([fast, alike])) == 1


def test_a_bot_with_a_program_of_its_own_goes_with_the_likest() -> None:
    fast, slow = paced(0, "a", "curl / ?", "A", 3_000), paced(MINUTE, "b", "Go / ?", "B", 15)
    other = paced(2 * MINUTE, "c", "Chrome / ?", "C", 15)
    assert {frozenset(i.findings) for i in correlate_campaigns([fast, slow, other])} == {
        frozenset({fast.id}),
        frozenset({slow.id, other.id}),
    }


def test_a_source_that_goes_on_for_days_is_one_incident() -> None:
    """It is told once a day, of two days each: late on one and late on the next but one."""
    first = by(at_source(0, "a"), "curl / ?", "A", minutes=33 * 60)
    assert len(correlate_campaigns([first, at_source(45 * HOUR, "a")])) == 1
    assert len(correlate_campaigns([first, at_source(60 * HOUR, "a")])) == 2
    assert len(correlate_campaigns([at_source(0, "a"), at_source(25 * HOUR, "a")])) == 2


def test_a_siege_that_is_told_ever_more_seldom_is_one_incident() -> None:
    """Thirty days of guesses: told at twenty, two hundred, two thousand failures."""
    told = [found(0, attack=4.5), *(lasting(day, day * 24 * 60) for day in (3, 29))]
    [incident] = correlate(told)
    assert (incident.opened, incident.updated) == (START, START + 29 * DAY)
    assert len(correlate([*told, lasting(29 + 4, 60)])) == 2


def lasting(day: int, minutes: int) -> Finding:
    return with_facts(found(day * DAY, attack=5.0), minutes=minutes)


def test_another_kind_of_attack_on_an_account_after_a_day_is_another_incident() -> None:
    guesses, storm = found(0, attack=4.5), found(2 * DAY, attack=4.5, detector="mfa_fatigue")
    assert len(correlate([guesses, storm])) == 2
    assert len(correlate([guesses, found(2 * DAY, attack=4.5)])) == 1


def test_what_two_findings_on_the_tenant_both_name_is_one_campaign() -> None:
    """A flood looks like spraying while it lasts."""
    flood = of_tenant(0, *"abcd", detector="login_flood")
    spraying = of_tenant(HOUR, *"bcde", detector="password_spraying")
    [incident] = correlate_campaigns([flood, spraying])
    assert incident.category is Category.OVERLOAD
    assert {one.uid for one in incident.others} == set("abcde")


def test_an_address_is_named_in_the_strongest_only() -> None:
    spraying = of_tenant(0, *"abcdef", detector="password_spraying")
    weights = msgspec.structs.replace(spraying.evidence.weights, attack=4.5)
    evidence = msgspec.structs.replace(spraying.evidence, weights=weights)
    weaker = msgspec.structs.replace(spraying, evidence=evidence)
    stuffing = of_tenant(HOUR, *"fghijk")
    sprayed, stuffed = correlate_campaigns([weaker, stuffing])
    assert {one.uid for one in sprayed.others} == set("abcde")
    assert {one.uid for one in stuffed.others} == set("fghijk")
    late = msgspec.structs.replace(stuffing, time=START + 3 * DAY)
    sprayed, _ = correlate_campaigns([weaker, late])
    assert len(sprayed.others) == 6


def test_a_campaign_keeps_its_id_as_it_grows_and_when_it_shrinks() -> None:
    first, second, third = (at_source(n * HOUR, ip) for n, ip in enumerate("abc"))
    [one] = correlate_campaigns([first])
    [two] = correlate_campaigns([first, second], [one])
    [three] = correlate_campaigns([first, second, third], [two])
    [again] = correlate_campaigns([second, third], [three])
    assert one.id == two.id == three.id == again.id
    assert again.opened == second.time


def test_many_sources_are_named_up_to_a_bound() -> None:
    many_of_them = [at_source(n, f"10.0.{n // 256}.{n % 256}") for n in range(1_500)]
    [incident] = correlate_campaigns(many_of_them)
    assert len(incident.others) == MAXIMUM_OTHERS
    assert len(incident.findings) == 1_500


def test_order_does_not_matter_to_campaigns() -> None:
    given_findings = [at_source(n * 90 * MINUTE, ip) for n, ip in enumerate("abcdefgh")]
    given_findings += [of_tenant(5 * HOUR, "b", "q"), health()][:1]
    assert correlate_campaigns(given_findings[::-1]) == correlate_campaigns(given_findings)


def test_campaigns_are_of_one_tenant_and_not_of_accounts() -> None:
    elsewhere = found(attack=5.0, subject=Subject(SubjectKind.SOURCE, "other", "a"))
    with pytest.raises(ValueError, match="one tenant"):
        correlate_campaigns([at_source(0, "a"), elsewhere])
    with pytest.raises(ValueError, match="one tenant"):
        correlate_campaigns([found(attack=5.0)])
    assert correlate_campaigns([]) == []


def test_the_addresses_that_guessed_are_named_with_the_account() -> None:
    guessers = tuple(Subject(SubjectKind.SOURCE, "acme", ip) for ip in "ab")
    first = msgspec.structs.replace(found(0, attack=5.0), involved=guessers[:1])
    second = msgspec.structs.replace(found(HOUR, attack=5.0), involved=guessers)
    [incident] = correlate([second, first])
    assert incident.others == guessers


def test_a_flood_over_a_tenant_is_a_flood_whatever_its_sources_look_like() -> None:
    whole = of_tenant(0, "a", "b", detector="login_flood")
    sources = [at_source(n, ip, attack=5.9) for n, ip in enumerate("ab")]
    [incident] = correlate_campaigns([whole, *sources])
    assert incident.category is Category.OVERLOAD


def test_guesses_by_the_sources_of_a_campaign_are_part_of_it() -> None:
    """At one account among many: nobody is called about it apart from the campaign."""
    [campaign] = correlate_campaigns([at_source(0, "a"), at_source(HOUR, "b")])
    by_them = tuple(Subject(SubjectKind.SOURCE, "acme", ip) for ip in "ab")
    guesses = found(HOUR, detector="brute_force", group="guessing", attack=5.5)
    guesses = msgspec.structs.replace(guesses, involved=by_them)
    [alone] = correlate([guesses])
    [within] = correlate([guesses], [alone], campaigns=[campaign])
    assert alone.severity >= Severity.MEDIUM > within.severity
    assert within.id == alone.id
    assert within.assessment.contributions[0].attack == PART_OF_CAMPAIGN


def test_guesses_by_others_or_at_another_time_are_not_part_of_a_campaign() -> None:
    [campaign] = correlate_campaigns([at_source(0, "a"), at_source(HOUR, "b")])
    guesses = found(HOUR, detector="brute_force", group="guessing", attack=5.5)
    strangers = tuple(Subject(SubjectKind.SOURCE, "acme", ip) for ip in "abcd")
    for one in (
        guesses,
        msgspec.structs.replace(guesses, involved=strangers),
        msgspec.structs.replace(guesses, involved=strangers[:2], time=START + 5 * DAY),
    ):
        assert correlate([one], campaigns=[campaign]) == correlate([one])


def test_a_report_is_an_incident_of_its_own_that_adds_nothing() -> None:
    """Who wants to harm somebody reports them just when something weak was found of them."""
    weak = [found(0, taken_over=4.0), found(HOUR, attack=3.0, detector="brute_force", group="b")]
    said = [found(n * HOUR, detector="reported_access", attack=6.0) for n in range(3)]
    said = [structs.replace(one, theme=Theme.REPORT) for one in said]
    alone, together = correlate(weak), correlate([*weak, *said])
    assert [one for one in together if one.theme is not Theme.REPORT] == alone
    [report] = [one for one in together if one.theme is Theme.REPORT]
    assert (report.severity, report.category) == (Severity.LOW, Category.SUSPICIOUS_ACCESS)
