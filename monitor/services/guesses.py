"""How often codes may be guessed for a subscriber, over all challenges, sessions and addresses.

A challenge takes five answers and is gone; whoever knows a password can have another one. So codes
that are typed are counted for each account and each address as well; passkeys, which nobody
guesses, are not. A browser in which a challenge of the account was passed before is counted by
itself: a stranger who uses up an account's guesses keeps out strangers, and not its owner at their
own desk.
"""

import hashlib
import hmac
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection

from detectors.core.event import MINUTE, SECOND
from monitor.services.keyring import Keyring
from monitor.services.subscriber import Subscriber
from monitor.services.throttling import Allowance, network_of
from monitor.store import sign_in_limits

STRANGERS: Final = Allowance(20, 15 * MINUTE)
"""Of all browsers that an account is not known by: 116 on the first day, and 96 on each after it.
Of a million codes three are right at a time: somebody guesses one in ten years."""
KNOWN: Final = Allowance(20, 5 * MINUTE)
"""Of one browser in which a challenge of the account was passed."""
ADDRESS: Final = Allowance(60, 20 * SECOND)
"""Of one address, over all accounts; a call centre has one address."""


class Guess(Struct, frozen=True):
    """A guess: whether it may be made, and what it took."""

    is_allowed: bool
    taken: tuple[tuple[bytes, int], ...] = ()


def take(
    connection: Connection,
    keyring: Keyring,
    subscriber: Subscriber,
    ip: str,
    known: bytes | None,
    now: int,
) -> Guess:
    """Take one guess at a subscriber's codes at `now` (ms); `known` is what tells a browser that
    the account is known by."""
    whose = str(subscriber.subject)
    wanted = [("challenge-address", network_of(ip), ADDRESS)] if ip else []
    if known is None:
        wanted.append(("challenge-account", whose, STRANGERS))
    else:
        wanted.append(("challenge-known", f"{whose}\0{known.hex()}", KNOWN))
    taken: list[tuple[bytes, int]] = []
    for kind, value, allowance in wanted:
        digest = _digest(keyring, kind, value)
        most = allowance.at_once * allowance.pause
        if not sign_in_limits.take(connection, digest, allowance.pause, most, now):
            return Guess(False, tuple(taken))
        taken.append((digest, allowance.pause))
    return Guess(True, tuple(taken))


def forgive(connection: Connection, guess: Guess) -> None:
    """It was right, or none at all: it counts for nothing."""
    for digest, cost in guess.taken:
        sign_in_limits.give_back(connection, digest, cost)


def _digest(keyring: Keyring, kind: str, value: str) -> bytes:
    told = f"{kind}\0{value}".encode("utf-8", "surrogatepass")
    return hmac.digest(keyring.limits, told, hashlib.sha256)
