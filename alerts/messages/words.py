"""What a message's value is; and the words for those that are one of a fixed set."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Final

from alerts.incident import Category
from alerts.ladder import rung, step_named
from alerts.policy import Outcome
from alerts.ports import Action
from alerts.telling import name_of
from alerts.ticket import Clock
from alerts.wording import SPACE, said
from detectors.core.detector import Text
from detectors.core.finding import Severity


class Shape(StrEnum):
    """What a value is. All are text; a time is ms since 1970 UTC in digits, words are those of
    the enumerations, articles are separated by commas."""

    LINE = "line"
    PROSE = "prose"
    TIME = "time"
    LINK = "link"
    COUNT = "count"
    CATEGORY = "category"
    SEVERITY = "severity"
    STEP = "step"
    OUTCOME = "outcome"
    CLOCK = "clock"
    ACTION = "action"
    ARTICLES = "articles"


_OUTCOMES: Final = {
    Outcome.ACT: Text("done", "appliquée"),
    Outcome.SHADOW: Text(
        "not done: Vigie only watches (shadow mode)",
        f"non appliquée{SPACE}: Vigie ne fait qu'observer (mode fantôme)",
    ),
    Outcome.PROPOSE: Text(
        "proposed: people decide", f"proposée{SPACE}: à des personnes de décider"
    ),
    Outcome.HOLD: Text("held by the guardrails", "retenue par les garde-fous"),
}
_CLOCKS: Final = {
    Clock.TRIAGE: Text("to be looked at", "un premier examen"),
    Clock.RESOLUTION: Text("to be closed", "une conclusion"),
}
_ACTIONS: Final = {
    Action.NOTIFY: Text("write to the user", "écrire à l'utilisateur"),
    Action.TELL: Text("write to the team", "écrire à l'équipe"),
    Action.CHALLENGE: Text("ask for a proof", "demander une preuve"),
    Action.RELEASE: Text("take back a challenge", "retirer une demande de preuve"),
    Action.REVOKE: Text("end the sessions", "fermer les sessions"),
    Action.RENEW: Text("ask for a new password", "demander un nouveau mot de passe"),
    Action.DISABLE: Text("disable the account", "désactiver le compte"),
    Action.ENABLE: Text("enable the account", "réactiver le compte"),
    Action.TRACK: Text("keep the tracker", "tenir l'outil de suivi"),
}


def _category(given: str, language: str) -> str:
    try:
        return name_of(Category(given), language)
    except ValueError:
        return ""


def _severity(given: str, language: str) -> str:
    found = Severity.__members__.get(given.upper())
    return "" if found is None else name_of(found, language)


def _step(given: str, language: str) -> str:
    step = step_named(given)
    return "" if step is None else said(rung(step).title, language)


def _of(texts: Mapping[Any, Text]) -> Callable[[str, str], str]:
    by_word = {str(member.value): text for member, text in texts.items()}

    def word(given: str, language: str) -> str:
        text = by_word.get(given)
        return "" if text is None else said(text, language)

    return word


WORDS: Final[Mapping[Shape, Callable[[str, str], str]]] = {
    Shape.CATEGORY: _category,
    Shape.SEVERITY: _severity,
    Shape.STEP: _step,
    Shape.OUTCOME: _of(_OUTCOMES),
    Shape.CLOCK: _of(_CLOCKS),
    Shape.ACTION: _of(_ACTIONS),
}
"""A value of each of these in words of a language; empty for one that is none of them."""
