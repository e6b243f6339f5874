"""Who may open the console: whoever holds a one-time link, for one session."""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from sqlalchemy.engine import Engine

from detectors.core.event import HOUR, MINUTE
from monitor.clock import now_ms
from monitor.services.actor import Actor, operator
from monitor.store.keys import LINK, SESSION, Keys

LINK_LIFETIME = 15 * MINUTE
SESSION_LIFETIME = 12 * HOUR
"""From its beginning, however much it is used."""
KEY_LENGTH = 43
"""Characters: 32 random bytes, base64url without padding."""


class Admission:
    """Gives out one-time keys, exchanges them for sessions, and knows which sessions hold.

    Safe to share between threads. `now` gives ms since 1970 UTC; `pepper` is the instance's own.
    """

    def __init__(
        self, engine: Engine, now: Callable[[], int] = now_ms, pepper: bytes = b""
    ) -> None:
        self._keys = Keys(engine, pepper)
        self._now = now

    def issue_link(self) -> str:
        """A new key, good once and for 15 minutes."""
        key = secrets.token_urlsafe(32)
        now = self._now()
        self._keys.add(key, LINK, now + LINK_LIFETIME, now)
        return key

    def enter(self, key: str) -> str | None:
        """The session that a link's key is exchanged for; None when it is not good (any more)."""
        if len(key) != KEY_LENGTH:
            return None
        session = secrets.token_urlsafe(32)
        now = self._now()
        good = self._keys.exchange(key, session, now + SESSION_LIFETIME, now)
        return session if good else None

    def admits(self, session: str) -> Actor | None:
        """Whose this session is, if it is open: whoever could make a link has the machine."""
        is_open = len(session) == KEY_LENGTH and self._keys.holds(session, SESSION, self._now())
        return operator() if is_open else None

    def leave(self, session: str) -> None:
        """End a session."""
        self._keys.drop(session)


def issue_link(engine: Engine, pepper: bytes = b"") -> str:
    """A new one-time key for the console of this database; `link` makes the address of it."""
    return Admission(engine, pepper=pepper).issue_link()


def link(address: str, key: str) -> str:
    """The link to open, for a console at `address` (such as `http://127.0.0.1:8400`).

    The key stands behind `#`: browsers send that part to no server, so it reaches no log.
    """
    return f"{address.rstrip('/')}/enter#{key}"


def form_token(session: str) -> str:
    """What a form of this session carries, so that no other site can send it."""
    return hashlib.sha256(b"form:" + session.encode("utf-8", "surrogatepass")).hexdigest()


def is_form_token(session: str, token: str) -> bool:
    """Whether a form was made for this session; takes the same time for any wrong token."""
    return hmac.compare_digest(form_token(session).encode(), token.encode("utf-8", "replace"))
