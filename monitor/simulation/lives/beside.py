"""People who have something else open beside their own computer, and one pair of hands."""

from itertools import pairwise
from random import Random

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.simulation import agents, networks
from monitor.simulation.acts import Act, current, idle, session_uid, sittings
from monitor.simulation.agents import Machine, other_browser
from monitor.simulation.chance import dice
from monitor.simulation.lives.day import Day, Track, by_gateway, office_address
from monitor.simulation.lives.floor import NIGHT_SHIFT
from monitor.simulation.lives.persona import DESK, FLOOR, HOME, Persona

_HOSTED = ("Paris", "Roubaix", "Gravelines", "Frankfurt", "Amsterdam", "Dublin")
_COMMUTE = 40 * MINUTE
Blocks = list[tuple[int, int]]
"""From when until when (ms), apart from each other and by time."""


def it_staff_day(day: Day) -> list[Act]:
    """One's own computer, and for hours a server's desktop in a window of it; some are on call."""
    usual = dice(day.world.seed, "it", day.person.number)
    machine, place = _server(day, usual)
    share, most, at_home = usual.uniform(0.5, 1.0), usual.randint(1, 5), usual.uniform(0.0, 0.6)
    is_on_call = usual.random() < 0.6
    if day.is_off():
        return []
    rng = day.dice
    start, end = day.span(usual.uniform(480, 570), usual.uniform(7, 9) * 60)
    blocks: Blocks = []
    if rng.random() < share:
        blocks = _blocks(rng, start, end, rng.randint(1, most), (0.15, 3.0))
    track: Track = day.at_home(start, end) if rng.random() < at_home else [(start, day.office(1))]
    acts = day.sitting(start, end, day.program(), track, device="laptop", pauses=blocks)
    acts += _at_server(day, machine, place, blocks)
    if is_on_call and _is_on_call(day, usual):
        acts += _called(day, end, machine, place)
    return acts


def browser_aside_day(day: Day) -> list[Act]:
    """A second browser on the same desktop on some days: all day beside the first, or for hours."""
    if day.is_off():
        return []
    seat = day.person.number % len(day.person.site.workstations)
    start, end = day.span(*day.shift())
    return _two_browsers(
        day, start, end, day.person.site.workstations[seat], [(start, day.office(seat))], "shared"
    )


def browser_aside_home_day(day: Day) -> list[Act]:
    """The same at home."""
    if day.is_off():
        return []
    start, end = day.span(*day.shift())
    return _two_browsers(day, start, end, day.machine, day.at_home(start, end), "laptop")


def meetings_day(day: Day) -> list[Act]:
    """A desktop that stays open, and a laptop that is taken along to meetings."""
    if day.is_off():
        return []
    rng, site = day.dice, day.person.site
    usual = dice(day.world.seed, "meetings", day.person.number)
    guest = networks.address(usual, site.network) if usual.random() < 0.4 else None
    seat = day.person.number % len(site.workstations)
    start, end = day.span(525, rng.uniform(8, 10) * 60)
    away = _blocks(rng, start, end, rng.randint(0, 4), (0.4, 2.0))
    where = [(start, day.office(seat))]
    acts = day.sitting(start, end, site.workstations[seat], where, pauses=away)
    for since, until in away:
        ip = guest if guest is not None and not site.exits else day.office(seat)
        track = [(since, ip)]
        acts += day.sitting(since, until, day.machine, track, device="meeting", mishaps=False)
    return acts


def on_call_day(day: Day) -> list[Act]:
    """A day on the floor, and in some weeks a call in the evening or the night, taken at home."""
    if day.is_off():
        return []
    usual = dice(day.world.seed, "on call", day.person.number)
    seat = day.person.number % len(day.person.site.workstations)
    start, end = day.span(*day.shift())
    acts = day.sitting(start, end, day.person.site.workstations[seat], [(start, day.office(seat))])
    if _is_on_call(day, usual):
        acts += _called(day, end)
    return acts


