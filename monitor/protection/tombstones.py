"""Who was erased, as digests that only this instance can make: by them nobody can be found, and
whoever comes again is known."""

import hmac
from enum import Enum
from hashlib import sha256
from typing import Final

from detectors.core.identity import digest

DIGEST_BYTES: Final = 32
_PURPOSE: Final = b"vigie:erased"


class Named(Enum):
    """By what an account is known."""

    ACCOUNT = "account"
    NAME = "name"
    WORD = "word"
    """Either of them, in whatever tenant: as it may stand in a line that nobody can read."""


def tombstone(pepper: bytes, by: Named, tenant: str, name: str) -> bytes:
    """The HMAC-SHA256 of an account of a tenant, or of a name in it, letter case aside, with a key
    of its own made of the instance's `pepper`. A word is of no tenant."""
    told = name if by is Named.ACCOUNT else name.casefold()
    key = hmac.digest(pepper, _PURPOSE, sha256)
    tenant = "" if by is Named.WORD else tenant
    return hmac.digest(key, digest(by.value, tenant, told, size=DIGEST_BYTES), sha256)
