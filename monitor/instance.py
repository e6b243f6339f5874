"""The instance's own key: made once, kept beside the database and never in it, never shown.

What other secrets are derived from it for lives in one place each; whoever has a copy of the
database alone can so check or open nothing.
"""

import base64
import binascii
import hmac
import os
import secrets
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection, Engine, delete

from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.migration import is_current
from monitor.store.writing import Writing
from monitor.trouble import Trouble

KEY_FILE = "vigie.key"
KEY_BYTES = 32
_NOTE = "key"
SEALING_NOTES = ("sealing", "sealing_done")
"""Which key secrets at rest are sealed with, and with which all were."""
_VOID = (
    tables.console_keys,
    tables.api_keys,
    tables.reviewer_sessions,
    tables.invitations,
    tables.factors,
    tables.subscriber_sessions,
    tables.enrolment_links,
    tables.challenges,
)
"""What only the key that it was made with opens."""
_SHOWN = 12


class InstanceKeyError(Trouble):
    """The instance's key cannot be used; says what to do."""


class InstanceKey:
    """32 random bytes that stand for this instance."""

    def __init__(self, raw: bytes) -> None:
        if len(raw) != KEY_BYTES:
            raise InstanceKeyError(f"expected {KEY_BYTES} bytes in base64, got {len(raw)}")
        self._raw = raw

    def derive(self, purpose: str) -> bytes:
        """32 bytes for one purpose (HMAC-SHA256), from which neither the key nor others follow."""
        return hmac.digest(self._raw, f"vigie:{purpose}".encode(), sha256)

    @property
    def pepper(self) -> bytes:
        """What the credentials of this instance are digested with."""
        return self.derive("credentials")

    @property
    def fingerprint(self) -> str:
        """What tells two keys apart and may be shown."""
        return self.derive("fingerprint").hex()[:_SHOWN]


def read(text: str) -> InstanceKey:
    """The key that a text is in base64 (URL-safe or not). Raises InstanceKeyError."""
    plain = text.strip().replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise InstanceKeyError(f"expected {KEY_BYTES} bytes in base64") from None
    return InstanceKey(raw)


def opened(given: str | None, data: Path) -> tuple[InstanceKey, Path | None]:
    """The key that was given, else the one in the data folder, made when there is none.

    The path is that of a key which was made just now. Raises InstanceKeyError, OSError.
    """
    if given is not None:
        return read(given), None
    path = data / KEY_FILE
    if not path.exists():
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        if _made(path):
            return read(path.read_text("ascii")), path
    try:
        return read(path.read_text("ascii", "replace")), None
    except InstanceKeyError as error:
        raise InstanceKeyError(f"{path}: {error}; put a copy of the right one there") from error


def verified(given: str | None, data: Path, database_url: str) -> bytes:
    """The pepper of the key that was given or is in the data folder, held to the database where
    there is one. Raises InstanceKeyError, OSError."""
    key, _ = opened(given, data)
    if is_current(database_url):
        database = connect(database_url)
        try:
            adopt(database, key)
        finally:
            database.dispose()
    return key.pepper


def adopt(database: Engine, key: InstanceKey) -> None:
    """Hold the database to this key: the first one it meets is its own.

    Raises InstanceKeyError where it has another one.
    """
    with database.begin() as connection:
        writing = Writing(connection)
        known = writing.note(_NOTE)
        if known is None:
            writing.set_note(_NOTE, key.fingerprint.encode())
        elif known.decode() != key.fingerprint:
            raise InstanceKeyError(
                f"this database belongs to the instance key {known.decode()}, and the one given is "
                f"{key.fingerprint}: put the right key back (vigie.key in the data folder, or "
                "VIGIE_SECRETS__KEY_FILE). If it is lost, `vigie secrets reset` takes the present "
                "one: every API key, session, password and second factor is then void, and "
                "nothing else is lost"
            )


def reset(
    database: Engine, key: InstanceKey, also: Callable[[Connection], object] = lambda _: None
) -> None:
    """Make this the database's own key, and forget all that only the former one opens; `also`
    writes in the same transaction."""
    with database.begin() as connection:
        for table in _VOID:
            connection.execute(delete(table))
        writing = Writing(connection)
        writing.set_note(_NOTE, key.fingerprint.encode())
        # With nothing left that was sealed, the new key seals, until another follows it.
        writing.drop_notes(SEALING_NOTES)
        also(connection)


def _made(path: Path) -> bool:
    """Write a new key for its owner only, whole or not at all; False when somebody else did."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened_file:
            opened_file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            opened_file.flush()
            os.fsync(opened_file.fileno())
        try:
            os.link(beside, path)
        except FileExistsError:
            return False
    finally:
        beside.unlink()
    return True
