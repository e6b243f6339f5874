"""Concurrent sessions: who is found, and why everybody else is not."""

import pytest
from msgspec import structs

from detectors.concurrent_sessions import (
    MAXIMUM_PAIRS,
    ConcurrentSessions,
    Parameters,
    State,
)
from detectors.core.context import Context
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.fold import Fold, subject_of
from detectors.core.place import Device
from tests.detectors.story import (
    CHROME,
    FIREFOX,
    IPAD,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    PACE,
    PARIS,
    PARIS_MOBILE,
    VPN,
    Story,
    Where,
    loud,
    run,
)


def found(story: Story, parameters: Parameters | None = None) -> list[Finding]:
    """What concurrent_sessions finds."""
    return run(ConcurrentSessions(parameters), story.sorted())


def by_turns(
    days: int, first: tuple[Where, Device], second: tuple[Where, Device], *, tag: str = "b"
) -> Story:
    """Two at work in the same hours, each at a person's pace, each signed in by itself."""
    story = Story()
    for day in range(days):
        story.work([day], *first, 480, 720, name="a").work([day], *second, 483, 720, name=tag)
    return story


def hostile() -> list[Event]:
    """What the contract suite runs: two cities, by turns."""
    return by_turns(3, (LYON, CHROME), (PARIS, MAC)).sorted()


HOSTILE = (hostile, lambda: by_turns(6, (LYON, CHROME), (LYON_HOME, MAC)).sorted())


def test_two_cities_by_turns_are_two_people_within_two_days() -> None:
    findings = found(by_turns(2, (LYON, CHROME), (PARIS, MAC)))
    assert [f.evidence.weights.shared for f in findings] == [4.0, 6.0]
    assert loud(findings)
    assert findings[0].evidence.facts["apart"] == "far"
    assert findings[0].evidence.facts["returns"] == 4


def test_two_cities_with_identical_browsers() -> None:
    assert loud(found(by_turns(2, (LYON, CHROME), (PARIS, CHROME))))


def test_two_lines_of_one_town_add_up_over_days() -> None:
    findings = found(by_turns(6, (LYON, CHROME), (LYON_HOME, MAC)))
    weights = [f.evidence.weights.shared for f in findings]
    assert weights == sorted(weights)
    assert len(weights) == 6
    assert not loud(findings[:3])
    assert loud(findings)


def test_two_machines_of_one_office_add_up_more_slowly() -> None:
    findings = found(by_turns(6, (LYON, CHROME), (LYON, MAC)))
    assert not loud(findings[:4])
    assert loud(findings)


def test_three_computers_at_once_weigh_more() -> None:
    three = by_turns(2, (LYON, CHROME), (LYON, MAC))
    for day in range(2):
        three.work([day], LYON, LINUX, 486, 720, name="c")
    findings = found(three)
    assert findings[-1].evidence.facts["machines"] == 3
    assert loud(findings)


def test_at_most_once_a_day_and_pair() -> None:
    assert len(found(by_turns(4, (LYON, CHROME), (PARIS, MAC)))) == 4


def test_two_windows_of_one_browser() -> None:
    """One device, one address, two session ids: two windows."""
    assert not found(by_turns(10, (LYON, CHROME), (LYON, CHROME)))


def test_two_browsers_of_one_computer_stay_quiet() -> None:
    """Chrome and Firefox on Windows behind one address: nobody is called, however long."""
    assert not loud(found(by_turns(20, (LYON, CHROME), (LYON, FIREFOX))))


@pytest.mark.parametrize("device", [IPHONE, IPAD])
def test_a_phone_beside_a_computer(device: Device) -> None:
    """A phone in the hand and a computer on the desk are one person."""
    assert not found(by_turns(10, (LYON, CHROME), (PARIS_MOBILE, device)))


def test_a_vpn_on_the_same_computer() -> None:
    """The same device with and without its VPN."""
    assert not found(by_turns(10, (LYON, CHROME), (VPN, CHROME)))


