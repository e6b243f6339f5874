"""Passwords, hashed with Argon2id so that a copy of the database is of little use.

The rules are NIST SP 800-63B-4's (July 2025), section 3.1.1.2: a minimum of 15 characters where a
password is the only factor, and of 8 where a second one is always asked for; every code point
counts as one, nothing is cut off, no mixture of characters is asked for, nothing expires.
"""

import secrets
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError

SINGLE_FACTOR_MINIMUM: Final = 15
"""Code points, where nothing but the password is asked for."""
MULTI_FACTOR_MINIMUM: Final = 8
"""Code points, the least that may be asked for beside a second factor."""
MAXIMUM: Final = 256
"""Code points; NIST asks for at least 64. The longest sentence that anybody types, and bounded."""
AT_ONCE: Final = 2
"""Hashes that are reckoned at the same time in one process: 64 MiB each."""
WAITING: Final = 8
"""How many may wait for their turn; who comes then is told to come again."""
PATIENCE_S: Final = 10.0


class BusyError(RuntimeError):
    """Too many passwords are being checked at this moment; nothing was decided."""


def normal(password: str) -> str:
    """The password as it is hashed: composed (Unicode NFC, as SP 800-63B-4 has it since it gave up
    NFKC), and every kind of space the plain one (RFC 8265, OpaqueString), since keyboards differ
    in both."""
    composed = unicodedata.normalize("NFC", password)
    return "".join(" " if unicodedata.category(one) == "Zs" else one for one in composed)


class Gate:
    """Lets so many through at once, lets a few wait, and turns the others away. Between threads."""

    def __init__(self, at_once: int, waiting: int = WAITING, patience: float = PATIENCE_S) -> None:
        self._free = threading.Semaphore(at_once)
        self._room = threading.Semaphore(at_once + waiting)
        self._patience = patience

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Be one of those let through, for as long as the block takes. Raises BusyError."""
        if not self._room.acquire(blocking=False):
            raise BusyError("too many passwords are being checked")
        try:
            if not self._free.acquire(timeout=self._patience):
                raise BusyError("it took too long until a password could be checked")
            try:
                yield
            finally:
                self._free.release()
        finally:
            self._room.release()


class Passwords:
    """Hashes passwords and checks them. Safe to share between threads.

    The parameters are RFC 9106's second recommended option (64 MiB, 3 passes, 4 lanes): what
    resists hardware best where 2 GiB for each sign-in are not at hand. Whoever is `known` has a
    gate of their own, so that a flood of strangers does not keep them waiting.
    """

    def __init__(self, hasher: PasswordHasher | None = None, at_once: int = AT_ONCE) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
        self._gates = {False: Gate(at_once), True: Gate(1)}
        self._nobody = ""
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        """The hash (PHC string format: parameters, salt and all). Raises BusyError."""
        with self._gates[True].passed():
            return self._hash(normal(password))

    def matches(self, password: str, kept: str | None, *, known: bool = False) -> bool:
        """Whether a hash is this password's. Where there is none, the same work is done, so that
        nobody learns from the time it takes whether somebody is known. Raises BusyError."""
        with self._gates[known].passed():
            compared = kept or self._of_nobody()
            try:
                found = self._hasher.verify(compared, _encoded(normal(password)))
            except (VerificationError, InvalidHashError):
                return False
            return found and kept is not None

    def is_outdated(self, kept: str) -> bool:
        """Whether a hash was made with other parameters, and is to be made anew when it can be."""
        return self._hasher.check_needs_rehash(kept)

    def _hash(self, password: str) -> str:
        return self._hasher.hash(_encoded(password))

    def _of_nobody(self) -> str:
        with self._lock:
            if not self._nobody:
                self._nobody = self._hash(secrets.token_urlsafe(32))
            return self._nobody


def _encoded(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
