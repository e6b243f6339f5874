"""Who is at a subscriber's own pages: sessions that open nothing else.

A session's key is known to its browser alone; a digest of it is kept. It is short, ends when it is
not used, has a new key whenever it is worth more, and ends with the account's others where nobody
showed a factor in it.
"""

import secrets
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from alerts.ladder import Step
from alerts.measure import TOUCHED, State
from detectors.core.event import HOUR, MINUTE
from monitor.clock import now_ms
from monitor.formats.limits import bounded
from monitor.protection.pseudonyms import PREFIX
from monitor.services.authority import FRESH
from monitor.services.keyring import Keyring
from monitor.services.sessions import KEY_LENGTH, Client
from monitor.services.subscriber import Subscriber
from monitor.store import erasures, measures, subscriber_sessions
from monitor.store.connection import in_passing, reading
from monitor.store.subscriber_sessions import SubscriberSessionRow

_SEEN_EVERY: Final = MINUTE
_DONE: Final = TOUCHED | {State.DONE}
LONGEST: Final = 256
"""Characters of what an application calls a tenant, an account or a session."""


class Way(StrEnum):
    """How somebody came to their pages."""

    HAND_OFF = "hand_off"
    """The application, where they are signed in, handed them over."""
    GATE = "gate"
    """They came through the gate with their session of the application."""
    FACTOR = "factor"
    """They showed a passkey here."""
    LINK = "link"
    """An enrolment link let them set up a factor."""


class SubscriberLimits(Struct, frozen=True):
    """How long sessions last, in ms: unused, and at the latest. Desks are shared."""

    idle: int = 15 * MINUTE
    absolute: int = 2 * HOUR


class SubscriberVisit(Struct, frozen=True, kw_only=True):
    """A session that is open: whose, what it is worth (NIST's assurance level, 1 or 2) by which
    method (empty where no factor was shown), since when (ms), and the session at the application
    that it came from. `handle` is what it is called; `authenticated` is when a factor was last
    shown in it (ms)."""

    key: str
    handle: str
    subscriber: Subscriber
    way: Way
    level: int
    method: str
    began: int
    app_session: str | None = None
    authenticated: int | None = None

    def is_fresh(self, now: int) -> bool:
        """Whether a factor was shown lately enough for what is not done without."""
        shown = self.authenticated
        return shown is not None and now - FRESH <= shown <= now


