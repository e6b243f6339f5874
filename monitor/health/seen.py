"""What is seen of a source while it is read: the facts that its rules judge."""

from collections import deque
from statistics import median
from typing import NamedTuple

from detectors.core.detector import Text
from detectors.core.event import MINUTE
from monitor.engine import Intake
from monitor.health.hours import Hours
from monitor.sources.source import SourceError

LAGS = 15
"""Live batches whose lag is remembered."""
WINDOW = 1_000
"""Lines that shares are of, about; older ones count half, then a quarter."""
LIVE = 1 << 16
"""Bytes that are read in an instant: a source with no more left of its log is followed live."""
_MINUTES = 5
LOST_WINDOW = 10 * MINUTE
"""How long what a source lost is looked back upon, in ms."""


class Expected(NamedTuple):
    """What the settings say of a source, in ms: the quiet from which on it is silent (None: as it
    is used to, 0: never), and how far behind the clock its events may come."""

    silent_after: int | None = None
    lag_allowed: int = 10 * MINUTE


UNTOLD = Expected()


class Lag(NamedTuple):
    """How far (ms) a live batch's last event was behind the clock, and when it came."""

    at: int
    lag: int


class Seen:
    """One source, from `begun` (ms) on. `received` is when its last lines were committed, None
    before any; `heard` is the same but for leaps of the clock, over which nothing was missed."""

    def __init__(self, begun: int, expected: Expected = UNTOLD) -> None:
        self.begun = begun
        self.expected = expected
        self.received: int | None = None
        self.heard: int | None = None
        self.hours = Hours()
        self.lags: deque[Lag] = deque(maxlen=LAGS)
        self.lines = 0.0
        self.events = 0.0
        self.rejects = 0.0
        self.reason = ""
        self.usual = 0.0
        """The share of its lines that were events, before what is seen now."""
        self.trouble: SourceError | None = None
        self.troubled = 0
        self._rate: dict[int, int] = {}
        self._lost: deque[tuple[int, int]] = deque()
        self.lost_by = Text("", "")

    def take(self, intake: Intake, now: int) -> None:
        """What was read of it is committed."""
        if not intake.lines:
            return
        self.received = self.heard = now
        self.hours.take(now)
        self._count(intake)
        minute = now // MINUTE
        self._rate[minute] = self._rate.get(minute, 0) + intake.lines
        if intake.events and _is_live(intake):
            self.lags.append(Lag(now, now - intake.events[-1].time))

    def note_trouble(self, trouble: SourceError | None, now: int) -> None:
        """What is in the way of reading it, or that nothing is."""
        if trouble is None or self.trouble is None:
            self.troubled = now
        self.trouble = trouble

    def note_lost(self, total: int, reason: Text, now: int) -> None:
        """So many of its messages were lost since ever, most of them for this reason."""
        self._lost.append((now, total))
        while not 0 <= now - self._lost[0][0] <= LOST_WINDOW or self._lost[0][1] > total:
            self._lost.popleft()
        self.lost_by = reason

    def lost(self) -> int | None:
        """Its messages that were lost of late; None where that is not known."""
        return self._lost[-1][1] - self._lost[0][1] if self._lost else None

    @property
    def lag(self) -> int | None:
        """How far its events usually are behind the clock (ms); None before the first live one."""
        return round(median(one.lag for one in self.lags)) if self.lags else None

    def per_minute(self, now: int) -> float:
        """Lines that came in a minute, over the last five whole ones."""
        last = now // MINUTE
        for minute in [m for m in self._rate if not last - _MINUTES <= m <= last]:
            del self._rate[minute]
        return sum(n for m, n in self._rate.items() if m != last) / _MINUTES

    def _count(self, intake: Intake) -> None:
        if self.lines >= WINDOW:
            self.lines, self.events, self.rejects = (
                self.lines / 2,
                self.events / 2,
                self.rejects / 2,
            )
        self.lines += intake.lines
        self.events += len(intake.events)
        self.rejects += len(intake.rejects)
        if intake.rejects:
            self.reason = intake.rejects[-1].reason


def _is_live(intake: Intake) -> bool:
    return intake.backlog is None or intake.backlog[1] - intake.backlog[0] < LIVE
