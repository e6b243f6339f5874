"""What was looked at: whether it is in order, what was seen, and what to do where it is not."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple, TypeAlias

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from monitor import doctor
from monitor.settings import Settings
from monitor.store import migration
from monitor.store.connection import UnsuitableDatabaseError, connect
from monitor.trouble import Trouble


class Check(NamedTuple):
    """One thing looked at. What is `good` may still be worth a note: then `remedy` is advice."""

    name: str
    good: bool
    seen: str
    remedy: str = ""
    noted: bool = False


Look: TypeAlias = Callable[[Settings], Iterator[Check]]


def note(name: str, seen: str, advice: str) -> Check:
    """Nothing that is wrong, and something to know or do about it all the same."""
    return Check(name, good=True, seen=seen, remedy=advice, noted=True)


def looks() -> dict[str, Look]:
    """What there is to look at, by the name of its module: all that have a `look`."""
    found: dict[str, Look] = {}
    for info in pkgutil.iter_modules(doctor.__path__):
        module = importlib.import_module(f"{doctor.__name__}.{info.name}")
        look = vars(module).get("look")
        if look is not None:
            found[info.name] = look
    return found


@contextmanager
def database_of(settings: Settings) -> Iterator[Engine | None]:
    """The database, to read from; None where there is none of this version that can be reached,
    which is told once, by the check of the database."""
    engine = None
    with suppress(DBAPIError, OSError, Trouble, UnsuitableDatabaseError):
        if migration.is_current(settings.database_url):
            engine = connect(settings.database_url)
    try:
        yield engine
    finally:
        if engine is not None:
            engine.dispose()


def examine(settings: Settings) -> Iterator[Check]:
    """Everything, one after the other, as soon as each was looked at."""
    for look in looks().values():
        yield from look(settings)
