"""Addresses get the place and network that the databases say, and nothing makes it raise."""

import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.place import Network, NetworkKind, Place
from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.location import NOWHERE, PRIVATE, Location, address_of, place_of

FIXTURES = Path(__file__).parents[2] / "fixtures" / "geo"


@pytest.fixture(scope="module")
def small() -> Location:
    """The invented databases, all four of them."""
    return Location.open(
        city=FIXTURES / "city.mmdb",
        autonomous_systems=FIXTURES / "asn.mmdb",
        anonymous=FIXTURES / "anonymous.mmdb",
        connections=FIXTURES / "connections.mmdb",
    )


@pytest.mark.parametrize(
    ("ip", "country", "number", "kind"),
    [
        ("90.1.2.3", "FR", 3215, NetworkKind.FIXED),  # Orange
        ("82.64.1.1", "FR", 12322, NetworkKind.FIXED),  # Free
        ("2a01:e0a::1", "FR", 12322, NetworkKind.FIXED),
        ("37.166.1.1", "FR", 51207, NetworkKind.MOBILE),  # Free Mobile
        ("92.184.100.1", "FR", 3215, NetworkKind.MOBILE),  # Orange, gateway of the mobile network
        ("160.176.1.1", "MA", 36903, NetworkKind.FIXED),  # Maroc Telecom
        ("41.226.11.1", "TN", 37705, NetworkKind.FIXED),  # Topnet
        ("41.188.40.1", "MG", 37054, NetworkKind.FIXED),  # Telma
        ("41.214.20.1", "SN", 8346, NetworkKind.FIXED),  # Sonatel
        ("129.45.1.1", "DZ", 327931, NetworkKind.MOBILE),  # Djezzy
        ("8.8.8.8", "US", 15169, NetworkKind.HOSTING),
        ("1.1.1.1", "AU", 13335, NetworkKind.RELAY),
        ("172.226.2.1", "GU", 36183, NetworkKind.RELAY),  # iCloud Private Relay
        ("104.28.31.1", "BY", 13335, NetworkKind.RELAY),  # WARP
        ("136.226.1.1", "MX", 22616, NetworkKind.RELAY),  # Zscaler
    ],
)
def test_well_known_addresses_in_the_shipped_databases(
    shipped_location: Location, ip: str, country: str, number: int, kind: NetworkKind
) -> None:
    place, network = shipped_location.look_up(ip)
    assert place is not None
    assert place.country == country
    assert place.radius_km == 50.0
    assert (network.asn, network.kind) == (number, kind)
    assert network.organisation


def test_paris_is_where_paris_is(shipped_location: Location) -> None:
    place, network = shipped_location.look_up("82.64.1.1")
    assert place == Place("FR", "Ile-de-France", "Paris", 48.86, 2.35, 50.0)
    assert network == Network(12322, "Free SAS", NetworkKind.FIXED)


def test_equal_answers_are_one_object(shipped_location: Location) -> None:
    first, second = shipped_location.look_up("82.64.1.1"), shipped_location.look_up("82.64.1.2")
    assert first[0] is second[0]
    assert first[1] is second[1]


@pytest.mark.parametrize(
    "ip",
    [
        "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "169.254.1.1",
        "100.64.0.1", "100.127.255.255", "::1", "fd00::1", "fe80::1", "fe80::1%eth0",
        "::ffff:10.0.0.1", "::ffff:127.0.0.1", "64:ff9b::10.0.0.1",
    ],
)  # fmt: skip
def test_private_addresses_have_no_place(small: Location, ip: str) -> None:
    assert small.look_up(ip) == (None, PRIVATE)


@pytest.mark.parametrize(
    "ip",
    [
        None, "", " ", "-", "localhost", "1.2.3", "1.2.3.4.5", "256.1.1.1", "010.1.1.1", "1.2.3.4 ",
        "1.2.3.4:80", "[2001:db8::1]", "::g", "2001:db8:::1", "\x00", "٤.٤.٤.٤", "é" * 1000,
        "1" * 100_000, "2002:5a01:203::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.88.99.1",
        "0.0.0.1", "255.255.255.255", "224.0.0.1", "240.0.0.1", "::", "ff02::1", "2001:db8::1",
        "192.0.2.1",
    ],
)  # fmt: skip
def test_what_is_no_located_address_is_unknown(
    small: Location, shipped_location: Location, ip: str | None
) -> None:
    assert small.look_up(ip) == (None, NOWHERE)
    assert shipped_location.look_up(ip) == (None, NOWHERE)


def test_mapped_and_translated_addresses_are_looked_up_as_what_they_carry(
    shipped_location: Location,
) -> None:
    plain = shipped_location.look_up("82.64.1.1")
    assert plain[0] is not None
    assert shipped_location.look_up("::ffff:82.64.1.1") == plain
    assert shipped_location.look_up("::FFFF:5240:101") == plain
    assert shipped_location.look_up("64:ff9b::82.64.1.1") == plain


