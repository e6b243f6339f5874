"""Local days and hours in the zones of the simulated world, by rule and not by a system's tables.

Winter offsets, and the European Union's summer time (directive 2000/84/EC): from the last Sunday
of March to the last Sunday of October, both at 01:00 UTC.
"""

from datetime import date

from detectors.core.event import DAY, HOUR

_EPOCH = date(1970, 1, 1).toordinal()
_WINTER = {
    "Europe/Paris": 1,
    "Europe/Lisbon": 0,
    "Africa/Tunis": 1,
    "Africa/Casablanca": 1,
    "Africa/Dakar": 0,
    "Indian/Antananarivo": 3,
}
_SUMMER_TIME = frozenset({"Europe/Paris", "Europe/Lisbon"})
_THURSDAY = 3


def day_of(time: int) -> int:
    """The UTC day of a time in ms, counted from 1970-01-01."""
    return time // DAY


def weekday(day: int) -> int:
    """0 (Monday) to 6, of a day counted from 1970-01-01."""
    return (day + _THURSDAY) % 7


def offset(zone: str, time: int) -> int:
    """Milliseconds by which local time is ahead of UTC in a zone, at a time in ms."""
    hours = _WINTER[zone]
    if zone in _SUMMER_TIME and _is_summer(time):
        hours += 1
    return hours * HOUR


def local(zone: str, day: int, minute: float) -> int:
    """The time in ms at which a local day, counted from 1970, is so many minutes old.

    Minutes may be below 0 or above 1440; they count from the midnight of that day.
    """
    midnight = day * DAY - offset(zone, day * DAY)
    return midnight + round(minute * 60_000)


def _is_summer(time: int) -> bool:
    year = date.fromordinal(_EPOCH + time // DAY).year
    return _last_sunday(year, 3) <= time < _last_sunday(year, 10)


def _last_sunday(year: int, month: int) -> int:
    day = date(year, month, 31).toordinal() - _EPOCH
    return (day - (weekday(day) + 1) % 7) * DAY + HOUR
