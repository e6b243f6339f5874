"""How somebody gets what they will sign in with: the first administrator, who was invited, and who
has lost a password or a device.

Nothing of it counts before a code was shown to be right: what was entered so far lies sealed with
the session, and is gone with it.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from detectors.core.detector import Text
from monitor.clock import now_ms
from monitor.mfa import totp
from monitor.mfa.breaches import Breaches
from monitor.mfa.sealing import SealError
from monitor.mfa.strength import BREACHED, Weakness, weakness
from monitor.services import audit
from monitor.services.actor import Role
from monitor.services.credentials import Credentials, Held
from monitor.services.own_sign_ins import OwnSignIns
from monitor.services.person import ReviewerError, checked_email, checked_name
from monitor.services.recovery_codes import Drawn
from monitor.services.reviewers import new_uid
from monitor.services.sessions import Client, Method, Purpose, Sessions, Visit
from monitor.services.standing import ACTIVE, INVITED, actor_of_reviewer, owner_of, reference_of
from monitor.services.throttling import Throttle
from monitor.store import reviewers
from monitor.store import sessions as stored
from monitor.store.connection import reading
from monitor.store.reviewers import ReviewerRow

MINIMUM: Final = 12
"""Code points of a password beside a compulsory second factor, unless the settings ask for more."""

_SET_UP = frozenset((INVITED, ACTIVE))
"""Nobody comes back by a link who was disabled, or has no role at the provider any more."""


class Step(StrEnum):
    """What is to be done next."""

    PERSON = "person"
    SECOND_FACTOR = "factor"
    PASSKEY = "passkey"
    OVER = "over"


class SetupError(ValueError):
    """What was entered is not taken; says why, in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class Draft(Struct, frozen=True):
    """What was entered so far: the password as a hash, and the secret that is to be confirmed; by
    a passkey, the uid that it is made for."""

    name: str
    email: str
    password: str | None = None
    secret: bytes | None = None
    uid: str | None = None


class Situation(Struct, frozen=True):
    """Where somebody is in it, and what their page shows."""

    purpose: Purpose
    step: Step
    name: str = ""
    email: str = ""
    secret: bytes | None = None


class Done(Struct, frozen=True):
    """It is done: the key of the new session, the recovery codes that are shown this once (none
    where those before still hold), and what the browser is known by."""

    key: str
    codes: tuple[str, ...]
    cookie: str
    reviewer: str
    email: str
    session: str


class PasswordRule(Struct, frozen=True):
    """What a new password has to be."""

    minimum: int = MINIMUM
    breaches: Breaches = Breaches(None)

    def refusal(self, password: str, *words: str) -> Weakness | None:
        """Why it is refused; None for a good one."""
        found = weakness(password, self.minimum, words)
        if found is None and self.breaches.has(password):
            return BREACHED
        return found


