"""Growth: what the database takes for a day of events, and whether the disk bears what is kept."""

import shutil
from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection, Engine, select, text

from detectors.core.event import DAY
from detectors.core.identity import time_of
from monitor.doctor.check import Check, database_of, note
from monitor.settings import Settings
from monitor.store import tables
from monitor.store.connection import file_of, reading
from monitor.store.watching import Watching

_SOON = 14
_GIB = 1 << 30


class Growth(NamedTuple):
    """Bytes in use, and the days of events that they are for."""

    used: int
    days: float

    @property
    def daily(self) -> float:
        """Bytes that a day of events takes."""
        return self.used / max(1.0, self.days)

    def wanted(self, kept_days: int) -> float:
        """Bytes that it has still to grow until as many days are there as are kept."""
        return self.daily * max(0.0, kept_days - self.days)

    def days_left(self, free: int) -> float:
        """Days until so much free space is used, at this pace."""
        return free / max(1.0, self.daily)


def look(settings: Settings) -> Iterator[Check]:
    """How fast it grows, and where that ends."""
    with database_of(settings) as database:
        growth = None if database is None else _growth(database)
    if growth is None:
        return
    kept = settings.retention.events_days
    wanted = growth.wanted(kept)
    seen = (
        f"{growth.daily / (1 << 20):,.1f} MiB for a day of events, {growth.days:,.0f} days are "
        f"there; {wanted / _GIB:,.1f} GiB more until all {kept} are"
    )
    path = file_of(settings.database_url)
    if path is None:
        yield Check("growth", True, seen)
        return
    free = shutil.disk_usage(path.parent).free
    yield judged(growth, kept, free, seen)


def judged(growth: Growth, kept_days: int, free: int, seen: str) -> Check:
    """Whether it fits in what is free (bytes)."""
    if growth.wanted(kept_days) <= free:
        return Check("growth", True, f"{seen}; {free / _GIB:,.1f} GiB are free")
    left = growth.days_left(free)
    told = f"{seen}; the disk is full in about {left:,.0f} days"
    remedy = "lower retention.events_days, or give it a larger disk"
    if left > _SOON:
        return note("growth", told, remedy)
    return Check("growth", False, told, remedy)


def _growth(database: Engine) -> Growth | None:
    """None while there are no events."""
    with reading(database).begin() as connection:
        column = tables.events.c.id
        first = connection.execute(select(column).order_by(column).limit(1)).scalar()
        last = connection.execute(select(column).order_by(column.desc()).limit(1)).scalar()
        free = _unused(connection)
    if first is None or last is None:
        return None
    used = max(0, Watching(database).size() - free)
    return Growth(used, (time_of(last) - time_of(first)) / DAY)


def _unused(connection: Connection) -> int:
    """Bytes within the file that deleted rows left, to be used again."""
    if connection.dialect.name != "sqlite":
        return 0
    pages = connection.execute(text("PRAGMA freelist_count")).scalar_one()
    size = connection.execute(text("PRAGMA page_size")).scalar_one()
    return int(pages) * int(size)
