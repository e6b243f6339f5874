"""What a source's weeks say of its silence: call centres sleep at night, and on Sundays."""

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.health.hours import NOTHING_MISSED, WEEKS, Hours, decode

MONDAY = 1_790_553_600_000
"""2026-09-28 00:00 UTC, a Monday."""


def office(at: int) -> bool:
    """Monday to Saturday, 8 to 20 o'clock."""
    return (at - MONDAY) // DAY % 7 != 6 and 8 <= at // HOUR % 24 < 20


def always(_at: int) -> bool:
    return True


def hourly(at: int) -> bool:
    return at % HOUR == 0


def watched(
    speaks: Callable[[int], bool], weeks: float, hours: Hours | None = None, start: int = MONDAY
) -> tuple[Hours, int]:
    """The hours of a source, and when the last of these weeks ends."""
    kept = Hours() if hours is None else hours
    end = start + round(weeks * 7 * DAY)
    for at in range(start, end, MINUTE):
        if speaks(at):
            kept.take(at)
        elif at % (5 * MINUTE) == 0:
            kept.pass_time(at)
    return kept, end


def silent(hours: Hours, since: int, until: int) -> bool:
    missed = hours.missed(since, until)
    return missed.minutes >= 15 or missed.hours >= 3


def test_monday_morning_is_noticed_and_the_sunday_before_is_not() -> None:
    hours, monday = watched(office, 3)
    closed = monday - 28 * HOUR
    assert office(closed - 1)
    assert not office(closed)
    for until in range(closed, monday + 8 * HOUR, HOUR):
        assert hours.missed(closed, until) == NOTHING_MISSED
    # The hour at which they begin is not relied on: shifts move, and so do clocks.
    assert not silent(hours, closed, monday + 9 * HOUR)
    assert silent(hours, closed, monday + 9 * HOUR + 15 * MINUTE)


def test_in_the_middle_of_the_day_a_quarter_of_an_hour_is_enough() -> None:
    hours, monday = watched(office, 3)
    noon = monday + 12 * HOUR
    assert not silent(hours, noon, noon + 14 * MINUTE)
    assert silent(hours, noon, noon + 16 * MINUTE)


def test_nothing_is_said_before_the_week_is_known() -> None:
    hours, monday = watched(office, 1)
    assert not silent(hours, monday + 9 * HOUR, monday + 15 * HOUR)


def test_who_never_rests_is_known_after_a_week() -> None:
    hours, end = watched(always, 1.01)
    assert silent(hours, end, end + 20 * MINUTE)


def test_who_speaks_once_an_hour_is_missed_after_some_hours() -> None:
    hours, end = watched(hourly, 3)
    assert not silent(hours, end - 59 * MINUTE, end + HOUR)
    assert silent(hours, end, end + 3 * HOUR)


def test_one_holiday_does_not_teach_that_silence_is_usual() -> None:
    hours, end = watched(office, 2)
    _, end = watched(lambda at: False, 1, hours, end)
    _, end = watched(office, 1, hours, end)
    noon = end + 12 * HOUR
    assert silent(hours, noon, noon + 20 * MINUTE)


def test_two_weeks_of_holidays_do() -> None:
    hours, end = watched(office, 2)
    _, end = watched(lambda at: False, 2, hours, end)
    noon = end + 12 * HOUR
    assert not silent(hours, noon, noon + 3 * HOUR)


def test_while_we_were_away_nothing_is_learned() -> None:
    hours, end = watched(office, 3)
    back = end + 5 * DAY
    hours.pass_time(back)
    following, _ = watched(office, 1, hours, back)
    noon = end + 7 * DAY + 12 * HOUR
    assert silent(following, noon, noon + 20 * MINUTE)


@pytest.mark.parametrize("leap", [-DAY, -365 * DAY, 365 * DAY, 40 * DAY])
def test_a_clock_that_was_set_wrongly_and_put_right_has_taught_nothing(leap: int) -> None:
    hours, end = watched(office, 3)
    for minute in range(10):
        hours.take(end + leap + minute * MINUTE)
        assert not silent(hours, end, end + leap + minute * MINUTE)
    hours.pass_time(end + 20 * MINUTE)
    noon = end + 12 * HOUR
    hours.pass_time(noon)
    assert silent(hours, noon, noon + 20 * MINUTE)


def test_a_clock_that_was_set_for_good_is_believed_after_an_hour() -> None:
    hours, end = watched(always, 3)
    later = end + 300 * DAY
    _, end = watched(always, 2.2, hours, later)
    assert silent(hours, end, end + 20 * MINUTE)


def test_it_is_kept_as_it_was() -> None:
    hours, _ = watched(office, 0.3)
    assert decode(msgspec.msgpack.encode(hours)) == hours
    assert decode(None) == Hours()
    assert len(msgspec.msgpack.encode(hours)) < 1_000


@given(st.binary(max_size=40))
def test_what_cannot_be_read_begins_afresh(kept: bytes) -> None:
    assert len(decode(kept).ring) == 7 * 24 * WEEKS


def test_a_ring_of_another_length_begins_afresh() -> None:
    short = Hours(ring=bytearray(3))
    assert decode(msgspec.msgpack.encode(short)) == Hours()


@given(
    st.lists(st.tuples(st.integers(-(10**12), 10**12), st.booleans()), min_size=1, max_size=60),
    st.integers(0, 30 * DAY),
)
def test_whatever_the_clock_does_it_stays_bounded(
    moves: list[tuple[int, bool]], quiet: int
) -> None:
    hours, at = Hours(), MONDAY
    for move, speaks in moves:
        at = max(0, at + move)
        if speaks:
            hours.take(at)
        else:
            hours.pass_time(at)
        missed = hours.missed(at, at + quiet)
        assert 0 <= missed.minutes <= 14 * 24 * 60
    assert len(hours.ring) == 7 * 24 * WEEKS
