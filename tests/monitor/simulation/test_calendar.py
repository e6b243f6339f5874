"""Local hours, checked against the system's own tables where they say the same."""

from datetime import UTC, datetime

import pytest

from detectors.core.event import DAY, HOUR
from monitor.simulation.calendar import day_of, local, offset, weekday


def ms(*when: int) -> int:
    year, month, day, hour = (*when, 0)[:4]
    return round(datetime(year, month, day, hour, tzinfo=UTC).timestamp() * 1000)


@pytest.mark.parametrize(
    ("year", "month", "day", "hour", "hours"),
    [
        (2025, 1, 15, 12, 1),
        (2025, 3, 30, 0, 1),
        (2025, 3, 30, 1, 2),
        (2025, 7, 1, 0, 2),
        (2025, 10, 26, 0, 2),
        (2025, 10, 26, 1, 1),
        (2026, 3, 29, 1, 2),
    ],
)
def test_summer_time_begins_and_ends_at_one_utc(
    year: int, month: int, day: int, hour: int, hours: int
) -> None:
    assert offset("Europe/Paris", ms(year, month, day, hour)) == hours * HOUR


def test_africa_keeps_its_time() -> None:
    assert offset("Africa/Tunis", ms(2025, 7, 1)) == HOUR
    assert offset("Indian/Antananarivo", ms(2025, 1, 1)) == 3 * HOUR


def test_days_of_the_week() -> None:
    assert weekday(day_of(ms(2026, 11, 23))) == 0
    assert weekday(day_of(ms(2026, 11, 22))) == 6


def test_local_minutes_count_from_local_midnight() -> None:
    day = day_of(ms(2025, 7, 1))
    assert local("Europe/Paris", day, 0) == day * DAY - 2 * HOUR
    assert local("Africa/Dakar", day, 90) == day * DAY + 90 * 60_000
    assert local("Africa/Dakar", day, -30) == day * DAY - 30 * 60_000
