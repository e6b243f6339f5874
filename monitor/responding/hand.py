"""A hand does one duty on a thread of its own until told to stop, whatever the database does."""

import logging
import threading
from typing import Final

from sqlalchemy.exc import DBAPIError

from monitor import clock
from monitor.responding.duty import Duty
from monitor.store.connection import explain

IDLE_S: Final = 0.5
"""How long a hand rests when nothing was to be done."""
_LONGEST_PAUSE_S: Final = 15.0

log = logging.getLogger(__name__)


class Hand:
    """Of one duty. `failure` is what ended it, other than being told to stop; `trouble` why its
    store gives it nothing to do now, None while it works."""

    def __init__(self, name: str, duty: Duty, idle: float = IDLE_S) -> None:
        self.name = name
        self.failure: Exception | None = None
        self.trouble: str | None = None
        self._duty = duty
        self._idle = idle
        self._pause = idle
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """Ask it to stop after the step in hand."""
        self._stop.set()

    def join(self, seconds: float) -> bool:
        """Wait for its end; whether it came."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._stop.wait(self._step())
        except Exception as error:
            self.failure = error
            raise
        finally:
            self._duty.close()

    def _step(self) -> float:
        """Do one; for how many seconds to rest then."""
        began = clock.monotonic()
        try:
            has_more = self._duty.step()
        except DBAPIError as error:
            # Without a statement and its values.
            why = explain(error)
            if why != self.trouble:
                log.warning("%s waits: %s", self.name, why)
            self.trouble, self._pause = why, min(2 * self._pause, _LONGEST_PAUSE_S)
            return self._pause
        if self.trouble is not None:
            log.info("%s goes on", self.name)
        self.trouble, self._pause = None, self._idle
        took = clock.monotonic() - began
        return min(self._duty.courtesy * took, self._idle) if has_more else self._idle
