"""Months: whole, one after the other; people are written to in their own morning."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import DAY
from monitor.hygiene.month import days_of, is_morning, month_of, named

OCTOBER = month_of(int(datetime(2026, 10, 31, 23, 59, tzinfo=UTC).timestamp() * 1_000))


def at(day: int, hour: int) -> int:
    """A time of November 2026."""
    return int(datetime(2026, 11, day, hour, tzinfo=UTC).timestamp() * 1_000)


@given(st.integers(0, 20_000))
def test_every_day_is_in_one_month(day: int) -> None:
    month = month_of(day * DAY)
    assert day in days_of(month)
    assert days_of(month).stop == days_of(month + 1).start


def test_its_name() -> None:
    assert named(OCTOBER, "en") == "October 2026"
    assert named(OCTOBER, "fr") == "octobre 2026"


@pytest.mark.parametrize(
    ("zone", "day", "hour", "begun"),
    [
        ("", 1, 7, False),
        ("", 1, 8, True),
        ("Europe/Paris", 1, 7, True),
        ("America/Los_Angeles", 1, 15, False),
        ("America/Los_Angeles", 1, 16, True),
        ("nowhere", 1, 8, True),
        ("", 9, 3, True),
    ],
)
def test_nobody_is_written_to_at_night(zone: str, day: int, hour: int, begun: bool) -> None:
    assert is_morning(OCTOBER + 1, at(day, hour), zone) is begun
