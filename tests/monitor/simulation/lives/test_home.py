"""At home: one place, whatever address the provider or a VPN gives."""

from collections import Counter
from itertools import pairwise

from detectors.core.event import DAY, HOUR
from monitor.simulation.acts import OTHER
from monitor.simulation.style import REFRESHES
from tests.monitor.simulation.lives.people import FIRST, WORLD, fastest, kind_of, lived, of, where


def test_home_agents_stay_in_their_city() -> None:
    for person in of("home_agent"):
        acts = lived(person)
        seen = {where(act.ip)[0] for act in acts}
        lines = (person.home, person.next_home)
        at_home = {line.network for line in lines} | {line.long for line in lines}
        assert all(network in at_home or network.kind in {"mobile", "vpn"} for network in seen)
        assert fastest(acts) < 100


def test_addresses_at_home_change() -> None:
    seen = {
        person.home.lease: len({a.ip for a in lived(person) if ":" not in a.ip})
        for person in of("home_agent")
        if person.move_day > FIRST + 40 and person.vpn_share == 0 and person.home.long is None
    }
    assert seen[1] > seen[365]


def test_some_homes_have_addresses_that_change_every_day() -> None:
    long = [
        len({a.ip for a in lived(person) if ":" in a.ip}) / len(lived(person))
        for person in of("home_agent")
        if person.home.long is not None and lived(person)
    ]
    assert len(long) > 5
    assert max(long) > 0.02


def test_a_household_shares_a_line() -> None:
    homes = Counter(p.home.key for p in WORLD.people if p.place == "home")
    assert max(homes.values()) >= 2
    assert sum(n == 1 for n in homes.values()) > len(homes) / 2


def test_relays_telephones_and_second_homes_are_used() -> None:
    for persona, kind in (("relay_user", "relay"), ("tether_user", "mobile")):
        assert any(kind_of(a) == kind for person in of(persona) for a in lived(person))
    for person in of("two_homes"):
        cities = {where(a.ip)[0].site for a in lived(person) if kind_of(a) == "fixed"}
        assert cities <= {
            person.home.network.site,
            person.next_home.network.site,
            person.second_home.network.site,
        }


def test_an_application_never_sleeps() -> None:
    hours = {a.time // HOUR % 24 for p in of("background_app") for a in lived(p)}
    assert len(hours) == 24


def test_of_several_devices_one_at_a_time_is_used() -> None:
    for person in of("multi_device"):
        if person.tenant.style.activities == REFRESHES:
            continue
        used = [a for a in lived(person) if a.activity == OTHER]
        for day in {a.time // DAY for a in used}:
            turns = [a.session for a in used if a.time // DAY == day]
            assert sum(a != b for a, b in pairwise(turns)) <= 12


def test_vpn_users_are_at_home_or_behind_their_vpn() -> None:
    kinds = set()
    for person in of("vpn_user"):
        acts = lived(person)
        kinds |= {kind_of(act) for act in acts}
        assert fastest(acts) == 0
    assert {"fixed", "vpn"} <= kinds <= {"fixed", "fixed6", "mobile", "vpn"}


def test_a_vpn_is_now_and_then_switched_on_half_way() -> None:
    mixed = {}
    for person in of("vpn_user"):
        for act in lived(person):
            if act.session is not None:
                mixed.setdefault(act.session, set()).add(kind_of(act))
    assert {"fixed", "vpn"} in mixed.values()
    assert {"vpn"} in mixed.values()
