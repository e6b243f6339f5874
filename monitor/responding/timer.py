"""A timer rings at times of its own, and does what is due then: ends, expiries, warnings, digests.

Each is one file in `monitor/responding/timers` with `TIMERS`; they are found.
"""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from msgspec import Struct, field
from sqlalchemy import Connection

from detectors.core.event import SECOND
from monitor.aside import Aside
from monitor.responding import timers as folder
from monitor.responding.duty import Surroundings

MOST: Final = 100
"""Things that a timer does at most in one transaction: nobody who writes waits long for it."""


class Ringing(Struct, frozen=True, kw_only=True):
    """What a timer works with: an open transaction, the time (ms), all that duties have, and what
    of its things is put aside."""

    connection: Connection
    now: int
    around: Surroundings
    aside: Aside = field(default_factory=Aside)


Ring: TypeAlias = Callable[[Ringing], int]


class Timer(NamedTuple):
    """What is done when it rings, every so many ms: in a transaction of its own, up to `MOST`
    things of it, and how many that were; it rings again at once while it does that many. What is
    due is looked up in the tables, so that a kill before the commit costs nothing."""

    name: str
    ring: Ring
    every: int = 5 * SECOND


@cache
def timers() -> tuple[Timer, ...]:
    """Every timer there is, by name. Raises ValueError for two of one name."""
    names = sorted(info.name for info in pkgutil.iter_modules(folder.__path__))
    modules = [importlib.import_module(f"{folder.__name__}.{name}") for name in names]
    found = sorted(timer for module in modules for timer in module.TIMERS)
    if len({timer.name for timer in found}) != len(found):
        raise ValueError("two timers have one name")
    return tuple(found)
