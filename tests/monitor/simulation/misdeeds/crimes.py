"""Commits a misdeed in a small world, to look at what it leaves behind."""

from detectors.core.event import DAY
from monitor.simulation.acts import Act
from monitor.simulation.misdeeds import behaviours
from monitor.simulation.misdeeds.scene import Scene, Strategy
from monitor.simulation.parameters import Parameters
from monitor.simulation.population import build
from monitor.simulation.world import Person

FIRST = 20_770
START = FIRST * DAY + 5 * DAY
UNTIL = START + 30 * DAY
WORLD = build(39, 500, FIRST, Parameters(company_gateway=0.4))


def strategy(behaviour: str, name: str) -> Strategy:
    """A strategy by its names."""
    return next(s for s in behaviours()[behaviour] if s.name == name)


def crimes(
    behaviour: str, name: str, count: int = 6, *, hurry: bool = False
) -> list[tuple[Person, list[Act], Scene]]:
    """The misdeed done to several people: each with its acts by time and its scene."""
    way = strategy(behaviour, name)
    done = []
    for number, person in enumerate([p for p in WORLD.people if way.suits(p)][: 4 * count]):
        scene = Scene(WORLD, person, f"{behaviour}-{number}", START, UNTIL, hurry)
        acts = sorted(way.act(scene), key=lambda act: act.time)
        if acts:
            done.append((person, acts, scene))
        if len(done) == count:
            break
    return done
