"""Limit evasion: what a rule forbids, and nothing where there is none."""

import pytest
from msgspec import structs

from detectors.core.context import Context, Rules
from detectors.core.event import Activity, Event, SignIn
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.place import NetworkKind
from detectors.limit_evasion import LimitEvasion, Parameters
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    MOSCOW,
    NOWHERE,
    PARIS_MOBILE,
    SERVER,
    STARLINK,
    TOR,
    VPN,
    Story,
    Where,
    run,
)

FRANCE = Context(rules={"acme": Rules(frozenset({"FR"}))})
TWO_SEATS = Context(rules={"": Rules(seats=2)})


def found(story: Story, context: Context, parameters: Parameters | None = None) -> list[Finding]:
    """What limit_evasion finds."""
    return run(LimitEvasion(parameters), story.sorted(), context)


def three_seats() -> Story:
    """Three sessions at once, all day."""
    story = Story().work([0], LYON, CHROME, name="a").work([0], LYON_HOME, MAC, name="b")
    return story.work([0], MADRID, CHROME, name="c")


def abroad() -> list[Event]:
    """A day at work, a day in Moscow."""
    return Story().work([0], LYON, CHROME).work([1], MOSCOW, CHROME).sorted()


HOSTILE = (abroad, lambda: three_seats().sorted())


def test_from_another_country() -> None:
    findings = run(LimitEvasion(), abroad(), FRANCE)
    assert len(findings) == 1
    assert findings[0].severity >= Severity.MEDIUM
    assert findings[0].theme is Theme.ATTACK
    assert findings[0].evidence.facts["country"] == "RU"


def test_again_on_the_next_day() -> None:
    assert len(found(Story().work(range(3), MADRID, CHROME), FRANCE)) == 3


def test_without_a_rule_there_is_none_to_break() -> None:
    assert not run(LimitEvasion(), abroad())
    assert not found(three_seats(), Context(rules={"other": Rules(seats=1)}))


def test_a_country_that_is_allowed() -> None:
    assert not found(Story().work(range(3), PARIS_MOBILE, IPHONE), FRANCE)


@pytest.mark.parametrize("at", [SERVER, STARLINK, NOWHERE])
def test_an_address_that_says_nothing_of_its_country(at: Where) -> None:
    assert not found(Story().work([0], at, CHROME), FRANCE)


@pytest.mark.parametrize("at", [VPN, TOR])
def test_a_network_that_hides_the_country_weighs_little(at: Where) -> None:
    findings = found(Story().work([0], at, CHROME), FRANCE)
    assert [f.severity for f in findings] == [Severity.INFORMATIONAL]


def test_more_sessions_than_seats() -> None:
    findings = found(three_seats(), TWO_SEATS)
    assert len(findings) == 1
    assert findings[0].evidence.facts["sessions"] == 3
    assert len(findings[0].event_ids) == 3


def test_a_computer_and_a_phone_take_two_seats() -> None:
    story = Story().work(range(3), LYON, CHROME).work(range(3), PARIS_MOBILE, IPHONE, name="p")
    assert not found(story, TWO_SEATS)


def test_a_session_that_is_idle_takes_no_seat() -> None:
    story = Story().sign_on(0, 480, LYON, CHROME, "a").sign_on(0, 520, LYON, CHROME, "b")
    assert not found(story.sign_on(0, 560, LYON, CHROME, "c"), TWO_SEATS)


def test_an_event_that_breaks_two_rules_is_told_once() -> None:
    both = Context(rules={"": Rules(frozenset({"FR"}), 1)})
    story = Story().sign_on(0, 480, LYON, CHROME, "a").sign_on(0, 481, MADRID, CHROME, "b")
    findings = found(story.use(0, 482, MADRID, CHROME, "b"), both)
    assert [f.evidence.facts["rule"] for f in findings] == ["country", "seats"]
    assert len({f.id for f in findings}) == 2


OFFICES = Context(rules={"acme": Rules(networks=frozenset({NetworkKind.FIXED}))})
FACTORS = Context(rules={"acme": Rules(mfa_required=True)})


@pytest.mark.parametrize(
    ("at", "fits"),
    [(LYON, True), (NOWHERE, True), (PARIS_MOBILE, False), (TOR, False), (SERVER, False)],
)
def test_networks_of_other_kinds(at: Where, fits: bool) -> None:
    findings = found(Story().work([0], at, CHROME), OFFICES)
    assert bool(findings) is not fits
    for one in findings:
        assert one.evidence.facts["rule"] == "network"
        assert one.evidence.facts["allowed"] == "fixed"
        assert one.severity >= Severity.MEDIUM


def test_each_kind_of_network_is_told_by_itself() -> None:
    story = Story().work([0], TOR, CHROME).work([0], PARIS_MOBILE, IPHONE, name="p")
    assert len(found(story, OFFICES)) == 2


@pytest.mark.parametrize(("mfa", "count"), [(None, 0), (True, 0), (False, 1)])
def test_a_sign_on_without_the_factor_that_is_asked_for(mfa: bool | None, count: int) -> None:
    events = Story().work([0], LYON, CHROME).sorted()
    said = [structs.replace(e, mfa=mfa) if isinstance(e, SignIn) else e for e in events]
    findings = run(LimitEvasion(), said, FACTORS)
    assert len(findings) == count
    # By itself it calls nobody: a provider may remember a device.
    assert all(one.severity is Severity.LOW for one in findings)
    assert not run(LimitEvasion(), said, FRANCE)


def test_what_is_done_in_a_session_says_nothing_of_how_it_began() -> None:
    events = Story().sign_on(0, 480, LYON, CHROME, "a").use(0, 490, LYON, CHROME, "a").sorted()
    said = [
        structs.replace(e, mfa=e.activity is Activity.LOGON) if isinstance(e, SignIn) else e
        for e in events
    ]
    assert not run(LimitEvasion(), said, FACTORS)


def test_failures_break_no_rule() -> None:
    assert not found(Story().fail(0, 1, MOSCOW, CHROME), FRANCE)


def test_limits_are_parameters() -> None:
    weekly = Parameters(silence=7 * 86_400_000)
    assert len(found(Story().work(range(3), MADRID, CHROME), FRANCE, weekly)) == 1
    assert structs.asdict(weekly)["idle"] == 1_800_000
