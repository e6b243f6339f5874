"""What is signed of the audit: a place in its chain, and what that place is. Ed25519 (RFC 8032).

The private key is derived from the instance's own, which lies beside the database and never in it:
who has the database alone can alter it, and cannot sign what it says then.
"""

from enum import StrEnum
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from msgspec import Struct

from monitor.chain.entry import Mark, fields

PURPOSE: Final = "audit signature"
"""What the private key is derived from the instance's own for."""
KEY_BYTES: Final = 32


class Statement(StrEnum):
    """What is said of a place."""

    HEAD = "head"
    """It was the last entry."""
    ANCHOR = "anchor"
    """Everything up to it was taken away lawfully."""
    RESTORED = "restored"
    """A backup whose last entry it was took the place of what was there."""


class Seal(Struct, frozen=True, kw_only=True):
    """A signed statement on a place of the chain, made at `time` (ms since 1970 UTC); `signer` is
    the public key."""

    statement: Statement
    number: int
    digest: bytes
    time: int
    signer: bytes
    signature: bytes

    @property
    def mark(self) -> Mark:
        """The place."""
        return Mark(self.number, self.digest)

    def is_genuine(self) -> bool:
        """Whether the signature is the signer's; whose that is, is another question."""
        message = _message(self.statement, self.mark, self.time, self.signer)
        try:
            Ed25519PublicKey.from_public_bytes(self.signer).verify(self.signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


class Sealer:
    """Signs for one instance."""

    def __init__(self, seed: bytes) -> None:
        """`seed`: 32 bytes that nobody else has."""
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._private.public_key().public_bytes_raw()
        """The public key, 32 bytes, by which anybody can check what is signed."""

    def seal(self, statement: Statement, mark: Mark, time: int) -> Seal:
        """Say this of a place, at `time` (ms)."""
        message = _message(statement, mark, time, self.public)
        return Seal(
            statement=statement,
            number=mark.number,
            digest=mark.digest,
            time=time,
            signer=self.public,
            signature=self._private.sign(message),
        )


def _message(statement: Statement, mark: Mark, time: int, signer: bytes) -> bytes:
    return fields("vigie audit", statement.value, mark.number, mark.digest, time, signer)
