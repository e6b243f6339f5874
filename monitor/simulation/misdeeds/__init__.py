"""What dishonest people do: one module per behaviour, each with several ways of doing it.

A behaviour is a module of this package with a `BEHAVIOUR`, the word an incident of it is called,
and `STRATEGIES`. Its `RATE` is how many of them a thousand accounts see in a month.
"""

import importlib
import pkgutil
from functools import cache
from types import ModuleType

from monitor.simulation.misdeeds.scene import Strategy


@cache
def behaviours() -> dict[str, tuple[Strategy, ...]]:
    """The strategies of every behaviour there is, by its name, sorted."""
    return {name: module.STRATEGIES for name, module in _modules().items()}


@cache
def rates() -> dict[str, float]:
    """How many misdeeds of each behaviour a thousand accounts see in thirty days."""
    return {name: module.RATE for name, module in _modules().items()}


@cache
def _modules() -> dict[str, ModuleType]:
    found: dict[str, ModuleType] = {}
    for info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{info.name}")
        if hasattr(module, "BEHAVIOUR"):
            found[module.BEHAVIOUR] = module
    return dict(sorted(found.items()))
