"""Links by which somebody contests what was decided about their account: signed, good for one
measure and a while, and made anew at any time without being kept.

The key stands behind `#`: browsers send that part to no server, so it reaches no log, and whoever
opens links by themselves (a mail scanner) uses nothing up.
"""

import base64
import binascii
import hmac
from hashlib import sha256
from typing import Final

from msgspec import Struct

from detectors.core.event import DAY

PATH: Final = "/appeal"
LIFETIME: Final = 90 * DAY
"""How long somebody may contest a measure, in ms, counted from its notice."""
_PURPOSE: Final = b"vigie:appeal-link"
_MEASURE, _EXPIRES, _PROOF = 8, 6, 16
LENGTH: Final = 4 * (_MEASURE + _EXPIRES + _PROOF) // 3
"""Characters of a key."""


class Appeal(Struct, frozen=True):
    """Which measure a key lets somebody contest, and until when (ms)."""

    measure: int
    expires: int


def key_of(pepper: bytes, measure: int, expires: int) -> str:
    """The key for a measure, that holds until `expires` (ms); `pepper` is the instance's own."""
    told = measure.to_bytes(_MEASURE, "big") + expires.to_bytes(_EXPIRES, "big")
    return base64.urlsafe_b64encode(told + _proof(pepper, told)).decode()


def written(appeal: Appeal) -> str:
    """What stands for a key where it is not to be kept."""
    return f"{appeal.measure}:{appeal.expires}"


def noted(text: str) -> Appeal | None:
    """What `written` wrote; None for anything else."""
    measure, colon, expires = text.partition(":")
    if not colon or not all(t.isascii() and t.isdigit() for t in (measure, expires)):
        return None
    made = Appeal(int(measure), int(expires))
    return made if made.measure < 1 << 63 and made.expires < 1 << 48 else None


def link(address: str, key: str) -> str:
    """The link to open, for pages at `address`."""
    return f"{address.rstrip('/')}{PATH}#{key}"


def read(pepper: bytes, key: str, now: int) -> Appeal | None:
    """What a key is for; None where it is none of ours, or held until a time before `now` (ms)."""
    if len(key) != LENGTH or not key.isascii():
        return None
    try:
        raw = base64.b64decode(key, b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    told, proof = raw[:-_PROOF], raw[-_PROOF:]
    if not hmac.compare_digest(proof, _proof(pepper, told)):
        return None
    made = Appeal(int.from_bytes(told[:_MEASURE], "big"), int.from_bytes(told[_MEASURE:], "big"))
    return made if now < made.expires else None


def _proof(pepper: bytes, told: bytes) -> bytes:
    key = hmac.digest(pepper, _PURPOSE, sha256)
    return hmac.digest(key, told, sha256)[:_PROOF]
