"""A day is a function of the seed, and now and then the login page gets in the way."""

from collections import Counter
from itertools import pairwise

from detectors.core.event import DAY, HOUR
from monitor.simulation.acts import (
    BAD_PASSWORD,
    FACTOR_ENABLE,
    LOCKED,
    LOGOFF,
    LOGON,
    MFA_TIMEOUT,
    PASSWORD_RESET,
    UNKNOWN_USER,
)
from monitor.simulation.calendar import weekday
from monitor.simulation.lives import live, personas
from monitor.simulation.lives.day import Day, home_address
from monitor.simulation.parameters import Parameters
from monitor.simulation.population import build
from tests.monitor.simulation.lives.people import DAYS, FIRST, GATED, WORLD, lived, of


def test_a_day_can_be_lived_twice() -> None:
    for person in WORLD.people[:40]:
        assert live(WORLD, person, FIRST + 1) == live(WORLD, person, FIRST + 1)


def test_personas_are_discovered() -> None:
    lives = personas()
    assert {"agent", "home_agent", "supervisor", "traveller", "service"} <= set(lives)
    assert all(name == persona.name for name, persona in lives.items())
    assert 0.1 < sum(p.held_back for p in lives.values()) / len(lives) < 0.4


def test_nobody_does_anything_before_the_first_day() -> None:
    newcomers = [p for p in WORLD.people if p.first_day > FIRST]
    assert newcomers
    for person in newcomers:
        assert all(live(WORLD, person, d) == [] for d in range(FIRST, person.first_day))
        lived_later = [d for d in range(person.first_day, FIRST + 70) if live(WORLD, person, d)]
        assert lived_later or person.last_day < FIRST + 70


def test_who_left_is_gone_and_who_is_on_leave_comes_back() -> None:
    leavers = [p for p in WORLD.people if p.last_day < FIRST + 60]
    away = [p for p in WORLD.people if p.leaves and p.place == "floor" and p not in leavers]
    assert leavers
    assert len(away) > 20
    for person in leavers:
        assert all(live(WORLD, person, person.last_day + n) == [] for n in range(1, 8))
    for person in away:
        ((first, last),) = person.leaves
        assert all(live(WORLD, person, day) == [] for day in range(first, last + 1))


