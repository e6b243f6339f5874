"""Rings the timers, each when it is time to, in transactions of their own."""

import logging
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy.exc import DBAPIError

from monitor import clock
from monitor.aside import Aside
from monitor.responding.duty import Duty, Surroundings
from monitor.responding.timer import MOST, Ringing, Timer, timers

AGAIN_S: Final = 60.0
"""How long a timer that met an error of ours rests, where that was over none of its things."""

log = logging.getLogger(__name__)


class Clockwork(Duty):
    """All timers of one process."""

    def __init__(
        self,
        around: Surroundings,
        wanted: Sequence[Timer] | None = None,
        seconds: Callable[[], float] = clock.monotonic,
    ) -> None:
        """`wanted` None: all that there are; `seconds` is what durations are measured by."""
        self._around = around
        self._seconds = seconds
        self._timers = timers() if wanted is None else tuple(wanted)
        self._due = {timer.name: seconds() for timer in self._timers}
        self._aside = {timer.name: Aside(around.now) for timer in self._timers}

    def step(self) -> bool:
        """Ring the one that has been due for longest."""
        if not self._timers:
            return False
        timer = min(self._timers, key=lambda one: self._due[one.name])
        if self._due[timer.name] > self._seconds():
            return False
        # Before it rings: one that meets an error of the store does not hold up the others.
        self._due[timer.name] = self._seconds() + timer.every / 1_000
        try:
            done = self._ring(timer)
        except Exception as error:
            aside = self._aside[timer.name]
            is_known = aside.met(error)
            if isinstance(error, DBAPIError):
                raise
            log.exception("the timer %s met an error of ours", timer.name)
            if not is_known:
                aside.note(timer.name, error)
            self._due[timer.name] = self._seconds() + (0 if is_known else AGAIN_S)
            return True
        self._aside[timer.name].forget(timer.name)
        self._around.counts.add(f"timer.{timer.name}", done)
        if done >= MOST:
            self._due[timer.name] = self._seconds()
        return True

    def complaint(self) -> str | None:
        """What timers put aside."""
        told = ((name, one.complaint()) for name, one in self._aside.items())
        return "; ".join(f"{name}: {why}" for name, why in told if why) or None

    def _ring(self, timer: Timer) -> int:
        around = self._around
        aside = self._aside[timer.name]
        with around.database.begin() as connection:
            return timer.ring(
                Ringing(connection=connection, now=around.now(), around=around, aside=aside)
            )

    def close(self) -> None:
        """There is nothing to let go of."""


def open_duty(around: Surroundings) -> Clockwork:
    """All timers."""
    return Clockwork(around)
