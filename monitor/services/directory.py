"""The directory, as people and programs ask for it: who may see and change which accounts."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from detectors.core.context import AccountKind
from detectors.core.detector import Text
from monitor.clock import now_ms
from monitor.directory.account import Account, AccountChanges, State, account_id
from monitor.directory.merging import join, release
from monitor.directory.origin import Origin, Provenance
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import Tenant, TenantChanges
from monitor.directory.validity import read_changes, settled
from monitor.services.actor import Actor, ActorKind
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, within
from monitor.services.entries import (
    LONGEST_REASON,
    Entered,
    check_exception,
    check_names,
    enter,
    enter_tenant,
    new_account,
)
from monitor.services.refusal import NotThereError, StaleError, TakenError
from monitor.store.connection import reading
from monitor.store.directory import (
    AccountFilter,
    DirectoryTable,
    Place,
    StoredAccount,
    StoredTenant,
)

MOST: Final = 200
"""Accounts or tenants of one page."""


class Accounts(Struct, frozen=True):
    """A page of accounts, where the next begins, and how many there are in all."""

    items: tuple[StoredAccount, ...]
    next: Place | None
    total: int


class Tenants(Struct, frozen=True):
    """A page of tenants, where the next begins, and their accounts by state."""

    items: tuple[StoredTenant, ...]
    next: str | None
    states: Mapping[str, Mapping[State, int]]


def origin_of(actor: Actor) -> Origin:
    """Whose word it is when somebody changes something."""
    return Origin.PROGRAM if actor.kind in (ActorKind.KEY, ActorKind.DAEMON) else Origin.PERSON


class Directory:
    """Tenants and accounts of one database. Safe to share between threads.

    What is changed is told the `version` that it was looked at in, where it has to be the same
    still (StaleError); None changes it as it is. `now` gives ms since 1970 UTC.
    """

    def __init__(self, engine: Engine, now: Callable[[], int] = now_ms) -> None:
        self._engine = engine
        self._reading = reading(engine)
        self._now = now

    @allowed(Operation.DIRECTORY_READ)
    def tenants(self, actor: Actor, text: str = "", after: str = "", limit: int = 50) -> Tenants:
        """Tenants by uid, those behind `after`."""
        bound, count = within(actor), min(max(limit, 1), MOST)
        with self._reading.connect() as connection:
            table = DirectoryTable(connection)
            found = table.tenants(bound, text, after, count + 1)
            states = table.states(bound)
        following = found[count - 1].tenant.uid if len(found) > count else None
        return Tenants(tuple(found[:count]), following, states)

    @allowed(Operation.DIRECTORY_READ)
    def tenant(self, actor: Actor, identifier: bytes) -> StoredTenant:
        """One tenant. Raises NotThereError."""
        with self._reading.connect() as connection:
            return self._tenant(connection, actor, identifier)

    @allowed(Operation.DIRECTORY_WRITE)
    def create_tenant(self, actor: Actor, uid: str, changes: TenantChanges) -> StoredTenant:
        """Add a tenant. Raises DirectoryError, TakenError where there is one of this uid."""
        bound, at, origin = within(actor), self._now(), origin_of(actor)
        if bound is not None:
            raise NotThereError("nobody who is bound to a tenant makes another")
        new_account(uid, "-", origin, at)
        new = Tenant(uid=uid, origins={"uid": Provenance(origin, at)})
        with self._writing() as connection:
            if DirectoryTable(connection).tenant(uid) is not None:
                raise TakenError(f"there is a tenant {uid} already", f"le client {uid} existe déjà")
            return enter_tenant(
                connection, actor, Operation.DIRECTORY_WRITE, new, changes, origin, at
            )

    @allowed(Operation.DIRECTORY_WRITE)
    def change_tenant(
        self, actor: Actor, identifier: bytes, changes: TenantChanges, version: int | None = None
    ) -> StoredTenant:
        """Set fields of a tenant. Raises NotThereError, StaleError, DirectoryError."""
        with self._writing() as connection:
            before = self._tenant(connection, actor, identifier, lock=True)
            _check_version(before.version, version)
            return enter_tenant(
                connection,
                actor,
                Operation.DIRECTORY_WRITE,
                before,
                changes,
                origin_of(actor),
                self._now(),
            )

    @allowed(Operation.DIRECTORY_READ)
    def accounts(
        self, actor: Actor, wanted: AccountFilter, after: Place | None = None, limit: int = 50
    ) -> Accounts:
        """Accounts by tenant and uid, those behind `after`, which may be of no tenant and an id in
        hexadecimal; the look is recorded. Raises NotThereError for an id that is none."""
        bound, count = self._bound(actor, wanted), min(max(limit, 1), MOST)
        if bound is None:
            return Accounts((), None, 0)
        # A search looks through all of them: nobody who writes waits for it.
        with self._reading.connect() as connection:
            table = DirectoryTable(connection)
            found = table.accounts(bound, self._place(connection, actor, after), count + 1)
            is_all = after is None and len(found) <= count
            total = len(found) if is_all else table.count(bound)
        with self._writing() as connection:
            self._note_look(connection, actor, "accounts", bound.tenant, {"text": wanted.text})
        last = found[count - 1].account if len(found) > count else None
        following = None if last is None else Place(last.tenant, last.uid)
        return Accounts(tuple(found[:count]), following, total)

    @allowed(Operation.DIRECTORY_READ)
    def account(self, actor: Actor, identifier: bytes) -> StoredAccount:
        """One account; that it was looked at is recorded. Raises NotThereError."""
        with self._writing() as connection:
            found = self._account(connection, actor, identifier)
            subject = found.account.reference
            self._note_look(connection, actor, subject, found.account.tenant, {})
            return found

    @allowed(Operation.DIRECTORY_READ)
    def find(self, actor: Actor, tenant: str, name: str) -> StoredAccount:
        """The account of this uid, else of this alias, in a tenant. Raises NotThereError."""
        with self._reading.connect() as connection:
            table = DirectoryTable(connection)
            identifier = account_id(tenant, name)
            if table.account(identifier) is None:
                identifier = next(iter(table.by_names(tenant, (name,)).values()), identifier)
        return self.account(actor, identifier)

    @allowed(Operation.DIRECTORY_WRITE)
    def create(self, actor: Actor, tenant: str, uid: str, changes: AccountChanges) -> StoredAccount:
        """Add an account. Raises DirectoryError, TakenError where there is one of this uid."""
        at, origin = self._now(), origin_of(actor)
        if within(actor) not in (None, tenant):
            raise NotThereError("there is no such tenant")
        new = new_account(tenant, uid, origin, at)
        with self._writing() as connection:
            if DirectoryTable(connection).account(account_id(tenant, uid)) is not None:
                raise TakenError(
                    f"there is an account {uid} already", f"le compte {uid} existe déjà"
                )
            return enter(
                connection, actor, Operation.DIRECTORY_WRITE, new, changes, origin, at
            ).stored

    @allowed(Operation.DIRECTORY_WRITE)
    def change(
        self, actor: Actor, identifier: bytes, changes: AccountChanges, version: int | None = None
    ) -> Entered:
        """Set fields of an account. Raises NotThereError, StaleError, DirectoryError."""
        return self._change(actor, Operation.DIRECTORY_WRITE, identifier, changes, version)

    @allowed(Operation.DIRECTORY_PROVISION)
    def provision(
        self, actor: Actor, tenant: str, uid: str, changes: AccountChanges, origin: Origin
    ) -> Entered:
        """What another system says of an account, which is made where it is not there. Raises
        DirectoryError, NotThereError for another tenant."""
        if within(actor) not in (None, tenant):
            raise NotThereError("there is no such tenant")
        if origin is Origin.PERSON:
            raise DirectoryError("", Text("only people speak for people", "réservé aux personnes"))
        at = self._now()
        with self._writing() as connection:
            stored = DirectoryTable(connection).account(account_id(tenant, uid), lock=True)
            before = stored or new_account(tenant, uid, origin, at)
            operation = Operation.DIRECTORY_PROVISION
            return enter(connection, actor, operation, before, changes, origin, at)

    @allowed(Operation.DIRECTORY_WRITE)
    def offboard(
        self, actor: Actor, identifier: bytes, reason: str = "", version: int | None = None
    ) -> StoredAccount:
        """Say that whoever had the account has left: a use is a finding from now on, once the grace
        of `offboarded_account` is over."""
        changes = AccountChanges(state=State.OFFBOARDED)
        operation = Operation.DIRECTORY_WRITE
        return self._change(actor, operation, identifier, changes, version, reason).stored

    @allowed(Operation.DIRECTORY_AUTHORISE)
    def authorise_sharing(
        self,
        actor: Actor,
        identifier: bytes,
        *,
        owner: str,
        reason: str,
        until: int,
        version: int | None = None,
    ) -> StoredAccount:
        """Let several people use an account until a time (ms), for which `owner` answers."""
        sharing = {
            "owner": owner.strip(),
            "reason": reason.strip(),
            "since": self._now(),
            "until": until,
        }
        told = {"kind": AccountKind.SHARED.value, "sharing": sharing}
        changes = read_changes(AccountChanges, told)
        operation = Operation.DIRECTORY_AUTHORISE
        return self._change(actor, operation, identifier, changes, version, reason).stored

    @allowed(Operation.DIRECTORY_WRITE)
    def end_sharing(
        self, actor: Actor, identifier: bytes, reason: str = "", version: int | None = None
    ) -> StoredAccount:
        """End the authorisation now: the account is one person's again."""
        changes = AccountChanges(kind=AccountKind.PERSON, sharing=None)
        operation = Operation.DIRECTORY_WRITE
        return self._change(actor, operation, identifier, changes, version, reason).stored

    @allowed(Operation.DIRECTORY_WRITE)
    def release(
        self, actor: Actor, identifier: bytes, fields: tuple[str, ...], version: int | None = None
    ) -> StoredAccount:
        """Take back what a person said of fields: their values stay until another source speaks."""
        with self._writing() as connection:
            before = self._account(connection, actor, identifier, lock=True)
            _check_version(before.version, version)
            made = release(before.account, fields)
            if made == before.account:
                return before
            content = {"uid": made.uid, "released": list(fields)}
            (kept,) = DirectoryTable(connection).put([(before, made)], self._now())
            _record(connection, actor, made, content=content)
            return kept

    @allowed(Operation.DIRECTORY_WRITE)
    def merge(
        self,
        actor: Actor,
        kept: bytes,
        duplicate: bytes,
        reason: str = "",
        version: int | None = None,
    ) -> StoredAccount:
        """Make one account of two that are one person's: the uid and the names of the duplicate
        become names of the other. Raises NotThereError, DirectoryError across tenants."""
        with self._writing() as connection:
            one = self._account(connection, actor, kept, lock=True)
            _check_version(one.version, version)
            other = self._account(connection, actor, duplicate, lock=True)
            if one.account.tenant != other.account.tenant or one.id == other.id:
                why = Text("choose two accounts of one tenant", "deux comptes d'un même client")
                raise DirectoryError("duplicate", why)
            at, table = self._now(), DirectoryTable(connection)
            made = settled(join(one.account, other.account, at))
            check_exception(actor, one.account, made, at)
            table.remove((other.id,))
            check_names(table, (made,))
            (stored,) = table.put([(one, made)], at)
            for account in (made, other.account):
                content = {"kept": made.uid, "merged": other.account.uid}
                _record(connection, actor, account, reason=reason, content=content)
            return stored

    @allowed(Operation.DIRECTORY_READ)
    def aliases(self, actor: Actor) -> list[tuple[str, str, str]]:
        """Tenant, name (letter case folded) and uid of every alias."""
        with self._reading.connect() as connection:
            return list(DirectoryTable(connection).aliases(within(actor)))

    def _change(
        self,
        actor: Actor,
        operation: Operation,
        identifier: bytes,
        changes: AccountChanges,
        version: int | None,
        reason: str = "",
    ) -> Entered:
        with self._writing() as connection:
            before = self._account(connection, actor, identifier, lock=True)
            _check_version(before.version, version)
            origin, at = origin_of(actor), self._now()
            return enter(connection, actor, operation, before, changes, origin, at, reason=reason)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """A transaction; what somebody else made at the same moment is told as taken."""
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError as error:
            raise TakenError(
                "somebody made or named it so at this moment",
                "quelqu'un vient de le créer ou de le nommer ainsi",
            ) from error

    @staticmethod
    def _account(
        connection: Connection, actor: Actor, identifier: bytes, *, lock: bool = False
    ) -> StoredAccount:
        found = DirectoryTable(connection).account(identifier, lock=lock)
        if found is None or within(actor) not in (None, found.account.tenant):
            raise NotThereError("there is no such account")
        return found

    @classmethod
    def _place(cls, connection: Connection, actor: Actor, after: Place | None) -> Place | None:
        if after is None or after.tenant:
            return after
        try:
            found = cls._account(connection, actor, bytes.fromhex(after.uid)).account
        except ValueError:
            raise NotThereError("there is no such account") from None
        return Place(found.tenant, found.uid)

    @staticmethod
    def _tenant(
        connection: Connection, actor: Actor, identifier: bytes, *, lock: bool = False
    ) -> StoredTenant:
        found = DirectoryTable(connection).tenant_by_id(identifier, lock=lock)
        if found is None or within(actor) not in (None, found.tenant.uid):
            raise NotThereError("there is no such tenant")
        return found

    @staticmethod
    def _bound(actor: Actor, wanted: AccountFilter) -> AccountFilter | None:
        """The filter within what the actor sees; None where nothing is left of it."""
        bound = within(actor)
        if bound is None:
            return wanted
        if wanted.tenant not in (None, bound):
            return None
        return structs.replace(wanted, tenant=bound)

    @staticmethod
    def _note_look(
        connection: Connection,
        actor: Actor,
        subject: str,
        tenant: str | None,
        content: dict[str, Any],
    ) -> None:
        record(connection, actor, Operation.DIRECTORY_READ, subject, tenant=tenant, content=content)


def _check_version(is_now: int, expected: int | None) -> None:
    if expected is not None and expected != is_now:
        raise StaleError(
            "it was changed meanwhile: look at it again",
            "il a changé entre-temps\u00a0: regardez-le de nouveau",
        )


def _record(
    connection: Connection,
    actor: Actor,
    account: Account,
    *,
    reason: str = "",
    content: Mapping[str, Any],
) -> None:
    record(
        connection,
        actor,
        Operation.DIRECTORY_WRITE,
        account.reference,
        tenant=account.tenant,
        reason=reason[:LONGEST_REASON],
        content=content,
    )
