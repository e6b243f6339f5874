"""While a backlog is read, whoever else writes to the same file gets a turn."""

import pytest

from monitor import clock
from monitor.cli.backlog import yielding
from monitor.engine import Outcome

BACKLOG, LIVE = Outcome(events=1_500), Outcome(events=3)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [100.0]
    monkeypatch.setattr(clock, "monotonic", lambda: moment[0])
    return moment


def test_between_long_batches_there_is_a_pause_now_and_then(now: list[float]) -> None:
    told: list[Outcome] = []
    paused: list[float] = []
    tell = yielding(told.append, paused.append)
    for _ in range(6):
        now[0] += 0.3
        tell(BACKLOG)
    assert told == [BACKLOG] * 6
    assert len(paused) == 3
    assert min(paused) > 0.1, "who waits looks ten times a second"


def test_live_lines_are_never_held_up(now: list[float]) -> None:
    paused: list[float] = []
    tell = yielding(lambda _: None, paused.append)
    now[0] += 60
    tell(LIVE)
    assert paused == []