class SubscriberSessions:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        now: Callable[[], int] = now_ms,
        limits: SubscriberLimits | None = None,
    ) -> None:
        self._engine = engine
        self._in_passing = in_passing(engine)
        self._reading = reading(engine)
        self._keyring = keyring
        self._now = now
        self.limits = limits or SubscriberLimits()

    def open(
        self,
        connection: Connection,
        subscriber: Subscriber,
        way: Way,
        client: Client,
        *,
        app_session: str | None = None,
        method: str = "",
        level: int = 1,
    ) -> str | None:
        """The key of a new session; with a `method`, a factor has just been shown. None for an
        account that cannot have one: it is being erased, or its name is none."""
        if not _is_told(subscriber, app_session) or _is_going(connection, subscriber):
            return None
        now = self._now()
        row = SubscriberSessionRow(
            digest=b"",
            handle=secrets.token_hex(16),
            subject_key=subscriber.key,
            tenant=subscriber.tenant,
            account=subscriber.account,
            way=way.value,
            method=method or None,
            level=level,
            session=app_session,
            created=now,
            authenticated=now if method else None,
            last_seen=now,
            expires=now + self.limits.absolute,
            ip=client.ip,
            user_agent=bounded(client.user_agent),
        )
        return self._kept(connection, row)

    def visit(self, key: str, client: Client | None = None) -> SubscriberVisit | None:
        """The session of this key, if it is open; it counts as used where a `client` is given."""
        if len(key) != KEY_LENGTH:
            return None
        now = self._now()
        with self._reading.connect() as connection:
            row = subscriber_sessions.by_digest(connection, self._keyring.digest(key))
            if row is None or not self._holds(row, now):
                return None
            found = _visit(key, row)
            if _is_going(connection, found.subscriber) or _is_signed_out(connection, found):
                return None
        if client is not None:
            self._note_seen(row, client, now)
        return found

    def prove(
        self, connection: Connection, visit: SubscriberVisit, method: str, level: int
    ) -> str | None:
        """The new key of a session in which a factor was just shown; it is worth no less than
        before. None where it is not open any more."""
        digest, now = self._keyring.digest(visit.key), self._now()
        row = subscriber_sessions.by_digest(connection, digest)
        if row is None or not self._holds(row, now):
            return None
        if not subscriber_sessions.end(connection, digest):
            return None
        worth = max(row.level, level)
        proved = structs.replace(row, method=method, level=worth, authenticated=now, last_seen=now)
        return self._kept(connection, proved)

    def end(self, key: str) -> None:
        """End a session."""
        with self._engine.begin() as connection:
            subscriber_sessions.end(connection, self._keyring.digest(key))

    def begin_anew(self, connection: Connection, visit: SubscriberVisit, now: int) -> None:
        """Let a session outlast that its own subscriber ends all of the account at `now` (ms)."""
        digest = self._keyring.digest(visit.key)
        subscriber_sessions.change(connection, digest, {"created": now})

    def end_within(self, connection: Connection, visit: SubscriberVisit) -> bool:
        """End a session in an open transaction; False where somebody else has."""
        return subscriber_sessions.end(connection, self._keyring.digest(visit.key))

    def end_all(
        self, connection: Connection, subscriber: Subscriber, but: SubscriberVisit | None = None
    ) -> int:
        """End all of a subscriber's, but for one; how many there were."""
        digest = None if but is None else self._keyring.digest(but.key)
        return subscriber_sessions.end_all(connection, subscriber.subject, digest)

    def _holds(self, row: SubscriberSessionRow, now: int) -> bool:
        return now < row.expires and now - row.last_seen < self.limits.idle

    def _note_seen(self, row: SubscriberSessionRow, client: Client, now: int) -> None:
        if now - row.last_seen < _SEEN_EVERY:
            return
        values = {"last_seen": now, "ip": client.ip, "user_agent": bounded(client.user_agent)}
        try:
            with self._in_passing.begin() as connection:
                subscriber_sessions.change(connection, row.digest, values)
        except DBAPIError:
            # A database that is busy now is no reason to answer nothing; the next request notes it.
            return

    def _kept(self, connection: Connection, row: SubscriberSessionRow) -> str:
        key = secrets.token_urlsafe(32)
        told = structs.replace(row, digest=self._keyring.digest(key))
        subscriber_sessions.add(connection, told)
        return key


def _visit(key: str, row: SubscriberSessionRow) -> SubscriberVisit:
    return SubscriberVisit(
        key=key,
        handle=row.handle,
        subscriber=Subscriber(row.tenant, row.account),
        way=Way(row.way),
        level=row.level,
        method=row.method or "",
        began=row.created,
        app_session=row.session,
        authenticated=row.authenticated,
    )


def _is_told(subscriber: Subscriber, session: str | None) -> bool:
    """Whether that is something that an account can be called, and no pseudonym."""
    told = [subscriber.tenant, subscriber.account, *([] if session is None else [session])]
    is_short = all(len(text) <= LONGEST and "\0" not in text for text in told)
    return is_short and bool(subscriber.account) and not subscriber.account.startswith(PREFIX)


def _is_signed_out(connection: Connection, visit: SubscriberVisit) -> bool:
    """Whether all sessions of the account were ended since, by a rule or a person: whoever showed
    no factor here may be why."""
    if visit.authenticated is not None:
        return False
    done = measures.of_account(connection, visit.subscriber.subject, _DONE)
    ended = [one.decided or one.created for one in done if one.step >= Step.REVOKE]
    return max(ended, default=0) > visit.began


def _is_going(connection: Connection, subscriber: Subscriber) -> bool:
    """Whether the account's data is being erased at this moment."""
    return (subscriber.tenant, subscriber.account) in erasures.at_work(connection)
