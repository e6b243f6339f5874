"""Times as a description says they are written: numbers, ISO 8601, or a pattern of directives."""

import re
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import lru_cache
from typing import Final

from msgspec import Struct

from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor.formats.stamp import (
    UnreadableTimeError,
    checked,
    clock,
    from_text,
    local,
    midnight,
)

AUTO: Final = "auto"
ISO: Final = "iso8601"
UNITS: Final = {"unix_s": 1_000, "unix_ms": 1, "unix_us": -1_000, "unix_ns": -1_000_000}
"""What to multiply with to get ms; when negative, to divide by."""
_LONGEST = 128
_NUMBER = re.compile(r"(-?\d{1,20})(?:\.(\d{0,30}))?")
_CENTURY = 69
"""Two digits from here on are of 19xx (POSIX strptime)."""

_MONTHS = {
    "janfebmaraprmayjunjulaugsepoctnovdec"[at : at + 3]: at // 3 + 1 for at in range(0, 36, 3)
}
_WORD = r"[A-Za-z]{3,9}\.?"
_DIRECTIVES: Final = {
    "Y": r"(?P<Y>\d{4})",
    "y": r"(?P<y>\d\d)",
    "m": r"(?P<m>\d{1,2})",
    "b": rf"(?P<b>{_WORD})",
    "d": r"\s?(?P<d>\d{1,2})",
    "j": r"(?P<j>\d{1,3})",
    "H": r"(?P<H>\d{1,2})",
    "I": r"\s?(?P<I>\d{1,2})",
    "M": r"(?P<M>\d{1,2})",
    "S": r"(?P<S>\d{1,2})",
    "f": r"(?P<f>\d{1,9})",
    "p": r"(?P<p>[AaPp])\.?[Mm]\.?",
    "z": r"(?P<z>[Zz]|[+-]\d\d(?::?\d\d)?)",
    "Z": r"(?P<Z>[A-Za-z]{1,5})",
    "s": r"(?P<s>\d{1,12})",
    "a": _WORD,
    "%": "%",
}
_SAME: Final = {"e": "d", "B": "b", "h": "b", "A": "a", "L": "f", "l": "I", "k": "H"}
_LONGER: Final = {"T": "%H:%M:%S", "R": "%H:%M", "F": "%Y-%m-%d", "D": "%m/%d/%y"}
_EASY: Final = frozenset(("UTC", "GMT", "Z", "UT"))
_A_LEAP_YEAR = 2000


class StampError(ValueError):
    """A format of times that is none; says why."""


class Stamp(Struct, frozen=True):
    """One way to write a time. `has_year` is false where the year must be told from elsewhere."""

    read: Callable[[str, Callable[[int, int], int], tzinfo | None], int]
    has_year: bool = True
    day: Callable[[str], tuple[int, int] | None] | None = None

    def day_without_year(self, text: str) -> tuple[int, int] | None:
        """(month, day) of a text that has this format and no year."""
        return None if self.day is None else self.day(text)


def stamp_of(written: str) -> Stamp:
    """The format of that name or of those directives. Raises StampError."""
    if written == AUTO:
        return Stamp(lambda text, _, zone: from_text(text, zone))
    if written == ISO:
        return Stamp(_iso)
    if written in UNITS:
        factor = UNITS[written]
        return Stamp(lambda text, _, __: _scaled(text, factor))
    if "%" not in written:
        names = ", ".join((AUTO, ISO, *UNITS))
        raise StampError(f"expected one of {names}, or directives such as %d/%b/%Y:%H:%M:%S %z")
    return _directed(written)


def first_of(stamps: Sequence[Stamp]) -> Stamp:
    """Each format in turn until one reads the text; its error is the last one's."""
    if len(stamps) == 1:
        return stamps[0]

    def read(text: str, year_of: Callable[[int, int], int], zone: tzinfo | None) -> int:
        for stamp in stamps[:-1]:
            try:
                return stamp.read(text, year_of, zone)
            except UnreadableTimeError:
                continue
        return stamps[-1].read(text, year_of, zone)

    def day(text: str) -> tuple[int, int] | None:
        for stamp in stamps:
            found = stamp.day_without_year(text)
            if found is not None:
                return found
            if _reads(stamp, text):
                return None
        return None

    has_year = all(stamp.has_year for stamp in stamps)
    return Stamp(read, has_year, None if has_year else day)


def _no_year(_month: int, _day: int) -> int:
    return _A_LEAP_YEAR


def _reads(stamp: Stamp, text: str) -> bool:
    try:
        stamp.read(text, _no_year, None)
    except UnreadableTimeError:
        return False
    return True


def _short(text: str) -> str:
    text = text.strip()
    if len(text) > _LONGEST:
        raise UnreadableTimeError("a time too long to be one")
    return text


def _iso(text: str, _: Callable[[int, int], int], zone: tzinfo | None) -> int:
    if text.strip().lstrip("+-").isdigit():
        raise UnreadableTimeError(f"a number and no time of ISO 8601: {text!r}")
    return from_text(text, zone)


