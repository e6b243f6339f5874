"""What a cell says, in French or in English: kinds, states, yes and no, days, lists of names."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Final, TypeVar

from detectors.core.context import AccountKind
from detectors.core.detector import Text
from monitor.directory.account import Mfa, State
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.columns import plain

_V = TypeVar("_V")

_KINDS: Final = {
    AccountKind.PERSON: "person|personne|user|utilisateur|nominatif|individual|individuel|member"
    "|human|humain|personnel|employee|salarie",
    AccountKind.SERVICE: "service|technical|technique|robot|bot|system|systeme|machine|application"
    "|compte de service|service account|applicatif",
    AccountKind.KIOSK: "kiosk|kiosque|borne|poste partage|shared device|libre service",
    AccountKind.SHARED: "shared|partage|commun|generique|generic|compte partage|shared account",
    AccountKind.BREAK_GLASS: "break glass|bris de glace|urgence|secours|emergency"
    "|compte de secours",
}
_STATES: Final = {
    State.ACTIVE: "active|actif|enabled|true|vrai|yes|oui|1|en poste|present|ouvert|o|y",
    State.SUSPENDED: "suspended|suspendu|disabled|desactive|inactive|inactif|blocked|bloque"
    "|locked|verrouille|false|faux|no|non|0|n|ferme|closed",
    State.OFFBOARDED: "offboarded|left|parti|sorti|leaver|terminated|archive|archived|deleted"
    "|supprime|departed|former",
    State.PROVISIONAL: "provisional|provisoire",
}
_MFA: Final = {
    Mfa.NONE: "none|aucun|aucune|no|non|false|faux|0|disabled|desactive|inactif|n",
    # A bare yes is some factor, and nobody said that it is a good one.
    Mfa.WEAK: "weak|faible|sms|email|e mail|push|phone|telephone|call|appel"
    "|yes|oui|true|vrai|1|enabled|active|actif|o|y",
    Mfa.STRONG: "strong|fort|forte|totp|webauthn|fido2|passkey|security key|hardware key|cle"
    "|cle d acces|cle de securite|app|application",
    Mfa.UNKNOWN: "unknown|inconnu|inconnue",
}
_YES: Final = {
    True: "yes|oui|y|o|true|vrai|1|x|admin|administrator|administrateur|privileged|privilegie",
    False: "no|non|n|false|faux|0",
}


def _words(told: Mapping[_V, str]) -> dict[str, _V]:
    return {word: value for value, words in told.items() for word in words.split("|")}


KINDS: Final = _words(_KINDS)
STATES: Final = _words(_STATES)
FACTORS: Final = _words(_MFA)
ANSWERS: Final = _words(_YES)

_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[-/.]?([0-9]{1,2})[-/.]?([0-9]{1,2})(?:[T ].*)?\Z")
_YEAR_LAST: Final = re.compile(r"([0-9]{1,2})[-/. ]([0-9]{1,2})[-/. ]([0-9]{4})(?: .*)?\Z")
_SEPARATORS: Final = "|;,\n"
_ESCAPED: Final = re.compile(r"\\([\\|;,\n])")
_SPLIT: Final = re.compile(r"((?:\\.|[^\\|;,\n]|\\\Z)*)([|;,\n]|\Z)", re.DOTALL)


def word_of(field: str, cell: str, known: Mapping[str, _V]) -> _V:
    """The value of a known word. Raises DirectoryError."""
    found = known.get(plain(cell))
    if found is None:
        some = ", ".join(list(dict.fromkeys(known))[:6])
        raise DirectoryError(
            field,
            Text(
                f"{cell[:40]} means nothing here: expected such as {some}",
                f"{cell[:40]} ne dit rien ici\u00a0: attendu par exemple {some}",
            ),
        )
    return found


def day_of(field: str, cell: str, *, month_first: bool = False) -> date:
    """The day of a cell, whose time of day is left out: year first, else day first, or month first
    where that is said. Raises DirectoryError."""
    text = cell.strip()
    found = _YEAR_FIRST.match(text)
    if found is not None:
        year, month, day = map(int, found.groups())
    else:
        found = _YEAR_LAST.match(text)
        if found is None:
            raise _no_day(field, cell)
        day, month, year = map(int, found.groups())
        if month_first:
            day, month = month, day
    try:
        return date(year, month, day)
    except ValueError:
        raise _no_day(field, cell) from None


def names_of(cell: str) -> tuple[str, ...]:
    r"""The names of a list: apart by `|`, `;`, `,` or ends of lines, a backslash before one of
    those that is part of a name."""
    found: list[str] = []
    at = 0
    while at <= len(cell):
        part = _SPLIT.match(cell, at)
        if part is None:
            break
        name = _ESCAPED.sub(r"\1", part[1]).strip()
        if name:
            found.append(name)
        at = part.end()
        if not part[2]:
            break
    return tuple(found)


def list_of(names: tuple[str, ...]) -> str:
    """What `names_of` reads as these names."""
    return "|".join(re.sub(r"([\\|;,\n])", r"\\\1", name) for name in names)


def _no_day(field: str, cell: str) -> DirectoryError:
    return DirectoryError(
        field,
        Text(
            f"{cell[:40]} is no day: expected 2027-01-31 or 31/01/2027",
            f"{cell[:40]} n'est pas un jour\u00a0: attendu 31/01/2027 ou 2027-01-31",
        ),
    )
