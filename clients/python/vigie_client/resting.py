"""Who does not answer is left alone for a moment, so that not every sign-in waits for it."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """After `failures` questions in a row without an answer, none is asked for `seconds`; then one
    at a time until one is answered. `failures=0` never rests."""

    failures: int = 5
    seconds: float = 5.0
    longest: float = 60.0
    """The most that a server's Retry-After makes of it, in seconds."""


class Breaker:
    """Counts, and says whether to ask. For many threads; times are of one steady clock, in s."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._lock = threading.Lock()
        self._failed = 0
        self._until = 0.0

    def may_ask(self, now: float) -> bool:
        """Whether to ask now. Of those who ask after a rest, one is told yes; the others wait
        for what becomes of it, or for another rest to pass."""
        with self._lock:
            if not self._is_open:
                return True
            if now < self._until:
                return False
            self._until = now + self._rest.seconds
            return True

    def answered(self) -> None:
        """It is there."""
        with self._lock:
            self._failed = 0

    def failed(self, now: float, asked: float | None = None) -> None:
        """It is not; `asked` is how long (s) it wants to be left alone."""
        with self._lock:
            self._failed += 1
            if self._is_open:
                wanted = max(self._rest.seconds, min(asked or 0.0, self._rest.longest))
                self._until = now + wanted

    @property
    def _is_open(self) -> bool:
        return 0 < self._rest.failures <= self._failed
