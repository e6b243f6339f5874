"""Shared accounts: what each way leaves in the log."""

import pytest

from detectors.core.event import DAY, HOUR, MINUTE
from detectors.core.geodesy import great_circle_km
from monitor.simulation import networks
from monitor.simulation.acts import LOGON, Act, sittings
from monitor.simulation.calendar import day_of, offset
from monitor.simulation.chance import dice
from monitor.simulation.lives import live
from monitor.simulation.world import Person
from tests.monitor.simulation.lives.people import where
from tests.monitor.simulation.misdeeds.crimes import WORLD, crimes, strategy

BEHAVIOUR = "credential_sharing"


def own(person: Person, acts: list[Act]) -> list[Act]:
    """What the owner does at about that time."""
    days = range(day_of(acts[0].time) - 2, day_of(acts[-1].time) + 2)
    return [act for day in days for act in live(WORLD, person, day)]


def office(person: Person) -> set[str]:
    """The addresses that an office's traffic may have."""
    return {*person.site.addresses, person.site.backup, *person.site.exits}


def apart_km(one: str, other: str) -> float:
    a, b = (where(ip)[0] for ip in (one, other))
    return great_circle_km(a.latitude, a.longitude, b.latitude, b.longitude)


def overlaps(person: Person, acts: list[Act]) -> int:
    mine = sittings(own(person, acts))
    return sum(
        any(m.start < theirs.end and theirs.start < m.end for m in mine)
        for theirs in sittings(acts)
    )


def test_two_cities_are_in_one_country_and_at_the_same_time() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "two_cities"):
        assert overlaps(person, acts) >= 1
        assert {where(act.ip)[0].country for act in acts} == {where(acts[0].ip)[0].country}
        assert apart_km(acts[0].ip, networks.address(dice("x"), person.site.network)) > 50


def test_abroad_is_another_country_at_the_same_time() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "abroad"):
        assert overlaps(person, acts) > 0
        assert apart_km(acts[0].ip, networks.address(dice("x"), person.site.network)) > 400


def test_taking_turns_is_faster_than_travel() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "taking_turns"):
        before = max(a.time for a in own(person, acts) if a.time <= acts[0].time)
        hours = (acts[0].time - before) / HOUR
        assert hours < 1
        home = networks.address(dice("x"), person.home.network)
        assert apart_km(acts[0].ip, home) / hours > 450


@pytest.mark.parametrize("name", ["same_office", "same_office_identical", "three_on_a_floor"])
def test_colleagues_are_on_the_floor_at_the_same_time(name: str) -> None:
    for person, acts, _ in crimes(BEHAVIOUR, name):
        assert {act.ip for act in acts} <= office(person)
        assert overlaps(person, acts) > 0
        mine = {act.session for act in own(person, acts)}
        assert {act.session for act in acts}.isdisjoint(mine)


def test_in_the_same_office_machines_differ_or_are_identical() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "same_office"):
        assert {act.agent for act in acts}.isdisjoint({act.agent for act in own(person, acts)})
    alike = 0
    for person, acts, _ in crimes(BEHAVIOUR, "same_office_identical"):
        alike += not {act.agent for act in acts}.isdisjoint({a.agent for a in own(person, acts)})
    assert alike >= 5


def test_home_and_office_is_one_city() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "home_and_office"):
        assert all(where(act.ip)[0].site == person.site.city for act in acts)
        assert {act.ip for act in acts}.isdisjoint(person.site.addresses)


def test_through_a_vpn_is_nowhere() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "through_vpn"):
        assert {where(act.ip)[0].kind for act in acts} == {"vpn"}


@pytest.mark.parametrize("name", ["relay", "relay_one_workstation"])
def test_a_relay_goes_on_where_the_owner_stops(name: str) -> None:
    for person, acts, _ in crimes(BEHAVIOUR, name):
        ends = [s.end for s in sittings(own(person, acts))]
        starts = [s.start for s in sittings(acts)]
        assert any(0 <= s - end <= 26 * MINUTE for end in ends for s in starts)


def test_one_workstation_is_one() -> None:
    alike = 0
    for person, acts, _ in crimes(BEHAVIOUR, "relay_one_workstation"):
        mine = own(person, acts)
        assert {act.ip for act in acts} <= {act.ip for act in mine}
        alike += {act.agent for act in acts} <= {act.agent for act in mine}
    assert alike >= 4


def test_days_off_are_worked_by_somebody() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "days_off"):
        worked = {day_of(a.time) for a in own(person, acts)}
        assert {day_of(act.time) for act in acts} - worked


def test_a_resold_seat_is_used_in_several_countries() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "resold_seat"):
        countries = {where(act.ip)[0].country for act in acts}
        assert len(countries) >= 2
        assert len({act.agent for act in acts}) >= 2


