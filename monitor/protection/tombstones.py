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


def tombstone(pepper: bytes, by: Named, tenant: str, name: str) -> bytes:
    """The HMAC-SHA256 of an account of a tenant, or of a name in it, letter case aside, with a key
    of its own made of the instance's `pepper`."""
    told = name.casefold() if by is Named.NAME else name
    key = hmac.digest(pepper, _PURPOSE, sha256)
    return hmac.digest(key, digest(by.value, tenant, told, size=DIGEST_BYTES), sha256)
