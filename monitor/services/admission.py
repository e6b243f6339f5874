"""Links that let somebody in once: whoever has the machine, and whoever was invited."""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from sqlalchemy.engine import Engine

from detectors.core.event import MINUTE
from monitor.clock import now_ms
from monitor.services.keyring import Keyring
from monitor.services.sessions import KEY_LENGTH, Client, Purpose, Sessions
from monitor.store import sessions as stored
from monitor.store.keys import LINK, Keys

LINK_LIFETIME = 15 * MINUTE


class Admission:
    """Gives out one-time keys of the operator's, and exchanges those and invitations for sessions.

    Safe to share between threads. `now` gives ms since 1970 UTC; `pepper` is the instance's own.
    """

    def __init__(
        self,
        engine: Engine,
        now: Callable[[], int] = now_ms,
        pepper: bytes = b"",
        sessions: Sessions | None = None,
    ) -> None:
        self._engine = engine
        self._keyring = Keyring(pepper)
        self._keys = Keys(engine, pepper)
        self._sessions = sessions or Sessions(engine, self._keyring, now)
        self._now = now

    def issue_link(self) -> str:
        """A new key, good once and for 15 minutes."""
        key = secrets.token_urlsafe(32)
        now = self._now()
        self._keys.add(key, LINK, now + LINK_LIFETIME, now)
        return key

    def enter(self, key: str, client: Client | None = None) -> str | None:
        """The session that a link's key is exchanged for; None when it is not good (any more)."""
        if len(key) != KEY_LENGTH:
            return None
        now, client = self._now(), client or Client()
        with self._engine.begin() as connection:
            if self._keys.spend(connection, key, now):
                return self._sessions.open_operator(connection, client)
            invited = stored.redeem(connection, self._keyring.digest(key), now)
            if invited is None:
                return None
            purpose = Purpose(invited.purpose)
            return self._sessions.open_setup(connection, purpose, invited.reviewer, client)


def issue_link(engine: Engine, pepper: bytes = b"") -> str:
    """A new one-time key for the console of this database; `link` makes the address of it."""
    return Admission(engine, pepper=pepper).issue_link()


def link(address: str, key: str) -> str:
    """The link to open, for a console at `address` (such as `http://127.0.0.1:8400`).

    The key stands behind `#`: browsers send that part to no server, so it reaches no log.
    """
    return f"{address.rstrip('/')}/enter#{key}"


def by_name(address: str) -> str:
    """An address of this machine by its name: browsers make no passkeys for a number."""
    return address.replace("http://127.0.0.1:", "http://localhost:", 1)


def form_token(session: str) -> str:
    """What a form of this session carries, so that no other site can send it."""
    return hashlib.sha256(b"form:" + session.encode("utf-8", "surrogatepass")).hexdigest()


def is_form_token(session: str, token: str) -> bool:
    """Whether a form was made for this session; takes the same time for any wrong token."""
    return hmac.compare_digest(form_token(session).encode(), token.encode("utf-8", "replace"))
