"""A hand goes on through a database's troubles, and through bugs, and tells of them."""

import threading

import pytest
from sqlalchemy.exc import OperationalError

from monitor.responding.duty import Duty
from monitor.responding.hand import Hand


class Steps(Duty):
    """A duty that does what it is given, step by step, and then nothing."""

    def __init__(self, *results: bool | Exception) -> None:
        self.results = list(results)
        self.done = threading.Event()
        self.is_closed = False

    def step(self) -> bool:
        if not self.results:
            self.done.set()
            return False
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    def close(self) -> None:
        self.is_closed = True


def away() -> OperationalError:
    return OperationalError("select", None, Exception("no server listens there"))


def test_what_is_to_be_done_is_done_and_then_it_rests() -> None:
    duty = Steps(True, True, False)
    hand = Hand("duty", duty, idle=0.001)
    hand.start()
    assert duty.done.wait(240)
    hand.end()
    assert hand.join(240)
    assert duty.is_closed


def test_it_lets_others_write_for_as_long_as_its_duty_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seconds = iter((0.0, 0.3, 1.0, 5.0, 6.0, 6.1))
    monkeypatch.setattr("monitor.clock.monotonic", lambda: next(seconds))
    duty = Steps(True, True, False)
    hand = Hand("duty", duty, idle=0.5)
    duty.courtesy = 1.0
    assert hand._step() == 0.3
    assert hand._step() == 0.5, "but not for longer than when there is nothing to do"
    assert hand._step() == 0.5


def test_a_database_that_is_away_is_told_once_and_waited_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    duty = Steps(away(), away(), True)
    hand = Hand("following", duty, idle=0.001)
    hand.start()
    assert duty.done.wait(240)
    hand.end()
    assert hand.join(240)
    assert caplog.text.count("following waits") == 1
    assert hand.trouble is None


def test_another_error_is_told_as_ours_and_the_duty_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A process that ended over it would be started again and again, and do nothing else."""
    hand = Hand("following", Steps(ZeroDivisionError("a bug"), False), idle=0.001)
    assert hand._step() > 0
    assert "an error of ours (ZeroDivisionError)" in (hand.complaint or "")
    assert "following met an error of ours" in caplog.text
    hand._step()
    assert hand.complaint is None


def test_what_a_duty_put_aside_is_told_while_it_goes_on() -> None:
    duty = Steps(True)
    hand = Hand("duty", duty, idle=0.001)
    duty.complaint = lambda: "one thing is aside"  # type: ignore[method-assign]
    hand._step()
    assert hand.complaint == "one thing is aside"
