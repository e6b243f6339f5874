"""Travellers are somewhere else, and never get there faster than one can."""

from detectors.core.event import HOUR
from monitor.simulation.lives.travel import AIRPORTS, duration
from tests.monitor.simulation.lives.people import FASTEST_KM_H, fastest, kind_of, lived, of, where


def test_travellers_travel_and_no_faster_than_aircraft() -> None:
    moved = 0
    for person in of("traveller"):
        acts = lived(person)
        assert fastest(acts) < FASTEST_KM_H
        cities = {where(a.ip)[0].site for a in acts if kind_of(a) == "fixed"}
        moved += len(cities) > 1
    assert moved > len(of("traveller")) // 2


def test_their_telephones_roam_on_the_home_carrier() -> None:
    for person in of("traveller"):
        roaming = [act for act in lived(person) if kind_of(act) == "mobile"]
        assert roaming
        assert all(act.session is not None for act in roaming)


def test_a_manager_travels_with_a_laptop_that_is_new_one_day() -> None:
    away = 0
    for person in of("manager"):
        acts = lived(person)
        assert fastest(acts) < FASTEST_KM_H
        office = {*person.site.addresses, person.site.backup}
        trips = {a.agent[:40] for a in acts if where(a.ip)[0].site != person.site.city} - {""}
        away += bool(trips)
        assert len(trips) <= 1
        assert {a.ip for a in acts} & office
    assert away


def test_near_is_by_train_and_far_by_plane() -> None:
    assert duration(400) == round(2.5 * HOUR) + HOUR
    assert duration(1_300) == 2 * HOUR + AIRPORTS


def test_nomads_work_elsewhere_for_a_week_or_more_and_travel_on_a_free_day() -> None:
    away = 0
    for person in of("nomad"):
        acts = lived(person)
        assert fastest(acts) < FASTEST_KM_H
        homes = {person.home.network.site, person.next_home.network.site}
        places = {where(a.ip)[0].site for a in acts if kind_of(a) == "fixed"} - homes
        away += bool(places)
        assert len(places) <= 1
    assert away
