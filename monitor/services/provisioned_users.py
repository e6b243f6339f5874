"""Users that an identity provider pushes, within one transaction: each is an account's."""

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from msgspec import UNSET, Struct, structs
from scim2_models import (
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    UniquenessException,
)
from sqlalchemy import Connection

from monitor.directory.account import Account, AccountChanges, account_id, fold
from monitor.directory.origin import Origin
from monitor.directory.refusal import DirectoryError
from monitor.scim.account import bare, changes, is_active, name_key, names, offboarding, uids
from monitor.scim.provider import Change, is_expected
from monitor.scim.resources import Group, Membership, Person
from monitor.scim.rules import Deleted, PushRules
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.services.entries import enter, new_account
from monitor.store import tables
from monitor.store.directory import DirectoryTable, StoredAccount
from monitor.store.provisioning import MemberTable, Provisioned, ProvisioningTable, forget

log = logging.getLogger(__name__)

_OPERATION: Final = Operation.DIRECTORY_PROVISION
_OURS: Final = {"id", "meta", "groups", "schemas"}
"""What of a resource is not the provider's to say."""


class Asking(Struct, frozen=True):
    """Who pushes, to which tenant, by which rules, and when (ms)."""

    actor: Actor
    tenant: str
    rules: PushRules
    at: int


