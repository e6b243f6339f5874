"""How honest people live: what each persona does on a day, as a function of nothing but the seed.

A persona is one of the `PERSONAS` of any module of this package.
"""

import importlib
import pkgutil
from functools import cache

from monitor.simulation.acts import Act
from monitor.simulation.lives.day import Day
from monitor.simulation.lives.persona import Persona
from monitor.simulation.world import Person, World


@cache
def personas() -> dict[str, Persona]:
    """Every persona there is, by name, sorted."""
    found: dict[str, Persona] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        found |= {persona.name: persona for persona in getattr(module, "PERSONAS", ())}
    return dict(sorted(found.items()))


def live(world: World, person: Person, day: int) -> list[Act]:
    """What a person does on a local day (counted from 1970), in order of time. Pure."""
    if not person.first_day <= day <= person.last_day:
        return []
    acts = personas()[person.persona].act(Day(world, person, day))
    acts.sort(key=_time)
    return acts


def _time(act: Act) -> int:
    return act.time
