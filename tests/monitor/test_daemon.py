"""The daemon: stops when told, reads anew when asked, and is the engine only while it may be."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from monitor import clock
from monitor.daemon import Stopping, run, stopped_by_signals
from monitor.engine import Outcome, SupersededError
from monitor.pipeline import Pipeline
from monitor.store.lock import EngineLock, LockLostError


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


def test_a_hangup_asks_to_read_anew_and_stops_nothing() -> None:
    stopping = Stopping()
    with stopped_by_signals(stopping):
        assert not stopping.take_reload()
        os.kill(os.getpid(), signal.SIGHUP)
        assert stopping.take_reload()
        assert not stopping.take_reload(), "once for each time it was asked"
        assert not stopping()


LOCK = EngineLock("sqlite://")


def never() -> bool:
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
def test_sources_are_closed_with_the_run_also_when_it_fails(error: Exception | None) -> None:
    played = Played(error)
    stopping = Stopping()
    told: list[Outcome] = []

    def tell(outcome: Outcome) -> None:
        told.append(outcome)
        stopping.stop()

    if error is None:
        run(cast(Pipeline, played), stopping, stopping.pause, tell, LOCK, never)
        assert len(told) == 1
    else:
        with pytest.raises(OSError, match="gone"):
            run(cast(Pipeline, played), stopping, stopping.pause, tell, LOCK, never)
    assert played.closed


@pytest.mark.parametrize("error", [LockLostError("gone"), SupersededError("another")])
@pytest.mark.parametrize("goes_on", [True, False])
def test_who_is_no_longer_the_engine_waits_for_its_turn(error: Exception, goes_on: bool) -> None:
    played = Played(error)
    stopping = Stopping()
    happened: list[str] = []

    def again() -> bool:
        assert not played.closed
        happened.append("waited")
        played.error = None
        return goes_on

    def tell(outcome: Outcome) -> None:
        happened.append("went on")
        stopping.stop()

    run(cast(Pipeline, played), stopping, stopping.pause, tell, LOCK, again)
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

    stopping = Stopping()
    run(cast(Pipeline, Played()), stopping, stopping.pause, tell, lock, lambda: False)
    assert len(batches) == 3
    lock.release()
