"""People with a desk: supervisors with a telephone beside it, and staff who work at home too."""

from itertools import pairwise

from detectors.core.event import HOUR, MINUTE
from monitor.simulation.acts import Act, idle, session_uid, sittings
from monitor.simulation.agents import Machine, other_browser
from monitor.simulation.calendar import weekday
from monitor.simulation.chance import dice
from monitor.simulation.lives.day import Day, is_at_work, office_address
from monitor.simulation.lives.persona import DESK, Persona
from monitor.simulation.networks import distance_km

_COMMUTE = 50 * MINUTE
_OVERNIGHT_KM = 2_500.0
"""As far as one travels between two days at work."""


def supervisor_day(day: Day) -> list[Act]:
    """A desktop in the office, and a telephone that goes from Wi-Fi to its carrier and back.

    The carrier's address is where the carrier is and not where the telephone is.
    """
    if day.is_off():
        return []
    rng, site = day.dice, day.person.site
    start_minute, length = day.shift()
    start, end = day.span(start_minute - 15, length + 30)
    seat = day.person.number % len(site.workstations)
    acts = day.sitting(start, end, site.workstations[seat], [(start, day.office(seat))])
    road, out = day.road(), start - _COMMUTE
    addresses = [(out, road), (start, day.office(seat))]
    moment = start
    for _ in range(rng.randint(0, 3)):
        moment += round(rng.uniform(0.7, 2.5) * HOUR)
        if moment + 20 * MINUTE >= end:
            break
        addresses += [(moment, road), (moment + 15 * MINUTE, day.office(seat))]
    evening = end + _COMMUTE
    addresses += [(end, day.road()), (evening, day.home())]
    late = evening + round(rng.uniform(0.2, 2.0) * HOUR)
    return acts + day.sitting(
        out,
        late,
        day.phone,
        addresses,
        device="phone",
        closes=0.05,
        mishaps=False,
        pace=rng.uniform(20, 60),
    )


def desk_day(day: Day) -> list[Act]:
    """A laptop in the office three days a week and at home the others; at times in the evening."""
    if day.is_off():
        return []
    rng = day.dice
    start, end = day.span(525, rng.uniform(7.5, 9.5) * 60)
    acts = _at_desk(day, start, end, at_home=rng.random() < 0.4)
    if rng.random() < 0.2:
        later = end + _COMMUTE + round(rng.uniform(0.5, 2.0) * HOUR)
        stay = later + round(rng.uniform(15, 50) * MINUTE)
        track = day.at_home(later, stay)
        acts += day.sitting(later, stay, day.program(), track, device="laptop")
    return acts


