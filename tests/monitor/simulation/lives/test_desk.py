"""Supervisors and staff: two devices, hand-overs, home and office never at once."""

from detectors.core.event import HOUR
from monitor.simulation.acts import OTHER, RENEWAL
from monitor.simulation.agents import user_agent
from tests.monitor.simulation.lives.people import fastest, kind_of, lived, of


def test_a_supervisor_has_a_desktop_and_a_telephone_at_the_same_time() -> None:
    for person in of("supervisor"):
        acts = [act for act in lived(person) if act.session is not None]
        telephones = {act.session for act in acts if is_telephone(act.agent)}
        desktops = {act.session for act in acts if not is_telephone(act.agent)}
        assert telephones
        assert desktops
        assert fastest(acts) == 0


def test_telephones_go_between_their_carrier_and_wifi_in_one_session() -> None:
    kinds = {}
    for person in of("supervisor"):
        for act in lived(person):
            if act.session is not None and is_telephone(act.agent):
                kinds.setdefault(act.session, set()).add(kind_of(act))
    assert sum(seen == {"mobile", "fixed"} for seen in kinds.values()) > len(kinds) // 2


def test_staff_work_in_the_office_and_at_home() -> None:
    for person in of("desk"):
        acts = lived(person)
        assert fastest(acts) == 0
        homes = {act.ip for act in acts} - {*person.site.addresses, person.site.backup}
        assert homes
        assert {act.ip for act in acts} & {*person.site.addresses}
        machines = {user_agent(m, acts[0].time)[:60] for m in (person.machine, person.next_machine)}
        assert {act.agent[:60] for act in acts} & machines


def is_telephone(agent: str) -> bool:
    return "iPhone" in agent or "Android" in agent


def test_who_goes_to_another_floor_travels_overnight() -> None:
    moved = 0
    for person in of("site_hopper"):
        acts = lived(person)
        assert fastest(acts) < 200
        offices = [{*site.addresses, site.backup} for site in person.tenant.sites]
        moved += sum(bool({a.ip for a in acts} & office) for office in offices) > 1
    assert moved


def test_of_two_browsers_one_is_in_front() -> None:
    at_once = 0
    for person in of("two_browsers"):
        acts = [act for act in lived(person) if act.session is not None]
        assert {act.ip for act in acts} <= {*person.site.addresses, person.site.backup}
        used = [act for act in acts if act.activity == OTHER]
        at_once += len({act.session for act in used}) > 10
    assert at_once


def test_a_desktop_left_open_refreshes_while_its_owner_works_at_home() -> None:
    at_once = 0
    for person in of("open_desktop"):
        acts = [act for act in lived(person) if act.session is not None]
        office = {a.time // HOUR for a in acts if a.ip in person.site.addresses}
        elsewhere = [a for a in acts if a.ip not in {*person.site.addresses, person.site.backup}]
        at_once += sum(a.time // HOUR in office and a.activity == OTHER for a in elsewhere)
        night = [a for a in acts if a.time // HOUR % 24 in {1, 2}]
        assert all(a.activity == RENEWAL for a in night)
    assert at_once > 20
