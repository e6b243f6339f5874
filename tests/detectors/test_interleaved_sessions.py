"""Interleaved sessions: two that go on at once and are used by turns, and what one person does."""

from itertools import pairwise

import pytest

from detectors.core.context import AccountKind, Context
from detectors.core.event import DAY, Event, SignIn
from detectors.core.finding import Finding, Severity
from detectors.core.identity import Subject, SubjectKind
from detectors.interleaved_sessions import InterleavedSessions, Parameters
from tests.detectors.story import (
    CHROME,
    FIREFOX,
    IPHONE,
    LYON,
    LYON_HOME,
    MAC,
    SERVER,
    TANA,
    VPN,
    Story,
    run,
    where,
)

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def found(
    story: Story, parameters: Parameters | None = None, context: Context | None = None
) -> list[Finding]:
    """What is found once everything is over."""
    last = (story.sorted()[-1].time - story.sorted()[0].time) // DAY
    story.sign_on(last + 1, 1439, LYON, CHROME, "end")
    return run(InterleavedSessions(parameters), story.sorted(), context or Context())


def by_turns(days: int, place=LYON, device=FIREFOX, *, every: int = 1) -> Story:
    """Two people, each in a session of their own, on each day or on every so many days."""
    story = Story()
    for day in range(days):
        story.work([day], LYON, CHROME, 480, 900, name="one")
        if day % every == 0:
            story.work([day], place, device, 500, 920, name="two")
    return story


def hostile() -> list[Event]:
    """What the contract suite runs: two sessions by turns, for a week."""
    return by_turns(7).sorted()


HOSTILE = (hostile,)


@pytest.mark.parametrize(
    ("place", "device", "apart"),
    [
        (TANA, MAC, "elsewhere"),
        (LYON_HOME, CHROME, "moved"),
        (LYON, FIREFOX, "browser"),
        (LYON, CHROME, "session"),
    ],
)
def test_two_sessions_by_turns_are_said_with_what_tells_them_apart(
    place, device, apart: str
) -> None:
    [finding] = found(by_turns(5, place, device))
    assert finding.evidence.facts["apart"] == apart
    assert finding.evidence.weights.shared == 1.95
    assert finding.evidence.facts["share"] == 100
    assert float(finding.evidence.facts["returns"]) >= 1
    assert not finding.evidence.learned
    assert finding.severity is Severity.INFORMATIONAL, "alone it calls nobody"


def test_the_events_shown_are_those_at_which_the_session_changed() -> None:
    story = by_turns(5)
    [finding] = found(story)
    shown = {event.id: event for event in story.events if isinstance(event, SignIn)}
    sessions = [shown[one].session for one in finding.event_ids]
    assert len(sessions) >= 2
    assert all(a != b for a, b in pairwise(sessions[1:]))


def test_it_is_said_again_once_a_week_while_it_goes_on() -> None:
    times = [finding.time // DAY for finding in found(by_turns(20))]
    assert len(times) == 3
    assert all(b - a >= 6 for a, b in pairwise(times))


def test_before_three_days_nothing_is_said() -> None:
    assert not found(by_turns(2))
    assert found(by_turns(3))


def test_one_session_a_day_is_nothing() -> None:
    assert not found(Story().work(range(10), LYON, CHROME))


def test_a_telephone_beside_the_computer_is_nothing() -> None:
    assert not found(by_turns(6, LYON, IPHONE))


@pytest.mark.parametrize("behind", [SERVER, VPN], ids=["a distant computer", "a VPN"])
def test_a_session_behind_a_server_beside_the_desk_is_left_to_others(behind) -> None:
    assert found(by_turns(5, behind, MAC)) == []


def test_two_families_of_addresses_are_no_two_lines() -> None:
    six = where("2a01:e0a::10", "FR", "Paris", 48.85, 2.35, 3215, "Orange")
    [finding] = found(by_turns(5, six, CHROME))
    assert finding.evidence.facts["apart"] == "session"
    assert finding.evidence.weights.shared == 1.95


@pytest.mark.parametrize(
    ("begins", "ends", "crossed"),
    [(560, 1000, 1.0), (560, 890, 0.0), (490, 1000, 0.0)],
    ids=["begins later and ends later", "ends with the other", "begins with the other"],
)
def test_two_who_come_and_go_each_at_their_own_hour_are_told(
    begins: int, ends: int, crossed: float
) -> None:
    """The reviewer sees it; what it is worth, the model of the account's weeks says."""
    story = Story()
    for day in range(6):
        story.work([day], LYON, CHROME, 480, 900, name="one")
        story.work([day], LYON, FIREFOX, begins, ends, name="two")
    [finding] = found(story)
    assert finding.evidence.facts["crossed"] == crossed
    assert finding.evidence.weights.shared == 1.95


def test_who_crosses_behind_a_server_is_not_told_of_two_browsers() -> None:
    """Two browsers that come and go together, and a distant computer in the afternoon."""
    story = by_turns(6)
    for day in range(6):
        story.work([day], SERVER, MAC, 700, 1000, name="distant")
    [finding] = found(story)
    assert finding.evidence.facts["apart"] == "browser"
    assert finding.evidence.facts["crossed"] == 0


def test_one_after_the_other_is_nothing() -> None:
    """The laptop at home in the evening, the desk by day."""
    story = Story()
    for day in range(8):
        story.work([day], LYON, CHROME, 480, 720, name="one")
        story.work([day], LYON_HOME, MAC, 780, 1020, name="two")
    assert not found(story)


def test_a_page_left_open_that_nobody_returns_to_is_nothing() -> None:
    """It renews its token now and then; who moved on to the other does not come back."""
    story = Story()
    for day in range(8):
        story.work([day], LYON, CHROME, 480, 600, name="one").work([day], LYON_HOME, MAC, 660, 900)
        if day % 4 == 0:
            story.renew(day, 720, LYON, CHROME, f"alice-one-{day}")
    assert not found(story)


def test_now_and_then_is_too_seldom() -> None:
    assert not found(by_turns(16, every=8))
    assert found(by_turns(16, every=8), Parameters(share=0.05, returns=0.1))


def test_a_services_account_is_left_alone() -> None:
    context = Context(kinds={ALICE: AccountKind.SERVICE})
    assert not found(by_turns(6), context=context)


def test_after_weeks_of_quiet_it_is_forgotten() -> None:
    story = by_turns(4)
    for day in range(90, 94):
        story.work([day], LYON, CHROME, 480, 900, name="one")
    late = [one for one in found(story) if one.time > 80 * DAY + story.sorted()[0].time]
    assert not late
