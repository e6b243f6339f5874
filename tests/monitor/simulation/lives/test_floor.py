"""On a floor: shared machines, one address, shifts."""

from collections import Counter
from itertools import pairwise

from detectors.core.event import HOUR
from monitor.simulation.acts import sittings
from monitor.simulation.calendar import offset
from tests.monitor.simulation.lives.people import fastest, lived, of


def test_a_floor_works_from_its_office() -> None:
    for person in of("agent")[:60]:
        assert {act.ip for act in lived(person)} <= set(person.site.addresses)
        assert fastest(lived(person)) == 0


def test_many_accounts_come_from_one_address() -> None:
    accounts = Counter({(p.tenant.uid, p.site.city): 0 for p in of("agent")})
    for person in of("agent"):
        accounts[person.tenant.uid, person.site.city] += 1
    assert max(accounts.values()) >= 30


def test_shifts_last_about_eight_hours_and_never_overlap() -> None:
    for person in of("agent")[:60]:
        sat = sittings(lived(person))
        assert all(one.end <= other.start for one, other in pairwise(sat))
        assert all(one.end - one.start < 10 * HOUR for one in sat)


def test_seats_are_shared() -> None:
    agents = {person.uid: {act.agent for act in lived(person)} for person in of("agent")[:80]}
    assert max(len(seen) for seen in agents.values()) > 1


def test_the_night_shift_works_at_night() -> None:
    starts = [
        (s.start + offset(person.site.zone, s.start)) // HOUR % 24
        for person in of("night_agent")
        for s in sittings(lived(person))
    ]
    assert starts
    assert sum(hour >= 21 or hour <= 4 for hour in starts) == len(starts)
