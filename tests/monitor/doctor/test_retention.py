"""Retention that waits, or that does not come to its end under a running engine, is told."""

from pathlib import Path

import msgspec

from detectors.core.event import DAY, HOUR
from monitor.clock import now_ms
from monitor.doctor.check import Check
from monitor.doctor.retention import look
from monitor.retention.noted import NOTE, Noted
from monitor.retention.reckoning import Reckoning
from tests.monitor.doctor.engines import alive, looked, made, settings_of


def noted(folder: Path, told: Noted, *, running: bool = True) -> Check:
    settings = settings_of(folder)
    if running:
        alive(settings)
    made(settings, **{NOTE: msgspec.msgpack.encode(told)})
    return looked(look, settings)["retention"]


def test_before_an_engine_ran_nothing_was_due(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    assert looked(look, settings) == {}
    made(settings)
    check = looked(look, settings)["retention"]
    assert check.good
    assert "events 90 days, whole 30" in check.seen


def test_when_it_last_ended_is_told(tmp_path: Path) -> None:
    now = now_ms()
    check = noted(tmp_path, Noted(Reckoning(now), now - 9 * DAY, now - HOUR))
    assert (check.good, check.noted) == (True, False)


def test_one_that_waits_is_worth_a_note(tmp_path: Path) -> None:
    now = now_ms()
    check = noted(tmp_path, Noted(Reckoning(now - 100 * DAY, now, now), now - DAY, now))
    assert (check.good, check.noted) == (True, True)
    assert "100 more days" in check.seen
    assert "--confirm" in check.remedy


def test_one_that_never_ends_is_not_in_order(tmp_path: Path) -> None:
    now = now_ms()
    late = Noted(Reckoning(now), now - 9 * DAY, now - 2 * DAY)
    assert not noted(tmp_path, late).good
    assert noted(tmp_path, Noted(Reckoning(now), now - HOUR, 0)).good


def test_without_an_engine_nobody_is_late(tmp_path: Path) -> None:
    now = now_ms()
    late = Noted(Reckoning(now), now - 9 * DAY, now - 2 * DAY)
    assert noted(tmp_path, late, running=False).good
