"""A form that was sent while its sender had to prove again who they are: kept, and never lost.

It goes to the browser sealed, for whoever sent it and for a quarter of an hour, comes back with the
proof, and is shown once more before it is sent: nothing is done behind anybody's back.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from detectors.core.event import MINUTE
from monitor.clock import now_ms
from monitor.mfa.sealing import SealError
from monitor.services.keyring import Keyring

LIFETIME: Final = 15 * MINUTE
MOST: Final = 32 << 10
"""Characters of one that is sealed."""


class Interrupted(Struct, frozen=True):
    """What was to be done: the path, the form's fields without its token, and when (ms)."""

    path: str
    fields: dict[str, str]
    time: int


class Interruptions:
    """Of one instance; `now` gives ms since 1970 UTC."""

    def __init__(self, keyring: Keyring, now: Callable[[], int] = now_ms) -> None:
        self._keyring = keyring
        self._now = now

    def seal(self, who: str, path: str, fields: Mapping[str, str]) -> str:
        """A form of somebody's as text that only they can bring back."""
        kept = {name: value for name, value in fields.items() if name != "token"}
        told = msgspec.msgpack.encode(Interrupted(path, kept, self._now()))
        sealed = self._keyring.forms.close(told, f"form:{who}")
        return base64.urlsafe_b64encode(sealed).decode()

    def open(self, who: str, text: str) -> Interrupted | None:
        """The form, if it is theirs and not too old."""
        if len(text) > MOST:
            return None
        try:
            sealed = base64.b64decode(text.encode("ascii", "replace"), b"-_", validate=True)
            told = self._keyring.forms.open(sealed, f"form:{who}")
            found = msgspec.msgpack.decode(told, type=Interrupted)
        except (binascii.Error, SealError, msgspec.DecodeError, UnicodeDecodeError):
            return None
        return found if 0 <= self._now() - found.time < LIFETIME else None
