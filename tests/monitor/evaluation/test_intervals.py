"""Intervals: as wide as they must be, and the same every time."""

import pytest

from monitor.evaluation.intervals import of_values, quantile, rate, share


def test_wilson_s_interval_is_as_published() -> None:
    # 15 of 20, as in many textbooks: 0.531 to 0.888.
    found = share(15, 20)
    assert (found.value, round(found.low, 3), round(found.high, 3)) == (0.75, 0.531, 0.888)


@pytest.mark.parametrize(("found", "total"), [(0, 5), (5, 5), (1, 1), (0, 1_000_000)])
def test_a_share_is_within_its_interval(found: int, total: int) -> None:
    one = share(found, total)
    assert one.value is not None
    assert 0 <= one.low <= one.value <= one.high <= 1
    assert one.high > one.low


def test_of_nothing_it_may_be_anything() -> None:
    assert share(0, 0) == share(0, 0)
    assert (share(0, 0).value, share(0, 0).low, share(0, 0).high) == (None, 0.0, 1.0)


def test_quantiles_lie_between_neighbours() -> None:
    assert quantile([1.0, 2.0, 4.0], 0.5) == 2.0
    assert quantile([1.0, 2.0], 0.25) == 1.25


def test_a_median_has_its_interval_and_the_same_every_time() -> None:
    values = [float(n) for n in range(101)]
    found = of_values(values, 0.5)
    assert found.value == 50
    assert found.low is not None
    assert found.high is not None
    assert 35 < found.low < 50 < found.high < 65
    assert of_values(values, 0.5) == found


def test_too_few_values_have_no_interval() -> None:
    assert of_values([3.0], 0.5).low is None
    assert of_values([], 0.5).value is None


def test_a_rate_over_cases() -> None:
    found = rate([(0, 90), (1, 8), (3, 2)], 1_000)
    assert found.value == 140.0
    assert found.low is not None
    assert found.high is not None
    assert found.low < 140 < found.high


def test_no_event_at_all_is_no_certainty() -> None:
    found = rate([(0, 1_000)], 1_000)
    assert (found.value, found.low, found.high) == (0.0, 0.0, 3.0)
    assert rate([], 1).value is None
