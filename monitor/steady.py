"""The clock's time as far as it can be believed: set wrongly for a moment, it changes nothing."""

from collections.abc import Callable
from typing import NamedTuple

from detectors.core.event import HOUR, MINUTE
from monitor import clock

LEAP = MINUTE
"""What the clock may differ by from the time that has passed, and is followed: NTP bends it so."""
BELIEVED = HOUR
"""How long a leap must stand before it is believed, in ms."""


class _Doubt(NamedTuple):
    leap: int
    since: int


class Steady:
    """Goes on evenly over leaps of the clock, until they have stood for an hour. It has to be asked
    now and then. Of one thread."""

    def __init__(
        self,
        now: Callable[[], int] = clock.now_ms,
        seconds: Callable[[], float] = clock.monotonic,
    ) -> None:
        """`now` is the clock (ms since 1970), `seconds` one that nobody sets."""
        self._now = now
        self._seconds = seconds
        self._anchor = now()
        self._passed = self._ms()
        self._doubt: _Doubt | None = None
        self._latest = self._anchor - self._passed

    def passing(self) -> int:
        """The time (ms) that is believed."""
        wall, passed = self._now(), self._ms()
        even = self._anchor + passed - self._passed
        leap = wall - even
        if abs(leap) > LEAP:
            doubt = self._doubt
            if doubt is None or abs(leap - doubt.leap) > LEAP:
                self._doubt = _Doubt(leap, passed)
                return even
            if passed - doubt.since < BELIEVED:
                return even
        self._anchor, self._passed, self._doubt = wall, passed, None
        return wall

    def latest(self) -> int:
        """The latest that the clock ever was, and what has passed since: nothing from before it is
        of the future, however far it is set back."""
        passed = self._ms()
        self._latest = max(self._latest, self.passing() - passed, self._now() - passed)
        return self._latest + passed

    def _ms(self) -> int:
        return round(1000 * self._seconds())
