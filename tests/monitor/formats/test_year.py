"""Years of stamps without one: whole logs for replay, single stamps for live files."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import DAY
from monitor.formats.year import LatestBefore, YearInference


def ms(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp()) * 1_000


def days(start: date, count: int) -> list[date]:
    return [start + timedelta(days=n) for n in range(count)]


@given(
    start=st.dates(date(1971, 1, 1), date(2090, 1, 1)),
    count=st.integers(1, 300),
    later=st.integers(0, 60),
    order=st.randoms(use_true_random=False),
)
def test_a_log_that_ended_lately_gets_its_own_years(
    start: date, count: int, later: int, order: object
) -> None:
    log = days(start, count)
    now = ms(log[-1].year, log[-1].month, log[-1].day) + later * DAY
    seen = [(day.month, day.day) for day in log]
    inferred = YearInference.from_days(seen, now)
    assert [inferred.year_of(*day) for day in seen] == [day.year for day in log]
    assert YearInference.from_days(reversed(seen), now) == inferred
    assert YearInference.from_days(seen * 2, now) == inferred


def test_a_log_over_new_year() -> None:
    year_of = YearInference.from_days([(1, 1), (12, 31), (1, 2), (12, 30)], ms(2024, 6, 1))
    assert [year_of(12, 30), year_of(12, 31), year_of(1, 1)] == [2023, 2023, 2024]


def test_the_end_may_lie_one_day_ahead_and_not_two() -> None:
    log = [(6, 1), (6, 2)]
    assert YearInference.from_days(log, ms(2024, 6, 1)).year_of(6, 2) == 2024
    assert YearInference.from_days(log, ms(2024, 5, 31)).year_of(6, 2) == 2023


@pytest.mark.parametrize(
    ("log", "years"),
    [
        ([(2, 28), (2, 29), (3, 1)], [2024, 2024, 2024]),
        ([(12, 31), (1, 1), (2, 29)], [2023, 2024, 2024]),
    ],
)
def test_29_february_is_in_a_leap_year(log: list[tuple[int, int]], years: list[int]) -> None:
    inferred = YearInference.from_days(log, ms(2026, 7, 1))
    assert [inferred.year_of(*day) for day in log] == years


def test_29_february_can_be_in_the_first_of_two_years() -> None:
    log = days(date(2024, 2, 29), 330)[::10]
    inferred = YearInference.from_days([(d.month, d.day) for d in log], ms(2026, 7, 1))
    assert [inferred.year_of(d.month, d.day) for d in log] == [d.year for d in log]


def test_no_day_and_no_such_day() -> None:
    empty = YearInference.from_days([], ms(2024, 6, 1))
    assert empty.year_of(6, 1) == 2024
    assert YearInference.from_days([(2, 30), (13, 1)], ms(2024, 6, 1)) == empty
    assert isinstance(empty.year_of(99, 99), int)


def test_a_whole_year_ends_as_late_as_it_can() -> None:
    log = [(day.month, day.day) for day in days(date(2024, 1, 1), 366)]
    inferred = YearInference.from_days(log, ms(2025, 3, 10))
    assert inferred.year_of(2, 29) == 2024
    assert {inferred.year_of(*day) for day in log} <= {2024, 2025}


@given(st.dates(date(1971, 1, 1), date(2090, 1, 1)), st.integers(0, 364))
def test_live_stamps_are_the_latest_before_their_reference(day: date, later: int) -> None:
    reference = ms(day.year, day.month, day.day) + later * DAY
    if (day.month, day.day) == (2, 29) or later < 363:
        assert LatestBefore(reference)(day.month, day.day) == day.year


def test_live_stamps_one_day_ahead() -> None:
    assert LatestBefore(ms(2023, 12, 31) + 1).year_of(1, 1) == 2024
    assert LatestBefore(ms(2023, 12, 30)).year_of(1, 1) == 2023
    assert LatestBefore(ms(2026, 7, 1)).year_of(2, 29) == 2024
    assert isinstance(LatestBefore(0).year_of(13, 40), int)


@pytest.mark.parametrize(
    ("reference", "year"), [(-(10**15), 1969), (253_402_300_799_999, 9999), (10**18, 9999)]
)
def test_a_file_may_claim_to_be_of_any_time(reference: int, year: int) -> None:
    # `touch` by whoever writes the log must not end the engine.
    assert LatestBefore(reference).year_of(5, 4) == year
