"""A clock is judged by what comes live, not by a backlog that is caught up on."""

import pytest

from detectors.core.event import HOUR, MINUTE, SECOND
from monitor.health.rules.drift import AHEAD, LEAST, judge_ahead, judge_behind
from monitor.health.seen import Expected, Lag, Seen

NOW = 1_800_000_000_000


def seen_with(*lags: int, every: int = 3 * MINUTE, allowed: int = 10 * MINUTE) -> Seen:
    seen = Seen(NOW, Expected(lag_allowed=allowed))
    seen.lags.extend(Lag(NOW + n * every, lag) for n, lag in enumerate(lags))
    return seen


def test_events_from_the_future_are_of_a_clock_ahead() -> None:
    seen = seen_with(*[-3 * MINUTE] * 5)
    found = judge_ahead(seen, NOW, False)
    assert found.stands
    assert found.facts == {"ahead": 3 * MINUTE}
    assert judge_behind(seen, NOW, False).stands is False


def test_one_stray_stamp_is_not() -> None:
    seen = seen_with(0, 0, -HOUR, 0, 0, -HOUR, 0)
    assert judge_ahead(seen, NOW, False).stands is False


def test_it_is_over_only_when_it_is_well_again() -> None:
    assert judge_ahead(seen_with(*[-AHEAD] * LEAST), NOW, True).stands is None
    assert judge_ahead(seen_with(*[-AHEAD] * LEAST), NOW, False).stands is False
    assert judge_ahead(seen_with(*[-SECOND] * LEAST), NOW, True).stands is False


def test_a_zone_that_is_wrong_is_a_clock_behind() -> None:
    found = judge_behind(seen_with(*[2 * HOUR + n * SECOND for n in range(15)]), NOW, False)
    assert found.stands
    assert found.facts == {"behind": 2 * HOUR + 7 * SECOND}


@pytest.mark.parametrize("every", [5 * SECOND, 5 * MINUTE])
def test_a_backlog_that_is_sent_is_none(every: int) -> None:
    falling = [8 * HOUR - n * HOUR // 2 for n in range(15)]
    assert judge_behind(seen_with(*falling, every=every), NOW, False).stands is not True
    same_at_once = seen_with(*[2 * HOUR] * 15, every=SECOND)
    assert judge_behind(same_at_once, NOW, False).stands is None


def test_what_is_allowed_is_none() -> None:
    slow = [25 * MINUTE] * 15
    assert judge_behind(seen_with(*slow, allowed=30 * MINUTE), NOW, False).stands is False
    assert judge_behind(seen_with(*slow), NOW, False).stands is True


def test_a_few_lines_say_nothing() -> None:
    for judge in (judge_ahead, judge_behind):
        assert judge(seen_with(*[HOUR] * (LEAST - 1)), NOW, True).stands is None
        assert judge(seen_with(), NOW, True).stands is None
