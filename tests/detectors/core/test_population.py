"""What is usual: the shipped table, and a tenant's own counts beside it."""

import msgspec
import pytest
from msgspec import structs

from detectors.core.place import Network, NetworkKind, Place
from detectors.core.population import (
    MASKED,
    PRIOR_ACCOUNT_DAYS,
    SHIPPED,
    WELL_KNOWN,
    Line,
    Newness,
    Population,
    Shares,
    address_of,
    name_of,
)
from detectors.takeover.stranger import CAP_ALONE


def surprise(device: Newness, line: Line, *, handheld: bool = False) -> float:
    """By the shipped table."""
    return SHIPPED.surprise(device, line, handheld=handheld)


def test_what_strangers_do_and_others_do_not() -> None:
    for line in (Line.ABROAD, *MASKED):
        assert 5.8 <= surprise(Newness.NEW, line) <= 6.6


def test_a_private_computer_at_home_is_less_than_a_call() -> None:
    assert surprise(Newness.NEW, Line.NEW) == pytest.approx(2.2, abs=0.05)


@pytest.mark.parametrize("line", [Line.NEW, Line.CARRIER, Line.SAME, Line.RELAY])
def test_a_phone_in_the_country_is_next_to_nothing(line: Line) -> None:
    assert surprise(Newness.NEW, line, handheld=True) < 1.5


@pytest.mark.parametrize("line", list(Line))
def test_a_known_device_is_never_a_call(line: Line) -> None:
    assert surprise(Newness.KNOWN, line) < CAP_ALONE - 0.6
    assert surprise(Newness.KNOWN, line) <= surprise(Newness.NEW, line) + 0.3


def test_names_tell_forms_apart_where_there_is_one() -> None:
    assert name_of(Newness.NEW, Line.VPN, handheld=True) == "new/hand/vpn"
    assert name_of(Newness.UNSAID, Line.VPN, handheld=True) == "unsaid/vpn"


def test_a_tenants_own_counts_outweigh_the_table_in_time() -> None:
    name = name_of(Newness.NEW, Line.ABROAD, handheld=False)
    few = SHIPPED.counted_in("t-1", 100.0, {name: 2.0})
    many = SHIPPED.counted_in("t-2", 100 * PRIOR_ACCOUNT_DAYS, {name: PRIOR_ACCOUNT_DAYS})
    usual = surprise(Newness.NEW, Line.ABROAD)
    assert few.surprise(Newness.NEW, Line.ABROAD, handheld=False) == pytest.approx(usual, abs=0.2)
    assert many.surprise(Newness.NEW, Line.ABROAD, handheld=False) < 3.7
    assert (few.version, many.version) == ("t-1", "t-2")


def test_counts_below_zero_are_refused() -> None:
    with pytest.raises(ValueError, match="not negative"):
        SHIPPED.counted_in("t", -1.0, {})


def test_shares_of_a_whole() -> None:
    for shares in (SHIPPED.kinds, SHIPPED.forms):
        assert sum(shares.values()) <= 1.0 + 1e-9
    assert sum(SHIPPED.hours) == pytest.approx(1.0)


def test_it_goes_to_a_file_and_back() -> None:
    encoded = msgspec.msgpack.encode(SHIPPED)
    assert msgspec.msgpack.decode(encoded, type=Population) == SHIPPED


def test_what_a_tenants_people_sign_on_with_outweighs_what_is_shipped() -> None:
    own = Shares(
        1_800.0,
        networks={"64500": 1_000.0},
        countries={"TN": 1_800.0},
        devices={"Edge/Windows": 900.0},
        kinds={"vpn": 1_800.0},
        hours={"9": 1_800.0},
    )
    mixed = SHIPPED.shared_by("t", own)
    assert mixed.networks == {"64500": 0.5}
    assert mixed.countries == {"TN": 0.9}
    assert mixed.devices == {"Edge/Windows": 0.45}
    assert mixed.kinds["vpn"] > 0.9
    assert 0 < mixed.kinds["fixed"] < 0.1
    assert sum(mixed.kinds.values()) <= 1.0
    assert mixed.hours[9] > 0.9
    assert abs(sum(mixed.hours) - 1) < 1e-9
    assert (mixed.honest, mixed.strangers) == (SHIPPED.honest, SHIPPED.strangers)
    nothing = SHIPPED.shared_by("t", Shares(0.0))
    assert abs(nothing.kinds["fixed"] - SHIPPED.kinds["fixed"]) < 1e-12


def test_a_seat_is_where_many_of_a_tenants_people_sign_on() -> None:
    office, home = "192.0.2.10", "198.51.100.9"
    shares = Shares(1_000.0, addresses={address_of(office): 400.0, address_of(home): 12.0})
    population = SHIPPED.shared_by("1", shares)
    assert population.is_seat(office)
    assert not population.is_seat(home)
    assert not population.is_seat(None)
    assert not SHIPPED.is_seat(office)


