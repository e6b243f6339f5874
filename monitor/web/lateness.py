"""How late what pages show is, as the engine tells of itself."""

from collections.abc import Callable
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from detectors.core.event import MINUTE, SECOND
from monitor.health.pulse import PULSE, Pulse, decode
from monitor.store.watching import Watching

LATE: Final = MINUTE
"""From this lateness (ms) on, pages say so."""
_KNOWN: Final = 2 * SECOND
"""How long an answer holds: the engine tells of itself no more often."""


class Lateness:
    """Asks the engine's note, at most every two seconds. Safe to share between threads."""

    def __init__(self, watching: Watching, now: Callable[[], int]) -> None:
        """`now` gives ms since 1970 UTC."""
        self._watching, self._now = watching, now
        self._asked: tuple[int, int | None] | None = None

    def __call__(self) -> int | None:
        """By how much (ms) what is shown is behind; None where it is not, or nobody can tell."""
        now, asked = self._now(), self._asked
        if asked is None or not 0 <= now - asked[0] < _KNOWN:
            asked = self._asked = (now, self._found(now))
        return asked[1]

    def _found(self, now: int) -> int | None:
        try:
            pulse = decode(self._watching.note(PULSE))
        except SQLAlchemyError:
            # The page itself says that the database cannot be read.
            return None
        return None if pulse is None else lateness(pulse, now)


def lateness(pulse: Pulse, now: int) -> int | None:
    """By how much (ms) what is stored is behind at `now`: since the engine was last heard of, or
    since nothing waited to be read. None below a minute, and while a first history is loaded."""
    if not pulse.is_alive(now):
        behind = now - max(pulse.time, pulse.caught_up)
    elif pulse.caught_up:
        behind = now - pulse.caught_up
    else:
        return None
    return behind if behind >= LATE else None