def test_a_household_is_behind_one_line_for_days() -> None:
    done = crimes(BEHAVIOUR, "household")
    assert max(len({day_of(act.time) for act in acts}) for _, acts, _ in done) >= 3


def test_a_loan_is_short_and_at_home_and_minor() -> None:
    assert strategy(BEHAVIOUR, "loan").minor
    for person, acts, _ in crimes(BEHAVIOUR, "loan"):
        assert {act.ip for act in acts} <= {act.ip for act in own(person, acts)}
        for day in {day_of(act.time) for act in acts}:
            times = [act.time for act in acts if day_of(act.time) == day]
            assert max(times) - min(times) <= HOUR


def test_since_the_first_day_begins_with_the_world() -> None:
    way = strategy(BEHAVIOUR, "since_the_first_day")
    assert way.begins == (0.0, 0.0)
    for _, acts, scene in crimes(BEHAVIOUR, "since_the_first_day"):
        assert acts[0].time - scene.start < 12 * DAY


def test_what_is_authorised_is_a_rooms() -> None:
    assert strategy(BEHAVIOUR, "authorised").minor
    assert {p.kind for p, _, _ in crimes(BEHAVIOUR, "authorised")} == {"shared"}


def test_a_mobile_network_seems_to_be_in_the_capital() -> None:
    for _, acts, _ in crimes(BEHAVIOUR, "on_a_mobile_network"):
        assert {where(act.ip)[0].kind for act in acts} == {"mobile"}
        assert not any("iPhone" in act.agent or "Android" in act.agent for act in acts)


@pytest.mark.parametrize("name", ["two_cities", "same_office", "relay", "household"])
def test_sharing_is_no_loan(name: str) -> None:
    for _, acts, _ in crimes(BEHAVIOUR, name):
        assert len({day_of(act.time) for act in acts}) >= 3


def test_what_no_log_could_tell_is_not_done() -> None:
    for person, _, _ in crimes(BEHAVIOUR, "same_office_identical"):
        assert person.tenant.style.sessions


def test_some_keep_hours_and_days_of_their_own() -> None:
    alone = 0
    for name in ("same_office", "home_and_office", "two_cities", "team_login"):
        for person, acts, _ in crimes(BEHAVIOUR, name):
            mine = {day_of(act.time) for act in own(person, acts)}
            alone += bool({day_of(act.time) for act in acts} - mine)
    assert alone >= 4


def test_who_shares_signs_on_and_off_for_breaks_of_his_own() -> None:
    paused = 0
    for person, acts, _ in crimes(BEHAVIOUR, "team_login"):
        if not person.breaks:
            continue
        logons = [act for act in acts if act.activity == LOGON]
        machines = {(day_of(act.time), act.agent) for act in logons}
        paused += len(logons) > len(machines)
        own_ones = {act.session for act in own(person, acts)}
        assert {act.session for act in acts}.isdisjoint(own_ones)
    assert paused


def test_a_teams_login_is_used_by_several_at_different_hours() -> None:
    done = crimes(BEHAVIOUR, "team_login")
    assert len(done) == 6
    together = 0
    for person, acts, _ in done:
        assert {act.ip for act in acts} <= office(person)
        sat = sittings(acts)
        together += any(
            one.start < other.end and other.start < one.end
            for n, one in enumerate(sat)
            for other in sat[n + 1 : n + 4]
        )
    assert together >= 4


def test_an_assistant_is_in_the_same_office_and_has_a_machine_of_his_own() -> None:
    unlike = 0
    for person, acts, _ in crimes(BEHAVIOUR, "manager_and_assistant"):
        assert {act.ip for act in acts} <= office(person)
        unlike += {a.agent for a in acts}.isdisjoint({a.agent for a in own(person, acts)})
    assert unlike >= 3


def test_one_gateway_hides_both() -> None:
    done = crimes(BEHAVIOUR, "through_one_gateway")
    assert done
    for person, acts, _ in done:
        assert {act.ip for act in acts} <= set(person.site.exits)


def test_twins_have_one_machine_and_two_lives() -> None:
    for person, acts, _ in crimes(BEHAVIOUR, "twins_on_a_floor"):
        assert {act.ip for act in acts} <= office(person)
        mine = {act.session for act in own(person, acts)}
        assert {act.session for act in acts}.isdisjoint(mine)
        assert person.tenant.style.sessions


def test_the_night_is_somebody_elses() -> None:
    late = 0
    for person, acts, _ in crimes(BEHAVIOUR, "day_and_night"):
        zone = person.site.zone
        begun = [(s.start + offset(zone, s.start)) // HOUR % 24 for s in sittings(acts)]
        late += all(hour >= 17 or hour < 9 for hour in begun)
    assert late >= 4
