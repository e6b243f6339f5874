"""What dishonest people do: one module per behaviour, each with several ways of doing it.

A behaviour is a module of this package with a `BEHAVIOUR`, the word an incident of it is called,
and `STRATEGIES`.
"""

import importlib
import pkgutil
from functools import cache

from monitor.simulation.misdeeds.scene import Strategy


@cache
def behaviours() -> dict[str, tuple[Strategy, ...]]:
    """The strategies of every behaviour there is, by its name, sorted."""
    found: dict[str, tuple[Strategy, ...]] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if hasattr(module, "BEHAVIOUR"):
            found[module.BEHAVIOUR] = module.STRATEGIES
    return dict(sorted(found.items()))
