"""What was asked of somebody's authenticator, kept by their browser: sealed, for one purpose, one
owner and some minutes. Nothing of it lies in the database."""

import base64
import binascii
from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct

from detectors.core.event import MINUTE
from monitor.clock import now_ms
from monitor.mfa.sealing import SealError
from monitor.services.keyring import Keyring

LIFETIME: Final = 15 * MINUTE
MOST: Final = 2_048
"""Characters of one that is sealed."""


class Purpose(StrEnum):
    """What was begun."""

    CREATE = "create"
    PROVE = "prove"
    TOTP = "totp"


class Ceremony(Struct, frozen=True, array_like=True):
    """What was asked: the challenge (or the secret of one-time codes), when (ms), and under which
    name an authenticator is to keep a new passkey."""

    secret: bytes
    begun: int
    user: bytes = b""


class Ceremonies:
    """Of one instance; `now` gives ms since 1970 UTC."""

    def __init__(self, keyring: Keyring, now: Callable[[], int] = now_ms) -> None:
        self._keyring = keyring
        self._now = now

    def seal(self, purpose: Purpose, whose: str, ceremony: Ceremony) -> str:
        """It as text, which serves only whoever's (a reference) it was begun for."""
        told = msgspec.msgpack.encode(ceremony)
        sealed = self._keyring.forms.close(told, _bound(purpose, whose))
        return base64.urlsafe_b64encode(sealed).decode()

    def open(self, purpose: Purpose, whose: str, text: str) -> Ceremony | None:
        """What was begun for this purpose and owner, unless it is too old, or another's."""
        if not text or len(text) > MOST:
            return None
        try:
            sealed = base64.b64decode(text.encode("ascii", "replace"), b"-_", validate=True)
            told = self._keyring.forms.open(sealed, _bound(purpose, whose))
            found = msgspec.msgpack.decode(told, type=Ceremony)
        except (binascii.Error, SealError, msgspec.DecodeError):
            return None
        return found if 0 <= self._now() - found.begun < LIFETIME else None


def _bound(purpose: Purpose, whose: str) -> str:
    return f"ceremony:{purpose.value}:{whose}"
