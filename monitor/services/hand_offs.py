"""Subscribers whom the application hands over: signed there, let in here once."""

import hashlib
import hmac
import logging
import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from msgspec import Struct
from sqlalchemy import Engine

from detectors.core.event import SECOND
from monitor.clock import now_ms
from monitor.mfa import hand_off
from monitor.mfa.hand_off import LEEWAY_S, LIFETIME_S, HandOff, HandOffError
from monitor.services.keyring import Keyring
from monitor.services.sessions import Client
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberSessions, Way
from monitor.store import sign_in_limits

_ONCE: Final = (LIFETIME_S + 2 * LEEWAY_S) * SECOND
"""So long the same one could come again, in ms."""
_log = logging.getLogger(__name__)


class HandOffTerms(Struct, frozen=True, kw_only=True):
    """What the settings say: the secret that the application signs with, None where it hands
    nobody over; and where it does so when it is asked to, None where it is not asked."""

    secret: str | None = None
    url: str | None = None


class HandOffs:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        sessions: SubscriberSessions,
        terms: HandOffTerms,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._sessions = sessions
        self._terms = terms
        self._now = now

    @property
    def is_asked(self) -> bool:
        """Whether the application can be asked who is signed in there."""
        return bool(self._terms.secret and self._terms.url)

    def ask(self) -> tuple[str, str]:
        """Where a browser is sent to be handed over, and the state that it keeps until it is back:
        nobody else can make it come in as somebody."""
        state = secrets.token_urlsafe(24)
        site = urlsplit(self._terms.url or "")
        query = f"{site.query}&state={state}" if site.query else f"state={state}"
        return urlunsplit((site.scheme, site.netloc, site.path, query, "")), state

    def read(self, token: str) -> HandOff | None:
        """Who is handed over; None where it is nobody, for a reason that is logged. Uses nothing
        up."""
        if not self._terms.secret:
            return None
        try:
            return hand_off.read(token, self._terms.secret.encode(), self._now())
        except HandOffError as error:
            _log.warning("nobody is handed over: %s", error)
            return None

    def take(self, token: str, client: Client) -> str | None:
        """The key of a session for whoever is handed over, once; None where nobody is."""
        found = self.read(token)
        if found is None:
            return None
        with self._engine.begin() as connection:
            told = self._digest(found.jti)
            if not sign_in_limits.take(connection, told, _ONCE, _ONCE, self._now()):
                _log.warning("nobody is handed over: it was used before")
                return None
            whose = Subscriber(found.tenant, found.sub)
            return self._sessions.open(
                connection, whose, Way.HAND_OFF, client, app_session=found.sid
            )

    def _digest(self, jti: str) -> bytes:
        told = f"hand-off\0{jti}".encode("utf-8", "surrogatepass")
        return hmac.digest(self._keyring.limits, told, hashlib.sha256)


def is_asked_by(found: HandOff, state: str) -> bool:
    """Whether it was made for the browser that keeps this state."""
    return bool(state) and hmac.compare_digest(found.state.encode(), state.encode())