def test_a_laptop_on_its_phones_line() -> None:
    """The same device on Wi-Fi and on a mobile network."""
    assert not found(by_turns(10, (LYON, MAC), (PARIS_MOBILE, MAC)))


def test_another_address_of_the_same_line() -> None:
    """IPv6 privacy addresses and leases: the same device in the same network."""
    leased = LYON.leased("2001:db8::5")
    assert not found(by_turns(10, (LYON, CHROME), (leased, CHROME)))


def test_morning_at_home_then_the_office() -> None:
    """One after the other: no turns."""
    story = Story()
    for day in range(10):
        story.work([day], LYON_HOME, MAC, 420, 520).work([day], LYON, CHROME, 560, 1000)
    assert not found(story)


def test_a_desktop_left_open_while_at_home() -> None:
    """The office desktop polls by the clock and renews its token while its owner is at home."""
    story = Story()
    for day in range(10):
        story.sign_on(day, 470, LYON, CHROME, f"open-{day}")
        for step in range(1, 36):
            story.use(day, 470 + step * 15 + step % 2 / 4, LYON, CHROME, f"open-{day}")
            story.renew(day, 477 + step * 15, LYON, MAC, f"tab-{day}")
        story.work([day], LYON_HOME, MAC, 490, 990)
    assert not found(story)


def test_a_desktop_left_open_for_days_weighs_little() -> None:
    """Uneven activity, but nobody signed in there today: at most a remark."""
    story = Story().sign_on(0, 480, LYON, CHROME, "open")
    for day in range(1, 12):
        for step in range(30):
            story.use(day, 480 + step * 15 + PACE[step % 10] / 2, LYON, CHROME, "open")
        story.work([day], LYON_HOME, MAC, 490, 900)
    assert not loud(found(story))


def test_sessions_without_ids_and_devices_tell_nothing() -> None:
    """sshd names neither session nor device."""
    story = Story()
    for step in range(60):
        story.sign_on(0, step * 3, PARIS if step % 2 else LYON, None)
    assert not found(story)


def test_one_browser_at_two_addresses_without_session_ids() -> None:
    """Where the log does not tell sessions apart, one browser may be one laptop."""
    story = Story()
    for step in range(60):
        story.sign_on(step // 20, 480 + step % 20 * 3, LYON_HOME if step % 2 else LYON, CHROME)
    assert not found(story)


def test_a_session_that_ended_does_not_return() -> None:
    """Signed out here before signing in there."""
    story = Story()
    for turn in range(10):
        place, device = ((LYON, CHROME), (PARIS, MAC))[turn % 2]
        story.sign_on(0, turn * 6, place, device, f"s{turn}")
        story.use(0, turn * 6 + 2, place, device, f"s{turn}")
        story.sign_off(0, turn * 6 + 4, place, device, f"s{turn}")
    assert not found(story)


def test_turns_must_be_quick() -> None:
    """The pace of the story has pauses of up to half an hour; a stricter turn sees nothing."""
    assert not found(by_turns(3, (LYON, CHROME), (PARIS, MAC)), Parameters(turn=60_000))


def test_pairs_are_bounded() -> None:
    story = Story()
    for step in range(150):
        machine = structs.replace(CHROME, fingerprint=f"machine-{step}", os=f"OS {step}")
        base = step * 8
        story.sign_on(0, base, LYON, CHROME, "mine").sign_on(0, base + 1, PARIS, machine, f"{step}")
        for turn in range(4):
            story.use(0, base + 2 + turn, LYON, CHROME, "mine")
            story.use(0, base + 2.5 + turn, PARIS, machine, f"{step}")
    detector = ConcurrentSessions()
    fold = Fold(detector.about.keyed_by, (detector,), Context())
    events = story.sorted()
    subject = subject_of(fold.kind, events[0])
    assert subject is not None
    cell = fold.fresh(subject)
    for event in events:
        fold.observe(cell, event)
        state = cell.states.get("concurrent_sessions", State())
        assert len(state.pairs) <= MAXIMUM_PAIRS
    assert len(cell.states["concurrent_sessions"].pairs) == MAXIMUM_PAIRS
