"""A duty is one of the things that the responding process does, again and again, each by itself.

A module of `monitor.responding` with a function `open_duty` is found, and its duty done on a thread
of its own: what one waits for holds up none of the others.
"""

import importlib
import pkgutil
import threading
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import ClassVar, Protocol, TypeAlias

from msgspec import Struct, field
from sqlalchemy import Engine as Database

from monitor import clock
from monitor.instance import InstanceKey
from monitor.settings import Settings


class Counts:
    """What was done since the process began, by kind. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counted: Counter[str] = Counter()

    def add(self, kind: str, number: int = 1) -> None:
        """Count so many more; only what is committed."""
        with self._lock:
            self._counted[kind] += number

    def told(self) -> dict[str, int]:
        """All of them now."""
        with self._lock:
            return dict(self._counted)


class Surroundings(Struct, frozen=True, kw_only=True):
    """What a duty works with. `key` is the instance's own, for digests and signed links; None where
    it is not at hand. `now` gives ms since 1970 UTC."""

    settings: Settings
    database: Database
    key: InstanceKey | None = None
    now: Callable[[], int] = clock.now_ms
    counts: Counts = field(default_factory=Counts)
    is_stopping: Callable[[], bool] = lambda: False


class Duty(Protocol):
    """One thing that is done again and again. Of one thread. Duties inherit from this."""

    courtesy: ClassVar[float] = 0.0
    """For how long, in parts of what a step took, it lets others write before the next one."""

    def step(self) -> bool:
        """Do the next small part of it, in transactions of its own; False when nothing more is to
        be done for now. Raises sqlalchemy.exc.DBAPIError, and is then tried again later; so it is
        after any other error, which is told as one of ours."""
        ...

    def complaint(self) -> str | None:
        """What it could not do and put aside, in words; None where there is nothing."""
        return None

    def close(self) -> None:
        """Let go of what it holds; nothing is stepped any more."""
        ...


Opening: TypeAlias = Callable[[Surroundings], Duty]


@cache
def openings() -> dict[str, Opening]:
    """What opens each duty that there is, by the name of its module."""
    package = importlib.import_module("monitor.responding")
    found: dict[str, Opening] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda one: one.name):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        opening = getattr(module, "open_duty", None)
        if opening is not None:
            found[info.name] = opening
    return found
