"""Runs the engine and watches over the console beside it; `SIGTERM` drains and commits."""

import logging
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType

from monitor import clock
from monitor.engine import Outcome, SupersededError
from monitor.pipeline import Pipeline
from monitor.store.lock import EngineLock, LockLostError

log = logging.getLogger(__name__)

_STABLE_S = 30.0
_LONGEST_PAUSE_S = 30.0
_GRACE_S = 5.0


class Stopping:
    """Whether we were told to end; waiting ends at once when we are."""

    def __init__(self) -> None:
        self._told = threading.Event()

    def __call__(self) -> bool:
        return self._told.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait so long, or until told to stop."""
        return self._told.wait(seconds)

    def stop(self) -> None:
        """Ask to stop."""
        self._told.set()


@contextmanager
def stopped_by_signals(stopping: Stopping) -> Iterator[None]:
    """SIGTERM and SIGINT stop after the batch in hand; a second SIGINT interrupts."""

    def handle(number: int, _frame: FrameType | None) -> None:
        if stopping() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stopping.stop()

    before = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Companion:
    """A child process that is started again when it ends, and ends with us.

    It holds the reading end of a pipe of ours as its standard input: when we are gone, however
    we went, it sees the end of it. What it is `told` in the beginning, one line, comes first.
    """

    def __init__(
        self, name: str, module: str, arguments: Sequence[str], told: bytes | None = None
    ) -> None:
        self._name = name
        self._told = told
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 1.0

    def start(self) -> None:
        """Start it, unless it runs."""
        former = self._process
        if former is not None:
            if former.poll() is None:
                return
            _close(former)
        self._started = clock.monotonic()
        self._process = subprocess.Popen(  # noqa: S603 - our own module and arguments
            self._command, stdin=subprocess.PIPE, start_new_session=True
        )
        if self._told is not None and self._process.stdin is not None:
            # It may have ended already; then it is started again.
            with suppress(BrokenPipeError):
                self._process.stdin.write(self._told + b"\n")
                self._process.stdin.flush()

    def watch(self) -> None:
        """Start it again when it has ended, less and less often when it keeps ending."""
        process = self._process
        if process is None or process.poll() is None:
            return
        ran = clock.monotonic() - self._started
        if ran < self._pause:
            return
        log.warning("%s ended (%s); starting it again", self._name, process.returncode)
        self._pause = 1.0 if ran > _STABLE_S else min(2 * self._pause, _LONGEST_PAUSE_S)
        self.start()

    def stop(self) -> None:
        """End it: asked first, then killed."""
        process = self._process
        if process is None:
            return
        _close(process)
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._process = None


def _close(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        # What it was told and never read is lost with it.
        with suppress(BrokenPipeError):
            process.stdin.close()


def run(
    pipeline: Pipeline,
    companions: Sequence[Companion],
    stopping: Stopping,
    told: Callable[[Outcome], None],
    lock: EngineLock,
    again: Callable[[Callable[[], bool]], bool],
) -> None:
    """Run until told to stop: every batch committed, every companion ended.

    When `lock` is no longer ours, or another engine has begun nevertheless, nothing more is
    written before `again` has waited for our turn; it is given what says whether to stop, and
    says whether to go on.
    """
    for companion in companions:
        companion.start()

    def is_stopping() -> bool:
        for companion in companions:
            companion.watch()
        return stopping()

    def is_ending() -> bool:
        if is_stopping():
            return True
        lock.check()
        return False

    try:
        while True:
            try:
                pipeline.run(is_ending, stopping.pause, told)
                break
            except (LockLostError, SupersededError) as error:
                log.warning("%s; nothing more is written before it is our turn again", error)
                if not again(is_stopping):
                    break
    finally:
        for companion in companions:
            companion.stop()
        pipeline.close()
