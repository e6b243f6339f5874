"""Accounts that are a room's and not a person's: everybody there may use them, and it is known."""

from detectors.core.event import HOUR, MINUTE
from monitor.simulation import agents
from monitor.simulation.acts import Act
from monitor.simulation.chance import dice
from monitor.simulation.lives.day import Day
from monitor.simulation.lives.persona import KIOSK, ROOM, SHARED, Persona


def wallboard_day(day: Day) -> list[Act]:
    """One or two screens that show the queue, day and night, and are started anew at times."""
    usual = dice(day.world.seed, "wallboard", day.person.number)
    screens = [agents.office_machine(usual) for _ in range(usual.randint(1, 2))]
    start, acts = day.at(0), []
    for number, screen in enumerate(screens):
        acts += day.sitting(
            start + number * MINUTE,
            start + 24 * HOUR,
            screen,
            [(start, day.office(1))],
            device=f"screen{number}",
            closes=0.0,
            mishaps=False,
            pace=usual.uniform(10, 60),
        )
    return acts


def front_desk_day(day: Day) -> list[Act]:
    """Whoever is at the front desk, on its machines and at times from home, several at once."""
    if day.is_off():
        return []
    rng, site = day.dice, day.person.site
    usual = dice(day.world.seed, "front desk", day.person.number)
    people = usual.randint(2, 5)
    acts: list[Act] = []
    for who in range(people):
        if rng.random() < 0.3:
            continue
        seat = usual.randrange(len(site.workstations))
        start, end = day.span(*site.shifts[who % len(site.shifts)])
        acts += day.sitting(start, end, site.workstations[seat], [(start, day.office(seat))])
    if rng.random() < 0.15:
        start = day.at(rng.uniform(1_100, 1_250))
        end = start + round(rng.uniform(20, 60) * MINUTE)
        acts += day.sitting(start, end, day.machine, day.at_home(start, end), device="laptop")
    return acts


PERSONAS = (
    Persona("wallboard", wallboard_day, 0.5, ROOM, KIOSK, prefix="wall"),
    Persona("front_desk", front_desk_day, 1.0, ROOM, SHARED, prefix="desk"),
)
