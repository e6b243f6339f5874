"""Rounds of hygiene: a few times a day all accounts, in small steps beside the engine's work.

Each step is a transaction of its own, and doing it again changes nothing. A round that is not
finished when an engine ends is begun anew by the next one.
"""

from collections.abc import Callable
from enum import Enum
from typing import Final

from detectors.core.event import DAY, HOUR
from monitor import clock
from monitor.engine import Beside, Engine
from monitor.hygiene.facts import Thresholds
from monitor.hygiene.judging import Judging
from monitor.hygiene.looking import Looking
from monitor.hygiene.noted import NOTE, Noted, encode, noted
from monitor.hygiene.versions import Versions
from monitor.store.hygiene import HygieneTable

EVERY: Final = 6 * HOUR
"""A round begins so long (ms) after the one before began."""
OVERLAP: Final = DAY
"""Snapshots are written a little at a time: what was met may be in them only so much later (ms)."""
LIVE: Final = DAY
"""While event time is further behind (ms), and lines wait, a history is read: not time yet."""
SHARE: Final = 10
"""While lines wait, a round takes one part of so many of the time at most."""
_LOOK_EVERY_S: Final = 60.0
_LONE: Final = 500


class Phase(Enum):
    """How far a round is."""

    RESTING = "resting"
    SAVING = "saving"
    LOOKING = "looking"
    JUDGING = "judging"
    ENDING = "ending"


class Rounds:
    """The hygiene of one engine."""

    def __init__(
        self,
        thresholds: Thresholds,
        versions: Versions,
        now: Callable[[], int] = clock.now_ms,
        seconds: Callable[[], float] = clock.monotonic,
        every: int = EVERY,
    ) -> None:
        """`now` gives ms, `seconds` durations; a round begins `every` ms."""
        self._thresholds = thresholds
        self._versions = versions
        self._now = now
        self._seconds = seconds
        self._every = every
        self.phase = Phase.RESTING
        self._rested = seconds()
        self._pause = 0.0
        self._began = 0
        self._reached = 0
        self._unsaved = 0
        self._is_idle = False
        self._looking: Looking | None = None
        self._judging: Judging | None = None

    def step(self, engine: Engine, *, is_idle: bool) -> bool:
        """Do one small step if it is time for one; whether it did something.

        An error of the store is the caller's; the round then begins anew.
        """
        began = self._seconds()
        self._is_idle = is_idle
        is_waiting = began - self._rested < self._pause
        if is_waiting and not (is_idle and self.phase is not Phase.RESTING):
            return False
        try:
            if self.phase is Phase.SAVING:
                self._save(engine)
            else:
                engine.tend(self._step)
        except BaseException:
            self.phase = Phase.RESTING
            self._rested, self._pause = self._seconds(), _LOOK_EVERY_S
            raise
        self._rested = self._seconds()
        is_resting = self.phase is Phase.RESTING
        self._pause = _LOOK_EVERY_S if is_resting else (SHARE - 1) * (self._rested - began)
        return not is_resting

    def _save(self, engine: Engine) -> None:
        """Accounts are looked at as they were saved: first save what waits for it."""
        count = engine.save_some() if self._unsaved else 0
        self._unsaved = max(0, self._unsaved - count)
        if not count or not self._unsaved:
            self.phase = Phase.LOOKING

    def _step(self, beside: Beside) -> None:
        if self.phase is Phase.RESTING:
            self._begin(beside)
        elif self.phase is Phase.LOOKING and self._looking is not None:
            if not self._looking.step(beside):
                self.phase = Phase.JUDGING
        elif self.phase is Phase.JUDGING and self._judging is not None:
            if not self._judging.step(beside):
                self.phase = Phase.ENDING
        elif self._judging is not None:
            self._end(beside, self._judging)

    def _begin(self, beside: Beside) -> None:
        known, now = noted(beside.writing.note(NOTE)), self._now()
        if beside.watermark and now - beside.watermark > LIVE and not self._is_idle:
            return
        # One that had no event to look at is none: the first history waits for no other.
        is_empty = beside.watermark and not known.reached
        if known.began and not is_empty and 0 <= now - known.began < self._every:
            return
        at = min(now, beside.watermark) if beside.watermark else now
        self._began, self._reached = now, at if beside.watermark else 0
        self._looking = Looking(max(0, known.reached - OVERLAP), at)
        self._judging = Judging(self._thresholds, self._versions, at)
        beside.listings.look_again()
        self._unsaved = beside.cells.dirty
        self.phase = Phase.SAVING

    def _end(self, beside: Beside, judging: Judging) -> None:
        table = HygieneTable(beside.writing.connection)
        lone = table.lone(_LONE)
        if lone:
            table.forget(lone)
            return
        judging.conclude(beside, self._began)
        told = Noted(self._began, self._now(), self._reached, judging.accounts)
        beside.writing.set_note(NOTE, encode(told))
        self.phase = Phase.RESTING
        self._looking = self._judging = None
