"""How honest people live: what each persona does on a day, as a function of nothing but the seed.

A persona is a function `<persona>_day(day: Day) -> list[Act]` in any module of this package.
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache

from monitor.simulation.acts import Act
from monitor.simulation.lives.day import Day
from monitor.simulation.world import Person, World

_SUFFIX = "_day"


@cache
def personas() -> dict[str, Callable[[Day], list[Act]]]:
    """Every persona there is, by name, sorted."""
    found: dict[str, Callable[[Day], list[Act]]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        for name, member in vars(module).items():
            if name.endswith(_SUFFIX) and getattr(member, "__module__", "") == module.__name__:
                found[name.removesuffix(_SUFFIX)] = member
    return dict(sorted(found.items()))


def live(world: World, person: Person, day: int) -> list[Act]:
    """What a person does on a local day (counted from 1970), in order of time. Pure."""
    if day < person.first_day:
        return []
    acts = personas()[person.persona](Day(world, person, day))
    acts.sort(key=lambda act: act.time)
    return acts
