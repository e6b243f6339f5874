"""Passkeys of reviewers, as they see and change them themselves.

A change of what they sign in with ends all their sessions but the one it was made in, which gets a
new key.
"""

from collections.abc import Callable

from sqlalchemy import Connection, Engine

from monitor.clock import now_ms
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, allowed
from monitor.services.factors import Factors, FactorView, Method, Offer
from monitor.services.refusal import NotThereError
from monitor.services.sessions import Client, Sessions, Visit
from monitor.services.setup import OVER, SetupError
from monitor.services.standing import owner_of
from monitor.store import reviewers
from monitor.store.connection import reading
from monitor.store.reviewers import ReviewerRow


class ReviewerPasskeys:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        factors: Factors,
        sessions: Sessions,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._factors = factors
        self._sessions = sessions
        self._now = now

    @property
    def are_on(self) -> bool:
        """Whether passkeys can be used here."""
        return self._factors.relying_party is not None

    @allowed(Operation.PROFILE_READ)
    def listed(self, actor: Actor) -> list[FactorView]:
        """One's own. Raises NotThereError for who is no reviewer."""
        with self._reading.connect() as connection:
            row = _own(connection, actor)
        found = self._factors.listed(owner_of(row.uid))
        return [one for one in found if one.kind is Method.PASSKEY]

    @allowed(Operation.PROFILE_WRITE)
    def offer(self, actor: Actor) -> Offer:
        """Ask one's authenticator for a new one. Raises FactorError."""
        with self._reading.connect() as connection:
            row = _own(connection, actor)
        return self._factors.offer_passkey(owner_of(row.uid), row.email, row.name)

    @allowed(Operation.PROFILE_WRITE)
    def add(
        self, actor: Actor, visit: Visit, state: str, credential: str, name: str, client: Client
    ) -> str:
        """Keep what it answered with: the session's new key. Raises FactorError, SetupError."""
        owner = owner_of(self._uid(actor))
        self._factors.add_passkey(owner, state, credential, name, client=client)
        return self._alone(visit, owner.uid, client)

    @allowed(Operation.PROFILE_WRITE)
    def rename(self, actor: Actor, handle: str, name: str) -> None:
        """Call one otherwise. Raises FactorError."""
        self._factors.rename(owner_of(self._uid(actor)), handle, name)

    @allowed(Operation.PROFILE_WRITE)
    def remove(self, actor: Actor, visit: Visit, handle: str, client: Client) -> str:
        """Take one away: the session's new key. Raises FactorError, SetupError."""
        owner = owner_of(self._uid(actor))
        self._factors.revoke(owner, handle, client=client)
        return self._alone(visit, owner.uid, client)

    def _uid(self, actor: Actor) -> str:
        with self._reading.connect() as connection:
            return _own(connection, actor).uid

    def _alone(self, visit: Visit, uid: str, client: Client) -> str:
        with self._engine.begin() as connection:
            key = self._sessions.renew(connection, visit.key, client, authenticated=False)
            if key is None:
                raise SetupError(OVER)
            self._sessions.end_others(connection, uid, key)
            return key


def _own(connection: Connection, actor: Actor) -> ReviewerRow:
    row = reviewers.by_uid(connection, actor.uid) if actor.kind is ActorKind.REVIEWER else None
    if row is None:
        raise NotThereError("only reviewers have passkeys here")
    return row
