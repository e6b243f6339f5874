"""Reviewers whom an OpenID provider vouches for: let in, known again, tied, out when they leave.

Somebody is known by issuer and subject, never by an address: whoever is a reviewer here already
ties the two together while signed in. What they may do is what the provider says at each sign-in;
who has no role there any more has none here.
"""

import logging
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from monitor.clock import now_ms
from monitor.formats.limits import bounded
from monitor.mfa.sealing import SealError
from monitor.oidc.errand import Vouched
from monitor.oidc.person import Person, person_of
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import Terms
from monitor.oidc.tokens import Left
from monitor.services import audit
from monitor.services.actor import Actor, Role
from monitor.services.authority import Operation, allowed
from monitor.services.keyring import Keyring
from monitor.services.own_sign_ins import OwnSignIns, Refused
from monitor.services.person import ReviewerError, checked_email
from monitor.services.reviewers import new_uid
from monitor.services.sessions import Client, Method, Sessions, Visit
from monitor.services.standing import (
    ACTIVE,
    DISABLED,
    LAPSED,
    actor_of_reviewer,
    owner_of,
    reference_of,
)
from monitor.store import factors, oidc, reviewers
from monitor.store import sessions as stored
from monitor.store.connection import reading
from monitor.store.oidc import BoundRow, IdentityRow
from monitor.store.reviewers import ReviewerRow

LONGEST_HINT: Final = 4_096
"""Characters of an id token that goes back in an address when its reviewer leaves."""
_LOST = frozenset((Reason.NO_ROLE, Reason.NO_TENANT, Reason.NOT_ALLOWED, Reason.LAST_ADMINISTRATOR))
DOUBTFUL: Final = frozenset((Reason.NOT_PROVED, Reason.OTHER_PROVIDER, Reason.USED_BEFORE))
"""What nobody's own browser brings back."""
_TOLD_AS = {Reason.NO_SECOND_FACTOR: Refused.WRONG_CODE, Reason.DISABLED: Refused.DISABLED}
# OCSF's numbers of factors, by the methods of RFC 8176.
_FACTORS = {"pwd": 11, "pin": 11, "otp": 7, "sms": 1, "tel": 3, "hwk": 6, "swk": 10, "fpt": 4}
_OTHER_FACTOR = 99

_log = logging.getLogger(__name__)


class Tie(Struct, frozen=True):
    """That a reviewer is tied to somebody at the provider; when (ms), and when it was last used."""

    linked: int
    last_used: int | None


