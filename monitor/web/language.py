"""The two languages of the pages: which one a reader gets, and its words, numbers and times.

Catalogues are kept as text and compiled in memory, so that a fresh copy needs no build step.
"""

import gettext
import io
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel.core import Locale, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("en", "fr")
CATALOGUES = Path(__file__).parent / "locale"
_LONGEST_HEADER = 512
_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def preferred(chosen: str | None, accept_language: str | None) -> str:
    """The reader's language: as chosen, else the first that the browser asks for, else English."""
    if chosen in LANGUAGES:
        return chosen
    asked = [part.partition(";") for part in (accept_language or "")[:_LONGEST_HEADER].split(",")]
    ranked = sorted(asked, key=lambda part: -_quality(part[2]))
    tags = [tag.strip().replace("-", "_") for tag, _, weight in ranked if _quality(weight) > 0]
    return negotiate_locale(tags, LANGUAGES) or "en"


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


@cache
def translations(language: str) -> gettext.NullTranslations:
    """The catalogue of a language; English is what the pages are written in."""
    source = CATALOGUES / language / "LC_MESSAGES" / "vigie.po"
    if not source.exists():
        return gettext.NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as opened:
        write_mo(compiled, read_po(opened, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Wording:
    """How one language writes words, numbers, shares and durations."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._translations = translations(language)
        self._locale = Locale.parse(language)

    def text(self, message: str) -> str:
        """A message in this language."""
        return self._translations.gettext(message)

    def ngettext(self, one: str, several: str, count: int, **more: str) -> str:
        """A message in the form that a count takes, which `%(num)s` in it is put in place of."""
        told = self._translations.ngettext(one, several, count)
        return told % {"num": self.number(count), **more}

    def number(self, value: float) -> str:
        """12,345 or 12 345."""
        return format_decimal(value, locale=self._locale)

    def share(self, value: float) -> str:
        """A probability as a whole percentage; never a certainty that is none."""
        shown = min(max(value, 0.0), 1.0)
        if 0 < shown < 0.01:
            return f"< {self._percent(0.01)}"
        return f"> {self._percent(0.99)}" if 0.99 < shown < 1 else self._percent(shown)

    def _percent(self, value: float) -> str:
        pattern = "#,##0\u202f%" if self.language == "fr" else "#,##0%"
        return format_percent(value, format=pattern, locale=self._locale)

    def confidence(self, percentage: int) -> str:
        """A probability in whole percent; one that was rounded to 100 is no certainty either."""
        return self.share(min(percentage, 99.9) / 100)

    def duration(self, milliseconds: int) -> str:
        """A length of time in its one or two greatest units."""
        seconds = milliseconds // 1000
        if milliseconds < _MINUTE:
            return f"{seconds} s"
        if milliseconds < _HOUR:
            return f"{seconds // 60} min"
        if milliseconds < _DAY:
            return f"{seconds // 3600} h {seconds // 60 % 60:02d}"
        days = milliseconds // _DAY
        # Not in the f-string: what is in one is not found for the catalogue.
        unit = self._translations.ngettext("day", "days", days)
        return f"{self.number(days)} {unit}"

    def factor(self, nats: float) -> str:
        """A weight of evidence as what it multiplies the odds with."""
        # More than so many says nothing more, and has too many digits to be written.
        odds = pow(2.718281828459045, min(abs(nats), 30.0))
        shown = self.number(round(odds, 1) if odds < 10 else round(odds))
        return f"{'×' if nats >= 0 else '÷'} {shown}"

    def country(self, code: str | None) -> str:
        """A country's name by its ISO 3166-1 alpha-2 code; the code itself when unknown."""
        return str(self._locale.territories.get(code or "", code or ""))


def sentence(text: str) -> str:
    """What was refused in the words of a command line, as a sentence that stands alone; what is
    markup already stays it."""
    begun = text[:1].upper() + text[1:]
    return begun if not begun or begun[-1] in ".!?" else begun + "."


def utc(milliseconds: int) -> str:
    """Event time as people read it where there is no script: `2026-05-13 08:15:00 UTC`."""
    moment = _moment(milliseconds)
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC" if moment else "?"


def machine_time(milliseconds: int) -> str:
    """Event time for `<time datetime>` (RFC 3339, UTC); empty beyond the year 9999."""
    moment = _moment(milliseconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else ""


def _moment(milliseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None
