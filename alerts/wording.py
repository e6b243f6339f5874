"""Values in words, as a reader of English or of French expects them; fails on none of them."""

import unicodedata
from math import isfinite

from detectors.core.detector import Text
from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from detectors.core.finding import Fact

MAXIMUM_TEXT = 200
"""Characters of one fact that are shown."""

# Beyond this a double no longer tells whole numbers apart, and no log means what it says.
_MAXIMUM_NUMBER = 10**15

NARROW_SPACE = "\u202f"
"""Between groups of digits and before ; ! ? % in French: narrow, and never broken at."""
SPACE = "\u00a0"
"""Before a colon and inside guillemets in French: never broken at."""

UNKNOWN = Text("unknown", "inconnu")
UNKNOWN_DURATION = Text("an unknown time", "une durée inconnue")
_UNSAID = ("", "?")
_YES = Text("yes", "oui")
_NO = Text("no", "non")
_INSTANT = Text("less than a second", "moins d'une seconde")
_UNITS = (
    (DAY, Text("day", "jour")),
    (HOUR, Text("hour", "heure")),
    (MINUTE, Text("minute", "minute")),
    (SECOND, Text("second", "seconde")),
)


def is_french(language: str) -> bool:
    """Whether a language tag (`fr`, `fr-CA`, `fr_FR`) is French; all else is told in English."""
    return language.lower().replace("_", "-").split("-")[0] == "fr"


def said(text: Text, language: str) -> str:
    """The text in this language."""
    return text.fr if is_french(language) else text.en


def plain(text: str, limit: int = MAXIMUM_TEXT) -> str:
    """The text on one line, without characters that control or hide, at most `limit` long."""
    shown = " ".join(text[: 4 * limit].split())
    shown = "".join(c for c in shown if c == " " or unicodedata.category(c)[0] not in "CZ")
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def number(value: float, language: str) -> str:
    """A number with its digits grouped, rounded to what a reader takes in; `unknown` if absurd."""
    if not _is_sane(value):
        return said(UNKNOWN, language)
    digits = f"{value:,.{_decimals(value)}f}"
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    if digits == "-0":
        digits = "0"
    if is_french(language):
        digits = digits.replace(",", NARROW_SPACE).replace(".", ",")
    return digits


def percent(value: int, language: str) -> str:
    """A percentage, as it is."""
    return f"{value}{NARROW_SPACE}%" if is_french(language) else f"{value}%"


def duration(milliseconds: float, language: str) -> str:
    """A time span in its two largest units: `2 hours 5 minutes`, `2 heures 5 minutes`."""
    if not _is_sane(milliseconds):
        return said(UNKNOWN_DURATION, language)
    sign = "-" if milliseconds < 0 else ""
    span = abs(milliseconds)
    step = SECOND if span < 10 * MINUTE else MINUTE if span < DAY else HOUR
    left = round(span / step) * step
    words = []
    for unit, name in _UNITS:
        count, left = divmod(left, unit)
        if count:
            words.append(counted(count, name, language))
    return sign + " ".join(words[:2]) if words else said(_INSTANT, language)


def fact(value: Fact, language: str) -> str:
    """Any fact; None, `?`, and what is no fact at all, is `unknown`."""
    if isinstance(value, bool):
        return said(_YES if value else _NO, language)
    if isinstance(value, int | float):
        return number(value, language)
    if isinstance(value, str) and not is_unsaid(value):
        return plain(value)
    return said(UNKNOWN, language)


def is_unsaid(value: Fact) -> bool:
    """Whether a fact says nothing: `?` is what a detector writes where the log named none."""
    return value is None or (isinstance(value, str) and value.strip() in _UNSAID)


def counted(count: int, name: Text, language: str) -> str:
    """So many of something; its name makes its plural with an `s`, after an `s` with `es`."""
    many = count >= 2 if is_french(language) else count != 1
    word = said(name, language)
    plural = "es" if word.endswith("s") else "s"
    return f"{number(count, language)} {word}{plural if many else ''}"


def _is_sane(value: float) -> bool:
    return abs(value) < _MAXIMUM_NUMBER and isfinite(value)


def _decimals(value: float) -> int:
    if isinstance(value, int) or abs(value) >= 100:
        return 0
    return 1 if abs(value) >= 1 else 3
