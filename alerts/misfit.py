"""What msgspec says of values that do not fit, in French as well: its messages have few shapes."""

import re
from typing import Final

from detectors.core.detector import Text

_TYPES: Final = {
    "array": "une liste",
    "bool": "un booléen (true ou false)",
    "float": "un nombre",
    "int": "un entier",
    "null": "rien",
    "object": "une table",
    "str": "un texte",
}
_TYPE = r"`([a-z]+(?: \| [a-z]+)*)`"
_SHAPES: Final = (
    (re.compile(rf"Expected {_TYPE}, got {_TYPE}"), "attendu {0}, reçu {1}"),
    (re.compile(rf"Expected {_TYPE} matching regex (.+)", re.S), "attendu {0} de la forme {1}"),
    (re.compile(rf"Expected {_TYPE} (<=|>=|<|>) (\S+)"), "attendu {0} {1} {2}"),
    (re.compile(rf"Expected {_TYPE} of length (<=|>=) (\d+)"), "attendu {0} de longueur {1} {2}"),
    (re.compile(r"Object contains unknown field `(.+)`", re.S), "champ inconnu\u00a0: {0}"),
    (re.compile(r"Object missing required field `(.+)`", re.S), "il manque le champ {0}"),
    (re.compile(r"Invalid enum value (.+)", re.S), "valeur inconnue\u00a0: {0}"),
)


def told(why: str) -> Text:
    """A message of msgspec's, without where it is. What has none of its shapes is left as it is."""
    for shape, french in _SHAPES:
        found = shape.fullmatch(why)
        if found is not None:
            return Text(en=why, fr=french.format(*map(_named, found.groups())))
    return Text(en=why, fr=why)


def _named(part: str) -> str:
    """Types as they are called in French; anything else as it is."""
    types = part.split(" | ")
    return " ou ".join(_TYPES[one] for one in types) if set(types) <= _TYPES.keys() else part
