"""What is kept, since when, and what is due to be forgotten: as commands and `doctor` tell it."""

from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Table, func, select
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from detectors.core.identity import time_of
from monitor import horizon
from monitor.horizon import Horizon
from monitor.retention.job import jobs
from monitor.retention.noted import CONFIRMED, NOTE, Done, Noted, noted
from monitor.retention.periods import Periods
from monitor.retention.reckoning import PATIENCE
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed
from monitor.store import forgetting, tables
from monitor.store.connection import reading
from monitor.store.writing import Writing


class Kind(Struct, frozen=True, kw_only=True):
    """Things of one kind: how many there are, how many are due, the time (ms) before which they
    go, how many went in all and when some last did (ms; 0 for never)."""

    name: str
    title: str
    kept: int
    due: int
    before: int
    forgotten: int
    last: int


class Status(Struct, frozen=True, kw_only=True):
    """How retention is. Times in ms: `oldest` is the oldest event's, None for no event; `reckoned`
    what limits are reckoned from, 0 before the first round, `finished` when a round last came to
    its end. While a leap of so many days waits, it is let go after `left`."""

    kinds: list[Kind]
    oldest: int | None
    horizon: Horizon
    reckoned: int
    began: int
    finished: int
    waiting_days: int
    left: int

    @property
    def due(self) -> int:
        """How many rows are due in all."""
        return sum(kind.due for kind in self.kinds)


class Kept(Struct, frozen=True, kw_only=True):
    """What is kept: the state of retention; the oldest of some kinds (ms, None for nothing), by
    name; how many accounts are restricted, how many were erased and how many are being, and under
    how many pseudonyms incidents of erased ones are kept."""

    status: Status
    oldest: dict[str, int | None]
    restricted: int
    erased: int
    erasing: int
    pseudonyms: int


COUNTED: Final = 10_000
"""Rows of a kind that are counted at most for who waits: so many stands for as many or more."""


class Keeping:
    """The retention of one database, by the periods of the settings."""

    def __init__(self, database: Database, periods: Periods) -> None:
        self._database = database
        self._periods = periods

    def status(self, now: int) -> Status:
        """What is there at `now` (ms), and what would go of it; only looks."""
        with reading(self._database).begin() as connection:
            writing = Writing(connection)
            known = noted(writing.note(NOTE))
            limits = self._periods.at(max(known.reckoning.time, now))
            kinds = []
            for kind in jobs():
                due = kind().due(connection, limits)
                done = known.done.get(kind.name, Done())
                kinds.append(
                    Kind(
                        name=kind.name,
                        title=kind.title,
                        kept=due.kept,
                        due=due.due,
                        before=due.before,
                        forgotten=done.rows,
                        last=done.last,
                    )
                )
            oldest = forgetting.oldest_event(connection)
            return _status(known, kinds, oldest, horizon.noted(connection))

    @allowed(Operation.RETENTION_READ)
    def kept(self, actor: Actor, now: int) -> Kept:
        """What is kept at `now` (ms), since when, and of whom it must not be used, or is gone."""
        with forgetting.counted(COUNTED):
            status = self.status(now)
        erasures, held = tables.erasures, tables.restrictions
        with reading(self._database).begin() as connection:

            def number(table: Table, *where: ColumnElement[bool]) -> int:
                query = select(func.count()).select_from(table).where(*where)
                return int(connection.execute(query).scalar_one())

            first = _oldest(connection)
            return Kept(
                status=status,
                oldest={"events": status.oldest, **first},
                restricted=number(held, held.c.until.is_(None)),
                erased=number(erasures, erasures.c.finished.is_not(None)),
                erasing=number(erasures, erasures.c.finished.is_(None)),
                pseudonyms=number(
                    erasures, erasures.c.account.is_not(None), erasures.c.finished.is_not(None)
                ),
            )

    @allowed(Operation.RETENTION_CONFIRM)
    def confirm(self, actor: Actor, now: int) -> None:
        """Let everything go that is old at `now` (ms), however much it is."""
        with self._database.begin() as connection:
            Writing(connection).set_note(CONFIRMED, str(now).encode())
            record(connection, actor, Operation.RETENTION_CONFIRM, "retention", content={"at": now})


def _oldest(connection: Connection) -> dict[str, int | None]:
    found = {
        "incidents": select(func.min(tables.incidents.c.updated)),
        "rejects": select(func.min(tables.rejects.c.received)),
        "health": select(func.min(tables.health.c.since)),
        "audit": select(func.min(tables.audit.c.time)),
    }
    return {name: connection.execute(query).scalar() for name, query in found.items()}


def _status(known: Noted, kinds: list[Kind], oldest: bytes | None, at: Horizon) -> Status:
    reckoned = known.reckoning
    waits = reckoned.target != 0
    return Status(
        kinds=kinds,
        oldest=None if oldest is None else time_of(oldest),
        horizon=at,
        reckoned=reckoned.time,
        began=known.began,
        finished=known.finished,
        waiting_days=(reckoned.target - reckoned.time) // DAY if waits else 0,
        left=max(0, PATIENCE - reckoned.waited) if waits else 0,
    )