class Setup:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        credentials: Credentials,
        sessions: Sessions,
        throttle: Throttle,
        told: OwnSignIns,
        rule: PasswordRule | None = None,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._credentials = credentials
        self._sessions = sessions
        self._throttle = throttle
        self._told = told
        self.rule = rule or PasswordRule()
        self._now = now

    def situation(self, visit: Visit) -> Situation:
        """Where somebody is in it."""
        purpose = visit.purpose or Purpose.INVITATION
        draft = self.draft(visit)
        if draft is not None and draft.secret is not None:
            return Situation(purpose, Step.SECOND_FACTOR, draft.name, draft.email, draft.secret)
        if draft is not None and draft.uid is not None:
            return Situation(purpose, Step.PASSKEY, draft.name, draft.email)
        row = self.reviewer(visit)
        if row is None:
            return Situation(purpose, Step.PERSON)
        return Situation(purpose, Step.PERSON, row.name, row.email)

    def enter(self, visit: Visit, name: str, email: str, password: str, repeated: str) -> None:
        """Who they are and the password that they choose; for a lost device, the one that they
        have. Then the second factor is to be confirmed. Raises SetupError, BusyError."""
        row = self.reviewer(visit)
        if visit.purpose is Purpose.SECOND_FACTOR:
            self._prove(visit, row, password)
            kept = None
        else:
            kept = self._chosen(row, name, email, password, repeated)
        draft = self.named(row, name, email)
        if row is None:
            self.check_free(draft.email)
        whole = structs.replace(draft, password=kept, secret=totp.new_secret())
        self._sessions.keep_draft(visit, msgspec.msgpack.encode(whole))

    def begin_again(self, visit: Visit) -> None:
        """Forget what was entered so far."""
        self._sessions.keep_draft(visit, b"")

    def replace_password(
        self, visit: Visit, password: str, repeated: str, code: str, client: Client
    ) -> Done:
        """For whoever has lost a password and still has the second factor: both in one. Raises
        SetupError, BusyError."""
        row = self.reviewer(visit)
        if row is None or visit.purpose is not Purpose.PASSWORD:
            raise SetupError(OVER)
        hashed = self._chosen(row, row.name, row.email, password, repeated)
        with self._reading.connect() as connection:
            held = self._credentials.held(connection, owner_of(row.uid))
        attempt = self._throttle.attempt_setup(visit.uid)
        proof = self._credentials.judge_code(held, code, self._now())
        if not attempt.is_allowed or not proof.is_right:
            raise SetupError(WRONG_CODE)
        with self._engine.begin() as connection:
            if not self._credentials.take(connection, held, proof, self._now()):
                raise SetupError(WRONG_CODE)
            self._credentials.set_password(connection, owner_of(row.uid), hashed, self._now())
            done = self.finish(connection, visit, row, client, ())
        return self._said(done, client)

    def confirm(self, visit: Visit, code: str, client: Client) -> Done:
        """The code that the new authenticator shows: with it, all that was entered counts. Raises
        SetupError, BusyError."""
        draft = self.draft(visit)
        if draft is None or draft.secret is None:
            raise SetupError(OVER)
        attempt = self._throttle.attempt_setup(visit.uid)
        step = totp.step_of(draft.secret, code, self._now())
        if step is None or not attempt.is_allowed:
            raise SetupError(WRONG_CODE)
        drawn = self._credentials.codes.draw()
        try:
            with self._engine.begin() as connection:
                done = self._confirmed(connection, visit, draft, step, drawn, client)
        except IntegrityError as error:
            raise SetupError(_TAKEN) from error
        return self._said(done, client)

    def _said(self, done: Done, client: Client) -> Done:
        self._told.entered(done.reviewer, done.email, done.session, client)
        return done

    def _confirmed(
        self,
        connection: Connection,
        visit: Visit,
        draft: Draft,
        step: int,
        drawn: Drawn,
        client: Client,
    ) -> Done:
        row = self.made(connection, visit, draft)
        owner, now = owner_of(row.uid), self._now()
        if draft.password is not None:
            self._credentials.set_password(connection, owner, draft.password, now)
        assert draft.secret is not None  # noqa: S101 - asked above
        self._credentials.set_second(connection, owner, draft.secret, step, drawn, now)
        return self.finish(connection, visit, row, client, drawn.codes)

    def made(self, connection: Connection, visit: Visit, draft: Draft) -> ReviewerRow:
        """The reviewer of a draft, from now on one of those who are in. Raises SetupError."""
        if visit.purpose is Purpose.FIRST:
            return self._make_first(connection, draft)
        row = reviewers.by_uid(connection, visit.reviewer or "")
        values = {"name": draft.name, "state": ACTIVE}
        if row is None or row.state not in _SET_UP:
            raise SetupError(OVER)
        if not reviewers.change(connection, row.uid, row.version, values):
            raise SetupError(OVER)
        return structs.replace(row, version=row.version + 1, name=draft.name, state=ACTIVE)

    def _make_first(self, connection: Connection, draft: Draft) -> ReviewerRow:
        reviewers.lock_all(connection)
        if reviewers.count(connection, Role.ADMINISTRATOR.value, ACTIVE):
            raise SetupError(OVER)
        row = ReviewerRow(
            uid=draft.uid or new_uid(),
            email=draft.email,
            name=draft.name,
            role=Role.ADMINISTRATOR.value,
            tenant=None,
            state=ACTIVE,
            version=1,
            created=self._now(),
            last_sign_in=None,
        )
        reviewers.add(connection, row)
        return row

    def finish(
        self,
        connection: Connection,
        visit: Visit,
        row: ReviewerRow,
        client: Client,
        codes: tuple[str, ...],
        method: Method = Method.PASSWORD,
    ) -> Done:
        """End the session that was only for this, and any other, and open a real one."""
        now = self._now()
        if not self._sessions.end_within(connection, visit.key):
            raise SetupError(OVER)
        self._sessions.end_others(connection, row.uid)
        stored.revoke(connection, row.uid)
        key, session = self._sessions.open(connection, row.uid, method, client)
        reviewers.note_sign_in(connection, row.uid, now)
        purpose = visit.purpose or Purpose.INVITATION
        audit.record(
            connection,
            actor_of_reviewer(row, now),
            f"setup:{purpose.value}",
            reference_of(row.uid),
            content={"email": row.email, "role": row.role},
        )
        return Done(key, codes, self._throttle.cookie(row.email), row.uid, row.email, session)

    def _prove(self, visit: Visit, row: ReviewerRow | None, password: str) -> None:
        if row is None:
            raise SetupError(OVER)
        with self._reading.connect() as connection:
            held: Held = self._credentials.held(connection, owner_of(row.uid))
        attempt = self._throttle.attempt_setup(visit.uid)
        if not attempt.is_allowed or not self._credentials.passwords.matches(
            password, held.password, known=True
        ):
            raise SetupError(_WRONG_PASSWORD)

    def _chosen(
        self, row: ReviewerRow | None, name: str, email: str, password: str, repeated: str
    ) -> str:
        if password != repeated:
            raise SetupError(DIFFERENT)
        words = (name, email, *(() if row is None else (row.name, row.email)))
        refused = self.rule.refusal(password, *words)
        if refused is not None:
            raise SetupError(refused.text)
        return self._credentials.passwords.hash(password)

    def named(self, row: ReviewerRow | None, name: str, email: str) -> Draft:
        """A draft of who somebody is. Raises SetupError."""
        try:
            if row is not None:
                return Draft(checked_name(name) if name.strip() else row.name, row.email)
            return Draft(checked_name(name), checked_email(email))
        except ReviewerError as error:
            raise SetupError(_NAMES) from error

    def check_free(self, email: str) -> None:
        """Raises SetupError for an address that a reviewer has."""
        with self._reading.connect() as connection:
            if reviewers.by_email(connection, email) is not None:
                raise SetupError(_TAKEN)

    def reviewer(self, visit: Visit) -> ReviewerRow | None:
        """Whose link it was; None for the first one's. Raises SetupError."""
        if visit.reviewer is None:
            return None
        with self._reading.connect() as connection:
            row = reviewers.by_uid(connection, visit.reviewer)
        if row is None or row.state not in _SET_UP:
            raise SetupError(OVER)
        return row

    def draft(self, visit: Visit) -> Draft | None:
        """What was entered so far."""
        try:
            kept = self._sessions.draft(visit)
            return None if not kept else msgspec.msgpack.decode(kept, type=Draft)
        except (SealError, msgspec.DecodeError, UnicodeDecodeError):
            return None


OVER = Text(
    en="This link has nothing to set up any more. Ask an administrator for a new one.",
    fr="Ce lien n'a plus rien à configurer. Demandez-en un nouveau à un administrateur.",
)
WRONG_CODE = Text(
    en="This code is not right, or was used before. Wait for the next one, and check that the "
    "clock of your device is right.",
    fr="Ce code n'est pas le bon, ou a déjà servi. Attendez le suivant, et vérifiez l'heure de "
    "votre appareil.",
)
_WRONG_PASSWORD = Text(
    en="This is not the password that you sign in with.",
    fr="Ce n'est pas le mot de passe avec lequel vous vous connectez.",
)
DIFFERENT = Text(
    en="The two passwords are not the same.", fr="Les deux mots de passe ne sont pas identiques."
)
_NAMES = Text(
    en="Give a name (up to 100 characters) and an e-mail address.",
    fr="Indiquez un nom (100 caractères au plus) et une adresse e-mail.",
)
_TAKEN = Text(
    en="There is a reviewer with this address already.",
    fr="Il y a déjà un réviseur avec cette adresse.",
)
