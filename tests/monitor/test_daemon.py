"""The daemon: stops when told, and its companions neither die for long nor outlive it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

import pytest

from monitor import clock, daemon
from monitor.daemon import Companion, Stopping, run, stopped_by_signals
from monitor.engine import Outcome, SupersededError
from monitor.pipeline import Pipeline
from monitor.store.lock import EngineLock, LockLostError

WAITS = """
import sys
open(sys.argv[1], "a").write("started\\n")
sys.stdin.buffer.read()
"""
ENDS = """
import sys
open(sys.argv[1], "a").write("started\\n")
"""
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
open(sys.argv[1], "a").write("started\\n")
time.sleep(60)
"""


@pytest.fixture
def note(tmp_path: Path) -> Path:
    return tmp_path / "note"


def companion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> Companion:
    """A companion that runs this program."""
    (tmp_path / "played.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return Companion("the companion", "played", [str(tmp_path / "note")])


def starts(note: Path) -> int:
    return len(note.read_text().splitlines()) if note.exists() else 0


def wait_for(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_waiting_ends_when_told_to_stop() -> None:
    stopping = Stopping()
    assert not stopping()
    assert not stopping.pause(0.001)
    stopping.stop()
    before = clock.monotonic()
    assert stopping.pause(60)
    assert clock.monotonic() - before < 5
    assert stopping()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_and_the_former_handler_comes_back(number: signal.Signals) -> None:
    former = signal.getsignal(number)
    stopping = Stopping()
    with stopped_by_signals(stopping):
        os.kill(os.getpid(), number)
        assert stopping.pause(5)
    assert signal.getsignal(number) is former


def test_a_second_interrupt_interrupts() -> None:
    stopping = Stopping()
    with stopped_by_signals(stopping):
        os.kill(os.getpid(), signal.SIGINT)
        assert stopping.pause(5)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_it_runs_once_however_often_it_is_started(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = companion(tmp_path, monkeypatch, WAITS)
    one.watch()
    one.start()
    wait_for(lambda: starts(note) == 1)
    one.start()
    one.watch()
    one.stop()
    one.stop()
    assert starts(note) == 1


def test_one_that_keeps_ending_is_started_less_and_less_often(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr(clock, "monotonic", lambda: now[0])
    one = companion(tmp_path, monkeypatch, ENDS)
    one.start()
    pauses = []
    for count in range(1, 5):
        wait_for(partial(lambda wanted: starts(note) == wanted, count))
        process = one._process
        assert process is not None
        process.wait()
        began = now[0]
        while one._process is process:
            now[0] += 0.5
            one.watch()
        pauses.append(now[0] - began)
    one.stop()
    assert pauses == [1.0, 2.0, 4.0, 8.0]


def test_one_that_does_not_listen_is_killed(
    tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(daemon, "_GRACE_S", 0.3)
    one = companion(tmp_path, monkeypatch, STUBBORN)
    one.start()
    wait_for(lambda: starts(note) == 1)
    process = one._process
    assert process is not None
    one.stop()
    assert process.returncode == -signal.SIGKILL


def test_a_companion_sees_that_its_parent_was_killed(tmp_path: Path, note: Path) -> None:
    (tmp_path / "played.py").write_text(WAITS + 'open(sys.argv[1], "a").write("ended\\n")')
    parent = (
        "import sys, time\n"
        "from monitor.daemon import Companion\n"
        f"Companion('the companion', 'played', [{str(note)!r}]).start()\n"
        "time.sleep(60)"
    )
    search = os.pathsep.join([str(tmp_path), os.getcwd()])
    with subprocess.Popen(
        [sys.executable, "-c", parent], env=os.environ | {"PYTHONPATH": search}
    ) as process:
        wait_for(lambda: starts(note) == 1)
        process.kill()
    wait_for(lambda: starts(note) == 2)
    assert note.read_text() == "started\nended\n"


def test_it_is_told_its_line_each_time_it_starts(tmp_path: Path, note: Path) -> None:
    (tmp_path / "played.py").write_text(
        "import sys\n"
        "with open(sys.argv[1], 'ab') as note:\n"
        "    note.write(sys.stdin.buffer.readline())\n"
    )
    search = os.pathsep.join([str(tmp_path), os.getcwd()])
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PYTHONPATH", search)
        one = Companion("the companion", "played", [str(note)], b"a secret")
        for count in (1, 2):
            one.start()
            wait_for(partial(lambda wanted: starts(note) == wanted, count))
            assert one._process is not None
            one._process.wait()
    one.stop()
    assert note.read_bytes() == b"a secret\n" * 2


def test_one_that_never_listens_to_what_it_is_told_is_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "played.py").write_text("import os; os._exit(0)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    one = Companion("the companion", "played", (), b"x" * (4 << 20))
    one.start()
    one.stop()


LOCK = EngineLock("sqlite://")


def never(is_stopping: Callable[[], bool]) -> bool:
    pytest.fail("it is the engine all the time")


class Played:
    """A pipeline that asks whether to stop so many times."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.closed = False

    def run(
        self,
        is_stopping: Callable[[], bool],
        pause: Callable[[float], object],
        told: Callable[[Outcome], None],
    ) -> None:
        if self.error is not None:
            raise self.error
        while not is_stopping():
            told(Outcome(events=1))

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("error", [None, OSError("the store is gone")])
def test_companions_end_with_the_run_also_when_it_fails(
    error: Exception | None, tmp_path: Path, note: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = companion(tmp_path, monkeypatch, WAITS)
    played = Played(error)
    stopping = Stopping()
    told: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        told.append(outcome)
        stopping.stop()

    if error is None:
        run(cast(Pipeline, played), [one], stopping, tell, LOCK, never)
        assert len(told) == 1
    else:
        with pytest.raises(OSError, match="gone"):
            run(cast(Pipeline, played), [one], stopping, tell, LOCK, never)
    assert played.closed
    assert one._process is None


@pytest.mark.parametrize("error", [LockLostError("gone"), SupersededError("another")])
@pytest.mark.parametrize("goes_on", [True, False])
def test_who_is_no_longer_the_engine_waits_for_its_turn(error: Exception, goes_on: bool) -> None:
    played = Played(error)
    stopping = Stopping()
    happened: list[str] = []

    def again(is_stopping: Callable[[], bool]) -> bool:
        assert not is_stopping()
        assert not played.closed
        happened.append("waited")
        played.error = None
        return goes_on

    def tell(outcome: Outcome) -> None:
        happened.append("went on")
        stopping.stop()

    run(cast(Pipeline, played), [], stopping, tell, LOCK, again)
    assert happened == (["waited", "went on"] if goes_on else ["waited"])
    assert played.closed


def test_the_lock_is_looked_at_before_every_batch(tmp_path: Path) -> None:
    lock = EngineLock(f"sqlite:///{tmp_path / 'vigie.db'}")
    lock.take()
    batches: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        batches.append(outcome)
        if len(batches) == 3:
            (tmp_path / "vigie.db.lock").unlink()

    run(cast(Pipeline, Played()), [], Stopping(), tell, lock, lambda _: False)
    assert len(batches) == 3
    lock.release()
