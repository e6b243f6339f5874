"""Health findings in words, in English or in French."""

import re
from collections.abc import Mapping
from typing import Any

from alerts.wording import duration, fact, number, percent, said
from detectors.core.detector import Text
from monitor.health.rule import About, abouts

_MOST = 1e15
_FIELD = re.compile(r"\{(\w+)(?::(\w+))?\}")
_UNKNOWN = Text("This version does not know this finding.", "Cette version l'ignore.")


def title_of(kind: str, language: str) -> str:
    """What a kind of finding is called."""
    about = abouts().get(kind)
    return kind if about is None else said(about.title, language)


def sentence_of(kind: str, facts: Mapping[str, Any], language: str) -> str:
    """What was found, whatever is missing of the facts."""
    about = abouts().get(kind)
    if about is None:
        return said(_UNKNOWN, language)
    return _filled(about, facts, language)


def remedy_of(kind: str, language: str) -> str:
    """What to do about it."""
    about = abouts().get(kind)
    return "" if about is None else said(about.remedy, language)


def _filled(about: About, facts: Mapping[str, Any], language: str) -> str:
    def put(match: re.Match[str]) -> str:
        value, form = facts.get(match[1]), match[2]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return fact(value if isinstance(value, str) else None, language)
        if not -_MOST < value < _MOST:
            return fact(None, language)
        if form == "duration":
            return duration(value, language)
        if form == "share":
            return percent(round(100 * value), language)
        return number(value, language)

    return _FIELD.sub(put, said(about.sentence, language))
