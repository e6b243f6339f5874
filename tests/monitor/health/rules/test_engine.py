"""An engine that comes to no end, and detectors that fail."""

from detectors.core.event import DAY, MINUTE
from monitor.health.rule import ENGINE, Running, detector_subject
from monitor.health.rules.engine import BEHIND_AFTER, REMEMBERED, judge_behind, judge_failing

NOW = 1_800_000_000_000
NOBODY: frozenset[str] = frozenset()


def test_it_is_behind_once_it_was_there_and_is_no_more() -> None:
    running = Running(begun=NOW - DAY, caught_up=NOW - BEHIND_AFTER - 1)
    assert judge_behind(running, NOW, NOBODY)[ENGINE].facts == {"behind": BEHIND_AFTER + 1}
    running.caught_up = NOW
    assert judge_behind(running, NOW, frozenset((ENGINE,)))[ENGINE].stands is False


def test_a_first_history_is_no_being_behind() -> None:
    running = Running(begun=NOW - DAY)
    assert judge_behind(running, NOW, NOBODY)[ENGINE].stands is False


def test_after_a_stop_it_is_given_time() -> None:
    running = Running(begun=NOW, caught_up=NOW - DAY)
    assert judge_behind(running, NOW + MINUTE, NOBODY)[ENGINE].stands is False
    assert judge_behind(running, NOW + MINUTE, frozenset((ENGINE,)))[ENGINE].stands is None
    assert judge_behind(running, NOW + BEHIND_AFTER + 1, NOBODY)[ENGINE].stands is True


def test_a_failure_stands_for_a_day() -> None:
    subject = detector_subject("brute_force")
    running = Running(begun=NOW, failed={"brute_force": (NOW, "KeyError: 1")})
    assert judge_failing(running, NOW, NOBODY)[subject].facts == {"error": "KeyError: 1"}
    later = judge_failing(running, NOW + REMEMBERED, frozenset((subject,)))
    assert later[subject].stands is False


def test_a_failure_before_a_restart_is_not_forgotten_at_once() -> None:
    subject = detector_subject("brute_force")
    running = Running(begun=NOW)
    assert judge_failing(running, NOW + MINUTE, frozenset((subject,)))[subject].stands is None
    assert judge_failing(running, NOW + DAY, frozenset((subject,)))[subject].stands is False
