"""Secrets as rows keep them: sealed with the key that the database goes by, opened with any known.

Which key that is, is noted in the database, and the note is held by every transaction that seals:
once a rotation has moved it on, nothing is sealed with a former key any more, by whichever process.
"""

from typing import Final

from sqlalchemy import Connection

from monitor.instance import SEALING_NOTES
from monitor.mfa.sealing import Seal, SealError, sealed_by
from monitor.sealing_keys import SealingKeys
from monitor.store.writing import Writing

NOTE: Final = SEALING_NOTES[0]


class AtRest:
    """Of one instance and one purpose. Safe to share between threads; `own` is the seal of the
    instance's own key, `keys` are those that followed it."""

    def __init__(self, own: Seal, keys: SealingKeys, purpose: str) -> None:
        self._own = own
        self._keys = keys
        self._purpose = purpose

    def close(self, connection: Connection, secret: bytes, owner: str) -> bytes:
        """The secret sealed for its owner, to be kept in this transaction. Raises SealError where
        the key is not here."""
        return self.seal(current(connection)).close(secret, owner)

    def open(self, sealed: bytes, owner: str) -> bytes:
        """What was sealed for this owner. Raises SealError."""
        return self.seal(sealed_by(sealed)).open(sealed, owner)

    def seal(self, name: bytes) -> Seal:
        """What seals with the key of this name, with the instance's own for none. Raises
        SealError."""
        found = self._own if not name else self._keys.named(name, self._purpose)
        if found is None:
            raise SealError(f"the key {name.hex()} is not here: put it back among the sealing keys")
        return found


def current(connection: Connection) -> bytes:
    """The name of the key that the database goes by, held until this transaction ends; empty for
    the instance's own."""
    return Writing(connection).hold_note(NOTE) or b""