class Federation:
    """Of one database and one provider. Safe to share between threads; `now` gives ms since 1970
    UTC."""

    def __init__(
        self,
        engine: Engine,
        terms: Terms,
        keyring: Keyring,
        sessions: Sessions,
        told: OwnSignIns,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self.terms = terms
        self._engine = engine
        self._reading = reading(engine)
        self._keyring = keyring
        self._sessions = sessions
        self._told = told
        self._now = now

    def take(self, digest: bytes, expires: int) -> bool:
        """Take what must not be taken again before `expires` (ms); False where it was."""
        with self._engine.begin() as connection:
            return oidc.take_once(connection, digest, expires, self._now())

    def enter(self, vouched: Vouched, client: Client) -> str:
        """Let somebody in: the key of their session. Raises RefusedError."""
        try:
            person = person_of(vouched.claims, self.terms)
            with self._engine.begin() as connection:
                row, key, session = self._let_in(connection, person, vouched, client)
        except (RefusedError, IntegrityError) as error:
            # Of two first sign-ins at once, one comes too late.
            late = RefusedError(Reason.ADDRESS_TAKEN, "another reviewer has the address")
            refusal = error if isinstance(error, RefusedError) else late
            self._refused(vouched, refusal, client)
            raise refusal from error
        self._entered(row, session, vouched, client)
        return key

    def doubted(self, refusal: RefusedError, client: Client) -> None:
        """Have the detectors hear of the address that something doubtful came from."""
        if refusal.reason not in DOUBTFUL:
            return
        name = f"unproved@{urlsplit(self.terms.issuer or '').hostname}"
        self._told.refused(None, name, Refused.WRONG_PASSWORD, client)

    def renew(self, visit: Visit, vouched: Vouched, client: Client) -> str:
        """Somebody who is in has proved again who they are: the key that their session has from now
        on. Raises RefusedError; who has no role any more is out, as at a sign-in."""
        try:
            person = person_of(vouched.claims, self.terms)
            with self._engine.begin() as connection:
                row, key = self._renewed(connection, visit, person, vouched, client)
        except RefusedError as refusal:
            if refusal.reason in _LOST:
                self._refused(vouched, refusal, client)
            raise
        self._entered(row, visit.uid, vouched, client)
        return key

    @allowed(Operation.PROFILE_WRITE)
    def link(self, actor: Actor, vouched: Vouched) -> None:
        """Tie who asks to who the provider vouches for. Raises RefusedError."""
        person = person_of(vouched.claims, self.terms)
        try:
            with self._engine.begin() as connection:
                oidc.link(connection, person.issuer, person.sub, actor.uid, self._now())
                told = {"issuer": person.issuer, "sub": person.sub}
                reference = reference_of(actor.uid)
                audit.record(connection, actor, "profile:link", reference, content=told)
        except IntegrityError as error:
            raise RefusedError(Reason.LINKED_ALREADY, "one of the two is tied already") from error

    @allowed(Operation.PROFILE_WRITE)
    def unlink(self, actor: Actor) -> bool:
        """Untie who asks from the provider; False where there was no tie. Raises RefusedError."""
        with self._engine.begin() as connection:
            held = factors.of(connection, owner_of(actor.uid))
            if not any(row.kind == factors.PASSWORD for row in held):
                raise RefusedError(Reason.NO_OTHER_WAY, "there is no password to sign in with")
            ended = oidc.unlink(connection, actor.uid, self.terms.issuer)
            if ended:
                audit.record(connection, actor, "profile:unlink", reference_of(actor.uid))
        return bool(ended)

    @allowed(Operation.PROFILE_READ)
    def tie(self, actor: Actor) -> Tie | None:
        """Whether who asks is tied to somebody at the provider."""
        with self._reading.connect() as connection:
            found = oidc.identity_of(connection, self.terms.issuer or "", actor.uid)
        return None if found is None else Tie(found.linked, found.last_used)

    def left(self, told: Left) -> int:
        """The provider says that somebody left: their sessions that rest on it end. How many."""
        ended: list[tuple[str, ReviewerRow]] = []
        with self._engine.begin() as connection:
            for bound in oidc.resting_on(connection, self.terms.issuer or "", told.sub, told.sid):
                reviewer = oidc.end_session(connection, bound.session)
                row = None if reviewer is None else reviewers.by_uid(connection, reviewer)
                if row is not None:
                    ended.append((bound.session, row))
                    actor, subject = actor_of_reviewer(row), f"session:{bound.session}"
                    audit.record(connection, actor, "session:ended-by-provider", subject)
        for session, row in ended:
            self._told.left(row.uid, row.email, session, Client())
        return len(ended)

    def hint(self, visit: Visit) -> tuple[bool, str | None]:
        """Whether a session rests on the provider, and the id token that says so there."""
        with self._reading.connect() as connection:
            row = oidc.bound(connection, visit.uid)
        if row is None or row.issuer != self.terms.issuer:
            return False, None
        if row.hint is None:
            return True, None
        try:
            return True, self._keyring.drafts.open(row.hint, _owner(visit.uid)).decode()
        except SealError:
            return True, None

    def _let_in(
        self, connection: Connection, person: Person, vouched: Vouched, client: Client
    ) -> tuple[ReviewerRow, str, str]:
        now = self._now()
        known = oidc.identity(connection, person.issuer, person.sub)
        row = None if known is None else self._standing(connection, known, person)
        row = row or self._made(connection, person)
        key, session = self._sessions.open_since(
            connection, row.uid, Method.OIDC, client, vouched.authenticated
        )
        self._bind(connection, session, person, vouched)
        oidc.note_used(connection, person.issuer, person.sub, now)
        reviewers.note_sign_in(connection, row.uid, now)
        content = {"ip": client.ip, "user_agent": bounded(client.user_agent), "by": "oidc"}
        actor = actor_of_reviewer(row, vouched.authenticated)
        audit.record(connection, actor, "session:open", reference_of(row.uid), content=content)
        return row, key, session

    def _renewed(
        self,
        connection: Connection,
        visit: Visit,
        person: Person,
        vouched: Vouched,
        client: Client,
    ) -> tuple[ReviewerRow, str]:
        known = oidc.identity(connection, person.issuer, person.sub)
        if known is None or visit.reviewer is None or known.reviewer != visit.reviewer:
            raise RefusedError(Reason.OTHER_PERSON, "somebody else than who is signed in")
        row = self._standing(connection, known, person, visit.key)
        key = self._sessions.renew(connection, visit.key, client, authenticated=True)
        if key is None or row is None:
            raise RefusedError(Reason.NOT_BEGUN_HERE, "the session has ended meanwhile")
        self._bind(connection, visit.uid, person, vouched)
        actor = actor_of_reviewer(row, self._now())
        audit.record(connection, actor, "session:confirm", reference_of(row.uid))
        return row, key

    def _standing(
        self, connection: Connection, known: IdentityRow, person: Person, own: str | None = None
    ) -> ReviewerRow | None:
        """A reviewer who is known, as the provider has them now; None for one who was removed. A
        change of what they may do ends their sessions, but for their `own`, which was just
        proved."""
        row = reviewers.by_uid(connection, known.reviewer)
        if row is None:
            oidc.unlink(connection, known.reviewer)
            return None
        if row.state == DISABLED:
            raise RefusedError(Reason.DISABLED, f"{reference_of(row.uid)} is disabled")
        wanted = {"role": person.role, "tenant": person.tenant, "state": ACTIVE}
        changes = {name: v for name, v in wanted.items() if v != getattr(row, name)}
        if person.name != row.name:
            changes["name"] = person.name
        return self._changed(connection, row, changes, own) if changes else row

    def _changed(
        self, connection: Connection, row: ReviewerRow, changes: dict[str, Any], own: str | None
    ) -> ReviewerRow:
        changed = structs.replace(row, version=row.version + 1, **changes)
        if not _is_administrator(changed) and _is_last(connection, row):
            raise RefusedError(Reason.LAST_ADMINISTRATOR, "no other administrator would be left")
        if not reviewers.change(connection, row.uid, row.version, changes):
            raise RefusedError(Reason.NOT_BEGUN_HERE, "the reviewer was changed meanwhile")
        if {"role", "tenant"} & changes.keys():
            self._sessions.end_others(connection, row.uid, own)
        told = {name: changes[name] for name in sorted(changes)}
        actor = actor_of_reviewer(row)
        audit.record(
            connection, actor, "reviewers:from-provider", reference_of(row.uid), content=told
        )
        return changed

    def _made(self, connection: Connection, person: Person) -> ReviewerRow:
        if not self.terms.provision:
            raise RefusedError(Reason.UNKNOWN, "nobody is tied to this person")
        try:
            email = checked_email(person.email or "")
        except ReviewerError:
            raise RefusedError(Reason.NO_ADDRESS, "the provider tells no e-mail address") from None
        if reviewers.by_email(connection, email) is not None:
            # Never known by an address: whoever can have one at the provider would be anybody.
            raise RefusedError(Reason.ADDRESS_TAKEN, "another reviewer has the address")
        row = ReviewerRow(
            uid=new_uid(),
            email=email,
            name=person.name,
            role=person.role,
            tenant=person.tenant,
            state=ACTIVE,
            version=1,
            created=self._now(),
            last_sign_in=None,
        )
        reviewers.add(connection, row)
        oidc.link(connection, person.issuer, person.sub, row.uid, self._now())
        told = {"email": row.email, "role": row.role, "tenant": row.tenant, "sub": person.sub}
        actor = actor_of_reviewer(row)
        audit.record(connection, actor, "reviewers:provision", reference_of(row.uid), content=told)
        return row

    def _bind(self, connection: Connection, session: str, person: Person, vouched: Vouched) -> None:
        sealed = None
        if len(vouched.id_token) <= LONGEST_HINT:
            sealed = self._keyring.drafts.close(
                connection, vouched.id_token.encode(), _owner(session)
            )
        oidc.bind(connection, BoundRow(session, person.issuer, person.sub, vouched.sid, sealed))

    def _refused(self, vouched: Vouched, refusal: RefusedError, client: Client) -> None:
        """Somebody whom the provider vouches for is not let in; who has lost their role has lost
        their sessions too."""
        claims = vouched.claims
        with self._engine.begin() as connection:
            known = oidc.identity(connection, str(claims["iss"]), str(claims["sub"]))
            row = None if known is None else reviewers.by_uid(connection, known.reviewer)
            if row is not None and refusal.reason in _LOST:
                self._lapse(connection, row, refusal.reason)
        name = row.email if row is not None else f"{claims['sub']}@{claims['iss']}"
        reason = _TOLD_AS.get(refusal.reason, Refused.DISABLED if row else Refused.UNKNOWN_NAME)
        self._told.refused(None if row is None else row.uid, name, reason, client)

    def _lapse(self, connection: Connection, row: ReviewerRow, why: Reason) -> None:
        self._sessions.end_others(connection, row.uid)
        if row.state != ACTIVE:
            return
        if _is_last(connection, row):
            _log.warning(
                "%s has no role at the provider, and stays: the last administrator", row.uid
            )
            return
        reviewers.change(connection, row.uid, row.version, {"state": LAPSED})
        stored.revoke(connection, row.uid)
        actor = actor_of_reviewer(row)
        told = {"why": why.value}
        audit.record(connection, actor, "reviewers:lapse", reference_of(row.uid), content=told)

    def _entered(self, row: ReviewerRow, session: str, vouched: Vouched, client: Client) -> None:
        methods = vouched.claims.get("amr")
        named = methods if isinstance(methods, list) else []
        shown = {_FACTORS[one] for one in named if isinstance(one, str) and one in _FACTORS}
        # A second factor was shown or is vouched for, whether or not it is told which.
        others = [_OTHER_FACTOR] * max(0, 2 - len(shown))
        factors_shown = (*sorted(shown), *others)
        self._told.entered(row.uid, row.email, session, client, factors=factors_shown)


def _is_administrator(row: ReviewerRow) -> bool:
    return (row.role, row.state) == (Role.ADMINISTRATOR.value, ACTIVE)


def _is_last(connection: Connection, row: ReviewerRow) -> bool:
    """Whether nobody else is an administrator; until the transaction ends, nobody becomes none."""
    if not _is_administrator(row):
        return False
    return reviewers.lock(connection, Role.ADMINISTRATOR.value, ACTIVE) == [row.uid]


def _owner(session: str) -> str:
    return f"oidc:{session}"
