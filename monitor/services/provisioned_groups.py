"""Groups that an identity provider pushes, within one transaction: their names are roles."""

import secrets
from collections.abc import Iterable, Iterator

from scim2_models import (
    InvalidValueException,
    NotFoundException,
    PreconditionFailedException,
    UniquenessException,
)
from sqlalchemy import Connection

from monitor.scim.account import name_key
from monitor.scim.provider import Change, is_expected
from monitor.scim.resources import Group, Member
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.services.provisioned_users import Asking, meta_of, read_id
from monitor.store import tables
from monitor.store.provisioning import MemberTable, Provisioned, ProvisioningTable

_OURS = {"id", "meta", "members", "schemas"}


class ProvisionedGroups:
    """The groups of one tenant, on one connection and in its transaction. Whose groups changed is
    noted as due: their accounts are told by `ProvisionedUsers.settle`."""

    def __init__(self, connection: Connection, asking: Asking) -> None:
        self._connection = connection
        self._asking = asking
        self._rows = ProvisioningTable(connection, asking.tenant, tables.provisioned_groups)
        self._members = MemberTable(connection, asking.tenant)

    def count(self) -> int:
        """How many there are."""
        return self._rows.count()

    def page(self, start: int, count: int) -> list[Group]:
        """In the order they were made, after the first `start`; without their members."""
        return self._told(self._rows.page(start, count), brief=True)

    def every(self, *, brief: bool = False) -> Iterator[Group]:
        """All of them; `brief`: without their members."""
        for rows in self._rows.every():
            yield from self._told(rows, brief=brief)

    def complete(self, groups: Iterable[Group]) -> None:
        """Tell the members of groups that were told without."""
        told = {read_id(str(group.id)): group for group in groups}
        for identifier, users in self._members.of_groups(told).items():
            told[identifier].members = [_member(user) for user, _ in users]

    def looked_up(self, attribute: str, value: str, *, brief: bool = False) -> list[Group] | None:
        """Those among which all are that have this value; None where only looking at all says."""
        if attribute == "id":
            row = self._rows.by_id(read_id(value))
            return self._told([row] if row else [], brief=brief)
        if attribute == "displayName":
            row = self._rows.by_name(name_key(value))
            return self._told([row] if row else [], brief=brief)
        if attribute == "externalId":
            return self._told(self._rows.by_external_id(value), brief=brief)
        return None

    def get(self, uid: str) -> Group:
        """One group. Raises NotFoundException."""
        return self._held(uid)[1]

    def create(self, group: Group) -> Group:
        """A new group."""
        key = self._free_key(group, None)
        users = self._users(group)
        identifier = secrets.token_bytes(16)
        self._rows.add(self._row(identifier, group, key, 1, self._asking.at))
        self._members.add(identifier, users)
        self._members.set_due(users, is_due=True)
        self._note(identifier, {"name": group.display_name, "added": _ids(users)})
        return self.get(identifier.hex())

    def change(self, uid: str, change: Change, expected: frozenset[str] | None) -> Group:
        """A group as it is after a change."""
        row, held = self._held(uid, lock=True)
        _check(held, expected)
        before = {read_id(member.value or "") for member in held.members or ()}
        group = change(held)
        if _body(group) == row.body and before == _named(group):
            return self.get(uid)
        key = self._free_key(group, row.id)
        after = self._users(group)
        gone, new = before - after, after - before
        self._members.take(row.id, gone)
        self._members.add(row.id, new)
        touched = before | after if key != row.name else gone | new
        self._members.set_due(self._members.lock_users(touched), is_due=True)
        self._rows.put(self._row(row.id, group, key, row.version + 1, row.created))
        told = {"name": group.display_name, "added": _ids(new), "removed": _ids(gone)}
        self._note(row.id, told)
        return self.get(uid)

    def remove(self, uid: str, expected: frozenset[str] | None) -> None:
        """No group any more."""
        row, held = self._held(uid, lock=True)
        _check(held, expected)
        users = self._members.lock_users(_named(held))
        self._members.take(row.id, users)
        self._members.set_due(users, is_due=True)
        self._rows.remove(row.id)
        self._note(row.id, {"name": held.display_name, "removed": _ids(users), "is": "deleted"})

    def _held(self, uid: str, *, lock: bool = False) -> tuple[Provisioned, Group]:
        row = self._rows.by_id(read_id(uid), lock=lock)
        if row is None:
            raise NotFoundException(detail="there is no such group")
        return row, self._told([row])[0]

    def _told(self, rows: list[Provisioned], *, brief: bool = False) -> list[Group]:
        told = []
        for row in rows:
            group = Group.model_validate_json(row.body)
            group.id = row.id.hex()
            group.meta = meta_of("Group", row)
            told.append(group)
        if not brief:
            self.complete(told)
        return told

    def _users(self, group: Group) -> set[bytes]:
        """The users that a group names. Raises InvalidValueException for one that is not there, or
        is another tenant's."""
        wanted = _named(group)
        there = self._members.lock_users(wanted)
        if there != wanted:
            raise InvalidValueException(
                detail=f"members: {len(wanted - there)} of them are no users that are known here"
            )
        return there

    def _free_key(self, group: Group, mine: bytes | None) -> str:
        key = name_key(group.display_name or "")
        row = self._rows.by_name(key)
        if row is not None and row.id != mine:
            raise UniquenessException(detail="there is a group of this displayName already")
        return key

    def _row(
        self, identifier: bytes, group: Group, key: str, version: int, created: int
    ) -> Provisioned:
        return Provisioned(
            id=identifier,
            tenant=self._asking.tenant,
            name=key,
            external_id=group.external_id,
            version=version,
            created=created,
            updated=self._asking.at,
            body=_body(group),
        )

    def _note(self, identifier: bytes, content: dict[str, object]) -> None:
        record(
            self._connection,
            self._asking.actor,
            Operation.DIRECTORY_PROVISION,
            f"group:{identifier.hex()}",
            tenant=self._asking.tenant,
            content=content,
        )


def _member(identifier: bytes) -> Member:
    return Member(value=identifier.hex(), type="User", ref=None)


def _named(group: Group) -> set[bytes]:
    return {read_id(member.value or "") for member in group.members or ()}


def _ids(users: set[bytes]) -> list[str]:
    """What is written down of users: enough to know them, and not more than may be kept."""
    return [user.hex() for user in sorted(users)[:500]]


def _body(group: Group) -> bytes:
    return group.model_dump_json(exclude=_OURS).encode()


def _check(held: Group, expected: frozenset[str] | None) -> None:
    version = None if held.meta is None else held.meta.version
    if not is_expected(version, expected):
        raise PreconditionFailedException(detail="it was changed meanwhile: read it again")
