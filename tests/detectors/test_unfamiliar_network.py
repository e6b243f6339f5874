"""Unfamiliar network: what is remarked, and what is not even that."""

import pytest

from detectors.core.event import Event
from detectors.core.finding import Finding, Severity
from detectors.unfamiliar_network import UnfamiliarNetwork
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LYON,
    LYON_HOME,
    MOSCOW,
    NOWHERE,
    OFFICE_LAN,
    PARIS,
    PARIS_MOBILE,
    RELAY,
    SERVER,
    TOR,
    VPN,
    Story,
    Where,
    run,
)


def found(story: Story) -> list[Finding]:
    """What unfamiliar_network finds."""
    return run(UnfamiliarNetwork(), story.sorted())


def settled(days: int = 10) -> Story:
    """Ordinary days in Lyon, on one computer."""
    return Story().work(range(days), LYON, CHROME)


def hostile() -> list[Event]:
    """What the contract suite runs: a first country."""
    return settled().sign_on(10, 600, MOSCOW, CHROME, "x").sorted()


HOSTILE = (hostile, lambda: settled().sign_on(10, 600, SERVER, CHROME, "x").sorted())


@pytest.mark.parametrize("at", [MOSCOW, SERVER, VPN, TOR])
def test_a_first_country_or_a_mask_is_a_remark(at: Where) -> None:
    [remark] = found(settled().sign_on(10, 600, at, CHROME, "x"))
    assert remark.evidence.weights.taken_over >= 1.0
    assert remark.severity < Severity.MEDIUM
    assert remark.evidence.facts["abroad"] is (at is MOSCOW)


def test_another_line_of_the_country_says_less() -> None:
    [remark] = found(settled().sign_on(10, 600, PARIS, CHROME, "x"))
    assert remark.evidence.weights.taken_over < 1.0


@pytest.mark.parametrize("at", [PARIS_MOBILE, RELAY, NOWHERE, OFFICE_LAN, LYON])
def test_carriers_relays_and_what_is_not_known_say_nothing(at: Where) -> None:
    assert not found(settled().sign_on(10, 600, at, IPHONE, "x"))


def test_it_is_said_once() -> None:
    story = settled().work(range(10, 14), MOSCOW, CHROME)
    assert len(found(story)) == 1


def test_an_address_lease_is_of_the_same_network() -> None:
    assert not found(settled().sign_on(10, 600, LYON.leased("192.0.2.99"), CHROME, "x"))


def test_newcomers_have_nothing_but_new_networks() -> None:
    assert not found(Story().work([0], LYON, CHROME).work([1], MOSCOW, CHROME))


def test_a_traveller_is_no_news() -> None:
    """The account's own rate of new countries is taken off."""
    story = Story().work(range(3), LYON, CHROME)
    places = [
        LYON_HOME._replace(
            place=LYON.place and type(LYON.place)(f"X{n}", None, None, n * 5.0, n * 5.0, 5.0),
            network=type(LYON.network)(9_000 + n, "abroad", LYON.network.kind),  # type: ignore[union-attr]
        )
        for n in range(12)
    ]
    for day, at in enumerate(places, 3):
        story.work([day], at, CHROME)
    last = [f for f in found(story) if f.time > story.sorted()[-60].time]
    assert not last
