"""The values that messages are filled with: what each is called, and how it is said safely.

Names of accounts, reasons and reports come from strangers. Whatever they hold becomes words on the
page: no line of its own, no hidden character, no address that a reader's program makes a link, no
call of a whole channel.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from msgspec import Struct

from alerts.messages.words import WORDS, Shape
from alerts.wording import is_french, plain, said
from detectors.core.detector import Text

MAXIMUM_LINE: Final = 200
"""Characters of a value on one line."""
MAXIMUM_PROSE: Final = 2_000
"""Characters of what somebody wrote, over all its lines."""
MAXIMUM_LINES: Final = 30
MAXIMUM_LINK: Final = 2_000

_LAST: Final = 253_402_300_799_000
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,15}):(?=//|\\\\)")
_WWW = re.compile(r"\b(www)\.", re.IGNORECASE)
_CALL = re.compile(r"@(?=(?:all|channel|everyone|here|room)\b)", re.IGNORECASE)
_LINK = re.compile(r"[!-~]+")
_FORMATS: Final = Text("EEEE d MMMM y, HH:mm", "EEEE d MMMM y 'à' HH:mm")


class Field(Struct, frozen=True):
    """What a value is, and what it is called where values are listed."""

    shape: Shape
    label: Text


FIELDS: Final = {
    "account": Field(Shape.LINE, Text("Account", "Compte")),
    "tenant": Field(Shape.LINE, Text("Organisation", "Organisation")),
    "service": Field(Shape.LINE, Text("Service", "Service")),
    "title": Field(Shape.LINE, Text("Subject", "Objet")),
    "ticket": Field(Shape.LINE, Text("Ticket", "Ticket")),
    "measure": Field(Shape.LINE, Text("Measure", "Mesure")),
    "category": Field(Shape.CATEGORY, Text("What was seen", "Ce qui a été vu")),
    "severity": Field(Shape.SEVERITY, Text("Severity", "Gravité")),
    "time": Field(Shape.TIME, Text("When", "Quand")),
    "place": Field(Shape.LINE, Text("Where", "Où")),
    "device": Field(Shape.LINE, Text("Device", "Appareil")),
    "network": Field(Shape.LINE, Text("Network", "Réseau")),
    "address": Field(Shape.LINE, Text("Address", "Adresse")),
    "step": Field(Shape.STEP, Text("Measure", "Mesure")),
    "outcome": Field(Shape.OUTCOME, Text("What becomes of it", "Ce qu'il en advient")),
    "aup": Field(Shape.ARTICLES, Text("Grounds", "Fondement")),
    "until": Field(Shape.TIME, Text("Until", "Jusqu'au")),
    "expires": Field(Shape.TIME, Text("Expires", "Expire")),
    "due": Field(Shape.TIME, Text("Due", "Échéance")),
    "clock": Field(Shape.CLOCK, Text("What it waits for", "Ce qui est attendu")),
    "rule": Field(Shape.LINE, Text("Rule", "Règle")),
    "requester": Field(Shape.LINE, Text("Asked for by", "Demandé par")),
    "decider": Field(Shape.LINE, Text("Decided by", "Décidé par")),
    "responder": Field(Shape.LINE, Text("Responder", "Connecteur")),
    "action": Field(Shape.ACTION, Text("Order", "Ordre")),
    "attempts": Field(Shape.COUNT, Text("Attempts", "Tentatives")),
    "count": Field(Shape.COUNT, Text("Number", "Nombre")),
    "accounts": Field(Shape.COUNT, Text("Accounts", "Comptes")),
    "limit": Field(Shape.COUNT, Text("Limit", "Limite")),
    "month": Field(Shape.LINE, Text("Month", "Mois")),
    "score": Field(Shape.LINE, Text("Score", "Note")),
    "trend": Field(Shape.LINE, Text("The month before", "Le mois précédent")),
    "mode": Field(Shape.LINE, Text("Mode", "Mode")),
    "change": Field(Shape.LINE, Text("What changed", "Ce qui a changé")),
    "reason": Field(Shape.PROSE, Text("Reason", "Motif")),
    "grounds": Field(Shape.PROSE, Text("What this rests on", "Ce sur quoi cela repose")),
    "why": Field(Shape.PROSE, Text("Why", "Pourquoi")),
    "text": Field(Shape.PROSE, Text("What was written", "Ce qui a été écrit")),
    "answer": Field(Shape.PROSE, Text("Answer", "Réponse")),
    "contact": Field(Shape.LINE, Text("Contact", "Contact")),
    "link": Field(Shape.LINK, Text("In Vigie", "Dans Vigie")),
    "contest": Field(Shape.LINK, Text("To contest this", "Pour contester")),
    "report": Field(Shape.LINK, Text("To report something", "Pour signaler quelque chose")),
    "mine": Field(Shape.LINK, Text("Your account's page", "La page de votre compte")),
    "recover": Field(Shape.LINK, Text("To set up a new factor", "Pour un nouveau facteur")),
    "stop": Field(Shape.LINK, Text("To stop this", "Pour arrêter cela")),
}
"""Every value that a message may say, by its name in `Order.values`."""


def told(name: str, values: Mapping[str, str], language: str, zone: str = "UTC") -> str:
    """A value in words of this language, times in this zone (IANA); empty where it is not said, or
    is not what its shape says.

    `NAME.fr` and `NAME.en` stand before `NAME` in their language.
    """
    given = values.get(f"{name}.{'fr' if is_french(language) else 'en'}") or values.get(name, "")
    field = FIELDS.get(name)
    if not given or field is None:
        return ""
    shape = field.shape
    if shape is Shape.TIME:
        return _time(given, language, zone)
    if shape is Shape.ARTICLES:
        return _articles(given, language)
    if shape in WORDS:
        return WORDS[shape](given, language) or line(given)
    return _PLAINLY[shape](given)


def line(text: str, limit: int = MAXIMUM_LINE) -> str:
    """Anybody's text on one line, as words only."""
    return defused(plain(text, limit))


