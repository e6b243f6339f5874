"""The demonstration's log: its history at once, then lines as they fall due, until it is over."""

import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from monitor import clock
from monitor.simulation.demonstration import Demonstration
from monitor.simulation.staging import Ending, stage

NOW = 1_790_000_000_000


@pytest.fixture(scope="module")
def demonstration() -> Demonstration:
    return Demonstration(NOW, 5, 25)


@pytest.fixture
def held() -> tuple[int, int]:
    return os.pipe()


class Ends(Ending):
    """Over after being asked so many times."""

    def __init__(self, times: int) -> None:
        self.times = times

    def __call__(self, seconds: float) -> bool:
        self.times -= 1
        return self.times < 0


def times(log: Path) -> list[int]:
    return [msgspec.json.decode(line)["time"] for line in log.read_bytes().splitlines()]


def test_the_history_comes_whole_and_then_what_is_due(
    demonstration: Demonstration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    monkeypatch.setattr(clock, "now_ms", lambda: NOW + 30_000)
    stage(log, demonstration, is_over=Ends(1_000))
    written = times(log)
    history = [record.line for record in demonstration.history()]
    assert log.read_bytes().splitlines()[: len(history)] == history
    live = written[len(history) :]
    assert live == sorted(live)
    assert len(live) > 20
    assert min(live) >= NOW
    assert max(live) <= NOW + 30_000


def test_it_ends_also_within_the_history(demonstration: Demonstration, tmp_path: Path) -> None:
    log = tmp_path / "log"
    stage(log, demonstration, is_over=Ends(0))
    assert 0 < len(times(log)) <= 2_000


def test_it_is_over_when_the_pipe_is_closed(held: tuple[int, int]) -> None:
    reading, writing = held
    with os.fdopen(reading, "rb", buffering=0) as opened:
        is_over = Ending(opened)
        assert not is_over(0)
        os.write(writing, b"x")
        assert not is_over(0)
        os.close(writing)
        assert is_over(10)


def test_as_a_program_it_ends_with_its_standard_input(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-m", "monitor.simulation.staging", str(log), "--accounts", "20"]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(240) == 0
    assert len(times(log)) > 100
