"""Who may sign in to Vigie, and as what: invited, changed, disabled and removed by administrators.

Whatever changes what somebody may do ends their sessions; the last administrator stays one.
"""

import secrets
from collections.abc import Callable
from typing import Any, Final

from msgspec import UNSET, Struct, UnsetType, structs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from alerts.responders.roster import Roster
from detectors.core.event import HOUR
from monitor.clock import now_ms
from monitor.services import audit
from monitor.services.actor import Actor, Role
from monitor.services.authority import Operation, allowed
from monitor.services.credentials import Credentials
from monitor.services.factor_changes import Deed, FactorChanges
from monitor.services.keyring import Keyring
from monitor.services.person import (
    OutdatedError,
    ReviewerError,
    checked_email,
    checked_name,
    checked_tenant,
)
from monitor.services.refusal import NotThereError
from monitor.services.sessions import Purpose, Sessions
from monitor.services.standing import ACTIVE, DISABLED, INVITED, owner_of, reference_of
from monitor.store import factors, oidc, reviewers
from monitor.store import sessions as stored
from monitor.store.connection import reading
from monitor.store.factors import PASSWORD, TOTP
from monitor.store.reviewers import ReviewerRow
from monitor.store.sessions import InvitationRow, SessionRow

INVITATION_LIFETIME: Final = 72 * HOUR
_RIGHTS: Final = ("role", "tenant", "state")
"""What sessions rest on: they end when it changes."""
MOST: Final = 200
"""Reviewers on one page."""


def outdated(row: ReviewerRow) -> OutdatedError:
    """Why a change is refused that was made on another version."""
    return OutdatedError(
        f"{row.email} was changed meanwhile: look again",
        f"{row.email} a été modifié entre-temps : regardez de nouveau",
    )


class Reviewer(Struct, frozen=True):
    """A reviewer, and what is known of how they sign in. Times are ms since 1970 UTC, None for
    never or not at all; `tenant` is the only one that they see, None for all."""

    uid: str
    email: str
    name: str
    role: Role
    tenant: str | None
    state: str
    version: int
    created: int
    last_sign_in: int | None
    has_password: bool
    has_second_factor: bool
    recovery_codes: int
    invited_until: int | None


