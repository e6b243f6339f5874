"""People on a floor: a shared workstation, a shift, up to a hundred behind one address."""

from detectors.core.event import MINUTE
from monitor.simulation.acts import Act
from monitor.simulation.lives.day import Day
from monitor.simulation.world import NIGHT_SHIFT


def agent_day(day: Day) -> list[Act]:
    """A shift on the person's usual seat, or on a free one."""
    return _shift(day, *day.person.site.shifts[day.person.shift])


def night_agent_day(day: Day) -> list[Act]:
    """The same, from ten in the evening to six in the morning."""
    return _shift(day, *NIGHT_SHIFT)


def _shift(day: Day, start_minute: int, length: int) -> list[Act]:
    if day.is_off():
        return []
    rng, site = day.dice, day.person.site
    usual = day.person.number % len(site.workstations)
    seat = usual if rng.random() < 0.6 else rng.randrange(len(site.workstations))
    start = day.begin(start_minute)
    end = start + round((length + rng.gauss(0.0, 8.0)) * MINUTE)
    where = [(start, day.office(seat))]
    machine = site.workstations[seat]
    if rng.random() < 0.7:
        return day.sitting(start, end, machine, where)
    lunch = start + round((end - start) * rng.uniform(0.4, 0.6))
    back = lunch + round(rng.uniform(25, 60) * MINUTE)
    return [
        *day.sitting(start, lunch, machine, where, closes=0.9),
        *day.sitting(back, end, machine, [(back, day.office(seat))]),
    ]
