"""Storms of second-factor requests: which are attacks, which yes is a takeover, which not."""

import pytest

from detectors.core.event import MINUTE, Activity, Event, FailureReason
from detectors.core.finding import Finding, Severity, Theme
from detectors.core.place import Device
from detectors.mfa_fatigue import MfaFatigue
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    MADRID,
    MOSCOW,
    PARIS,
    PARIS_MOBILE,
    SERVER,
    Story,
    Where,
    loud,
    moment,
    run,
)

NEXT_DOOR = LYON.leased("192.0.99.10")
"""Another customer's line, of the owner's provider and in the owner's town."""
DENIED, TIMEOUT = FailureReason.MFA_DENIED, FailureReason.MFA_TIMEOUT


def found(story: Story) -> list[Finding]:
    """What mfa_fatigue finds."""
    return run(MfaFatigue(), story.sorted())


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def storm(
    at: Where, device: Device | None, count: int, pause: float = 1, reason: FailureReason = DENIED
) -> Story:
    """So many requests refused, `pause` minutes apart, from ten o'clock on."""
    story = settled()
    for number in range(count):
        story.fail(10, 600 + number * pause, at, device, reason)
    return story


def accepted(story: Story, minute: float, at: Where, device: Device | None) -> Story:
    """A sign-on with a second factor."""
    return story.tell(moment(10, minute), at, device, "x", Activity.LOGON, mfa=True)


def hostile() -> list[Event]:
    """What the contract suite runs: ten refused, and then a yes."""
    return accepted(storm(MOSCOW, LINUX, 10), 612, MOSCOW, LINUX).sorted()


HOSTILE = (hostile, lambda: storm(PARIS, LINUX, 8).sorted())


@pytest.mark.parametrize("at", [MOSCOW, SERVER, PARIS])
@pytest.mark.parametrize("reason", [DENIED, TIMEOUT])
def test_a_storm_is_an_attack(at: Where, reason: FailureReason) -> None:
    findings = loud(found(storm(at, LINUX, 6, reason=reason)))
    assert findings
    assert findings[0].theme is Theme.ATTACK
    assert findings[0].time <= moment(10, 603)


def test_a_slow_storm_over_half_a_day() -> None:
    assert loud(found(storm(PARIS, LINUX, 10, pause=70)))


def test_the_yes_at_its_end_is_a_takeover() -> None:
    findings = found(accepted(storm(MOSCOW, LINUX, 6), 610, MOSCOW, LINUX))
    last = next(f for f in findings if f.theme is Theme.USE)
    assert last.evidence.weights.taken_over == 6.0
    assert last.evidence.facts["accepted"] is True
    assert last.time == moment(10, 610)


def test_the_yes_is_told_of_the_attack_as_well() -> None:
    """Who watches the storm learns that it got its yes, be it on an account hardly known."""
    young = Story().work([10], LYON, CHROME)
    for number in range(5):
        young.fail(10, 600 + number, MOSCOW, LINUX, DENIED)
    for story in (storm(MOSCOW, LINUX, 6), young):
        findings = found(accepted(story, 610, MOSCOW, LINUX))
        attack = [f for f in findings if f.theme is Theme.ATTACK and f.time == moment(10, 610)]
        assert [f.evidence.facts["accepted"] for f in attack] == [True]
        assert attack == loud(attack)
        assert len({f.id for f in findings}) == len(findings)


def test_it_is_said_again_as_it_grows_and_not_every_time() -> None:
    assert 2 <= len(found(storm(MOSCOW, LINUX, 60))) <= 5


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_few_own_mistakes(count: int) -> None:
    """A phone that does not ring: at the own desk, or on a private computer."""
    assert not loud(found(accepted(storm(LYON, CHROME, count), 610, LYON, CHROME)))
    assert not loud(found(accepted(storm(PARIS, LINUX, count), 610, PARIS, LINUX)))


def test_a_phone_left_at_home_calls_nobody() -> None:
    """The owner tries again and again, from the own desk."""
    story = storm(LYON, CHROME, 9, reason=TIMEOUT)
    assert not loud(found(accepted(story, 640, LYON, CHROME)))


