"""Backups: when the last one was taken, and whether this database is a restored one."""

from collections.abc import Iterator

from detectors.core.event import DAY
from monitor import clock
from monitor.backup.noted import RESTORED, TAKEN, restored, taken
from monitor.doctor.check import Check, database_of, note
from monitor.settings import Settings
from monitor.store.watching import Watching

_OLD = 7 * DAY


def look(settings: Settings) -> Iterator[Check]:
    """What is noted of them in the database."""
    with database_of(settings) as database:
        if database is None:
            return
        watching = Watching(database)
        last = taken(watching.note(TAKEN))
        former = restored(watching.note(RESTORED))
    advice = "`vigie backup FOLDER --keep 14`, every day"
    if last is None:
        yield note("backup", "none was taken yet, by `vigie backup`", advice)
    else:
        age = (clock.now_ms() - last.made) // DAY
        seen = f"{last.path}, {age:,} days ago, {last.size / (1 << 20):,.1f} MiB"
        is_old = clock.now_ms() - last.made > _OLD
        yield note("backup", seen, advice) if is_old else Check("backup", True, seen)
    if former is not None:
        at, made = map(clock.utc, former)
        yield Check("restored", True, f"at {at}, from a backup of {made}")
