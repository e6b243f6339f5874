"""Stamps as milliseconds, and what is no time."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import DAY
from monitor.formats.stamp import (
    LAST,
    OutOfRangeError,
    UnreadableTimeError,
    clock,
    from_number,
    from_text,
    local,
    midnight,
)

T = 1_709_283_600_123
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("number", "time"),
    [
        (T, T),
        (float(T), T),
        (1_709_283_600, 1_709_283_600_000),
        (1_709_283_600.25, 1_709_283_600_250),
        (4_102_444_800, 4_102_444_800_000),
        (4_102_444_800_000, 4_102_444_800_000),
        (0, 0),
        (1, 1),
        (31_535_999_999, 31_535_999_999),
        (LAST, LAST),
    ],
)
def test_numbers(number: float, time: int) -> None:
    assert from_number(number) == time
    assert from_text(repr(number)) == time


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2024-03-01T09:00:00.123Z", T),
        ("2024-03-01T09:00:00.123456789Z", T),
        ("2024-03-01T10:00:00.123+01:00", T),
        ("2024-03-01T10:00:00.123+0100", T),
        ("2024-03-01 09:00:00.123", T),
        ("2024-03-01 09:00:00.123 UTC", T),
        (" 1709283600123 ", T),
        ("1970-01-01T00:00:00Z", 0),
        ("2100-01-01T00:00:00Z", 4_102_444_800_000),
        ("9999-12-31T23:59:59.999Z", LAST),
    ],
)
def test_texts(text: str, time: int) -> None:
    assert from_text(text) == time


@pytest.mark.parametrize("number", [-1, LAST + 1, 10**30, -(10**30), 1e300, float("inf")])
def test_numbers_out_of_range(number: float) -> None:
    with pytest.raises(OutOfRangeError, match=r"before 1970|past year 9999"):
        from_number(number)


@pytest.mark.parametrize(
    "text", ["", " ", "soon", "NaN", "nan", "2024-13-01", "12:00", "2024-03-01T25:00", "9" * 65]
)
def test_texts_that_are_no_time(text: str) -> None:
    with pytest.raises(UnreadableTimeError):
        from_text(text)


def test_a_time_before_1970_is_out_of_range() -> None:
    with pytest.raises(OutOfRangeError):
        from_text("1969-12-31T23:59:59Z")
    with pytest.raises(OutOfRangeError):
        from_text("0001-01-01T00:00:00+14:00")


@given(st.integers(0, 7_258_118_400_000).map(lambda ms: EPOCH + timedelta(milliseconds=ms)))
def test_midnight_and_clock_agree_with_the_calendar(moment: datetime) -> None:
    time = midnight(moment.year, moment.month, moment.day)
    time += clock(moment.hour, moment.minute, moment.second) + moment.microsecond // 1_000
    assert time == (moment - EPOCH) // timedelta(milliseconds=1)


def test_days_and_clocks_that_do_not_exist() -> None:
    for bad in ((2023, 2, 29), (2023, 0, 1), (2023, 13, 1), (0, 1, 1), (10_000, 1, 1)):
        with pytest.raises(UnreadableTimeError, match="no such day"):
            midnight(*bad)
    for bad in ((24, 0, 0), (0, 60, 0), (0, 0, 61)):
        with pytest.raises(UnreadableTimeError, match="no such time"):
            clock(*bad)
    assert clock(23, 59, 60) == DAY


def test_a_zone_is_reckoned_with() -> None:
    paris = ZoneInfo("Europe/Paris")
    assert local(midnight(2024, 3, 1), clock(10, 0, 0), paris) == 1_709_283_600_000
    assert (
        local(midnight(2024, 7, 1), clock(0, 0, 0), paris) == midnight(2024, 6, 30) + 22 * DAY // 24
    )
    assert local(5 * DAY, 7, None) == 5 * DAY + 7
    with pytest.raises(OutOfRangeError):
        local(0, 0, paris)


@pytest.mark.parametrize("zone", ["Europe/Paris", "Pacific/Kiritimati", "America/Anchorage"])
def test_the_last_leap_second_there_is_is_no_time_in_any_zone(zone: str) -> None:
    # A log line can say so, and no line may end the engine.
    with pytest.raises(OutOfRangeError):
        local(midnight(9999, 12, 31), clock(23, 59, 60), ZoneInfo(zone))