@pytest.mark.parametrize("device", [CHROME, None])
def test_a_phone_left_elsewhere_and_a_yes_by_it(device: Device | None) -> None:
    """Five requests from the desk that nobody answers; later the owner is at the phone, abroad or
    at a friend's."""
    story = storm(LYON, device, 5, reason=TIMEOUT)
    for at in (PARIS, MADRID, PARIS_MOBILE):
        later = Story()
        later.events = [*story.events]
        assert not loud(found(accepted(later, 640, at, IPHONE))), at


def test_a_lease_of_the_owners_own_line_is_the_same_line() -> None:
    story = storm(LYON.leased("192.0.2.200"), CHROME, 5, reason=TIMEOUT)
    assert not loud(found(accepted(story, 640, PARIS_MOBILE, IPHONE)))


@pytest.mark.parametrize("at", [PARIS, SERVER, MOSCOW, NEXT_DOOR])
def test_requests_from_a_strange_line_and_a_yes_by_a_phone(at: Where) -> None:
    """Another line of the owner's own provider in the town as well."""
    findings = loud(found(accepted(storm(at, LINUX, 5, reason=TIMEOUT), 640, PARIS_MOBILE, IPHONE)))
    assert [f for f in findings if f.evidence.weights.taken_over == 6.0]


def test_a_line_is_no_owners_for_having_a_strangers_session_on_it() -> None:
    """Somebody came from there just before, or with a computer that the account does not know."""
    for day, minute, device in ((10, 590, CHROME), (10, 590, LINUX), (9, 1200, LINUX)):
        story = storm(PARIS, device, 5, reason=TIMEOUT).sign_on(day, minute, PARIS, device, "y")
        findings = loud(found(accepted(story, 640, PARIS_MOBILE, IPHONE)))
        assert [f for f in findings if f.evidence.weights.taken_over], (day, minute)


def test_a_server_is_nobodys_own_line() -> None:
    """Be it that the owner came from there every day: whoever asks may have rented it as well."""
    story = storm(SERVER, CHROME, 5, reason=TIMEOUT).work(range(7, 10), SERVER, CHROME, 1100, 1200)
    assert loud(found(accepted(story, 640, MADRID, IPHONE)))


def test_the_owner_who_signs_in_during_the_storm() -> None:
    findings = found(accepted(storm(MOSCOW, LINUX, 8), 609, LYON, CHROME))
    assert not [f for f in findings if f.evidence.weights.taken_over]


def test_a_sign_in_without_a_second_factor_is_no_answer() -> None:
    story = storm(MOSCOW, LINUX, 8).tell(
        moment(10, 609), MOSCOW, LINUX, "x", Activity.LOGON, mfa=False
    )
    assert not [f for f in found(story) if f.evidence.weights.taken_over]


def test_a_yes_the_next_day_is_another_story() -> None:
    story = storm(MOSCOW, LINUX, 8).tell(
        moment(11, 900), MOSCOW, LINUX, "x", Activity.LOGON, mfa=True
    )
    assert not [f for f in found(story) if f.evidence.weights.taken_over]


def test_wrong_passwords_are_another_pattern() -> None:
    assert not found(storm(MOSCOW, LINUX, 20, reason=FailureReason.BAD_PASSWORD))


def test_lines_that_tell_again_do_not_count() -> None:
    story = settled()
    for number in range(20):
        story.fail(10, 600 + number, MOSCOW, LINUX, DENIED, corroborating=True)
    assert not found(story)
    assert MINUTE
    assert Severity.MEDIUM


def test_a_yes_that_the_log_begins_with_is_a_question() -> None:
    """Nothing says yet whose line and machine these are: the owner's, like as not."""
    story = Story()
    for number in range(4):
        story.fail(10, 600 + number, LYON, CHROME, DENIED)
    findings = found(accepted(story, 605, LYON, CHROME))
    assert findings
    assert not loud(findings)
    assert findings[-1].severity is Severity.LOW