def board_beside_day(day: Day) -> list[Act]:
    """One's own account on a screen on the wall, day and night, beside one's own work."""
    site, person = day.person.site, day.person
    usual = dice(day.world.seed, "board", person.number)
    screen = agents.office_machine(usual)
    every, jitter = usual.uniform(10, 240), usual.choice((0.01, 0.05, 0.3))
    acts: list[Act] = []
    seat = person.number % len(site.workstations)
    if not day.is_off():
        start, end = day.span(*day.shift())
        acts = day.sitting(start, end, site.workstations[seat], [(start, day.office(seat))])
    runs = max(1, usual.randint(1, 3) * person.tenant.session // DAY)
    period = (day.day + person.number) // runs
    session = session_uid(day.world, person.uid, "board", period)
    start = day.at(0)
    where = by_gateway(usual, site, start, start + DAY, [(start, day.office(1))])
    return acts + idle(
        day.dice, person, session, start, start + DAY - 1, screen, where, every, jitter
    )


def night_owl_day(day: Day) -> list[Act]:
    """A night on the floor, a desktop left on, and a look or two from home the day after."""
    rng, site = day.dice, day.person.site
    usual = dice(day.world.seed, "night owl", day.person.number)
    share, looks = usual.uniform(0.2, 0.9), usual.uniform(0.1, 0.7)
    is_by_phone = usual.random() < 0.4
    if day.is_off():
        return []
    start, end = day.span(*NIGHT_SHIFT)
    seat = day.person.number % len(site.workstations)
    machine = site.workstations[seat]
    where = by_gateway(rng, site, start, end + 12 * HOUR, [(start, day.office(seat))])
    is_left = rng.random() < share
    acts = day.sitting(start, end, machine, where, closes=0.0 if is_left else None)
    if is_left:
        last = sittings(acts)[-1]
        until = min(last.start + day.person.tenant.longest, end + round(rng.uniform(1, 12) * HOUR))
        every = rng.uniform(5, 60)
        acts += idle(rng, day.person, last.session, end, until, machine, where, every)
    for _ in range(2):
        if rng.random() < looks:
            moment = end + round(rng.uniform(1.0, 14.0) * HOUR)
            until = moment + round(rng.uniform(4, 45) * MINUTE)
            device = "phone" if is_by_phone else "laptop"
            program = day.phone if is_by_phone else day.program()
            track = day.at_home(moment, until, device)
            acts += day.sitting(moment, until, program, track, device=device, mishaps=False)
    return acts


def _server(day: Day, usual: Random) -> tuple[Machine, str]:
    """A machine that is worked on from afar, and the address that it always has."""
    person = day.person
    programs = (("Edge", "Windows"), ("Chrome", "Windows"), ("Firefox", "Linux"))
    family, system = usual.choice(programs)
    machine = Machine(family, system, usual.uniform(10, 200))
    others = [site for site in person.tenant.sites if site is not person.site]
    way = usual.random()
    if way < 0.35:
        hosted = networks.network(usual, "hosting", usual.choice(_HOSTED))
        return machine, networks.address(usual, hosted)
    if way < 0.55 and others:
        return machine, office_address(day.world, usual.choice(others), day.world.first_day, 1)
    line = dice(day.world.seed, "server", person.tenant.uid, person.site.city)
    return machine, networks.address(line, person.site.network)


def _at_server(day: Day, machine: Machine, ip: str, blocks: Blocks) -> list[Act]:
    """Work on it; its session is at times left open until the next time or the evening."""
    rng, acts = day.dice, list[Act]()
    ways = [(0, ip)]
    for number, (since, until) in enumerate(blocks, 1):
        sat = day.sitting(since, until, machine, ways, device="server", mishaps=False)
        acts += sat
        if rng.random() < 0.4:
            later = blocks[number][0] if number < len(blocks) else until + 4 * HOUR
            session = sittings(sat)[-1].session
            every = rng.uniform(5, 60)
            acts += idle(rng, day.person, session, until, later, machine, ways, every)
    return acts


def _is_on_call(day: Day, usual: Random) -> bool:
    """In one week of two to five, on most evenings."""
    every, often = usual.randint(2, 5), usual.uniform(0.25, 0.8)
    return (day.day + 3) // 7 % every == 0 and day.dice.random() < often


def _called(
    day: Day, end: int, server: Machine | None = None, place: str | None = None
) -> list[Act]:
    """Once or twice at home, in the evening or in the night, after a day that ended then."""
    rng, acts = day.dice, list[Act]()
    moment = end + _COMMUTE
    for _ in range(rng.choice((1, 1, 2))):
        moment += round(rng.uniform(0.3, 5.0) * HOUR)
        until = moment + round(rng.uniform(8, 75) * MINUTE)
        track = day.at_home(moment, until)
        acts += day.sitting(moment, until, day.machine, track, device="laptop", mishaps=False)
        if server is not None and place is not None and rng.random() < 0.5:
            since = moment + 3 * MINUTE
            acts += _at_server(day, server, place, [(since, until + 10 * MINUTE)])
        moment = until
    return acts


def _two_browsers(
    day: Day, start: int, end: int, machine: Machine, where: Track, device: str
) -> list[Act]:
    """Two windows on one computer: what is done in one is not done in the other."""
    rng = day.dice
    usual = dice(day.world.seed, "aside", day.person.number)
    other = other_browser(usual, machine)
    share, is_all_day = usual.uniform(0.2, 0.8), usual.random() < 0.5
    if rng.random() >= share:
        return day.sitting(start, end, machine, where, device=device)
    since = start + round(rng.uniform(1, 50) * MINUTE)
    until = end
    if not is_all_day:
        since = start + round((end - start) * rng.uniform(0.15, 0.6))
        until = min(end, since + round(rng.uniform(1, 4) * HOUR))
    turns = [since]
    while turns[-1] < until:
        turns.append(turns[-1] + round(rng.uniform(1, 45) * MINUTE))
    blocks = list(pairwise([*turns[:-1], until] if len(turns) > 1 else turns))
    acts = day.sitting(start, end, machine, where, device=device, pauses=blocks[::2])
    aside = [(since, current(where, since)), *(one for one in where if one[0] > since)]
    return acts + day.sitting(
        since, until, other, aside, device=device, mishaps=False, pauses=blocks[1::2]
    )


def _blocks(rng: Random, start: int, end: int, count: int, hours: tuple[float, float]) -> Blocks:
    """So many spans of so many hours within others, none with another."""
    found: Blocks = []
    for _ in range(count):
        since = start + round((end - start) * rng.uniform(0.03, 0.9))
        until = min(end, since + round(rng.uniform(*hours) * HOUR))
        if all(until < other or since > last for other, last in found):
            found.append((since, until))
    return sorted(found)


PERSONAS = (
    Persona("it_staff", it_staff_day, 2.5, DESK),
    Persona("browser_aside", browser_aside_day, 2.5, DESK),
    Persona("browser_aside_home", browser_aside_home_day, 1.5, HOME),
    Persona("meetings", meetings_day, 1.5, DESK),
    Persona("on_call", on_call_day, 2.0, DESK),
    Persona("board_beside", board_beside_day, 1.0, DESK),
    Persona("night_owl", night_owl_day, 1.2, FLOOR),
)
