"""Where a program's time goes, by looking at it every few milliseconds instead of wrapping it."""

import signal
import time
from types import FrameType

PERIOD = 0.001
"""Seconds between two looks."""

PARTS = (
    ("monitor.sources", "read"),
    ("monitor.formats", "parse"),
    ("monitor.enrichment", "enrich"),
    ("monitor.store", "store"),
    ("sqlalchemy", "store"),
    ("detectors.core.profile", "profile"),
    ("detectors.core.fold", "fold"),
    ("detectors.core.ledger", "campaigns"),
    ("detectors.core.standing", "campaigns"),
    ("detectors.core.campaign", "campaigns"),
    ("detectors.core.census", "populations"),
    ("detectors.core", "contracts"),
    ("detectors", "detectors"),
    ("alerts", "assess, correlate"),
    ("monitor.cells", "cells"),
    ("monitor.campaigns", "campaigns"),
    ("monitor.populations", "populations"),
    ("monitor.engine", "engine"),
    ("monitor.naming", "engine"),
    ("monitor.pipeline", "pipeline"),
)


class Sampler:
    """Charges the time since the last look to the part whose code runs. Main thread only.

    A look comes between two instructions of Python, so a long call into C is charged in one, when
    it returns: hence times are charged and not looks counted.
    """

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}
        self._last = 0.0

    def start(self) -> None:
        """Begin to look."""
        self._spent = {}
        self._last = time.perf_counter()
        signal.signal(signal.SIGALRM, self._look)
        signal.setitimer(signal.ITIMER_REAL, PERIOD, PERIOD)

    def stop(self) -> dict[str, float]:
        """Stop looking; seconds by part."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        self._charge("other")
        return dict(sorted(self._spent.items(), key=lambda item: -item[1]))

    def _look(self, _signal: int, frame: FrameType | None) -> None:
        self._charge(part_of(frame))

    def _charge(self, part: str) -> None:
        now = time.perf_counter()
        self._spent[part] = self._spent.get(part, 0.0) + now - self._last
        self._last = now


def part_of(frame: FrameType | None) -> str:
    """The part that the innermost frame of a known module belongs to."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        for module, part in PARTS:
            if name == module or name.startswith(f"{module}."):
                return part
        frame = frame.f_back
    return "other"
