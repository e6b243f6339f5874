"""How often somebody may try to sign in, so that nobody guesses and nobody can be locked out.

Who has signed in before from a browser shows a cookie for that (OWASP's device cookies): their
tries are counted by themselves. Those of strangers are counted for each address, for each name and
in all; so a stranger who exhausts a name keeps out strangers, and not whose name it is. Counts are
in the database, where all web processes see them, by digests only.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from ipaddress import IPv6Network, ip_address
from typing import Final

from msgspec import Struct
from sqlalchemy import Engine

from detectors.core.event import DAY, MINUTE, SECOND
from monitor.clock import now_ms
from monitor.services.keyring import Keyring
from monitor.store import sign_in_limits
from monitor.store.reviewers import email_key

COOKIE_LIFETIME: Final = 180 * DAY
_PREFIX_V6 = 64
"""What one household or one desk has of IPv6."""
_PARTS = 3


class Allowance(Struct, frozen=True):
    """So many tries at once, and one more for each pause (ms)."""

    at_once: int
    pause: int


ADDRESS: Final = Allowance(20, 30 * SECOND)
NAME: Final = Allowance(10, 15 * MINUTE)
"""Of strangers: 106 on the first day, and 96 on each day after it."""
KNOWN: Final = Allowance(10, 15 * MINUTE)
"""Of one browser that is known for one name."""
ALL: Final = Allowance(60, SECOND // 2)
"""Of all strangers; what Argon2 takes is bounded besides."""
TOLD: Final = Allowance(600, SECOND // 10)
"""Tries beyond what is allowed that become events: a flood shall not fill the inbox."""
SETUP: Final = Allowance(10, DAY)
"""Of one link."""


class Attempt(Struct, frozen=True):
    """A try: whether it may be made, whether the browser is a known one, and what it took."""

    is_allowed: bool
    is_known: bool
    taken: tuple[tuple[bytes, int], ...] = ()


class Throttle:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(self, engine: Engine, keyring: Keyring, now: Callable[[], int] = now_ms) -> None:
        self._engine = engine
        self._keyring = keyring
        self._now = now

    def attempt(self, email: str, ip: str, cookie: str = "") -> Attempt:
        """Take one try for a name from an address, with what its browser shows."""
        is_known = self.knows(cookie, email)
        if is_known:
            nonce = cookie.split(".")[1]
            return self._taken(True, ("known", f"{email_key(email)}\0{nonce}", KNOWN))
        return self._taken(
            False,
            ("address", network_of(ip), ADDRESS),
            ("name", email_key(email), NAME),
            ("all", "", ALL),
        )

    def attempt_passkey(self, ip: str) -> Attempt:
        """Take one try by a passkey, which nobody guesses: only what it costs is bounded, so that
        nobody's tries keep others out."""
        return self._taken(False, ("passkey", network_of(ip), ADDRESS))

    def attempt_again(self, reviewer: str) -> Attempt:
        """Take one try of somebody who is in, to prove again who they are."""
        return self._taken(True, ("again", reviewer, KNOWN))

    def attempt_setup(self, session: str) -> Attempt:
        """Take one try within what a link opened."""
        return self._taken(True, ("setup", session, SETUP))

    def may_tell(self) -> bool:
        """Whether one more refused try is to become an event."""
        return self._taken(False, ("told", "", TOLD)).is_allowed

    def forgive(self, attempt: Attempt) -> None:
        """The try was right: it counts for nothing."""
        with self._engine.begin() as connection:
            for digest, cost in attempt.taken:
                sign_in_limits.give_back(connection, digest, cost)

    def cookie(self, email: str) -> str:
        """What a browser shows from now on to be known for a name: time, nonce and HMAC."""
        told = f"{self._now()}.{secrets.token_urlsafe(16)}"
        return f"{told}.{self._mac(told, email)}"

    def knows(self, cookie: str, email: str) -> bool:
        """Whether a browser was given this for this name, not too long ago."""
        parts = cookie.split(".")
        if len(parts) != _PARTS or not parts[0].isascii() or not parts[0].isdigit():
            return False
        told, mac = f"{parts[0]}.{parts[1]}", parts[2]
        is_ours = hmac.compare_digest(
            self._mac(told, email).encode(), mac.encode("utf-8", "surrogatepass")
        )
        return is_ours and 0 <= self._now() - int(parts[0][:20]) < COOKIE_LIFETIME

    def _taken(self, is_known: bool, *wanted: tuple[str, str, Allowance]) -> Attempt:
        taken: list[tuple[bytes, int]] = []
        now = self._now()
        with self._engine.begin() as connection:
            for kind, value, allowance in wanted:
                digest = self._digest(kind, value)
                most = allowance.at_once * allowance.pause
                if not sign_in_limits.take(connection, digest, allowance.pause, most, now):
                    # What comes after it is left alone: one address cannot use up a name.
                    return Attempt(False, is_known, tuple(taken))
                taken.append((digest, allowance.pause))
        return Attempt(True, is_known, tuple(taken))

    def _digest(self, kind: str, value: str) -> bytes:
        told = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._keyring.limits, told, hashlib.sha256)

    def _mac(self, told: str, email: str) -> str:
        text = f"{told}\0{email_key(email)}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._keyring.devices, text, hashlib.sha256).hex()


def network_of(ip: str) -> str:
    """What counts as one address: one of IPv4, and of IPv6 what one desk has."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ip
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    if mapped is not None:
        return str(mapped)
    return str(IPv6Network((int(address), _PREFIX_V6), strict=False))
