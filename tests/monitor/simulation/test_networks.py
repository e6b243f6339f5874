"""Addresses are real ones, at the place that the shipped databases say."""

import pytest

from detectors.core.geodesy import great_circle_km
from detectors.core.place import NetworkKind
from monitor.enrichment.location import Location
from monitor.simulation import networks
from monitor.simulation.chance import dice
from monitor.simulation.world import carrier, cities


def test_there_are_networks_wherever_there_are_people() -> None:
    for city in cities():
        assert networks.ranges("fixed", city)
        assert networks.ranges("mobile", carrier(city))
    assert networks.places("hosting")
    assert networks.places("vpn")


def test_an_address_is_in_its_network() -> None:
    rng = dice("networks")
    network = networks.network(rng, "fixed", "Lyon")
    address = networks.address(rng, network)
    prefix, _, last = address.rpartition(".")
    assert prefix in network.prefixes
    assert 1 <= int(last) <= 254


def test_an_unknown_place_is_an_error() -> None:
    with pytest.raises(networks.UnknownPlaceError, match="no fixed network at Atlantis"):
        networks.ranges("fixed", "Atlantis")


def test_distances_are_those_of_the_places() -> None:
    lyon = networks.ranges("fixed", "Lyon")[0]
    lille = networks.ranges("fixed", "Lille")[0]
    assert 500 < networks.distance_km(lyon, lille) < 650


def test_the_shipped_databases_place_them_there() -> None:
    location = Location.open()
    rng = dice("shipped")
    kinds = {
        "hosting": NetworkKind.HOSTING,
        "vpn": NetworkKind.VPN,
        "relay": NetworkKind.RELAY,
        "gateway": NetworkKind.RELAY,
        "tor": NetworkKind.TOR,
    }
    for kind in ("fixed", "hosting", "vpn", "relay", "gateway", "tor"):
        for site in networks.places(kind):
            for expected in networks.ranges(kind, site):
                place, network = location.look_up(networks.address(rng, expected))
                assert place is not None
                assert place.country == expected.country
                there = (place.latitude, place.longitude)
                assert great_circle_km(*there, expected.latitude, expected.longitude) < 60
                assert network.asn == expected.asn
                assert network.kind is kinds.get(kind, network.kind)
    location.close()


def test_long_addresses_are_of_the_same_provider() -> None:
    location = Location.open()
    rng = dice("long")
    for city in cities():
        for fixed in networks.ranges("fixed", city):
            long = networks.long_network(fixed)
            if long is None:
                continue
            address = networks.long_address(dice("line"), rng, long)
            place, network = location.look_up(address)
            assert place is not None
            assert (place.country, network.asn) == (fixed.country, fixed.asn)
            assert networks.prefix(address) in long.prefixes
    location.close()


def test_a_home_keeps_its_line_and_a_device_changes_its_address() -> None:
    long = next(
        r for c in cities() for f in networks.ranges("fixed", c) if (r := networks.long_network(f))
    )
    one = networks.long_address(dice("line"), dice("monday"), long)
    other = networks.long_address(dice("line"), dice("tuesday"), long)
    assert one.split(":")[:4] == other.split(":")[:4]
    assert one != other


def test_the_telephones_of_france_and_portugal_are_known_as_such() -> None:
    location = Location.open()
    rng = dice("telephones")
    for country in ("FR", "PT"):
        network = networks.network(rng, "mobile", country)
        assert location.look_up(networks.address(rng, network))[1].kind is NetworkKind.MOBILE
    location.close()