def _scaled(text: str, factor: int) -> int:
    """Exactly, and not by way of a float: 17 digits of it would be too few for nanoseconds."""
    text = _short(text)
    number = _NUMBER.fullmatch(text)
    if number is None:
        try:
            value = float(text)
        except ValueError:
            raise UnreadableTimeError(f"not a number: {text!r}") from None
        if not abs(value) < 1e24:
            raise UnreadableTimeError(f"not a time: {text!r}")
        return checked(round(value * factor if factor > 0 else value / -factor))
    whole, fraction = int(number[1]), (number[2] or "")
    if factor < 0:
        return checked(whole // -factor)
    thousandths = int(fraction[:3].ljust(3, "0")) * factor // 1_000
    return checked(whole * factor + (-thousandths if number[1].startswith("-") else thousandths))


def _directed(written: str) -> Stamp:
    pattern, names = _pattern(written)
    has_day = "d" in names and ("m" in names or "b" in names)
    if not (has_day or "s" in names or {"j", "Y"} <= names or {"j", "y"} <= names):
        raise StampError("names no day: %d and %m or %b, %j and %Y, or %s are needed")
    if "I" in names and "p" not in names:
        raise StampError("%I needs %p beside it, or should be %H")
    has_year = bool({"Y", "y", "s"} & names)

    def read(text: str, year_of: Callable[[int, int], int], zone: tzinfo | None) -> int:
        found = pattern.fullmatch(_short(text))
        if found is None:
            raise UnreadableTimeError(f"not of the form {written}: {text!r}")
        return checked(_time(found.groupdict(), year_of, zone))

    def day(text: str) -> tuple[int, int] | None:
        try:
            found = pattern.fullmatch(_short(text))
            return None if found is None else (_month(found.groupdict()), int(found["d"]))
        except UnreadableTimeError:
            return None

    return Stamp(read, has_year, None if has_year else day)


def _pattern(written: str) -> tuple[re.Pattern[str], set[str]]:
    names: set[str] = set()
    text = written
    for short, long in _LONGER.items():
        text = text.replace(f"%{short}", long)
    pattern = ""
    for piece in re.findall(r"%-?.?|\s+|[^%\s]+", text):
        if piece.isspace():
            pattern += r"\s+"
        elif not piece.startswith("%"):
            pattern += re.escape(piece)
        else:
            letter = piece.lstrip("%-") or ("%" if piece == "%%" else "")
            letter = _SAME.get(letter, letter)
            if letter not in _DIRECTIVES:
                raise StampError(f"no directive {piece!r}; there are %{' %'.join(_known())}")
            if letter in names:
                raise StampError(f"{piece} is there twice")
            if letter not in ("%", "a"):
                names.add(letter)
            pattern += _DIRECTIVES[letter]
    return re.compile(pattern), names


def _known() -> list[str]:
    return sorted({*_DIRECTIVES, *_SAME, *_LONGER})


def _time(
    parts: dict[str, str | None], year_of: Callable[[int, int], int], zone: tzinfo | None
) -> int:
    fraction = int((parts.get("f") or "0")[:3].ljust(3, "0"))
    if parts.get("s"):
        return int(parts["s"] or 0) * SECOND + fraction
    start = _day(parts, year_of)
    of_day = _clock(parts) + fraction
    offset = parts.get("z")
    if offset is not None:
        return start + of_day - _offset(offset)
    if (parts.get("Z") or "").upper() in _EASY:
        return start + of_day
    # Most other abbreviations mean several zones: it is the one that the source has.
    return local(start, of_day, zone)


def _day(parts: dict[str, str | None], year_of: Callable[[int, int], int]) -> int:
    year = _year(parts)
    if parts.get("j") is not None:
        day = int(parts["j"] or 0)
        start = midnight(year or 0, 1, 1) + (day - 1) * DAY
        if not 1 <= day <= 366 or start >= midnight((year or 0) + 1, 1, 1):
            raise UnreadableTimeError(f"no such day of the year: {day}")
        return start
    month, day = _month(parts), int(parts["d"] or 0)
    return midnight(year_of(month, day) if year is None else year, month, day)


def _year(parts: dict[str, str | None]) -> int | None:
    if parts.get("Y") is not None:
        return int(parts["Y"] or 0)
    if parts.get("y") is not None:
        short = int(parts["y"] or 0)
        return short + (1900 if short >= _CENTURY else 2000)
    return None


def _month(parts: dict[str, str | None]) -> int:
    named = parts.get("b")
    number = int(parts.get("m") or 0) if named is None else _MONTHS.get(named[:3].lower(), 0)
    if not 1 <= number <= 12:
        raise UnreadableTimeError(f"no such month: {named or number}")
    return number


def _clock(parts: dict[str, str | None]) -> int:
    hour = int(parts.get("H") or 0)
    half = parts.get("p")
    if half is not None and parts.get("I") is not None:
        hour = int(parts["I"] or 0)
        if not 1 <= hour <= 12:
            raise UnreadableTimeError(f"no such hour of half a day: {hour}")
        hour = hour % 12 + (12 if half in "pP" else 0)
    return clock(hour, int(parts.get("M") or 0), int(parts.get("S") or 0))


@lru_cache(maxsize=256)
def _offset(zone: str) -> int:
    if zone in "zZ":
        return 0
    digits = zone[1:].replace(":", "")
    hours, minutes = int(digits[:2]), int(digits[2:] or "0")
    if hours > 23 or minutes > 59:
        raise UnreadableTimeError(f"no such zone: {zone}")
    offset = hours * HOUR + minutes * MINUTE
    return -offset if zone.startswith("-") else offset
