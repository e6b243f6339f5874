"""Child processes that are started again when they end, and end with us."""

import logging
import os
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType

from monitor import clock

log = logging.getLogger(__name__)

_STABLE_S = 30.0
_LONGEST_PAUSE_S = 30.0
_GRACE_S = 8.0
_LOOK_EVERY_S = 0.2
_READY_S = 20.0
"""How long a new process may take to be ready before the next one is renewed."""


class Companion:
    """A child process that is started again when it ends, and ends with us. Of several threads.

    It holds the reading end of a pipe of ours as its standard input: when we are gone, however
    we went, it sees the end of it. What it is `told`, a line at a time, comes first. `fds` are open
    files that it shares. One that `announces` says a line on its standard output once it is ready.
    """

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        told: bytes | None = None,
        *,
        fds: Sequence[int] = (),
        announces: bool = False,
    ) -> None:
        self.name = name
        self._told = told
        self._fds = tuple(fds)
        self._announces = announces
        self._command = [sys.executable, "-m", module, *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._pause = 1.0
        self._is_ready = False
        self._lock = threading.RLock()

    def start(self) -> None:
        """Start it, unless it runs."""
        with self._lock:
            former = self._process
            if former is not None:
                if former.poll() is None:
                    return
                _close(former)
            self._started = clock.monotonic()
            self._is_ready = False
            self._process = subprocess.Popen(  # noqa: S603 - our own module and arguments
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if self._announces else None,
                start_new_session=True,
                pass_fds=self._fds,
            )
            if self._told is not None:
                _say(self._process, self._told)

    def watch(self) -> None:
        """Start it again when it has ended, less and less often when it keeps ending."""
        with self._lock:
            process = self._process
            if process is None or process.poll() is None:
                return
            ran = clock.monotonic() - self._started
            if ran < self._pause:
                return
            log.warning("%s ended (%s); starting it again", self.name, process.returncode)
            self._pause = 1.0 if ran > _STABLE_S else min(2 * self._pause, _LONGEST_PAUSE_S)
            try:
                self.start()
            except OSError as error:
                log.warning("%s cannot be started: %s", self.name, error)

    def is_ready(self) -> bool:
        """Whether it runs, and has said that it is ready if it says such things."""
        if not self._lock.acquire(blocking=False):
            return False  # it is being ended, or started again
        try:
            process = self._process
            if process is None or process.poll() is not None:
                return False
            if not self._announces or self._is_ready or process.stdout is None:
                return True
            if select.select([process.stdout.fileno()], [], [], 0)[0]:
                self._is_ready = bool(os.read(process.stdout.fileno(), 4_096))
            return self._is_ready
        finally:
            self._lock.release()

    def tell(self, line: bytes) -> None:
        """Say another line, now and at the beginning when it is started again."""
        with self._lock:
            self._told = line
            if self._process is not None and self._process.poll() is None:
                _say(self._process, line)

    def renew(self, line: bytes) -> None:
        """End it, and start it again with another line."""
        with self._lock:
            self.stop()
            self._told, self._pause = line, 1.0
            self.start()

    def end(self) -> None:
        """Ask it to end."""
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                _close(self._process, output=False)
                if self._process.poll() is None:
                    self._process.terminate()

    def stop(self) -> None:
        """End it: asked first, then killed."""
        with self._lock:
            self.end()
            process, self._process = self._process, None
        if process is not None:
            try:
                process.wait(_GRACE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close(process)


class Crew:
    """Companions, watched by a thread of their own: whatever else we do, none stays ended."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        """What ended the watch; then nothing is watched any more, and we should end too."""
        self._members: list[Companion] = []
        self._duties: list[Callable[[], bool]] = []
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="crew", daemon=True)

    def __enter__(self) -> "Crew":
        self._thread.start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._thread.join()
        for member in self._members:
            member.end()
        for member in self._members:
            member.stop()

    def add(self, *members: Companion) -> None:
        """Start these, and watch them from now on."""
        for member in members:
            member.start()
        with self._lock:
            self._members.extend(members)

    def remove(self, *members: Companion) -> None:
        """Watch these no more, and end them."""
        with self._lock:
            self._members = [one for one in self._members if one not in members]
        for member in members:
            member.end()
        for member in members:
            member.stop()

    def duty(self, done: Callable[[], bool]) -> None:
        """Have this done by the thread, again and again until it says True."""
        with self._lock:
            self._duties.append(done)

    def renew(self, members: Sequence[Companion], line: bytes) -> None:
        """Start these again, one after the other, each once the one before is ready."""
        waiting = list(members)
        since = clock.monotonic()
        current: Companion | None = None

        def step() -> bool:
            nonlocal current, since
            is_late = clock.monotonic() - since > _READY_S
            if current is not None and not current.is_ready() and not is_late:
                return False
            if not waiting:
                return True
            current, since = waiting.pop(0), clock.monotonic()
            current.renew(line)
            return False

        self.duty(step)

    def is_ready(self) -> bool:
        """Whether all run, and are ready."""
        with self._lock:
            return all(member.is_ready() for member in self._members)

    def _run(self) -> None:
        try:
            while not self._ending.wait(_LOOK_EVERY_S):
                self._look()
        except Exception as error:
            self.failure = error
            raise

    def _look(self) -> None:
        with self._lock:
            members, duties = list(self._members), list(self._duties)
        for member in members:
            if not self._ending.is_set():
                member.watch()
        for done in duties:
            if not self._ending.is_set() and done():
                with self._lock:
                    self._duties.remove(done)


def _say(process: subprocess.Popen[bytes], line: bytes) -> None:
    if process.stdin is not None:
        # It may have ended already; then it is started again.
        with suppress(BrokenPipeError):
            process.stdin.write(line + b"\n")
            process.stdin.flush()


def _close(process: subprocess.Popen[bytes], *, output: bool = True) -> None:
    if process.stdin is not None:
        # What it was told and never read is lost with it.
        with suppress(BrokenPipeError):
            process.stdin.close()
    if output and process.stdout is not None:
        process.stdout.close()
