"""Rounds of forgetting: now and then all jobs, a small step at a time beside the engine's work.

Each step is a transaction of its own with what was done noted in it. What is not finished when an
engine ends is finished by the next one.
"""

from collections.abc import Callable, Collection
from typing import NamedTuple

from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from detectors.core.identity import time_of
from monitor import clock
from monitor.chain.sealing import Sealer
from monitor.engine import Beside, Engine
from monitor.retention.job import Job, Work, jobs
from monitor.retention.noted import CONFIRMED, NOTE, Done, Noted, encode, noted
from monitor.retention.periods import Limits, Periods
from monitor.retention.reckoning import PATIENCE, begin, look
from monitor.store import forgetting

EVERY_S = 600.0
LOOK_EVERY_S = 60.0
"""While a leap waits, and after an error."""
SHARE = 10
"""While lines wait, forgetting takes one part of so many of the time at most."""


class Waiting(NamedTuple):
    """A leap that waits: the days that it goes over, and for how much longer it waits (ms)."""

    days: int
    left: int


class Rounds:
    """The retention of one engine."""

    def __init__(
        self,
        periods: Periods,
        sources: Collection[str],
        database: Database,
        now: Callable[[], int] = clock.now_ms,
        seconds: Callable[[], float] = clock.monotonic,
        sealer: Sealer | None = None,
    ) -> None:
        """`sources` are the names of those that are set up; `now` gives ms, `seconds` durations.
        Without the instance's `sealer` the audit is not shortened."""
        self._periods = periods
        self._sources = frozenset(sources)
        self._database = database
        self.postponed: Waiting | None = None
        self._sealer = sealer
        self._now = now
        self._seconds = seconds
        self._waiting: list[Job] | None = None
        self._limits: Limits | None = None
        self._rested = seconds()
        self._pause = 0.0
        self._began = 0
        self.rows: dict[str, int] = {}
        """What the jobs of this round changed so far."""

    @property
    def job(self) -> str | None:
        """The name of the job whose step is next."""
        return self._waiting[0].name if self._waiting else None

    @property
    def jobs_left(self) -> int:
        """How many jobs of this round are not done."""
        return len(self._waiting or ())

    @property
    def is_resting(self) -> bool:
        """Whether a round has ended, and the next has not begun."""
        return self._waiting is None

    def step(self, engine: Engine, *, is_idle: bool) -> bool:
        """Do one small step if it is time for one; whether it did something.

        An error of the store is the caller's; the round then begins anew.
        """
        began = self._seconds()
        if began - self._rested < self._pause and not (is_idle and self._waiting is not None):
            return False
        try:
            if self._waiting:
                self._waiting[0].apart(self._database)
            engine.tend(self._step)
        except BaseException:
            self._waiting = None
            self._rested, self._pause = self._seconds(), LOOK_EVERY_S
            raise
        self._rested = self._seconds()
        if self._waiting is not None:
            self._pause = (SHARE - 1) * (self._rested - began)
        return True

    def _step(self, beside: Beside) -> None:
        known = noted(beside.writing.note(NOTE))
        if self._waiting is None or self._limits is None:
            self._begin(beside, known)
        else:
            self._go_on(beside, known, self._waiting, self._limits)
        beside.writing.set_note(NOTE, encode(known))

    def _begin(self, beside: Beside, known: Noted) -> None:
        now, writing = self._now(), beside.writing
        connection = writing.connection
        known.began = known.began or now
        if not known.reckoning.time:
            # Again until something is known of event time: from nothing to the present is no leap.
            oldest = forgetting.oldest_event(connection)
            at = None if oldest is None else time_of(oldest)
            known.reckoning = begin(now, beside.watermark, at, self._periods.folded)
        confirmed = int(writing.note(CONFIRMED) or b"0")
        known.reckoning = reckoned = look(known.reckoning, now, beside.watermark, confirmed)
        self.postponed = None
        if reckoned.target:
            days = (reckoned.target - reckoned.time) // DAY
            self.postponed = Waiting(days, max(0, PATIENCE - reckoned.waited))
        self._limits = self._periods.at(reckoned.time)
        self._waiting = [kind() for kind in jobs()]
        self._began = now
        self.rows = {}

    def _go_on(self, beside: Beside, known: Noted, waiting: list[Job], limits: Limits) -> None:
        now, job = self._now(), waiting[0]
        rows = job.step(
            Work(
                beside=beside,
                limits=limits,
                sources=self._sources,
                undated=known.began <= limits.rejects,
                sealer=self._sealer,
            )
        )
        if rows:
            self.rows[job.name] = self.rows.get(job.name, 0) + rows
            former = known.done.get(job.name, Done())
            known.done[job.name] = Done(former.rows + rows, self.rows[job.name], now)
        elif rows is None:
            waiting.pop(0)
        if not waiting:
            self._end(known, now)

    def _end(self, known: Noted, now: int) -> None:
        known.finished, known.took = now, max(0, now - self._began)
        self._waiting = None
        is_waiting = known.reckoning.target != 0
        self._pause = LOOK_EVERY_S if is_waiting else EVERY_S