def test_an_exit_that_several_use_is_common_though_few_do_on_a_day() -> None:
    server, home = "192.0.2.10", "198.51.100.9"
    population = SHIPPED.shared_by("1", Shares(1_000.0, exits=frozenset({address_of(server)})))
    assert population.is_common(server)
    assert not population.is_seat(server)
    assert not population.is_exit(server)
    assert not population.is_common(home)
    assert not population.is_common(None)


def test_an_address_is_crowded_where_many_come_from_it() -> None:
    server, home = "192.0.2.10", "198.51.100.9"
    population = SHIPPED.shared_by("1", Shares(1_000.0, crowds=frozenset({address_of(server)})))
    assert population.is_crowded(server)
    assert not population.is_crowded(home)
    assert not population.is_crowded(None)
    assert not SHIPPED.is_crowded(server)


def test_an_ipv6_line_is_its_64_however_it_is_written() -> None:
    assert address_of("2001:db8::1") == address_of("2001:db8:0:0:9::1")
    assert address_of("2001:db8::1") != address_of("2001:db8:0:1::1")
    assert address_of("no address") != address_of("192.0.2.1")


def test_a_gateway_is_where_many_come_from_and_often() -> None:
    company, home, server = "192.0.2.10", "198.51.100.9", "203.0.113.5"
    shares = Shares(
        1_000.0,
        addresses={address_of(company): 400.0, address_of(home): 100.0},
        crowds=frozenset({address_of(company), address_of(server)}),
    )
    population = SHIPPED.shared_by("1", shares)
    assert population.is_gateway(company)
    assert not population.is_gateway(home), "a tenant of ten has homes with a tenth of its sign-ons"
    assert not population.is_gateway(server)
    assert not population.is_gateway(None)


def test_a_country_is_peopled_where_a_good_part_of_the_tenant_signs_on() -> None:
    shares = Shares(1_000.0, countries={"FR": 900.0, "MA": 90.0, "RU": 10.0})
    population = SHIPPED.shared_by("1", shares)
    assert population.is_peopled("MA")
    assert not population.is_peopled("RU")
    assert not SHIPPED.is_peopled("FR")


def test_a_network_is_the_tenants_where_some_of_its_people_have_it() -> None:
    population = Population(networks={"3215": 0.6, "14061": 0.005})
    assert population.has_network(3215)
    assert not population.has_network(14061)
    assert not population.has_network(9009)


def test_a_country_is_foreign_where_next_to_nobody_is_and_only_if_anybody_was_counted() -> None:
    population = Population(countries={"FR": 0.98, "BE": 0.004})
    assert not population.is_foreign("FR")
    assert population.is_foreign("BE")
    assert not SHIPPED.is_foreign("BE")


def test_a_carrier_of_the_tenants_is_misplaced_in_a_country_that_its_people_are_not_in() -> None:
    carrier = Network(51207, "Free Mobile", NetworkKind.MOBILE)
    italy, france = Place("IT", None, "Milan", 45.5, 9.2), Place("FR", None, "Paris", 48.9, 2.4)
    population = Population(networks={"51207": 0.04}, countries={"FR": 0.97, "IT": 0.03})
    assert population.is_misplaced(carrier, italy)
    assert not population.is_misplaced(carrier, france)
    assert not population.is_misplaced(carrier, None)
    assert not population.is_misplaced(None, italy)
    fixed = Network(51207, "Free Mobile", NetworkKind.FIXED)
    assert not population.is_misplaced(fixed, italy), "a fixed line is where it is"
    foreign = Network(30722, "Vodafone Italia", NetworkKind.MOBILE)
    assert not population.is_misplaced(foreign, italy), "nobody else has this carrier"
    assert not SHIPPED.is_misplaced(carrier, italy), "nobody was counted"


def test_alien_is_where_none_of_the_tenants_people_come_from() -> None:
    lagos = Place("NG", None, "Lagos", 6.5, 3.4)
    paris = Place("FR", None, "Paris", 48.9, 2.4)
    mtn = Network(29465, "MTN Nigeria", NetworkKind.MOBILE)
    orange = Network(3215, "Orange", NetworkKind.FIXED)
    known = Population(networks={"3215": 0.6}, countries={"FR": 0.99}, days=WELL_KNOWN)
    assert known.is_alien(mtn, lagos)
    assert not known.is_alien(mtn, paris), "a country of theirs"
    assert not known.is_alien(orange, lagos), "a network of theirs, located where nobody is"
    assert not known.is_alien(mtn, None)
    assert not known.is_alien(None, lagos)
    server = structs.replace(mtn, kind=NetworkKind.HOSTING)
    assert not known.is_alien(server, lagos), "a server is nowhere"
    barely = structs.replace(known, days=WELL_KNOWN - 1)
    assert not barely.is_alien(mtn, lagos), "a tenant of a few days tells nothing"
