"""Subscribers show a factor at their own pages: to come in by a passkey, or to be trusted with what
is not done without (NIST SP 800-63B-4)."""

import hashlib
import hmac
from collections.abc import Callable
from enum import Enum
from typing import Final

from sqlalchemy import Connection, Engine

from detectors.core.event import MINUTE
from detectors.core.identity import Subject
from monitor.clock import now_ms
from monitor.services.factors import ACCOUNT, Factors, Method, Proved, Shown
from monitor.services.keyring import Keyring
from monitor.services.sessions import Client
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberSessions, SubscriberVisit, Way
from monitor.services.throttling import Allowance
from monitor.store import sign_in_limits

SESSION: Final = Allowance(5, 5 * MINUTE)
"""Codes that one session shows. A passkey cannot be guessed, and is not counted."""
SUBSCRIBER: Final = Allowance(10, 10 * MINUTE)
"""Codes in all sessions of one: 154 on the first day, of a million. Who uses them up keeps nobody
from showing a passkey, and locks neither factor nor account."""

CHANGES: Final = Allowance(30, 2 * MINUTE)
"""Changes of one's factors: each is written down, and told by mail."""


class Trouble(Enum):
    """Why nobody is let on."""

    WRONG = "wrong"
    """It is not right, too old, or was used before: which of them is told to nobody."""
    TOO_MANY = "too_many"


class OwnProofs:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        factors: Factors,
        sessions: SubscriberSessions,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._factors = factors
        self._sessions = sessions
        self._now = now

    def come_in(self, shown: Shown, client: Client) -> str | None:
        """The key of a session for whoever shows a passkey that was asked of anybody."""
        proved = self._factors.prove(None, Shown(passkey=shown.passkey, state=shown.state))
        whose = None if proved is None else subscriber_of_owner(proved)
        if proved is None or whose is None:
            return None
        method, level = proved.method.value, int(proved.level)
        with self._engine.begin() as connection:
            return self._sessions.open(
                connection, whose, Way.FACTOR, client, method=method, level=level
            )

    def step_up(self, visit: SubscriberVisit, shown: Shown) -> str | Trouble:
        """The new key of a session whose subscriber shows one of their own factors. Raises
        BusyError, and nothing was used up."""
        taken: list[tuple[bytes, int]] = []
        if not shown.passkey:
            with self._engine.begin() as connection:
                if not self._may(connection, visit, taken):
                    return Trouble.TOO_MANY
        proved = self._factors.prove(visit.subscriber.owner, shown)
        if proved is None or proved.owner.reference != visit.subscriber.owner.reference:
            return Trouble.WRONG
        with self._engine.begin() as connection:
            for digest, cost in taken:
                sign_in_limits.give_back(connection, digest, cost)
            key = self._sessions.prove(connection, visit, proved.method.value, int(proved.level))
        return Trouble.WRONG if key is None else key

    def may_change(self, visit: SubscriberVisit) -> bool:
        """Whether a subscriber changes their factors once more: takes one of those that may be."""
        with self._engine.begin() as connection:
            told = f"own-changes\0{visit.subscriber.subject}"
            return self._take(connection, told, CHANGES) is not None

    def _may(
        self, connection: Connection, visit: SubscriberVisit, taken: list[tuple[bytes, int]]
    ) -> bool:
        for told, allowance in (
            (f"own-proof\0{visit.handle}", SESSION),
            (f"own-proofs\0{visit.subscriber.subject}", SUBSCRIBER),
        ):
            digest = self._take(connection, told, allowance)
            if digest is None:
                return False
            taken.append((digest, allowance.pause))
        return True

    def _take(self, connection: Connection, told: str, allowance: Allowance) -> bytes | None:
        raw = told.encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._keyring.limits, raw, hashlib.sha256)
        most, now = allowance.at_once * allowance.pause, self._now()
        may = sign_in_limits.take(connection, digest, allowance.pause, most, now)
        return digest if may else None


def subscriber_of_owner(proved: Proved) -> Subscriber | None:
    """Whose a factor is that somebody showed; None for a reviewer's, and for all but a passkey:
    nobody says by a code who they are."""
    if proved.owner.kind != ACCOUNT or proved.method is not Method.PASSKEY:
        return None
    subject = Subject.parse(proved.owner.uid)
    return Subscriber(subject.tenant, subject.uid)
