"""The sampler: the time goes to the part whose code runs, and none of it is lost."""

import sys
import time

import pytest

from benchmarks import sampling
from benchmarks.sampling import Sampler, part_of


def _busy(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_time_is_charged_to_the_part_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sampling, "PARTS", ((__name__, "this"),))
    sampler = Sampler()
    began = time.perf_counter()
    sampler.start()
    started = time.perf_counter()
    _busy(0.05)
    ended = time.perf_counter()
    spent = sampler.stop()
    assert spent["this"] > 0.04
    # However long this machine does something else before and after.
    assert ended - started <= sum(spent.values()) <= time.perf_counter() - began


def test_a_frame_belongs_to_its_innermost_known_module(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = sys._getframe()
    monkeypatch.setattr(sampling, "PARTS", ((__name__, "this"), ("_pytest", "runner")))
    assert part_of(frame) == "this"
    monkeypatch.setattr(sampling, "PARTS", (("_pytest", "runner"),))
    assert part_of(frame) == "runner"
    monkeypatch.setattr(sampling, "PARTS", ())
    assert part_of(frame) == "other"
    assert part_of(None) == "other"