def prose(text: str) -> str:
    """Anybody's text with its lines, as words only."""
    parts = text[:MAXIMUM_PROSE].replace("\r", "\n").split("\n")
    lines = [line(one, MAXIMUM_PROSE) for one in parts if one.strip()]
    return "\n".join(one for one in lines[:MAXIMUM_LINES] if one)


def defused(text: str) -> str:
    """The text, of which no mail or chat program makes a link, or a call of everybody."""
    text = _SCHEME.sub(r"\1[:]", text)
    text = _WWW.sub(r"\1[.]", text)
    return _CALL.sub("(at)", text).replace("](", "] (")


def is_link(text: str) -> bool:
    """Whether it is an address of the web that can stand in a message."""
    if len(text) > MAXIMUM_LINK or _LINK.fullmatch(text) is None or set(text) & set("\"'<>`\\"):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme in ("https", "http") and bool(parts.hostname)
    except ValueError:
        return False


def _link(given: str) -> str:
    return given if is_link(given) else ""


def _count(given: str) -> str:
    return given if given.isascii() and given.isdecimal() and len(given) < 16 else ""


_PLAINLY: Final[Mapping[Shape, Callable[[str], str]]] = {
    Shape.LINE: line,
    Shape.PROSE: prose,
    Shape.LINK: _link,
    Shape.COUNT: _count,
}


def _time(given: str, language: str, zone: str) -> str:
    if not _count(given) or int(given) > _LAST:
        return ""
    at = datetime.fromtimestamp(int(given) / 1_000, UTC).astimezone(ZoneInfo(zone))
    locale = "fr" if is_french(language) else "en"
    return f"{format_datetime(at, said(_FORMATS, language), locale=locale)} ({zone})"


def _articles(given: str, language: str) -> str:
    found = [line(part) for part in given.split(",") if part.strip()]
    if not found:
        return ""
    last, ands = found[-1], Text(" and ", " et ")
    listed = ", ".join(found[:-1]) + said(ands, language) + last if found[1:] else last
    many = "s" if found[1:] else ""
    return said(
        Text(
            f"article{many} {listed} of the Acceptable Use Policy",
            f"article{many} {listed} de la politique d'utilisation acceptable",
        ),
        language,
    )
