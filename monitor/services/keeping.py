"""What is kept, since when, and what is due to be forgotten: as commands and `doctor` tell it."""

from msgspec import Struct
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
from monitor.store import forgetting
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

    @allowed(Operation.RETENTION_CONFIRM)
    def confirm(self, actor: Actor, now: int) -> None:
        """Let everything go that is old at `now` (ms), however much it is."""
        with self._database.begin() as connection:
            Writing(connection).set_note(CONFIRMED, str(now).encode())
            record(connection, actor, Operation.RETENTION_CONFIRM, "retention", content={"at": now})


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