def site_hopper_day(day: Day) -> list[Act]:
    """Some days of some weeks on another of the tenant's floors, at whatever desk is free there."""
    if day.is_off():
        return []
    home = day.person.site
    sites = [
        site
        for site in day.person.tenant.sites
        if site.city != home.city and distance_km(home.network, site.network) < _OVERNIGHT_KM
    ]
    usual = dice(day.world.seed, "hopper", day.person.number, (day.day + 3) // 7)
    start, end = day.span(545, day.dice.uniform(6.5, 8) * 60)
    if not sites or usual.random() < 0.4:
        return _at_desk(day, start, end, at_home=day.dice.random() < 0.2)
    other, first = usual.choice(sites), usual.randrange(1, 4)
    if not first <= weekday(day.day) < first + usual.randint(1, 2):
        return _at_desk(day, start, end, at_home=False)
    seat = day.dice.randrange(len(other.workstations))
    where = [(start, office_address(day.world, other, day.day, seat))]
    if usual.random() < 0.5:
        return day.sitting(start, end, other.workstations[seat], where)
    return day.sitting(start, end, day.machine, where, device="laptop")


def two_browsers_day(day: Day) -> list[Act]:
    """Two browsers side by side on one machine all day, one at a time in front."""
    if day.is_off():
        return []
    rng, site = day.dice, day.person.site
    seat = day.person.number % len(site.workstations)
    machine = site.workstations[seat]
    other = other_browser(dice(day.world.seed, "browsers", day.person.number), machine)
    start, end = day.span(*day.shift())
    turns = [start]
    while turns[-1] < end:
        turns.append(turns[-1] + round(rng.uniform(1, 40) * MINUTE))
    blocks = list(pairwise(turns))
    where = [(start, day.office(seat))]
    acts = day.sitting(start, end, machine, where, pauses=blocks[1::2])
    late = start + round(rng.uniform(0.5, 60) * MINUTE)
    return acts + day.sitting(late, end, other, where, pauses=blocks[::2], mishaps=False)


def open_desktop_day(day: Day) -> list[Act]:
    """A desktop in the office that is never shut and refreshes alone, and a laptop at home."""
    usual = dice(day.world.seed, "open desktop", day.person.number)
    every, share = usual.uniform(5, 60), usual.uniform(0.25, 0.6)
    acts: list[Act] = []
    if not day.is_off():
        start, end = day.span(530, day.dice.uniform(7, 9) * 60)
        if _is_at_home(day, day.day, share):
            acts = _at_desk(day, start, end, at_home=True)
            return acts + _left_open(day, day.at(0), day.at(1_439), every, share)
        acts = _in_office(day, start, end)
        acts += _idle(day, sittings(acts)[-1].session, end, day.at(1_439), every)
        return acts
    return _left_open(day, day.at(0), day.at(1_439), every, share)


def lunchtime_phone_day(day: Day) -> list[Act]:
    """A day at a desk, with a look or two on the telephone outside."""
    acts = desk_day(day)
    if not acts:
        return acts
    rng = day.dice
    for _ in range(rng.randint(0, 3)):
        moment = day.at(rng.uniform(480, 1_260))
        track = [(moment, day.road())]
        acts += day.sitting(
            moment,
            moment + round(rng.uniform(1, 15) * MINUTE),
            day.phone,
            track,
            device="phone",
            mishaps=False,
            pace=3.0,
        )
    return acts


def _at_desk(day: Day, start: int, end: int, *, at_home: bool) -> list[Act]:
    track = day.at_home(start, end) if at_home else [(start, day.office(1))]
    return day.sitting(start, end, day.program(), track, device="laptop")


def _in_office(day: Day, start: int, end: int) -> list[Act]:
    """At the desktop, whose session is the day's."""
    machine, where = _desktop(day, start)
    session = _desktop_session(day, day.day)
    acts = day.sitting(start, end, machine, where, closes=0.0)
    last = sittings(acts)[-1].session
    return [a._replace(session=session) if a.session == last else a for a in acts]


def _left_open(day: Day, start: int, end: int, every: float, share: float) -> list[Act]:
    """The desktop's window of the last day in the office, while its session lasts."""
    person = day.person
    longest = max(1, person.tenant.session // (24 * HOUR))
    for before in range(day.day - 1, day.day - 1 - min(longest, 4), -1):
        if is_at_work(day.world, person, before) and not _is_at_home(day, before, share):
            return _idle(day, _desktop_session(day, before), start, end, every)
    return []


def _idle(day: Day, session: str, start: int, end: int, every: float) -> list[Act]:
    machine, where = _desktop(day, start)
    return idle(day.dice, day.person, session, start, end, machine, where, every)


def _desktop(day: Day, start: int) -> tuple[Machine, list[tuple[int, str]]]:
    site = day.person.site
    seat = day.person.number % len(site.workstations)
    return site.workstations[seat], [(start, day.office(seat))]


def _desktop_session(day: Day, on: int) -> str:
    return session_uid(day.world, day.person.uid, "desktop", on)


def _is_at_home(day: Day, on: int, share: float) -> bool:
    return dice(day.world.seed, "at home", day.person.number, on).random() < share


PERSONAS = (
    Persona("supervisor", supervisor_day, 6.0, DESK),
    Persona("desk", desk_day, 4.0, DESK),
    Persona("open_desktop", open_desktop_day, 1.5, DESK),
    Persona("site_hopper", site_hopper_day, 1.0, DESK),
    Persona("two_browsers", two_browsers_day, 1.5, DESK),
    Persona("lunchtime_phone", lunchtime_phone_day, 2.0, DESK),
)