def test_one_stays_signed_in_on_a_machine_of_ones_own() -> None:
    staying = [p for p in of("home_agent") if p.tenant.stays and not p.breaks]
    assert staying
    for person in staying:
        days = Counter(s for a in lived(person) if (s := (a.session, a.time // DAY))[0])
        sessions = Counter(session for session, _ in days)
        assert max(sessions.values(), default=0) > 1 or len(sessions) < 5
        logons = Counter(a.session for a in lived(person) if a.activity == LOGON and not a.detail)
        assert max(logons.values(), default=1) == 1


def test_who_signs_off_for_breaks_signs_on_again() -> None:
    tired = [p for p in of("agent") if p.breaks > 2]
    assert tired
    for person in tired:
        acts = [a for a in lived(person) if a.activity == LOGON and a.detail is None]
        days = len({a.time // DAY for a in acts})
        assert len({a.session for a in acts}) == len(acts)
        assert len(acts) > 1.5 * days
    rested = [p for p in of("agent") if not p.breaks and p.tenant.longest >= 10 * HOUR]
    for person in rested:
        acts = [a for a in lived(person) if a.activity == LOGON and a.detail is None]
        assert len(acts) < 2.0 * len({a.time // DAY for a in acts})


def test_weekends_are_quiet() -> None:
    at_work = Counter(
        weekday(day) >= 5 for p in of("agent")[:60] for day in DAYS if live(WORLD, p, day)
    )
    assert at_work[False] > 8 * at_work[True] > 0


def test_people_mistype_forget_and_get_locked_out() -> None:
    acts = [act for person in of("agent") for act in lived(person)]
    details = Counter(act.detail for act in acts if act.detail is not None)
    logons = sum(act.activity == LOGON and act.detail is None for act in acts)
    assert 0.03 < details[BAD_PASSWORD] / logons < 0.25
    assert details[LOCKED] > 0
    assert details[MFA_TIMEOUT] > 0
    assert any(act.change and act.activity == PASSWORD_RESET for act in acts)


def test_a_new_password_comes_before_the_sign_in_that_works() -> None:
    changes = 0
    for person in of("agent"):
        acts = lived(person)
        for index, act in enumerate(acts[:-1]):
            if act.change and act.activity == PASSWORD_RESET:
                changes += 1
                # A window left open at another seat may refresh itself in between.
                before = {a.session for a in acts[:index]} - {None}
                following = next(a for a in acts[index + 1 :] if a.session not in before)
                assert following.activity == LOGON
                assert following.detail is None
    assert changes > 20


def test_a_new_telephone_is_a_new_factor_once() -> None:
    enabled = {
        person.uid: sum(act.change and act.activity == FACTOR_ENABLE for act in lived(person))
        for person in WORLD.people
        if person.mfa == "push" and FIRST < person.phone_change < FIRST + 20
    }
    assert sum(enabled.values()) > 0
    assert set(enabled.values()) <= {0, 1, 2}


def test_some_have_the_name_wrong() -> None:
    acts = [act for person in WORLD.people for act in lived(person) if act.person is None]
    assert acts
    assert {act.detail for act in acts} == {UNKNOWN_USER}
    names = {person.name for person in WORLD.people}
    assert sum(act.name in names for act in acts) < len(acts) / 4


def test_a_monday_morning_with_expired_passwords_has_failures_all_over_the_floor() -> None:
    world = build(
        12, 300, FIRST, Parameters(expired=(1.0, 1.0), slip=(0.0, 0.0), forgotten=(0.0, 0.0))
    )
    mondays = [d for d in range(FIRST, FIRST + 49) if weekday(d) == 0]
    failing = Counter(
        day
        for person in world.people
        if person.persona == "agent"
        for day in mondays
        if any(act.detail == BAD_PASSWORD for act in live(world, person, day))
    )
    assert max(failing.values()) > 20
    assert len(failing) < len(mondays)


def test_leases_change_the_address_at_home() -> None:
    settled = [p for p in WORLD.people if p.move_day > FIRST + 40]
    short = next(p for p in settled if p.home.lease == 1)
    long = next(p for p in settled if p.home.lease == 365)
    assert len({home_address(WORLD, short, d) for d in DAYS}) > 20
    assert len({home_address(WORLD, long, d) for d in DAYS}) <= 2


def test_a_new_machine_comes_on_its_day() -> None:
    person = next(p for p in WORLD.people if FIRST < p.machine_change < FIRST + 30)
    before = Day(WORLD, person, person.machine_change - 1).machine
    after = Day(WORLD, person, person.machine_change).machine
    assert (before, after) == (person.machine, person.next_machine)
    assert before != after


def test_local_minutes_are_the_sites() -> None:
    person = WORLD.people[0]
    day = Day(WORLD, person, FIRST)
    assert abs(day.at(0) - FIRST * DAY) <= 4 * 3_600_000
    assert day.at(60) - day.at(0) == 3_600_000


def test_a_companys_gateway_has_exits_that_one_hops_between() -> None:
    hopped = 0
    for person in of("agent", GATED):
        acts = [a for a in lived(person, GATED) if a.session is not None]
        assert {a.ip for a in acts} <= set(person.site.exits)
        exits: dict[str | None, set[str]] = {}
        for act in acts:
            exits.setdefault(act.session, set()).add(act.ip)
        hopped += any(len(seen) > 1 for seen in exits.values())
    assert hopped > 5


def test_home_workers_leave_by_it_where_the_company_says_so() -> None:
    people = of("home_agent", GATED)
    assert {p.site.gateway_at_home for p in people} == {False, True}
    for person in people:
        used = {act.ip for act in lived(person, GATED) if act.person is not None}
        if person.site.gateway_at_home:
            assert used <= set(person.site.exits)
        else:
            assert used.isdisjoint(person.site.exits)


def test_what_is_open_at_a_time_is_left_for_the_same_breaks() -> None:
    tired = [p for p in of("two_browsers") if p.breaks > 2]
    assert tired
    for person in tired:
        acts = [a for a in lived(person) if a.detail is None and not a.change]
        ends = sorted(a.time for a in acts if a.activity == LOGOFF)
        assert any(b - a < 1_000 for a, b in pairwise(ends))


def test_one_signs_on_again_in_one_window_at_a_time() -> None:
    for person in of("two_browsers"):
        begun = [a.time for a in lived(person) if a.activity == LOGON and a.detail is None]
        together = sum(b - a < 500 for a, b in pairwise(sorted(begun)))
        assert together <= 1
