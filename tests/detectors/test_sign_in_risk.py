"""Sign-in risk: strangers, what confirms them, and the honest ways of coming in anew."""

import pytest

from detectors.core.event import Change, Event
from detectors.core.place import Device
from tests.detectors.story import (
    ANDROID,
    CHROME,
    IPHONE,
    LINUX,
    LYON,
    LYON_HOME,
    MAC,
    MADRID,
    MOSCOW,
    PARIS,
    PARIS_MOBILE,
    RELAY,
    SERVER,
    TOR,
    VPN,
    Story,
    Where,
    loud,
    moment,
)
from tests.detectors.takeover.strangers import (
    CALLED,
    changed,
    found,
    hostile_at_home,
    settled,
    total,
)


def hostile() -> list[Event]:
    """What the contract suite runs: a stranger abroad while the owner works."""
    return (
        settled(11).sign_on(10, 600, MOSCOW, LINUX, "x").use(10, 606, MOSCOW, LINUX, "x").sorted()
    )


HOSTILE = (hostile, hostile_at_home)


@pytest.mark.parametrize("at", [MOSCOW, SERVER, VPN, TOR, MADRID])
def test_a_new_computer_abroad_or_masked_is_enough(at: Where) -> None:
    findings = found(settled().sign_on(10, 540, at, LINUX, "x"))
    assert total(findings) > CALLED
    assert findings[0].time == moment(10, 540)


def test_a_new_computer_on_a_line_of_the_country_is_not_enough() -> None:
    """The first day of work from home on a private computer."""
    findings = found(settled().work([10], LYON_HOME, MAC, 490, 1000))
    assert 1.7 <= total(findings) <= 2.4


def test_a_forgotten_password_at_the_own_desk() -> None:
    story = changed(settled(), 479, LYON, CHROME, Change.PASSWORD)
    assert not found(story.sign_on(10, 480, LYON, CHROME, "x"))


@pytest.mark.parametrize(
    ("at", "device"),
    [
        (LYON, MAC),
        (LYON, IPHONE),
        (PARIS_MOBILE, ANDROID),
        (PARIS_MOBILE, CHROME),
        (LYON_HOME, CHROME),
        (LYON_HOME, IPHONE),
        (MOSCOW, CHROME),
        (VPN, CHROME),
        (RELAY, CHROME),
        (VPN, IPHONE),
    ],
)
def test_one_new_thing_at_a_time(at: Where, device: Device) -> None:
    """A new laptop at a known line, a phone on its carrier, a journey, a VPN, a move."""
    assert total(found(settled().work([10], at, device))) < 4.0


def test_a_phone_bought_on_a_journey_with_the_known_laptop() -> None:
    story = settled().work([10], MADRID, CHROME).sign_on(11, 600, MADRID, IPHONE, "x")
    assert total(found(story)) < CALLED


def test_newcomers_are_not_judged() -> None:
    story = Story().work([0], LYON, CHROME).work([1], MOSCOW, LINUX)
    assert not found(story)


def test_slow_poisoning_earns_no_trust() -> None:
    """Brief looks every few days for three months: still a stranger at the end."""
    story = settled(5)
    for day in range(7, 90, 3):
        story.work([day - 1], LYON, CHROME)
        story.sign_on(day, 1300, PARIS, LINUX, f"look{day}").use(
            day, 1302, PARIS, LINUX, f"look{day}"
        )
    story.work([91], LYON, CHROME).sign_on(91, 600, PARIS, LINUX, "x")
    for minute in (604, 611, 619, 627):
        story.use(91, minute, PARIS, LINUX, "x")
    findings = found(story)
    assert total(findings) > CALLED
    assert [f for f in findings if f.evidence.facts["what"] == "looks"]
    assert {"owner", "reach"} <= {f.evidence.facts["what"] for f in findings[-4:]}


def test_the_same_stranger_is_told_once() -> None:
    story = settled().work(range(10, 13), MOSCOW, LINUX)
    told = [f for f in found(story) if f.evidence.group == "sign_in"]
    assert len(told) == 1
    assert loud(told)