class ProvisionedUsers:
    """The users of one tenant, on one connection and in its transaction."""

    def __init__(self, connection: Connection, asking: Asking) -> None:
        self._connection = connection
        self._asking = asking
        self._rows = ProvisioningTable(connection, asking.tenant, tables.provisioned_users)
        self._members = MemberTable(connection, asking.tenant)
        self._directory = DirectoryTable(connection)

    def count(self) -> int:
        """How many there are."""
        return self._rows.count()

    def page(self, start: int, count: int) -> list[Person]:
        """In the order they were made, after the first `start`; without their groups."""
        return self._told(self._rows.page(start, count), brief=True)

    def every(self, *, brief: bool = False) -> Iterator[Person]:
        """All of them; `brief`: without their groups."""
        for rows in self._rows.every():
            yield from self._told(rows, brief=brief)

    def complete(self, users: Iterable[Person]) -> None:
        """Tell the groups of users that were told without."""
        told = {read_id(str(user.id)): user for user in users}
        for identifier, groups in self._members.of_users(told).items():
            told[identifier].groups = [_membership(*each) for each in groups]

    def looked_up(self, attribute: str, value: str, *, brief: bool = False) -> list[Person] | None:
        """Those among which all are that have this value; None where only looking at all says."""
        if attribute == "id":
            row = self._rows.by_id(read_id(value))
            return self._told([row] if row else [], brief=brief)
        if attribute == "userName":
            row = self._rows.by_name(name_key(value))
            return self._told([row] if row else [], brief=brief)
        if attribute == "externalId":
            return self._told(self._rows.by_external_id(value), brief=brief)
        return None

    def get(self, uid: str) -> Person:
        """One user. Raises NotFoundException."""
        return self._held(uid)[2]

    def create(self, user: Person) -> Person:
        """A user of a new account, or of one that the directory knows and no provider claims."""
        key = name_key(user.user_name or "")
        self._check_free(key, None)
        stored = self._account_for(user)
        if stored is not None and self._rows.by_id(stored.id) is not None:
            raise UniquenessException(detail="the account has a user of another name")
        before = stored or self._new(user)
        entered = self._entered(before, user, (), ())
        self._rows.add(self._row(entered.id, user, key, 1, self._asking.at))
        return self.get(entered.id.hex())

    def change(self, uid: str, change: Change, expected: frozenset[str] | None) -> Person:
        """A user as it is after a change."""
        row, stored, held = self._held(uid, lock=True)
        _check(held, expected)
        former, shown = names(held), held.active
        user = change(held)
        if user.active == shown:
            # What the directory says of it is shown, and is not the provider's word.
            user.active = read_body(row.body).active
        if _body(user) == row.body:
            return self.get(uid)
        key = name_key(user.user_name or "")
        if key != row.name:
            self._check_free(key, row.id)
        entered = self._entered(stored, user, self._groups_of(row.id), former)
        if entered is stored:
            self._note(stored.account, {"uid": stored.account.uid, "origin": Origin.SCIM.value})
        self._rows.put(self._row(row.id, user, key, row.version + 1, row.created, row.is_due))
        return self.get(uid)

    def remove(self, uid: str, expected: frozenset[str] | None) -> None:
        """No user any more; the account is offboarded, or nothing is said of it any more where the
        rules say so."""
        row, stored, held = self._held(uid, lock=True)
        _check(held, expected)
        why = "deleted by the identity provider"
        if self._asking.rules.deleted is Deleted.REMOVE:
            # What merely is not there any more, the engine would go on believing.
            self._directory.put([(stored, bare(stored.account, self._asking.at))], self._asking.at)
            self._note(stored.account, {"uid": stored.account.uid, "removed": True}, why)
        else:
            self._enter(stored, offboarding(), why)
        forget(self._connection, (row.id,))

    def settle(self, limit: int) -> int:
        """Tell the accounts of users whose groups changed, at most `limit`; how many there were."""
        due = sorted(self._members.lock_users(self._members.due(limit)))
        accounts = self._directory.accounts_of(due, lock=True)
        for identifier in due:
            row, stored = self._rows.by_id(identifier), accounts.get(identifier)
            if row is not None and stored is not None:
                self._settle(stored, read_body(row.body))
        self._members.set_due(due, is_due=False)
        return len(due)

    def _settle(self, stored: StoredAccount, user: Person) -> None:
        try:
            self._entered(stored, user, self._groups_of(stored.id), names(user))
        except InvalidValueException as error:
            # One that is not taken must not keep all later pushes of its tenant back.
            log.warning("%s keeps its roles: %s", stored.account.reference, error)

    def _held(self, uid: str, *, lock: bool = False) -> tuple[Provisioned, StoredAccount, Person]:
        row = self._rows.by_id(read_id(uid), lock=lock)
        stored = None if row is None else self._directory.account(row.id, lock=lock)
        if row is None or stored is None:
            raise NotFoundException(detail="there is no such user")
        return row, stored, self._told([row])[0]

    def _told(self, rows: list[Provisioned], *, brief: bool = False) -> list[Person]:
        accounts = self._directory.accounts_of(row.id for row in rows)
        told = []
        for row in rows:
            # One that was erased or merged meanwhile is no user any more.
            if (stored := accounts.get(row.id)) is not None:
                user = read_body(row.body)
                user.id = row.id.hex()
                user.active = is_active(user, stored.account)
                user.meta = meta_of("User", row, stored.version, stored.updated)
                told.append(user)
        if not brief:
            self.complete(told)
        return told

    def _account_for(self, user: Person) -> StoredAccount | None:
        tenant, name = self._asking.tenant, user.user_name or ""
        likely = [account_id(tenant, uid) for uid in uids(user, self._asking.rules)]
        likely += self._directory.by_names(tenant, (name,)).values()
        found = self._directory.accounts_of(likely, lock=True)
        return next((found[each] for each in likely if each in found), None)

    def _new(self, user: Person) -> Account:
        asking = self._asking
        try:
            uid = uids(user, asking.rules)[0]
            return new_account(asking.tenant, uid, Origin.SCIM, asking.at)
        except DirectoryError as error:
            raise _unfit(error) from error

    def _entered(
        self,
        before: StoredAccount | Account,
        user: Person,
        groups: Iterable[str],
        former: Iterable[str],
    ) -> StoredAccount:
        account = before.account if isinstance(before, StoredAccount) else before
        try:
            told = changes(user, groups, account, former, self._asking.rules)
            return self._enter(before, self._free(account, told))
        except DirectoryError as error:
            raise _unfit(error) from error

    def _enter(
        self, before: StoredAccount | Account, told: AccountChanges, why: str = ""
    ) -> StoredAccount:
        asking = self._asking
        entered = enter(
            self._connection,
            asking.actor,
            _OPERATION,
            before,
            told,
            Origin.SCIM,
            asking.at,
            reason=why,
        )
        return entered.stored

    def _free(self, account: Account, told: AccountChanges) -> AccountChanges:
        """What is told, but for names and ids that are another account's: a mailbox may be that of
        several people."""
        mine, tenant = account_id(account.tenant, account.uid), account.tenant
        if told.aliases is not UNSET:
            taken = self._directory.by_names(tenant, told.aliases)
            others = {name for name, holder in taken.items() if holder != mine}
            free = tuple(name for name in told.aliases if fold(name) not in others)
            told = structs.replace(told, aliases=free)
        if told.external is not UNSET:
            ids = [(provider, value) for provider, value in told.external.items() if value]
            held = self._directory.by_externals(tenant, ids)
            kept = {
                provider: value
                for provider, value in told.external.items()
                if held.get((provider, value or ""), mine) == mine
            }
            told = structs.replace(told, external=kept or UNSET)
        return told

    def _check_free(self, key: str, mine: bytes | None) -> None:
        row = self._rows.by_name(key)
        if row is None or row.id == mine:
            return
        if self._directory.account(row.id) is not None:
            raise UniquenessException(detail="there is a user of this userName already")
        forget(self._connection, (row.id,))

    def _groups_of(self, identifier: bytes) -> list[str]:
        found = self._members.of_users((identifier,)).get(identifier, [])
        return [str(Group.model_validate_json(body).display_name) for _, body in found]

    def _row(
        self,
        identifier: bytes,
        user: Person,
        key: str,
        version: int,
        created: int,
        due: bool = False,
    ) -> Provisioned:
        return Provisioned(
            id=identifier,
            tenant=self._asking.tenant,
            name=key,
            external_id=user.external_id,
            version=version,
            created=created,
            updated=self._asking.at,
            body=_body(user),
            is_due=due,
        )

    def _note(self, account: Account, content: dict[str, Any], why: str = "") -> None:
        record(
            self._connection,
            self._asking.actor,
            _OPERATION,
            account.reference,
            tenant=account.tenant,
            reason=why,
            content=content,
        )


