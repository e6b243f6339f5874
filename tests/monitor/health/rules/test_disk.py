"""A disk that is nearly full is told before it is."""

from monitor.health.rule import Running
from monitor.health.rules.disk import DISK, ENOUGH, LEAST_FREE, judge

NOBODY: frozenset[str] = frozenset()


def test_it_stands_below_a_gibibyte_and_until_there_is_more() -> None:
    running = Running(begun=0, free=LEAST_FREE - 1)
    assert judge(running, 0, NOBODY)[DISK].facts == {"free": 1023}
    running.free = LEAST_FREE
    assert judge(running, 0, NOBODY)[DISK].stands is False
    assert judge(running, 0, frozenset((DISK,)))[DISK].stands is True
    running.free = ENOUGH
    assert judge(running, 0, frozenset((DISK,)))[DISK].stands is False


def test_where_it_cannot_be_seen_nothing_is_said() -> None:
    assert judge(Running(begun=0), 0, frozenset((DISK,)))[DISK].stands is None
