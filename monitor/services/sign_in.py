"""How a reviewer comes in: an address, a password and a code, judged together and answered alike.

Whether a name is known, which of the two was wrong, whether somebody is disabled or too fast: the
events and the log have it, the browser is told that it did not work.
"""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, Engine

from monitor.clock import now_ms
from monitor.formats.limits import bounded
from monitor.services import audit
from monitor.services.actor import ActorKind
from monitor.services.credentials import Credentials, Held, Proof, Verdict
from monitor.services.factors import Factors, Shown
from monitor.services.own_sign_ins import WEBAUTHN, OwnSignIns, Refused
from monitor.services.sessions import Client, Method, Sessions, Visit
from monitor.services.standing import ACTIVE, actor_of_reviewer, owner_of, reference_of
from monitor.services.throttling import Attempt, Throttle
from monitor.store import reviewers
from monitor.store.connection import reading
from monitor.store.reviewers import ReviewerRow

LONGEST_EMAIL: Final = 254
_REASONS = {Verdict.WRONG_PASSWORD: Refused.WRONG_PASSWORD, Verdict.WRONG_CODE: Refused.WRONG_CODE}


class Entered(Struct, frozen=True):
    """Somebody is in: the key of the session, and what their browser is known by from now on."""

    key: str
    cookie: str


