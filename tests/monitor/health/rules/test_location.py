"""Location data is called old from the day that the settings name."""

from detectors.core.event import DAY
from monitor.health.rule import Located, Running
from monitor.health.rules.location import LOCATION, judge

NOW = 1_800_000_000_000
NOBODY: frozenset[str] = frozenset()


def test_it_stands_from_that_day_on_and_until_a_newer_one_is_in_use() -> None:
    running = Running(begun=NOW, located=Located(NOW - 44 * DAY, 45))
    assert judge(running, NOW, NOBODY)[LOCATION].stands is False
    assert judge(running, NOW + DAY, NOBODY)[LOCATION].facts == {"days": 45}
    running.located = Located(NOW, 45)
    assert judge(running, NOW + DAY, frozenset((LOCATION,)))[LOCATION].stands is False


def test_where_its_age_is_not_known_nothing_is_said() -> None:
    assert judge(Running(begun=NOW), NOW, frozenset((LOCATION,)))[LOCATION].stands is None
