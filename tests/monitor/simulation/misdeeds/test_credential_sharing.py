"""Shared accounts: what each way leaves in the log."""

from detectors.core.event import HOUR, MINUTE
from detectors.core.geodesy import great_circle_km
from monitor.simulation.acts import Act, sittings
from monitor.simulation.calendar import day_of
from monitor.simulation.lives import live
from monitor.simulation.world import Person
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import WORLD, crimes, strategy

BEHAVIOUR = "credential_sharing"


def own(person: Person, acts: list[Act]) -> list[Act]:
    """What the owner does at about that time."""
    days = range(day_of(acts[0].time) - 2, day_of(acts[-1].time) + 2)
    return [act for day in days for act in live(WORLD, person, day)]


def apart_km(one: str, other: str) -> float:
    a, b = (where(ip.rpartition(".")[0])[0] for ip in (one, other))
    return great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude)


def overlaps(person: Person, acts: list[Act]) -> int:
    mine = sittings(own(person, acts))
    return sum(
        any(m.start < theirs.end and theirs.start < m.end for m in mine)
        for theirs in sittings(acts)
    )


def test_two_cities_at_the_same_time() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "two_cities"):
        assert overlaps(person, acts) == len(sittings(acts))
        assert apart_km(acts[0].ip, own(person, acts)[0].ip) > 450


def test_taking_turns_is_faster_than_travel() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "taking_turns"):
        before = max(
            (s for s in sittings(own(person, acts)) if s.end <= acts[0].time), key=lambda s: s.end
        )
        hours = (acts[0].time - before.end) / HOUR
        assert hours < 1
        assert apart_km(acts[0].ip, before.ip) / hours > 450


def test_same_office_is_one_address_and_two_machines() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "same_office"):
        assert {act.ip for act in acts} <= set(person.site.addresses)
        assert overlaps(person, acts) > 0
        assert {act.agent for act in acts}.isdisjoint({act.agent for act in own(person, acts)})


def test_a_relay_goes_on_where_the_owner_stops() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "relay"):
        ends = [s.end for s in sittings(own(person, acts))]
        for theirs in sittings(acts):
            assert any(0 <= theirs.start - end <= 15 * MINUTE for end in ends)
        assert len(sittings(acts)) >= 3


def test_a_resold_seat_is_used_in_several_countries() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "resold_seat"):
        countries = {where(act.ip.rpartition(".")[0])[0].country for act in acts}
        assert len(countries) >= 2
        assert len({act.agent for act in acts}) >= 2


def test_a_loan_is_short_and_at_home_and_minor() -> None:
    assert strategy(BEHAVIOUR, "loan").minor
    for person, acts, _ in crimes(BEHAVIOUR, "loan"):
        assert where(acts[0].ip.rpartition(".")[0])[0] == person.home
        assert all(s.end - s.start < HOUR for s in sittings(acts))
