"""Months of reports: counted from 1970 on, of days in UTC."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from alerts.wording import is_french
from monitor.hygiene.facts import day as day_of

_EPOCH = date(1970, 1, 1)
_MORNING = 8
"""The hour of the first day from when on people are written to, where they are."""


def month_of(at: int) -> int:
    """The month of a time (ms)."""
    day = day_of(at)
    return (day.year - _EPOCH.year) * 12 + day.month - 1


def days_of(month: int) -> range:
    """Its days, counted from 1970 on."""
    return range((_first(month) - _EPOCH).days, (_first(month + 1) - _EPOCH).days)


def named(month: int, language: str) -> str:
    """The month and its year in words."""
    locale = "fr" if is_french(language) else "en"
    return format_date(_first(month), "MMMM y", locale=locale)


def is_morning(month: int, at: int, zone: str) -> bool:
    """Whether at a time (ms) the first day of a month, or a later one, has begun to be worked in,
    in a zone (IANA; UTC for one that is none)."""
    try:
        there = ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError):
        there = ZoneInfo("UTC")
    begins = datetime.combine(_first(month), datetime.min.time(), there).replace(hour=_MORNING)
    return datetime.fromtimestamp(at / 1_000, UTC) >= begins


def _first(month: int) -> date:
    return date(_EPOCH.year + month // 12, month % 12 + 1, 1)