def test_an_own_database_may_know_documentation_addresses(small: Location) -> None:
    place, network = small.look_up("203.0.113.9")
    assert place == Place("FR", "Region of Lille", "Lille", 50.63, 3.07, 20.0)
    assert network == Network(64500, "Example Access", NetworkKind.FIXED)


@pytest.mark.parametrize("ip", ["203.0.113.130", "203.0.113.200"])
def test_records_without_usable_coordinates_have_no_place(small: Location, ip: str) -> None:
    place, network = small.look_up(ip)
    assert place is None
    assert network.asn == 64500


def test_a_record_may_say_little(small: Location) -> None:
    place, _ = small.look_up("203.0.113.230")
    assert place == Place("MG", None, "Tananarive", -18.88, 47.51, 0.0)


@pytest.mark.parametrize(
    ("ip", "kind"),
    [
        ("203.0.113.1", NetworkKind.TOR),
        ("203.0.113.2", NetworkKind.VPN),
        ("203.0.113.3", NetworkKind.HOSTING),
        ("203.0.113.4", NetworkKind.VPN),
        ("203.0.113.5", NetworkKind.VPN),
        ("203.0.113.6", NetworkKind.MOBILE),
        ("203.0.113.7", NetworkKind.SATELLITE),
        ("203.0.113.8", NetworkKind.FIXED),
        ("198.51.100.1", NetworkKind.VPN),
        ("198.51.100.2", NetworkKind.HOSTING),
    ],
)
def test_observations_win_over_the_list_where_they_say_more(
    small: Location, ip: str, kind: NetworkKind
) -> None:
    assert small.look_up(ip)[1].kind is kind


def test_without_those_databases_the_list_decides() -> None:
    plain = Location.open(city=FIXTURES / "city.mmdb", autonomous_systems=FIXTURES / "asn.mmdb")
    assert plain.look_up("203.0.113.1")[1].kind is NetworkKind.FIXED
    assert plain.look_up("198.51.100.1")[1].kind is NetworkKind.HOSTING
    plain.close()


def test_own_databases_and_lists_are_told_apart_by_version(
    small: Location, shipped_location: Location, tmp_path: Path
) -> None:
    own = tmp_path / "own.csv"
    own.write_text("network,kind,name,source\nAS64500,vpn,x,y\n")
    other = Location.open(
        city=FIXTURES / "city.mmdb", autonomous_systems=FIXTURES / "asn.mmdb", networks=own
    )
    assert other.look_up("203.0.113.9")[1].kind is NetworkKind.VPN
    assert len({small.version, shipped_location.version, other.version}) == 3
    assert "GeoIP2-Anonymous-IP@" in small.version
    assert "DBIP-City-Lite-Compact@1780666922" in shipped_location.version
    assert shipped_location.is_shipped_data
    assert not small.is_shipped_data
    assert small.unreadable == 0


def test_a_wrong_database_is_refused_at_opening() -> None:
    with pytest.raises(GeoDatabaseError, match=r"asn\.mmdb is of type 'GeoLite2-ASN'"):
        Location.open(city=FIXTURES / "asn.mmdb", autonomous_systems=FIXTURES / "asn.mmdb")


_octets = st.integers(-1, 300).map(str)
_near_addresses = st.lists(_octets, min_size=3, max_size=5).map(".".join)
_texts = st.one_of(st.none(), st.text(max_size=80), _near_addresses, st.ip_addresses().map(str))


@given(_texts)
def test_any_text_gets_an_answer(shipped_location: Location, ip: str | None) -> None:
    place, network = shipped_location.look_up(ip)
    assert isinstance(network.kind, NetworkKind)
    if place is not None:
        assert address_of(ip) is not None
        assert -90 <= place.latitude <= 90
        assert -180 <= place.longitude <= 180
        assert (place.latitude, place.longitude) != (0.0, 0.0)
        assert len(place.country) == 2


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["iso_code", "latitude", "longitude", "names", "en", "accuracy_radius"]
            ),
            inner,
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(["country", "registered_country", "location", "city", "subdivisions"]),
        _values,
    )
)
def test_any_record_is_a_sound_place_or_none(record: dict[str, Any]) -> None:
    place = place_of(record)
    if place is not None:
        assert place.country
        assert math.isfinite(place.latitude + place.longitude + place.radius_km)
        assert place.radius_km >= 0


def test_coordinates_out_of_range_are_no_place() -> None:
    record = {"country": {"iso_code": "FR"}, "location": {"latitude": 91.0, "longitude": 2.0}}
    assert place_of(record) is None
    assert place_of(None) is None
