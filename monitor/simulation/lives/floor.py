"""People on a floor: a shared workstation, a shift, up to a hundred behind one address."""

from detectors.core.event import HOUR, MINUTE
from monitor.simulation.acts import Act, idle, sittings
from monitor.simulation.lives.day import Day
from monitor.simulation.lives.persona import FLOOR, Persona

NIGHT_SHIFT = (1_320, 480)
_COMMUTE = 40 * MINUTE


def agent_day(day: Day) -> list[Act]:
    """A shift on the person's usual seat, or on a free one."""
    return _shift(day, *day.shift())


def rotating_agent_day(day: Day) -> list[Act]:
    """The same, in the morning one week and in the evening another."""
    return _shift(day, *day.rotating())


def night_agent_day(day: Day) -> list[Act]:
    """The same, from ten in the evening to six in the morning."""
    return _shift(day, *NIGHT_SHIFT)


def split_agent_day(day: Day) -> list[Act]:
    """The late morning, hours of nothing, and the evening, at times on another seat."""
    if day.is_off():
        return []
    rng = day.dice
    morning = _seated(day, *day.span(rng.uniform(520, 580), 210))
    return morning + _seated(day, *day.span(rng.uniform(1_000, 1_060), 230))


def commuting_agent_day(day: Day) -> list[Act]:
    """A shift on the floor, and an hour at home in the evening now and then."""
    acts = _shift(day, *day.shift())
    if acts and day.dice.random() < 0.25:
        start = max(act.time for act in acts) + _COMMUTE + round(day.dice.uniform(0.2, 2) * HOUR)
        end = start + round(day.dice.uniform(15, 70) * MINUTE)
        track = day.at_home(start, end)
        acts += day.sitting(start, end, day.program(), track, device="laptop")
    return acts


def kiosk_user_day(day: Day) -> list[Act]:
    """No desk at all: a few minutes at the machine in the corridor, several times a day."""
    if day.is_off():
        return []
    rng = day.dice
    moment, last = day.span(*day.shift())
    acts: list[Act] = []
    while moment < last:
        end = moment + round(rng.uniform(2, 14) * MINUTE)
        kiosk = day.person.site.kiosk
        acts += day.sitting(moment, end, kiosk, [(moment, day.office(1))], closes=0.9, pace=3.0)
        moment = end + round(rng.uniform(0.5, 3.0) * HOUR)
    return acts


def _shift(day: Day, start_minute: int, length: int) -> list[Act]:
    if day.is_off():
        return []
    return _seated(day, *day.span(start_minute, length))


def _seated(day: Day, start: int, end: int) -> list[Act]:
    rng, site = day.dice, day.person.site
    usual = day.person.number % len(site.workstations)
    seat = usual if rng.random() >= site.hot_desks else rng.randrange(len(site.workstations))
    if rng.random() < site.seat_moves:
        return _moved(day, start, end, seat)
    where = [(start, day.office(seat))]
    machine = site.workstations[seat]
    if rng.random() < site.left_open:
        return _left_open(day, start, end, seat)
    if rng.random() < 0.7:
        return day.sitting(start, end, machine, where)
    lunch = start + round((end - start) * rng.uniform(0.4, 0.6))
    back = lunch + round(rng.uniform(25, 60) * MINUTE)
    return [
        *day.sitting(start, lunch, machine, where),
        *day.sitting(back, end, machine, [(back, day.office(seat))]),
    ]


def _left_open(day: Day, start: int, end: int, seat: int) -> list[Act]:
    """Nobody signs out; the window refreshes itself until the machine is switched off."""
    rng = day.dice
    machine, where = day.person.site.workstations[seat], [(start, day.office(seat))]
    acts = day.sitting(start, end, machine, where, closes=0.0)
    last = sittings(acts)[-1]
    longest = last.start + day.person.tenant.longest
    until = min(longest, end + round(rng.uniform(0.5, 14) * HOUR))
    every = rng.uniform(4, 60)
    return acts + idle(rng, day.person, last.session, end, until, machine, where, every)


def _moved(day: Day, start: int, end: int, seat: int) -> list[Act]:
    """To another seat half-way; the first one's window stays open for a while."""
    rng, site = day.dice, day.person.site
    half = start + round((end - start) * rng.uniform(0.2, 0.7))
    machine, where = site.workstations[seat], [(start, day.office(seat))]
    acts = day.sitting(start, half, machine, where, closes=0.0)
    open_session = sittings(acts)[-1].session
    until = half + round(rng.uniform(10, 120) * MINUTE)
    acts += idle(rng, day.person, open_session, half, until, machine, where, rng.uniform(4, 20))
    other = rng.randrange(len(site.workstations))
    begins = half + round(rng.uniform(2, 15) * MINUTE)
    track = [(begins, day.office(other))]
    return acts + day.sitting(begins, max(end, begins + HOUR), site.workstations[other], track)


PERSONAS = (
    Persona("agent", agent_day, 38.0, FLOOR),
    Persona("rotating_agent", rotating_agent_day, 8.0, FLOOR),
    Persona("night_agent", night_agent_day, 100.0, FLOOR),
    Persona("split_agent", split_agent_day, 2.0, FLOOR, held_back=True),
    Persona("weekend_agent", agent_day, 3.0, FLOOR, days=(1, 3), weekends=True),
    Persona("part_timer", agent_day, 3.0, FLOOR, days=(1, 3)),
    Persona("commuting_agent", commuting_agent_day, 2.0, FLOOR),
    Persona("kiosk_user", kiosk_user_day, 1.5, FLOOR, held_back=True),
)
