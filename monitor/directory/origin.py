"""Where the directory has a value from, and whose word stands against whose."""

from enum import StrEnum
from typing import Final

from msgspec import Struct


class Origin(StrEnum):
    """Who says so, the weakest word first: what a stronger one said, a weaker one leaves.

    LOG is what the sign-ins showed, PROGRAM one that uses the API by a key.
    """

    LOG = "log"
    CSV = "csv"
    PROGRAM = "program"
    KEYCLOAK = "keycloak"
    SCIM = "scim"
    PERSON = "person"


PROVIDERS: Final = frozenset((Origin.SCIM, Origin.KEYCLOAK))
"""Where people are hired and leave: what they call an account is theirs to say."""
_RANKS: Final = {origin: rank for rank, origin in enumerate(Origin)}


class Provenance(Struct, frozen=True, array_like=True):
    """Who said a value, and when (ms since 1970 UTC)."""

    origin: Origin
    at: int


def may_replace(new: Origin, old: Origin | None) -> bool:
    """Whether what `new` says replaces what `old` said; the same origin replaces its own word."""
    return old is None or _RANKS[new] >= _RANKS[old]