def read_id(uid: str) -> bytes:
    """The bytes of an identifier; none that anything has, for a text that is none."""
    try:
        return bytes.fromhex(uid) if len(uid) == 32 else b""
    except ValueError:
        return b""


def read_body(body: bytes) -> Person:
    """A user as it was pushed."""
    return Person.model_validate_json(body)


def meta_of(kind: str, row: Provisioned, other: int = 0, updated: int | None = None) -> Meta:
    """What the service says of a resource; `other` is the version of what else it is told from."""
    last = max(row.updated, updated or 0)
    return Meta(
        resource_type=kind,
        created=_moment(row.created),
        last_modified=_moment(last),
        version=f'W/"{row.version}.{other}"',
    )


def _moment(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1_000, UTC)


def _body(user: Person) -> bytes:
    return user.model_dump_json(exclude=_OURS).encode()


def _membership(identifier: bytes, body: bytes) -> Membership:
    group = Group.model_validate_json(body)
    return Membership(value=identifier.hex(), display=group.display_name, ref=None)


def _check(held: Any, expected: frozenset[str] | None) -> None:
    version = None if held.meta is None else held.meta.version
    if not is_expected(version, expected):
        raise PreconditionFailedException(detail="it was changed meanwhile: read it again")


def _unfit(error: DirectoryError) -> InvalidValueException:
    return InvalidValueException(detail=f"the directory does not take it: {error}")
