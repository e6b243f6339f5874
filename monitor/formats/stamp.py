"""Time stamps as logs write them, as milliseconds since 1970 UTC."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from math import isnan

from detectors.core.event import DAY, HOUR, MINUTE, SECOND

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = _EPOCH.toordinal()
_MILLISECOND = timedelta(milliseconds=1)
LAST = 253_402_300_799_999
"""The last millisecond of year 9999."""

_SECONDS_FROM = 1_000_000_000
SECONDS_TO = 1 << 32
"""Numbers from here on are milliseconds, whatever they are of."""
_LONGEST = 64


class UnreadableTimeError(ValueError):
    """A stamp that is not a time between 1970 and 9999; says why."""


class OutOfRangeError(UnreadableTimeError):
    """A time, but none between 1970 and 9999."""


@lru_cache(maxsize=4_096)
def midnight(year: int, month: int, day: int) -> int:
    """The first ms of a day, UTC; UnreadableTimeError for a day that does not exist."""
    try:
        return (date(year, month, day).toordinal() - _EPOCH_DAY) * DAY
    except ValueError as error:
        raise UnreadableTimeError(f"no such day: {year}-{month}-{day} ({error})") from None


def clock(hour: int, minute: int, second: int) -> int:
    """The ms since midnight; second 60 (a leap second) is allowed. UnreadableTimeError else."""
    if hour > 23 or minute > 59 or second > 60:
        raise UnreadableTimeError(f"no such time of day: {hour:02}:{minute:02}:{second:02}")
    return hour * HOUR + minute * MINUTE + second * SECOND


def local(day: int, of_day: int, zone: tzinfo | None) -> int:
    """The ms UTC of a wall clock: `day` and `of_day` in ms as if UTC, `zone` None for UTC.

    An hour that a clock change repeats is read as its first passing. UnreadableTimeError.
    """
    if zone is None:
        return day + of_day
    try:
        wall = (_EPOCH + (day + of_day) * _MILLISECOND).replace(tzinfo=zone)
    except OverflowError:  # the leap second at the end of year 9999
        raise OutOfRangeError("a time past year 9999") from None
    return checked((wall - _EPOCH) // _MILLISECOND)


def checked(time: int) -> int:
    """The time itself; UnreadableTimeError when it is before 1970 or past year 9999."""
    if time < 0:
        raise OutOfRangeError("a time before 1970")
    if time > LAST:
        raise OutOfRangeError("a time past year 9999")
    return time


def from_number(value: float) -> int:
    """A number as ms: of milliseconds, or of seconds when it would else be early in 1970.

    Numbers from 10^9 up to 2^32 are seconds of 2001 to 2106; as ms they would be twelve to
    fifty days into 1970.
    """
    if not -LAST <= value <= LAST:
        raise OutOfRangeError("a time before 1970" if value < 0 else "a time past year 9999")
    if _SECONDS_FROM <= value < SECONDS_TO:
        value *= 1_000
    return checked(round(value) if isinstance(value, float) else value)


def from_text(text: str, zone: tzinfo | None = None) -> int:
    """A number (`from_number`) or ISO 8601 as ms; without a zone of its own it is in `zone`, or
    UTC."""
    text = text.strip()
    if not text or len(text) > _LONGEST:
        raise UnreadableTimeError("an empty time" if not text else "a time too long to be one")
    try:
        number = int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return _from_iso(text, zone)
    if isnan(number):
        raise UnreadableTimeError(f"not a time: {text!r}")
    return from_number(number)


def _from_iso(text: str, zone: tzinfo | None) -> int:
    bare = text.removesuffix("UTC").removesuffix("GMT").rstrip()
    try:
        found = datetime.fromisoformat(bare)
    except ValueError:
        raise UnreadableTimeError(f"not a time: {text!r}") from None
    if found.tzinfo is None:
        # "UTC" written behind it was taken off, and says which zone it is.
        found = found.replace(tzinfo=UTC if zone is None or bare != text else zone)
    return checked((found - _EPOCH) // _MILLISECOND)
