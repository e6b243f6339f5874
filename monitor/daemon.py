"""Runs the engine until told to end: `SIGTERM` drains and commits, `SIGHUP` asks to read anew."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from monitor.engine import Outcome, SupersededError
from monitor.pipeline import Pipeline
from monitor.store.lock import EngineLock, LockLostError

log = logging.getLogger(__name__)


class Stopping:
    """Whether we were told to end, or to read the settings anew; waiting ends at once when we are
    told to end."""

    def __init__(self) -> None:
        self._told = threading.Event()
        self._anew = threading.Event()

    def __call__(self) -> bool:
        return self._told.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait so long, or until told to stop."""
        return self._told.wait(seconds)

    def stop(self) -> None:
        """Ask to stop."""
        self._told.set()

    def reload(self) -> None:
        """Ask to read the settings anew."""
        self._anew.set()

    def take_reload(self) -> bool:
        """Whether somebody asked for it since this was last asked."""
        asked = self._anew.is_set()
        self._anew.clear()
        return asked


@contextmanager
def stopped_by_signals(stopping: Stopping) -> Iterator[None]:
    """SIGTERM and SIGINT stop after the batch in hand; a second SIGINT interrupts. SIGHUP asks to
    read the settings anew."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGHUP:
            stopping.reload()
            return
        if stopping() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stopping.stop()

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def run(
    pipeline: Pipeline,
    is_stopping: Callable[[], bool],
    pause: Callable[[float], object],
    told: Callable[[Outcome], None],
    lock: EngineLock,
    again: Callable[[], bool],
) -> None:
    """Run until told to stop, with every batch committed; `is_stopping` is asked between batches.

    When `lock` is no longer ours, or another engine has begun nevertheless, nothing more is
    written before `again` has waited for our turn, and says whether to go on.
    """

    def is_ending() -> bool:
        if is_stopping():
            return True
        lock.check()
        return False

    try:
        while True:
            try:
                pipeline.run(is_ending, pause, told)
                break
            except (LockLostError, SupersededError) as error:
                log.warning("%s; nothing more is written before it is our turn again", error)
                if not again():
                    break
    finally:
        pipeline.close()
