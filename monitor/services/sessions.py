"""Who is in the console: sessions of reviewers, of the operator, and of who is being set up.

A session's key is known to its browser alone; a digest of it is kept. It ends when it is not used,
at the latest after a while however much it is used, and whenever what it rests on changes.
"""

import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from detectors.core.event import HOUR, MINUTE
from monitor.clock import now_ms
from monitor.formats.limits import bounded
from monitor.services import audit
from monitor.services.actor import Actor, Role, operator
from monitor.services.keyring import Keyring
from monitor.services.standing import ACTIVE, actor_of_reviewer
from monitor.store import reviewers, sessions
from monitor.store.connection import in_passing, reading
from monitor.store.sessions import SessionRow

KEY_LENGTH: Final = 43
"""Characters: 32 random bytes, base64url without padding."""
SETUP_LIFETIME: Final = HOUR
_SEEN_EVERY = MINUTE
_PARTS_OF_IDLE = 10


class Kind(StrEnum):
    """Whose a session is."""

    REVIEWER = "reviewer"
    OPERATOR = "operator"
    SETUP = "setup"


class Purpose(StrEnum):
    """What somebody is let in for who cannot sign in yet, or not any more."""

    FIRST = "first"
    INVITATION = "invitation"
    PASSWORD = "password"
    SECOND_FACTOR = "factor"


class Method(StrEnum):
    """How somebody came in."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    OIDC = "oidc"
    LINK = "link"


class Limits(Struct, frozen=True):
    """How long sessions last, in ms: unused, at the latest, and the operator's; and whether a
    console without an administrator opens for nothing but making the first one."""

    idle: int = 30 * MINUTE
    absolute: int = 12 * HOUR
    operator: int = HOUR
    needs_administrator: bool = True


class Client(Struct, frozen=True):
    """Where a request came from: address and user agent as text, empty where they are not known."""

    ip: str = ""
    user_agent: str = ""


class Visit(Struct, frozen=True):
    """A session that is open. Of one that only sets somebody up there is a `purpose` and no
    `actor`; `reviewer` is whose it is, None for the operator's."""

    key: str
    uid: str
    kind: Kind
    method: Method
    actor: Actor | None = None
    purpose: Purpose | None = None
    reviewer: str | None = None


