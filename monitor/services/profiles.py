"""What reviewers see and change of themselves: name, password, second factor, sessions.

A change of what they sign in with ends all their sessions but the one it was made in, which gets a
new key.
"""

from collections.abc import Callable

from msgspec import Struct
from sqlalchemy import Connection, Engine

from alerts.responders.roster import Roster
from monitor.clock import now_ms
from monitor.mfa import totp
from monitor.mfa.sealing import SealError
from monitor.services import audit
from monitor.services.actor import Actor, ActorKind, Role
from monitor.services.authority import Operation, allowed
from monitor.services.credentials import Credentials
from monitor.services.factor_changes import Deed, FactorChanges
from monitor.services.person import checked_name
from monitor.services.refusal import NotThereError
from monitor.services.reviewers import outdated
from monitor.services.sessions import Client, Sessions, Visit
from monitor.services.setup import DIFFERENT, OVER, WRONG_CODE, PasswordRule, SetupError
from monitor.services.standing import owner_of, reference_of
from monitor.store import reviewers
from monitor.store import sessions as stored
from monitor.store.connection import reading
from monitor.store.factors import PASSWORD, RECOVERY, TOTP
from monitor.store.reviewers import ReviewerRow
from monitor.store.sessions import SessionRow


class Profile(Struct, frozen=True):
    """A reviewer as they see themselves. `recovery_codes` are those that are left."""

    uid: str
    email: str
    name: str
    role: Role
    tenant: str | None
    has_password: bool
    has_second_factor: bool
    recovery_codes: int
    sessions: tuple[SessionRow, ...]


