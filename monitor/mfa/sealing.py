"""Secrets at rest: AES-256-GCM under a key of the instance, each bound to whose it is.

Whoever has the database alone can read none, and one that was moved to somebody else's row opens
for nobody. A key that has a name says it in what it seals, so that keys can follow each other.
"""

import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PURPOSE: Final = "factors"
"""What the instance's key is derived for."""
KEY_BYTES: Final = 32
NAME_BYTES: Final = 8
_UNNAMED = b"\x01"
_NAMED = b"\x02"
_NONCE = 12
_TAG = 16


class SealError(ValueError):
    """A secret does not open: another key sealed it, for somebody else, or it was changed."""


class Seal:
    """Seals and opens with one key of 32 bytes. Safe to share between threads.

    The instance's own key has no name; others are called as `name_of` has it.
    """

    def __init__(self, key: bytes, name: bytes = b"") -> None:
        self.name = name
        self.prefix = _NAMED + name if name else _UNNAMED
        self._cipher = AESGCM(key)

    def close(self, secret: bytes, owner: str) -> bytes:
        """The secret sealed for its owner: version, the key's name if it has one, nonce (96 random
        bits), ciphertext and tag."""
        nonce = os.urandom(_NONCE)
        return self.prefix + nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """What was sealed for this owner. Raises SealError."""
        start = len(self.prefix)
        if len(sealed) < start + _NONCE + _TAG or sealed[:start] != self.prefix:
            raise SealError("not a secret that this key sealed")
        nonce, rest = sealed[start : start + _NONCE], sealed[start + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, rest, owner.encode())
        except InvalidTag:
            raise SealError("the secret does not open: is the instance's key the right one?") from (
                None
            )


def name_of(key: bytes) -> bytes:
    """What a key is called: nothing of it follows from that."""
    return hmac.digest(key, b"vigie:sealing", hashlib.sha256)[:NAME_BYTES]


def sealed_by(sealed: bytes) -> bytes:
    """What the key is called that sealed something; empty for the instance's own. Raises
    SealError."""
    if sealed[:1] == _UNNAMED:
        return b""
    if sealed[:1] == _NAMED and len(sealed) > NAME_BYTES:
        return sealed[1 : 1 + NAME_BYTES]
    raise SealError("not a sealed secret")
