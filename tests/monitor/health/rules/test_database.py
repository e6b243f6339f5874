"""A database that was away is told of for a while."""

from detectors.core.event import MINUTE
from monitor.health.rule import ENGINE, Outage, Running
from monitor.health.rules.database import TOLD, judge

NOW = 1_800_000_000_000


def test_it_is_told_for_a_while_after_it_is_back() -> None:
    running = Running(begun=0, outage=Outage(NOW - MINUTE, NOW, "the server is gone"))
    facts = {"away": MINUTE, "reason": "the server is gone"}
    assert judge(running, NOW, frozenset())[ENGINE].facts == facts
    assert judge(running, NOW + TOLD, frozenset((ENGINE,)))[ENGINE].stands is False


def test_a_clock_that_was_set_back_does_not_keep_it() -> None:
    running = Running(begun=0, outage=Outage(NOW - MINUTE, NOW, "gone"))
    assert judge(running, NOW - 1, frozenset((ENGINE,)))[ENGINE].stands is False
