"""Anonymous network: a weak sign, said once."""

import pytest

from detectors.anonymous_network import AnonymousNetwork
from detectors.core.event import Event
from detectors.core.finding import Finding, Severity
from tests.detectors.story import (
    CHROME,
    LINUX,
    LYON,
    MOSCOW,
    RELAY,
    SERVER,
    STARLINK,
    TOR,
    VPN,
    Story,
    Where,
    run,
)


def found(story: Story) -> list[Finding]:
    """What anonymous_network finds."""
    return run(AnonymousNetwork(), story.sorted())


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def hostile() -> list[Event]:
    """What the contract suite runs: a stranger out of Tor."""
    return settled().sign_on(10, 600, TOR, LINUX, "x").sorted()


HOSTILE = (hostile, lambda: settled().sign_on(10, 600, VPN, CHROME, "x").sorted())


def test_tor_says_more_than_a_vpn_and_neither_calls_anybody() -> None:
    [tor] = found(settled().sign_on(10, 600, TOR, CHROME, "x"))
    [vpn] = found(settled().sign_on(10, 600, VPN, CHROME, "x"))
    assert tor.evidence.weights.taken_over > vpn.evidence.weights.taken_over > 0
    assert tor.severity is Severity.INFORMATIONAL


def test_of_an_unknown_device_it_says_more() -> None:
    [own] = found(settled().sign_on(10, 600, TOR, CHROME, "x"))
    [other] = found(settled().sign_on(10, 600, TOR, LINUX, "x"))
    assert other.evidence.weights.taken_over > own.evidence.weights.taken_over


@pytest.mark.parametrize("at", [LYON, MOSCOW, SERVER, RELAY, STARLINK])
def test_what_hides_nothing_or_is_another_patterns(at: Where) -> None:
    assert not found(settled().sign_on(10, 600, at, LINUX, "x"))


def test_a_vpn_that_the_account_always_used() -> None:
    assert not found(Story().work(range(8), VPN, CHROME))


def test_the_same_is_not_said_every_day() -> None:
    story = settled()
    for day in range(10, 16):
        story.sign_on(day, 600, TOR, LINUX, f"x{day}")
    assert len(found(story)) == 1
