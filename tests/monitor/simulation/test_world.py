"""What can be said of tenants and people from what they are."""

from detectors.core.event import DAY, HOUR
from monitor.simulation.population import build
from monitor.simulation.world import carrier, cities, traits

FIRST = 20_770


def test_every_city_has_a_carrier() -> None:
    assert {carrier(city) for city in cities()} == {"FR", "MA", "TN", "MG", "SN", "PT"}


def test_one_stays_signed_in_only_where_sessions_last_for_days() -> None:
    for tenant in build(4, 400, FIRST).tenants:
        assert (tenant.stays > 0) is (tenant.session > DAY)
        assert tenant.longest <= 20 * HOUR


def test_traits_are_what_is_particular() -> None:
    people = build(5, 600, FIRST).people
    told = {trait for person in people for trait in traits(person)}
    assert {"new_machine", "vpn", "ipv6", "leave", "moves_house", "household"} <= told
    for person in people:
        assert ("vpn" in traits(person)) is (person.vpn_share > 0)
        assert ("leave" in traits(person)) is bool(person.leaves)