class Sessions:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        now: Callable[[], int] = now_ms,
        limits: Limits | None = None,
    ) -> None:
        self._engine = engine
        self._in_passing = in_passing(engine)
        self._reading = reading(engine)
        self._keyring = keyring
        self._now = now
        self.limits = limits or Limits()
        self._has_administrator = False

    def open(
        self, connection: Connection, reviewer: str, method: Method, client: Client
    ) -> tuple[str, str]:
        """A new session of a reviewer who has just proved in full who they are: its key, and what
        it is called. Ends nothing."""
        return self.open_since(connection, reviewer, method, client, self._now())

    def open_since(
        self,
        connection: Connection,
        reviewer: str,
        method: Method,
        client: Client,
        authenticated: int | None,
    ) -> tuple[str, str]:
        """The same of one who proved it at another time (ms), or it is not known when."""
        until = self._now() + self.limits.absolute
        row = self._row(Kind.REVIEWER, method, client, until, reviewer, authenticated)
        return self._kept(connection, row)

    def open_operator(self, connection: Connection, client: Client) -> str:
        """A new session of whoever has the machine."""
        row = self._row(
            Kind.OPERATOR, Method.LINK, client, self._now() + self.limits.operator, None, None
        )
        key, uid = self._kept(connection, row)
        audit.record(connection, operator(), "session:open", f"session:{uid}")
        return key

    def open_setup(
        self, connection: Connection, purpose: Purpose, reviewer: str | None, client: Client
    ) -> str:
        """A new session that lets somebody set up what they will sign in with, and nothing else."""
        row = self._row(
            Kind.SETUP, Method.LINK, client, self._now() + SETUP_LIFETIME, reviewer, None, purpose
        )
        return self._kept(connection, row)[0]

    def visit(self, key: str, client: Client | None = None) -> Visit | None:
        """The session of this key, if it is open; it counts as used where a `client` is given."""
        if len(key) != KEY_LENGTH:
            return None
        now = self._now()
        with self._reading.connect() as connection:
            row = sessions.by_digest(connection, self._keyring.digest(key))
            if row is None or not self._holds(row, now):
                return None
            found = self._visit(connection, key, row)
        if found is not None and client is not None:
            self._note_seen(row, client, now)
        return found

    def renew(
        self, connection: Connection, key: str, client: Client, *, authenticated: bool
    ) -> str | None:
        """A new key for a session, which its browser holds from now on; with `authenticated`, its
        reviewer has just proved in full who they are, the limits begin anew, and what was kept of a
        form stays. None where it is not open any more."""
        digest, now = self._keyring.digest(key), self._now()
        row = sessions.by_digest(connection, digest)
        if row is None or not self._holds(row, now) or not sessions.end(connection, digest):
            return None
        until = now + self.limits.absolute if authenticated else row.expires
        renewed = self._row(
            Kind(row.kind),
            Method(row.method),
            client,
            until,
            row.reviewer,
            now if authenticated else row.authenticated,
            None if row.purpose is None else Purpose(row.purpose),
        )
        draft = row.draft if authenticated else None
        return self._kept(connection, structs.replace(renewed, uid=row.uid, draft=draft))[0]

    def end(self, key: str) -> None:
        """End a session."""
        with self._engine.begin() as connection:
            sessions.end(connection, self._keyring.digest(key))

    def end_within(self, connection: Connection, key: str) -> bool:
        """End a session in an open transaction; False where somebody else has."""
        return sessions.end(connection, self._keyring.digest(key))

    def end_others(self, connection: Connection, reviewer: str, key: str | None = None) -> int:
        """End all of a reviewer's, but for this one; how many there were."""
        but = None if key is None else self._keyring.digest(key)
        return sessions.end_all(connection, reviewer, but)

    def draft(self, visit: Visit) -> bytes | None:
        """What was kept of a form that is not done yet."""
        with self._reading.connect() as connection:
            row = sessions.by_digest(connection, self._keyring.digest(visit.key))
        if row is None or row.draft is None:
            return None
        return self._keyring.drafts.open(row.draft, f"session:{row.uid}")

    def keep_draft(self, visit: Visit, draft: bytes) -> None:
        """Keep what was entered so far, sealed, for as long as the session."""
        with self._engine.begin() as connection:
            sealed = self._keyring.drafts.close(connection, draft, f"session:{visit.uid}")
            sessions.change(connection, self._keyring.digest(visit.key), {"draft": sealed})

    def needs_administrator(self) -> bool:
        """Whether the first administrator is still to be made, and nothing else is to be done."""
        return self.limits.needs_administrator and not self.has_administrator()

    def has_administrator(self) -> bool:
        """Whether somebody can sign in as an administrator."""
        if not self._has_administrator:
            with self._reading.connect() as connection:
                count = reviewers.count(connection, Role.ADMINISTRATOR.value, ACTIVE)
            # It stays so: the last administrator cannot be removed.
            self._has_administrator = count > 0
        return self._has_administrator

    def seen_after(self) -> int:
        """Sessions that were last used before this (ms) are over."""
        return self._now() - self.limits.idle

    def _visit(self, connection: Connection, key: str, row: SessionRow) -> Visit | None:
        kind, method = Kind(row.kind), Method(row.method)
        if kind is Kind.OPERATOR:
            purpose = Purpose.FIRST if self.needs_administrator() else None
            actor = operator() if purpose is None else None
            return Visit(key, row.uid, kind, method, actor, purpose)
        if kind is Kind.SETUP:
            purpose = Purpose(row.purpose or Purpose.INVITATION)
            return Visit(key, row.uid, kind, method, None, purpose, row.reviewer)
        found = reviewers.by_uid(connection, row.reviewer or "")
        if found is None or found.state != ACTIVE:
            return None
        actor = actor_of_reviewer(found, row.authenticated)
        return Visit(key, row.uid, kind, method, actor, None, row.reviewer)

    def _holds(self, row: SessionRow, now: int) -> bool:
        if now >= row.expires:
            return False
        return row.kind == Kind.OPERATOR or now - row.last_seen < self.limits.idle

    def _note_seen(self, row: SessionRow, client: Client, now: int) -> None:
        every = min(_SEEN_EVERY, self.limits.idle // _PARTS_OF_IDLE)
        if now - row.last_seen < every:
            return
        values = {"last_seen": now, "ip": client.ip, "user_agent": bounded(client.user_agent)}
        try:
            with self._in_passing.begin() as connection:
                sessions.change(connection, row.digest, values)
        except DBAPIError:
            # A database that is busy now is no reason to answer nothing; the next request notes it.
            return

    def _row(
        self,
        kind: Kind,
        method: Method,
        client: Client,
        expires: int,
        reviewer: str | None,
        authenticated: int | None,
        purpose: Purpose | None = None,
    ) -> SessionRow:
        now = self._now()
        return SessionRow(
            digest=b"",
            uid=secrets.token_hex(8),
            kind=kind.value,
            reviewer=reviewer,
            method=method.value,
            created=now,
            authenticated=authenticated,
            last_seen=now,
            expires=expires,
            ip=client.ip,
            user_agent=bounded(client.user_agent),
            purpose=None if purpose is None else purpose.value,
        )

    def _kept(self, connection: Connection, row: SessionRow) -> tuple[str, str]:
        key = secrets.token_urlsafe(32)
        sessions.add(connection, structs.replace(row, digest=self._keyring.digest(key)))
        return key, row.uid