class Reviewers:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        sessions: Sessions,
        now: Callable[[], int] = now_ms,
        changes: FactorChanges | None = None,
    ) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._keyring = keyring
        self._sessions = sessions
        self._credentials = Credentials(keyring)
        self._now = now
        self._changes = changes or FactorChanges(Roster())

    @allowed(Operation.REVIEWERS_READ)
    def page(
        self, _actor: Actor, most: int = 50, after: tuple[str, str] | None = None
    ) -> tuple[list[Reviewer], tuple[str, str] | None]:
        """So many reviewers by address, and what to go on behind; None at the end."""
        most = max(1, min(most, MOST))
        with self._reading.connect() as connection:
            rows = reviewers.page(connection, most + 1, after)
            found = [self._view(connection, row) for row in rows[:most]]
        if len(rows) <= most:
            return found, None
        last = rows[most - 1]
        return found, (reviewers.email_key(last.email), last.uid)

    @allowed(Operation.REVIEWERS_READ)
    def get(self, _actor: Actor, which: str) -> Reviewer:
        """The reviewer of this id or address. Raises NotThereError."""
        with self._reading.connect() as connection:
            return self._view(connection, _found(connection, which))

    @allowed(Operation.REVIEWERS_READ)
    def sessions(self, _actor: Actor, which: str) -> list[SessionRow]:
        """A reviewer's open sessions, the one used last first. Raises NotThereError."""
        with self._reading.connect() as connection:
            row = _found(connection, which)
            return stored.of(connection, row.uid, self._sessions.seen_after(), self._now())

    @allowed(Operation.REVIEWERS_WRITE)
    def invite(
        self, actor: Actor, email: str, name: str, role: Role, tenant: str | None = None
    ) -> tuple[Reviewer, str]:
        """A new reviewer, and the key of a link that is good once, for 72 hours: whoever opens it
        chooses password and second factor. Raises ReviewerError."""
        row = ReviewerRow(
            uid=new_uid(),
            email=checked_email(email),
            name=checked_name(name),
            role=role.value,
            tenant=checked_tenant(role, tenant),
            state=INVITED,
            version=1,
            created=self._now(),
            last_sign_in=None,
        )
        try:
            with self._engine.begin() as connection:
                reviewers.add(connection, row)
                key = self._invite(connection, row.uid, Purpose.INVITATION)
                told = {"email": row.email, "role": row.role, "tenant": row.tenant}
                self._record(connection, actor, "invite", row.uid, told)
                return self._view(connection, row), key
        except IntegrityError as error:
            raise ReviewerError(
                f"there is a reviewer {row.email} already",
                f"il y a déjà un réviseur {row.email}",
            ) from error

    @allowed(Operation.REVIEWERS_WRITE)
    def invite_again(self, actor: Actor, which: str) -> str:
        """The key of a new link for somebody who has not used theirs, which is void now. Raises
        NotThereError, ReviewerError."""
        with self._engine.begin() as connection:
            row = _found(connection, which)
            if row.state != INVITED:
                raise ReviewerError(
                    f"{row.email} is {row.state}: a reset gives a new link",
                    f"{row.email} : ce lien a servi, une réinitialisation en donne un nouveau",
                )
            key = self._invite(connection, row.uid, Purpose.INVITATION)
            self._record(connection, actor, "invite", row.uid, {"email": row.email})
            return key

    @allowed(Operation.REVIEWERS_WRITE)
    def change(
        self,
        actor: Actor,
        which: str,
        *,
        version: int | None = None,
        name: str | None = None,
        role: Role | None = None,
        tenant: str | UnsetType | None = UNSET,
    ) -> Reviewer:
        """Give a reviewer another name, or another role with its tenant, which stays where none is
        said; their sessions end with a change of either. Raises NotThereError, ReviewerError, and
        OutdatedError where it is not the `version` any more that was looked at."""
        values: dict[str, Any] = {}
        if name is not None:
            values["name"] = checked_name(name)
        if role is not None:
            values["role"] = role.value
        return self._change(actor, which, version, values, "change", tenant)

    @allowed(Operation.REVIEWERS_WRITE)
    def disable(self, actor: Actor, which: str, version: int | None = None) -> Reviewer:
        """Let a reviewer in no more, from this moment. Raises as `change` does."""
        return self._change(actor, which, version, {"state": DISABLED}, "disable")

    @allowed(Operation.REVIEWERS_WRITE)
    def enable(self, actor: Actor, which: str, version: int | None = None) -> Reviewer:
        """Let a reviewer in again who was disabled. Raises as `change` does."""
        with self._reading.connect() as connection:
            row = _found(connection, which)
            if row.state != DISABLED:
                raise ReviewerError(
                    f"{row.email} is not disabled", f"{row.email} n'est pas désactivé"
                )
            is_set_up = bool(factors.of(connection, owner_of(row.uid))) or row.last_sign_in
        state = ACTIVE if is_set_up else INVITED
        return self._change(actor, which, version or row.version, {"state": state}, "enable")

    @allowed(Operation.REVIEWERS_WRITE)
    def reset(
        self, actor: Actor, which: str, *, password: bool = False, second_factor: bool = False
    ) -> str:
        """Take away a reviewer's password, second factor, or both: the key of a link, good once,
        for 72 hours, by which they choose anew what is gone, and prove the rest. Their sessions
        end. Raises NotThereError, ReviewerError."""
        if not (password or second_factor):
            raise ReviewerError(
                "say what is to be reset: the password, the second factor or both",
                "dites ce qui est à réinitialiser : le mot de passe, le second facteur, les deux",
            )
        with self._engine.begin() as connection:
            row = _found(connection, which)
            if row.state != ACTIVE:
                raise ReviewerError(
                    f"{row.email} is {row.state}: there is nothing to reset",
                    f"{row.email} : il n'y a rien à réinitialiser dans cet état",
                )
            owner = owner_of(row.uid)
            if password:
                factors.remove(connection, owner, PASSWORD)
            if second_factor:
                # With the device, what it unlocks is gone as well.
                factors.remove(connection, owner, TOTP, factors.RECOVERY, factors.PASSKEY)
            key = self._invite(connection, row.uid, self._purpose(connection, row.uid))
            self._sessions.end_others(connection, row.uid)
            told = {"email": row.email, "password": password, "second_factor": second_factor}
            self._record(connection, actor, "reset", row.uid, told)
            now = self._now()
            for kind, gone in ((PASSWORD, password), (TOTP, second_factor)):
                if gone:
                    self._changes.tell_reviewer(
                        connection, owner, Deed.REMOVED, kind, now, by=actor
                    )
            return key

    @allowed(Operation.REVIEWERS_WRITE)
    def sign_out(self, actor: Actor, which: str, session: str | None = None) -> int:
        """End one session of a reviewer, or all: how many. Raises NotThereError."""
        with self._engine.begin() as connection:
            row = _found(connection, which)
            if session is None:
                ended = stored.end_all(connection, row.uid)
            elif stored.end_named(connection, row.uid, session):
                ended = 1
            else:
                raise NotThereError("no such session")
            self._record(connection, actor, "sign-out", row.uid, {"ended": ended})
            return ended

    @allowed(Operation.REVIEWERS_WRITE)
    def remove(self, actor: Actor, which: str, version: int | None = None) -> None:
        """Forget a reviewer: who they were stays in the audit, by a reference. Raises as `change`
        does."""
        with self._engine.begin() as connection:
            row = _found(connection, which)
            self._check(connection, row, version, {"state": DISABLED})
            stored.end_all(connection, row.uid)
            stored.revoke(connection, row.uid)
            factors.remove(connection, owner_of(row.uid))
            oidc.unlink(connection, row.uid)
            reviewers.remove(connection, row.uid)
            self._record(connection, actor, "remove", row.uid, {"email": row.email})

    def _change(
        self,
        actor: Actor,
        which: str,
        version: int | None,
        values: dict[str, Any],
        deed: str,
        tenant: str | UnsetType | None = UNSET,
    ) -> Reviewer:
        with self._engine.begin() as connection:
            row = _found(connection, which)
            if "role" in values:
                seen = row.tenant if tenant is UNSET else tenant
                values["tenant"] = checked_tenant(Role(values["role"]), seen)
            self._check(connection, row, version, values)
            if not reviewers.change(connection, row.uid, row.version, values):
                raise outdated(row)
            if any(values.get(name, getattr(row, name)) != getattr(row, name) for name in _RIGHTS):
                self._sessions.end_others(connection, row.uid)
            if values.get("state") == DISABLED:
                stored.revoke(connection, row.uid)
            self._record(connection, actor, deed, row.uid, {"email": row.email, **values})
            changed = structs.replace(row, version=row.version + 1, **values)
            return self._view(connection, changed)

    def _check(
        self, connection: Connection, row: ReviewerRow, version: int | None, values: dict[str, Any]
    ) -> None:
        if version is not None and version != row.version:
            raise outdated(row)
        changed = structs.replace(row, **values)
        was = (row.role, row.state) == (Role.ADMINISTRATOR.value, ACTIVE)
        stays = (changed.role, changed.state) == (Role.ADMINISTRATOR.value, ACTIVE)
        if was and not stays:
            # Locked until the transaction ends: of two that leave each other alone, one waits.
            left = reviewers.lock(connection, Role.ADMINISTRATOR.value, ACTIVE)
            if not set(left) - {row.uid}:
                raise ReviewerError(
                    f"{row.email} is the last administrator, and stays one",
                    f"{row.email} est le dernier administrateur, et le reste",
                )

    def _purpose(self, connection: Connection, uid: str) -> Purpose:
        held = self._credentials.held(connection, owner_of(uid))
        if held.secret is not None:
            return Purpose.PASSWORD
        return Purpose.INVITATION if held.password is None else Purpose.SECOND_FACTOR

    def _invite(self, connection: Connection, uid: str, purpose: Purpose) -> str:
        key = secrets.token_urlsafe(32)
        now = self._now()
        row = InvitationRow(purpose.value, uid, now, now + INVITATION_LIFETIME)
        stored.invite(connection, self._keyring.digest(key), row)
        return key

    def _view(self, connection: Connection, row: ReviewerRow) -> Reviewer:
        held = factors.of(connection, owner_of(row.uid))
        kinds = {one.kind for one in held}
        link = stored.invited(connection, row.uid, self._now())
        return Reviewer(
            uid=row.uid,
            email=row.email,
            name=row.name,
            role=Role(row.role),
            tenant=row.tenant,
            state=row.state,
            version=row.version,
            created=row.created,
            last_sign_in=row.last_sign_in,
            has_password=PASSWORD in kinds,
            has_second_factor=TOTP in kinds,
            recovery_codes=sum(
                one.kind == factors.RECOVERY and one.last_used is None for one in held
            ),
            invited_until=None if link is None else link.expires,
        )

    def _record(
        self, connection: Connection, actor: Actor, deed: str, uid: str, content: dict[str, Any]
    ) -> None:
        audit.record(connection, actor, f"reviewers:{deed}", reference_of(uid), content=content)


def new_uid() -> str:
    """An id that says nothing of whose it is."""
    return f"r-{secrets.token_hex(8)}"


def _found(connection: Connection, which: str) -> ReviewerRow:
    row = reviewers.by_uid(connection, which) or reviewers.by_email(connection, which)
    if row is None:
        raise NotThereError("no such reviewer")
    return row
