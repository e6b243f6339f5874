"""Rings the timers, each when it is time to, in transactions of their own."""

from collections.abc import Callable, Sequence

from monitor import clock
from monitor.responding.duty import Duty, Surroundings
from monitor.responding.timer import MOST, Ringing, Timer, timers


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

    def step(self) -> bool:
        """Ring the one that has been due for longest."""
        if not self._timers:
            return False
        timer = min(self._timers, key=lambda one: self._due[one.name])
        if self._due[timer.name] > self._seconds():
            return False
        # Before it rings: one that meets an error of the store does not hold up the others.
        self._due[timer.name] = self._seconds() + timer.every / 1_000
        around = self._around
        with around.database.begin() as connection:
            done = timer.ring(Ringing(connection=connection, now=around.now(), around=around))
        around.counts.add(f"timer.{timer.name}", done)
        if done >= MOST:
            self._due[timer.name] = self._seconds()
        return True

    def close(self) -> None:
        """There is nothing to let go of."""


def open_duty(around: Surroundings) -> Clockwork:
    """All timers."""
    return Clockwork(around)
