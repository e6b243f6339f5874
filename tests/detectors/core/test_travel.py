"""What an address says of a place, and what speed a pair of them asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from detectors.core.event import HOUR, MINUTE, SignIn
from detectors.core.place import Device, Form, Network, NetworkKind
from detectors.core.travel import (
    AIRPORT,
    device_label,
    impossibility,
    is_handheld,
    is_somewhere,
    label,
    least_speed_kmh,
    may_be_one_line,
    network_label,
    radius_km,
    residual_km,
)
from tests.detectors.story import (
    CHROME,
    IPHONE,
    LYON,
    NOWHERE,
    PARIS,
    PARIS_MOBILE,
    Story,
    Where,
    where,
)


def at(where: Where) -> SignIn:
    """A sign-on there."""
    event = Story().sign_on(0, 0, where, CHROME).events[0]
    assert isinstance(event, SignIn)
    return event


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (NetworkKind.FIXED, True),
        (NetworkKind.MOBILE, True),
        (NetworkKind.UNKNOWN, True),
        (NetworkKind.HOSTING, False),
        (NetworkKind.VPN, False),
        (NetworkKind.RELAY, False),
        (NetworkKind.TOR, False),
        (NetworkKind.SATELLITE, False),
        (NetworkKind.PRIVATE, False),
    ],
)
def test_which_networks_say_where_one_is(kind: NetworkKind, says: bool) -> None:
    assert is_somewhere(Network(1, None, kind)) is says


def test_a_network_that_is_not_known_may_say_it() -> None:
    assert is_somewhere(None)


@pytest.mark.parametrize("form", Form)
def test_what_is_carried_about(form: Form) -> None:
    device = structs.replace(CHROME, form=form)
    assert is_handheld(device) is (form in {Form.PHONE, Form.TABLET})
    assert not is_handheld(None)
    assert is_handheld(Device("okhttp", "okhttp", "Other", Form.SCRIPT))
    assert not is_handheld(Device("curl", "curl", "Other", Form.SCRIPT))


def test_only_a_fixed_line_is_sure() -> None:
    place = LYON.place
    assert place is not None
    assert radius_km(place, LYON.network, CHROME, 50, 250) == 50
    assert radius_km(place, LYON.network, IPHONE, 50, 250) == 250
    assert radius_km(place, PARIS_MOBILE.network, CHROME, 50, 250) == 250
    assert radius_km(place, None, CHROME, 50, 250) == 250
    assert radius_km(structs.replace(place, radius_km=900), LYON.network, CHROME, 50, 250) == 900


def test_both_radii_are_taken_off() -> None:
    assert residual_km(at(LYON), at(PARIS), 50, 250) == pytest.approx(292, abs=3)
    assert residual_km(at(LYON), at(PARIS_MOBILE), 50, 250) == pytest.approx(92, abs=3)
    assert residual_km(at(LYON), at(PARIS), 500, 500) == 0
    assert residual_km(at(LYON), at(NOWHERE), 50, 250) == 0


def test_no_gap_counts_as_shorter_than_a_minute() -> None:
    assert least_speed_kmh(100, HOUR) == 100
    assert least_speed_kmh(100, 0) == least_speed_kmh(100, MINUTE) == 6000


@given(st.floats(0, 20_000), st.integers(0, 100 * HOUR))
def test_impossibility_is_a_share_and_grows_with_distance(residual: float, gap: int) -> None:
    sure = impossibility(residual, gap, 1000)
    assert 0 <= sure < 1
    assert impossibility(residual + 100, gap, 1000) >= sure
    assert impossibility(residual, gap + HOUR, 1000) <= sure


def test_what_is_possible_is_not_impossible() -> None:
    # An hour and a half: one in the air, and the least that airports take.
    assert impossibility(1000, HOUR + AIRPORT, 1000) == 0
    assert impossibility(1000, HOUR, 1000) > 0
    # A train over a short way needs no airport, only the time that it takes.
    assert impossibility(60, HOUR // 2, 1000) == 0
    assert impossibility(9900, HOUR * 99 // 20 + AIRPORT, 1000) == pytest.approx(
        0.875 * 0.99, abs=0.01
    )


def test_labels() -> None:
    assert label(LYON.place) == "Lyon (FR)"
    assert label(None) == "?"
    assert LYON.place is not None
    assert label(structs.replace(LYON.place, city=None)) == "FR"
    assert device_label(CHROME) == "Chrome / Windows"
    assert device_label(None) == "?"
    assert network_label(LYON.network) == "Orange"
    assert network_label(Network(64500, None, NetworkKind.FIXED)) == "AS64500"
    assert network_label(Network(None, None, NetworkKind.PRIVATE)) == network_label(None) == "?"


def test_an_operator_of_one_name_in_another_country_is_another() -> None:
    """One line's IPv4 and IPv6 may be told of apart; a brand has a network in each country."""
    other = LYON.leased("2001:db8::1")
    assert may_be_one_line(at(LYON), at(other))
    assert not may_be_one_line(at(LYON), at(LYON.leased("192.0.2.11")))
    second = where("2001:db8::2", "FR", "Paris", 48.85, 2.35, 24600, "Orange Wanadoo")
    assert may_be_one_line(at(LYON), at(second))
    assert not may_be_one_line(at(LYON), at(PARIS.leased("2001:db8::3")))
    poland = where("2001:db8::4", "PL", "Warsaw", 52.23, 21.0, 5617, "Orange Polska")
    assert not may_be_one_line(at(LYON), at(poland))