class Profiles:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        credentials: Credentials,
        sessions: Sessions,
        rule: PasswordRule | None = None,
        now: Callable[[], int] = now_ms,
        changes: FactorChanges | None = None,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._credentials = credentials
        self._sessions = sessions
        self._rule = rule or PasswordRule()
        self._now = now
        self._changes = changes or FactorChanges(Roster())

    @allowed(Operation.PROFILE_READ)
    def get(self, actor: Actor) -> Profile:
        """Whoever asks. Raises NotThereError for who is no reviewer."""
        with self._reading.connect() as connection:
            row = _own(connection, actor)
            held = self._credentials.held(connection, owner_of(row.uid))
            open_ = stored.of(connection, row.uid, self._sessions.seen_after(), self._now())
        return Profile(
            row.uid,
            row.email,
            row.name,
            Role(row.role),
            row.tenant,
            held.password is not None,
            held.secret is not None,
            held.codes_left,
            tuple(open_),
        )

    @allowed(Operation.PROFILE_WRITE)
    def rename(self, actor: Actor, name: str) -> None:
        """Take another name. Raises ReviewerError, also where somebody changes it just now."""
        with self._engine.begin() as connection:
            row = _own(connection, actor)
            chosen = checked_name(name)
            if not reviewers.change(connection, row.uid, row.version, {"name": chosen}):
                raise outdated(row)
            self._record(connection, actor, "rename", {"name": chosen})

    @allowed(Operation.PROFILE_WRITE)
    def set_password(
        self, actor: Actor, visit: Visit, password: str, repeated: str, client: Client
    ) -> str:
        """Take another password: the session's new key. Raises SetupError, BusyError."""
        with self._reading.connect() as connection:
            row = _own(connection, actor)
        if password != repeated:
            raise SetupError(DIFFERENT)
        refused = self._rule.refusal(password, row.name, row.email)
        if refused is not None:
            raise SetupError(refused.text)
        hashed = self._credentials.passwords.hash(password)
        with self._engine.begin() as connection:
            self._credentials.set_password(connection, owner_of(row.uid), hashed, self._now())
            self._record(connection, actor, "password", {})
            self._tell(connection, row, PASSWORD, client)
            return self._alone(connection, visit, row.uid, client)

    @allowed(Operation.PROFILE_WRITE)
    def new_second_factor(self, actor: Actor, visit: Visit) -> bytes:
        """The secret for a new authenticator, which counts once its code is confirmed; the one
        before holds until then."""
        with self._reading.connect() as connection:
            _own(connection, actor)
        secret = self._secret(visit)
        if secret is None:
            secret = totp.new_secret()
            self._sessions.keep_draft(visit, secret)
        return secret

    @allowed(Operation.PROFILE_WRITE)
    def confirm_second_factor(
        self, actor: Actor, visit: Visit, code: str, client: Client
    ) -> tuple[str, list[str]]:
        """The code that the new authenticator shows: the session's new key, and new recovery codes.
        Raises SetupError, BusyError."""
        secret = self._secret(visit)
        if secret is None:
            raise SetupError(OVER)
        step = totp.step_of(secret, code, self._now())
        if step is None:
            raise SetupError(WRONG_CODE)
        drawn = self._credentials.codes.draw()
        with self._engine.begin() as connection:
            row = _own(connection, actor)
            owner, now = owner_of(row.uid), self._now()
            self._credentials.set_second(connection, owner, secret, step, drawn, now)
            self._record(connection, actor, "second-factor", {})
            self._tell(connection, row, TOTP, client)
            return self._alone(connection, visit, row.uid, client), list(drawn.codes)

    @allowed(Operation.PROFILE_WRITE)
    def new_codes(self, actor: Actor, visit: Visit, client: Client) -> tuple[str, list[str]]:
        """Ten new recovery codes in place of those before, and the session's new key. Raises
        BusyError."""
        drawn = self._credentials.codes.draw()
        with self._engine.begin() as connection:
            row = _own(connection, actor)
            self._credentials.codes.keep(connection, owner_of(row.uid), drawn, self._now())
            self._record(connection, actor, "recovery-codes", {})
            self._tell(connection, row, RECOVERY, client)
            return self._alone(connection, visit, row.uid, client), list(drawn.codes)

    @allowed(Operation.PROFILE_SIGN_OUT)
    def sign_out(self, actor: Actor, visit: Visit, session: str | None = None) -> int:
        """End one of the own sessions by what it is called, or all but this one: how many. Raises
        NotThereError."""
        with self._engine.begin() as connection:
            row = _own(connection, actor)
            if session is None:
                ended = self._sessions.end_others(connection, row.uid, visit.key)
            elif stored.end_named(connection, row.uid, session):
                ended = 1
            else:
                raise NotThereError("no such session")
            self._record(connection, actor, "sign-out", {"ended": ended})
            return ended

    def _alone(self, connection: Connection, visit: Visit, uid: str, client: Client) -> str:
        key = self._sessions.renew(connection, visit.key, client, authenticated=False)
        if key is None:
            raise SetupError(OVER)
        self._sessions.end_others(connection, uid, key)
        return key

    def _tell(self, connection: Connection, row: ReviewerRow, kind: str, client: Client) -> None:
        owner, now = owner_of(row.uid), self._now()
        self._changes.tell_reviewer(connection, owner, Deed.REPLACED, kind, now, client=client)

    def _secret(self, visit: Visit) -> bytes | None:
        try:
            kept = self._sessions.draft(visit)
        except SealError:
            return None
        # It may be a form that somebody took along to a provider and never came back with.
        return kept if kept is not None and len(kept) == totp.SECRET_BYTES else None

    def _record(
        self, connection: Connection, actor: Actor, deed: str, content: dict[str, object]
    ) -> None:
        subject = reference_of(actor.uid)
        audit.record(connection, actor, f"profile:{deed}", subject, content=content)


def _own(connection: Connection, actor: Actor) -> ReviewerRow:
    row = reviewers.by_uid(connection, actor.uid) if actor.kind is ActorKind.REVIEWER else None
    if row is None:
        raise NotThereError("only reviewers have a profile")
    return row
