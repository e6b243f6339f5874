"""The keys that secrets at rest are sealed with: given by the settings, or in a file of the data
folder that `vigie secrets rotate` makes. There is none at first: the instance's own key seals.

The file is read again for a key that is not known, so that a running process follows a rotation.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Final

from monitor.mfa.sealing import KEY_BYTES, Seal, name_of
from monitor.trouble import Trouble

FILE: Final = "sealing.keys"
MOST: Final = 64
"""Keys of one file; MOST_BYTES of it."""
MOST_BYTES: Final = 16 << 10


class SealingKeyError(Trouble):
    """Keys that cannot be used; says what to do."""


def parsed(text: str) -> list[bytes]:
    """The keys of a text, newest first: 32 bytes in base64 each (URL-safe or not), with spaces or
    lines between. Raises SealingKeyError."""
    found = [_key(word) for word in text.split()]
    if len(found) > MOST:
        raise SealingKeyError(f"more than {MOST} keys: take away those that nothing is sealed with")
    if len(set(found)) < len(found):
        raise SealingKeyError("the same key twice")
    return found


class SealingKeys:
    """Those of one instance, newest first. Safe to share between threads. `given` is what the
    settings say (then no file is read), `path` the file."""

    def __init__(self, given: str | None = None, path: Path | None = None) -> None:
        self.path = path if given is None else None
        self._given = [] if given is None else parsed(given)
        self._known: dict[bytes, bytes] = {}
        self._lock = Lock()

    @property
    def is_given(self) -> bool:
        """Whether they are the settings' own, which nothing here changes."""
        return self.path is None

    def read(self) -> list[bytes]:
        """All of them as they are now, newest first. Raises SealingKeyError."""
        if self.path is None:
            return self._given
        try:
            with self.path.open("rb") as opened:
                text = opened.read(MOST_BYTES + 1)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise SealingKeyError(f"{self.path} cannot be read: {error.strerror}") from None
        if len(text) > MOST_BYTES:
            raise SealingKeyError(f"{self.path} is larger than {MOST_BYTES} bytes")
        try:
            return parsed(text.decode("ascii", "replace"))
        except SealingKeyError as error:
            raise SealingKeyError(f"{self.path}: {error}") from error

    def named(self, name: bytes, purpose: str) -> Seal | None:
        """What seals for one purpose with the key of this name; None where it is not here."""
        with self._lock:
            if name not in self._known:
                self._known = {name_of(key): key for key in self.read()}
            key = self._known.get(name)
        return None if key is None else Seal(_derived(key, purpose), name)

    def put(self, keys: Sequence[bytes]) -> None:
        """Keep these in the file, for its owner only, whole or not at all; of none there is no
        file. Raises SealingKeyError, OSError."""
        if self.path is None:
            raise SealingKeyError("the keys are the settings' own: they are changed there")
        if not keys:
            self.path.unlink(missing_ok=True)
            return
        beside = self.path.with_name(f".{self.path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                opened.write(b"".join(base64.b64encode(key) + b"\n" for key in keys))
                opened.flush()
                os.fsync(opened.fileno())
            beside.replace(self.path)
            _settle(self.path.parent)
        finally:
            beside.unlink(missing_ok=True)


def new_key() -> bytes:
    """A new key."""
    return secrets.token_bytes(KEY_BYTES)


def shown(key: bytes) -> str:
    """A key as a text keeps it."""
    return base64.b64encode(key).decode()


def _derived(key: bytes, purpose: str) -> bytes:
    return hmac.digest(key, f"vigie:{purpose}".encode(), hashlib.sha256)


def _settle(folder: Path) -> None:
    """The name is on the disk as well, before anything is sealed with the new key."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _key(word: str) -> bytes:
    plain = word.replace("-", "+").replace("_", "/")
    try:
        raw = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != KEY_BYTES:
        raise SealingKeyError(f"expected keys of {KEY_BYTES} bytes in base64")
    return raw
