"""On a floor: shared machines, one address, shifts."""

from collections import Counter
from itertools import pairwise

from detectors.core.event import DAY, HOUR
from monitor.simulation.acts import LOGON, RENEWAL, sittings
from monitor.simulation.calendar import offset, weekday
from monitor.simulation.lives import live
from monitor.simulation.lives.day import Day, office_address
from tests.monitor.simulation.lives.people import DAYS, WORLD, fastest, lived, of


def test_a_floor_works_from_its_office() -> None:
    for person in of("agent")[:60]:
        lines = {*person.site.addresses, person.site.backup}
        assert {act.ip for act in lived(person)} <= lines
        assert fastest(lived(person)) == 0


def test_many_accounts_come_from_one_address() -> None:
    accounts = Counter({(p.tenant.uid, p.site.city): 0 for p in of("agent")})
    for person in of("agent"):
        accounts[person.tenant.uid, person.site.city] += 1
    assert max(accounts.values()) >= 15


def test_shifts_last_about_eight_hours_and_never_overlap() -> None:
    for person in of("agent")[:60]:
        sat = sittings(lived(person))
        overlapping = sum(one.end > other.start for one, other in pairwise(sat))
        assert overlapping <= 0.05 * len(sat) + 1
        assert sum(one.end - one.start > 12.5 * HOUR for one in sat) <= 0.2 * len(sat) + 1


def test_when_the_line_is_down_the_whole_floor_is_elsewhere() -> None:
    site = max((p.site for p in of("agent")), key=lambda site: site.outages)
    days = [d for d in DAYS if office_address(WORLD, site, d, 1) == site.backup]
    people = [p for p in of("agent") if p.site == site]
    assert days
    for day in days:
        assert {a.ip for p in people for a in live(WORLD, p, day)} <= {site.backup}


def test_a_window_left_open_only_refreshes_itself() -> None:
    longest = [
        (s, person)
        for person in of("agent")
        for s in sittings(lived(person))
        if s.end - s.start > 13 * HOUR
    ]
    assert longest
    for sitting, person in longest:
        late = [
            a
            for a in lived(person)
            if a.session == sitting.session and a.time > sitting.start + 12.5 * HOUR
        ]
        assert {a.activity for a in late} <= {RENEWAL}


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
    assert sum(hour >= 21 or hour <= 9 for hour in starts) == len(starts)


def test_rotating_shifts_change_from_week_to_week() -> None:
    for person in of("rotating_agent")[:20]:
        weeks: dict[int, set[int]] = {}
        for day in DAYS:
            start, _ = Day(WORLD, person, day).rotating()
            weeks.setdefault((day + 3) // 7, set()).add(start)
        assert all(len(starts) == 1 for starts in weeks.values())
        assert len(set().union(*weeks.values())) > 1


def test_split_shifts_have_hours_between() -> None:
    gaps = [
        (other.start - one.end) / HOUR
        for person in of("split_agent")
        for one, other in pairwise(sittings(lived(person)))
    ]
    assert any(3 < gap < 7 for gap in gaps)


def test_part_timers_and_weekend_staff_keep_their_days() -> None:
    for person in of("part_timer"):
        assert 1 <= len({weekday(a.time // DAY) for a in lived(person) if a.activity == LOGON}) <= 4
    worked = [weekday(a.time // DAY) for p in of("weekend_agent") for a in lived(p)]
    assert sum(day >= 5 for day in worked) > len(worked) / 3


def test_a_kiosk_is_everybodys_and_for_minutes() -> None:
    for person in of("kiosk_user"):
        assert all(s.end - s.start < HOUR / 3 for s in sittings(lived(person)))
