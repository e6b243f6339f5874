"""A hand does one duty on a thread of its own until told to stop, whatever happens to it."""

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
    """Of one duty. `trouble` is why it cannot be done now, None while it is."""

    def __init__(self, name: str, duty: Duty, idle: float = IDLE_S) -> None:
        self.name = name
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

    @property
    def complaint(self) -> str | None:
        """Why it cannot be done now, or what of it was put aside; None where all is well."""
        return self.trouble or self._duty.complaint()

    def _run(self) -> None:
        try:
            while not self._stop.is_set():
                self._stop.wait(self._step())
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
            return self._rested(why)
        except Exception as error:
            # A bug: the other duties go on, and this one as far as it can.
            log.exception("%s met an error of ours", self.name)
            return self._rested(f"an error of ours ({type(error).__name__}): the log says where")
        if self.trouble is not None:
            log.info("%s goes on", self.name)
        self.trouble, self._pause = None, self._idle
        took = clock.monotonic() - began
        return min(self._duty.courtesy * took, self._idle) if has_more else self._idle

    def _rested(self, why: str) -> float:
        self.trouble, self._pause = why, min(2 * self._pause, _LONGEST_PAUSE_S)
        return self._pause
