"""Unusual hours: only what is unfamiliar anyway comes at one."""

import pytest

from detectors.core.event import Event
from detectors.core.finding import Finding, Severity
from detectors.unusual_hours import UnusualHours
from tests.detectors.story import CHROME, FIREFOX, LINUX, LYON, MOSCOW, PARIS, SERVER, Story, run


def found(story: Story) -> list[Finding]:
    """What unusual_hours finds."""
    return run(UnusualHours(), story.sorted())


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def hostile() -> list[Event]:
    """What the contract suite runs: a stranger at two in the morning."""
    return settled().sign_on(10, 120, MOSCOW, LINUX, "x").sorted()


HOSTILE = (hostile, lambda: settled().sign_on(10, 60, SERVER, CHROME, "x").sorted())


def test_a_stranger_at_night() -> None:
    [remark] = found(settled().sign_on(10, 120, MOSCOW, LINUX, "x"))
    assert 0.5 <= remark.evidence.weights.taken_over <= 0.9
    assert remark.evidence.group == "hours"
    assert remark.severity is Severity.INFORMATIONAL


def test_an_evening_at_home_is_one_matter_and_not_two() -> None:
    """On a line of the country the hour is weighed with the sign-in: no second group for it."""
    [remark] = found(settled().sign_on(10, 120, PARIS, LINUX, "x"))
    assert remark.evidence.group == "sign_in"


def test_a_stranger_in_working_hours() -> None:
    assert not found(settled().sign_on(10, 600, PARIS, LINUX, "x"))


@pytest.mark.parametrize("device", [CHROME, FIREFOX])
def test_whoever_works_at_night_at_the_own_desk_is_at_work(device: object) -> None:
    assert not found(settled().sign_on(10, 120, LYON, CHROME, "x"))


def test_the_own_laptop_in_another_time_zone() -> None:
    assert not found(settled().sign_on(10, 120, MOSCOW, CHROME, "x"))


def test_rotating_shifts_have_no_unusual_hours() -> None:
    story = Story()
    for day in range(12):
        begin = (0, 480, 900)[day % 3]
        story.work([day], LYON, CHROME, begin, begin + 480)
    assert not found(story.sign_on(12, 120, PARIS, LINUX, "x"))


def test_too_few_uses_show_no_hours() -> None:
    story = Story()
    for day in range(6):
        story.sign_on(day, 480, LYON, CHROME, f"s{day}")
    assert not found(story.sign_on(6, 120, PARIS, LINUX, "x"))
