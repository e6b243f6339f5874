"""Secrets at rest: AES-256-GCM under a key of the instance, each bound to whose it is.

Whoever has the database alone can read none, and one that was moved to somebody else's row opens
for nobody.
"""

import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PURPOSE: Final = "factors"
"""What the instance's key is derived for."""
_VERSION = b"\x01"
_NONCE = 12
_TAG = 16


class SealError(ValueError):
    """A secret does not open: another key sealed it, for somebody else, or it was changed."""


class Seal:
    """Seals and opens with one key of 32 bytes. Safe to share between threads."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def close(self, secret: bytes, owner: str) -> bytes:
        """The secret sealed for its owner: version, nonce (96 random bits), ciphertext and tag."""
        nonce = os.urandom(_NONCE)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret, owner.encode())

    def open(self, sealed: bytes, owner: str) -> bytes:
        """What was sealed for this owner. Raises SealError."""
        if len(sealed) < 1 + _NONCE + _TAG or sealed[:1] != _VERSION:
            raise SealError("not a sealed secret")
        nonce, rest = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
        try:
            return self._cipher.decrypt(nonce, rest, owner.encode())
        except InvalidTag:
            raise SealError("the secret does not open: is the instance's key the right one?") from (
                None
            )
