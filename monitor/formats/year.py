"""The year of stamps that have none, from where in the calendar a log's lines lie."""

from bisect import bisect_left
from calendar import isleap
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from msgspec import Struct

from detectors.core.event import DAY
from monitor.formats.stamp import LAST

_A_LEAP_YEAR = 2000
_CIRCLE = 366


class LatestBefore(Struct, frozen=True):
    """For live files: the latest year in which the day is not after `reference_ms` + 1 day.

    `reference_ms` is the file's time of modification, or now, in ms since 1970 UTC. Called with
    (month, day); 29 February gets a leap year. A day that no calendar has gets the reference's
    year, for the reader of the stamp to reject.
    """

    reference_ms: int

    def year_of(self, month: int, day: int) -> int:
        """The year of a stamp of this month and day."""
        return _latest(month, day, _last_day(self.reference_ms))

    __call__ = year_of


class YearInference(Struct, frozen=True):
    """For replay: one start in the calendar for a whole log, whatever order its lines come in.

    The log starts at `start` (a place in the circle of days), `first_year` is the year of the
    days from there to New Year's Eve and `second_year` that of the days after it. Called with
    (month, day).
    """

    start: int
    first_year: int
    second_year: int

    @classmethod
    def from_days(cls, days: Iterable[tuple[int, int]], now_ms: int) -> "YearInference":
        """Infer from all the (month, day)s that a log has.

        The log begins after the longest gap in the circle of the year; its years are the latest
        for which it ends by `now_ms` + 1 day and every 29 February in it is in a leap year. With
        several gaps as long, the one that lets it end last. Without any day, as `LatestBefore`.
        """
        places = sorted({p for p in (_place(*day) for day in days) if p is not None})
        last = _last_day(now_ms)
        if not places:
            places = [_place(last.month, last.day) or 0]
        found = [_spanning(places, i, last) for i in _gaps(places)]
        return max(found, key=lambda one: (one[0].second_year, one[1]))[0]

    def year_of(self, month: int, day: int) -> int:
        """The year of a stamp of this month and day."""
        place = _place(month, day)
        year = self.second_year if place is not None and place < self.start else self.first_year
        return _leap_from(year) if (month, day) == (2, 29) else year

    __call__ = year_of


def _place(month: int, day: int) -> int | None:
    try:
        return date(_A_LEAP_YEAR, month, day).timetuple().tm_yday - 1
    except ValueError:
        return None


def _last_day(reference_ms: int) -> date:
    # Whoever writes a file can give it any time of modification.
    last = min(max(0, reference_ms), LAST - DAY) + DAY
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=last)).date()


def _latest(month: int, day: int, last: date) -> int:
    if _place(month, day) is None:
        return last.year
    year = last.year if (month, day) <= (last.month, last.day) else last.year - 1
    return _leap_from(year) if (month, day) == (2, 29) else year


def _leap_from(year: int) -> int:
    while not isleap(year):
        year -= 1
    return year


def _gaps(places: list[int]) -> list[int]:
    # Index i: the log starts at places[i], after the gap behind it.
    lengths = [(places[i] - places[i - 1] - 1) % _CIRCLE for i in range(len(places))]
    longest = max(lengths)
    return [i for i, length in enumerate(lengths) if length == longest]


def _spanning(places: list[int], index: int, last: date) -> tuple[YearInference, int]:
    start, end = places[index], places[index - 1]
    final = date(_A_LEAP_YEAR, 1, 1) + timedelta(days=end)
    second = _latest(final.month, final.day, last)
    wraps = start > end
    leap_day = _place(2, 29)
    if leap_day is not None and _holds(places, leap_day):
        while not isleap(second - 1 if wraps and leap_day >= start else second):
            second -= 1
    return YearInference(start, second - 1 if wraps else second, second), end


def _holds(places: list[int], place: int) -> bool:
    found = bisect_left(places, place)
    return found < len(places) and places[found] == place