class SignIn:
    """Lets reviewers in and out. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        credentials: Credentials,
        sessions: Sessions,
        throttle: Throttle,
        told: OwnSignIns,
        factors: Factors,
        now: Callable[[], int] = now_ms,
        *,
        has_passwords: bool = True,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._credentials = credentials
        self._sessions = sessions
        self._throttle = throttle
        self._told = told
        self._factors = factors
        self._now = now
        self._has_passwords = has_passwords

    def enter(
        self, email: str, password: str, code: str, client: Client, cookie: str = ""
    ) -> Entered | None:
        """Somebody wants to come in; None where they are not let in, whatever the reason. `cookie`
        is what their browser is known by. Raises BusyError, and nothing was decided."""
        if not self._has_passwords:
            return None
        email = email.strip()[:LONGEST_EMAIL]
        attempt = self._throttle.attempt(email, client.ip, cookie)
        row, held = self._known(email)
        if not attempt.is_allowed:
            self._refused(row, email, Refused.THROTTLED, client)
            return None
        proof = self._credentials.judge(held, password, code, self._now(), known=attempt.is_known)
        reason = _reason(row, proof)
        if reason is not None or row is None or held is None:
            self._refused(row, email, reason or Refused.UNKNOWN_NAME, client)
            return None
        with self._engine.begin() as connection:
            opened = self._let_in(connection, row, held, proof, client)
        if opened is None:
            self._refused(row, email, Refused.WRONG_CODE, client)
            return None
        self._throttle.forgive(attempt)
        key, uid = opened
        self._told.entered(row.uid, row.email, uid, client)
        kept = attempt.is_known and bool(cookie)
        return Entered(key, cookie if kept else self._throttle.cookie(row.email))

    def confirm(self, visit: Visit, password: str, code: str, client: Client) -> str | None:
        """Somebody who is in proves again who they are: the key that their session has from now on,
        None where it is wrong. Raises BusyError."""
        if not self._has_passwords:
            return None
        attempt, row, held = self._again(visit)
        if row is None or held is None:
            return None
        if not attempt.is_allowed:
            self._refused(row, row.email, Refused.THROTTLED, client)
            return None
        proof = self._credentials.judge(held, password, code, self._now(), known=True)
        reason = _reason(row, proof)
        if reason is None:
            with self._engine.begin() as connection:
                key = self._confirmed(connection, visit, row, held, proof, client)
            if key is not None:
                self._throttle.forgive(attempt)
                self._told.entered(row.uid, row.email, visit.uid, client)
                return key
            reason = Refused.WRONG_CODE
        self._refused(row, row.email, reason, client)
        return None

    def enter_by_passkey(self, shown: Shown, client: Client) -> Entered | None:
        """Somebody wants to come in by a passkey, which says itself whose it is; None where they
        are not let in, whatever the reason."""
        attempt = self._throttle.attempt_passkey(client.ip)
        if not self._has_passwords or not attempt.is_allowed:
            return None
        proved = self._factors.prove(None, shown, ActorKind.REVIEWER.value)
        if proved is None:
            return None
        with self._engine.begin() as connection:
            row = reviewers.by_uid(connection, proved.owner.uid)
            opened = None if row is None else self._open_by_passkey(connection, row, client)
        if row is None or opened is None:
            name = "" if row is None else row.email
            self._told.refused(proved.owner.uid, name, Refused.DISABLED, client)
            return None
        self._throttle.forgive(attempt)
        self._told.entered(row.uid, row.email, opened[1], client, factors=(WEBAUTHN,))
        return Entered(opened[0], self._throttle.cookie(row.email))

    def confirm_by_passkey(self, visit: Visit, shown: Shown, client: Client) -> str | None:
        """The same as `confirm`, by one of their own passkeys."""
        attempt, row, _ = self._again(visit)
        if row is None or not self._has_passwords or not attempt.is_allowed:
            return None
        if row.state != ACTIVE or self._factors.prove(owner_of(row.uid), shown) is None:
            self._refused(row, row.email, Refused.WRONG_CODE, client)
            return None
        with self._engine.begin() as connection:
            key = self._sessions.renew(connection, visit.key, client, authenticated=True)
            if key is not None:
                actor = actor_of_reviewer(row, self._now())
                content = {"by": "passkey"}
                subject = reference_of(row.uid)
                audit.record(connection, actor, "session:confirm", subject, content=content)
        if key is not None:
            self._throttle.forgive(attempt)
            self._told.entered(row.uid, row.email, visit.uid, client, factors=(WEBAUTHN,))
        return key

    def leave(self, visit: Visit, client: Client) -> None:
        """Somebody goes."""
        self._sessions.end(visit.key)
        if visit.reviewer is None or visit.actor is None:
            return
        with self._reading.connect() as connection:
            row = reviewers.by_uid(connection, visit.reviewer)
        if row is not None:
            self._told.left(row.uid, row.email, visit.uid, client)

    def _known(self, email: str) -> tuple[ReviewerRow | None, Held | None]:
        with self._reading.connect() as connection:
            row = reviewers.by_email(connection, email)
            # As much is read for nobody as for somebody.
            held = self._credentials.held(connection, owner_of("" if row is None else row.uid))
        return row, None if row is None else held

    def _again(self, visit: Visit) -> tuple[Attempt, ReviewerRow | None, Held | None]:
        with self._reading.connect() as connection:
            row = reviewers.by_uid(connection, visit.reviewer or "")
            held = self._credentials.held(connection, owner_of(visit.reviewer or ""))
        if row is None:
            return Attempt(False, True), None, None
        # Whoever has the session is a known client: only their own tries are counted.
        return self._throttle.attempt_again(row.uid), row, held

    def _let_in(
        self, connection: Connection, row: ReviewerRow, held: Held, proof: Proof, client: Client
    ) -> tuple[str, str] | None:
        now = self._now()
        current = reviewers.by_uid(connection, row.uid)
        if current is None or current.state != ACTIVE:
            return None
        if not self._credentials.take(connection, held, proof, now):
            return None
        opened = self._sessions.open(connection, row.uid, Method.PASSWORD, client)
        reviewers.note_sign_in(connection, row.uid, now)
        actor = actor_of_reviewer(row, now)
        content = {"ip": client.ip, "user_agent": bounded(client.user_agent)}
        if proof.code is not None:
            content["by"] = "recovery code"
        audit.record(connection, actor, "session:open", reference_of(row.uid), content=content)
        return opened

    def _open_by_passkey(
        self, connection: Connection, row: ReviewerRow, client: Client
    ) -> tuple[str, str] | None:
        if row.state != ACTIVE:
            return None
        now = self._now()
        opened = self._sessions.open(connection, row.uid, Method.PASSKEY, client)
        reviewers.note_sign_in(connection, row.uid, now)
        content = {"ip": client.ip, "user_agent": bounded(client.user_agent), "by": "passkey"}
        actor, subject = actor_of_reviewer(row, now), reference_of(row.uid)
        audit.record(connection, actor, "session:open", subject, content=content)
        return opened

    def _confirmed(
        self,
        connection: Connection,
        visit: Visit,
        row: ReviewerRow,
        held: Held,
        proof: Proof,
        client: Client,
    ) -> str | None:
        if not self._credentials.take(connection, held, proof, self._now()):
            return None
        key = self._sessions.renew(connection, visit.key, client, authenticated=True)
        if key is not None:
            actor = actor_of_reviewer(row, self._now())
            audit.record(connection, actor, "session:confirm", reference_of(row.uid))
        return key

    def _refused(
        self, row: ReviewerRow | None, email: str, reason: Refused, client: Client
    ) -> None:
        if reason is Refused.THROTTLED and not self._throttle.may_tell():
            self._told.withheld()
            return
        self._told.refused(None if row is None else row.uid, email, reason, client)


def _reason(row: ReviewerRow | None, proof: Proof) -> Refused | None:
    """Why somebody is not let in; None where nothing speaks against it yet."""
    if row is None:
        return Refused.UNKNOWN_NAME
    if not proof.is_right:
        return _REASONS[proof.verdict]
    return None if row.state == ACTIVE else Refused.DISABLED
