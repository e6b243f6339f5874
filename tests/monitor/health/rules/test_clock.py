"""Our own clock's leaps are told of, in both directions."""

from detectors.core.event import HOUR
from monitor.health.rule import ENGINE, Leap, Running
from monitor.health.rules.clock import TOLD, judge
from monitor.health.telling import sentence_of

NOW = 1_800_000_000_000
NOBODY: frozenset[str] = frozenset()


def test_a_leap_is_told_for_an_hour() -> None:
    running = Running(begun=0, leap=Leap(NOW, 2 * HOUR))
    found = judge(running, NOW, NOBODY)[ENGINE]
    assert found.stands
    assert sentence_of("clock_leapt", found.facts, "en").startswith("It was set 2 hours forward")
    assert judge(running, NOW + TOLD, NOBODY)[ENGINE].stands is False


def test_so_is_one_back() -> None:
    found = judge(Running(begun=0, leap=Leap(NOW, -2 * HOUR)), NOW, NOBODY)[ENGINE]
    assert sentence_of("clock_leapt", found.facts, "en").startswith("It was set 2 hours back")
    assert "reculée de 2 heures" in sentence_of("clock_leapt", found.facts, "fr")
