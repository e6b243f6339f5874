"""What identity providers pushed, as it is kept: users, groups and who is in which.

Everything works on a connection that is given, so that what belongs together is one transaction.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

from msgspec import Struct
from sqlalchemy import Connection, Table, and_, delete, func, insert, select, tuple_, update

from monitor.store import tables

_T = TypeVar("_T")
_USERS = tables.provisioned_users
_GROUPS = tables.provisioned_groups
_MEMBERS = tables.provisioned_members
_AT_ONCE: Final = 500
"""Rows of one statement."""


class Provisioned(Struct, frozen=True, kw_only=True):
    """A user or a group as it is kept; times are ms since 1970 UTC. A user's `id` is that of its
    account. `is_due`: its account has yet to be told of its groups."""

    id: bytes
    tenant: str
    name: str
    external_id: str | None
    version: int
    created: int
    updated: int
    body: bytes
    is_due: bool = False


class ProvisioningTable:
    """Users or groups of one tenant, on one connection and in its transaction."""

    def __init__(self, connection: Connection, tenant: str, table: Table) -> None:
        """`table` is `provisioned_users` or `provisioned_groups`."""
        self._connection = connection
        self._tenant = tenant
        self._table = table
        (self._id,) = table.primary_key.columns

    def count(self) -> int:
        """How many there are."""
        query = select(func.count()).select_from(self._table)
        found = self._connection.execute(query.where(self._mine())).scalar_one()
        return int(found)

    def page(self, start: int, count: int) -> list[Provisioned]:
        """In the order they were made, after the first `start`."""
        order = (self._table.c.created, self._id)
        query = select(self._table).where(self._mine()).order_by(*order)
        return self._read(query.offset(start).limit(count))

    def every(self) -> Iterator[list[Provisioned]]:
        """All of them in the order they were made, some at a time."""
        created, identifier = self._table.c.created, self._id
        query = select(self._table).where(self._mine()).order_by(created, identifier)
        after: tuple[int, bytes] | None = None
        while True:
            behind = query if after is None else query.where(tuple_(created, identifier) > after)
            found = self._read(behind.limit(_AT_ONCE))
            if not found:
                return
            yield found
            after = (found[-1].created, found[-1].id)

    def by_id(self, identifier: bytes, *, lock: bool = False) -> Provisioned | None:
        """The one of this id; with `lock`, nobody else changes it until the transaction ends."""
        query = select(self._table).where(self._mine(), self._id == identifier)
        return next(iter(self._read(query.with_for_update() if lock else query)), None)

    def by_name(self, name: str) -> Provisioned | None:
        """The one of this name, which is told as it is kept."""
        if not _is_kept(name):
            return None
        query = select(self._table).where(self._mine(), self._table.c.name == name)
        return next(iter(self._read(query)), None)

    def by_external_id(self, external_id: str) -> list[Provisioned]:
        """Those that the provider calls so, as many as an answer may hold."""
        if not _is_kept(external_id):
            return []
        query = select(self._table).where(self._mine(), self._table.c.external_id == external_id)
        return self._read(query.order_by(self._table.c.created, self._id).limit(_AT_ONCE))

    def add(self, made: Provisioned) -> None:
        """Keep a new one. Raises sqlalchemy.exc.IntegrityError where id or name is taken."""
        self._connection.execute(insert(self._table).values(self._row(made)))

    def put(self, made: Provisioned) -> None:
        """Keep one in place of what it was. Raises sqlalchemy.exc.IntegrityError for a name that
        is taken."""
        mine = update(self._table).where(self._mine(), self._id == made.id)
        self._connection.execute(mine.values(self._row(made)))

    def remove(self, identifier: bytes) -> None:
        """Forget one."""
        gone = delete(self._table).where(self._mine(), self._id == identifier)
        self._connection.execute(gone)

    def _mine(self) -> Any:
        return self._table.c.tenant == self._tenant

    def _row(self, made: Provisioned) -> dict[str, Any]:
        rest = {column.name for column in self._table.columns} - {self._id.name}
        return {self._id.name: made.id, **{name: getattr(made, name) for name in rest}}

    def _read(self, query: Any) -> list[Provisioned]:
        return [self._made(dict(row)) for row in self._connection.execute(query).mappings()]

    def _made(self, row: dict[str, Any]) -> Provisioned:
        identifier, body = bytes(row.pop(self._id.name)), bytes(row.pop("body"))
        return Provisioned(id=identifier, body=body, **row)


class MemberTable:
    """Who is in which group of one tenant, on one connection and in its transaction."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    def of_groups(self, groups: Iterable[bytes]) -> dict[bytes, list[tuple[bytes, bytes]]]:
        """The users of each group: id and body."""
        query = select(_MEMBERS.c.group_id, _USERS.c.account_id, _USERS.c.body).join_from(
            _MEMBERS, _USERS, _MEMBERS.c.account_id == _USERS.c.account_id
        )
        return self._gathered(
            query.order_by(_USERS.c.created, _USERS.c.account_id), "group_id", groups
        )

    def of_users(self, users: Iterable[bytes]) -> dict[bytes, list[tuple[bytes, bytes]]]:
        """The groups of each user: id and body."""
        query = select(_MEMBERS.c.account_id, _GROUPS.c.id, _GROUPS.c.body).join_from(
            _MEMBERS, _GROUPS, _MEMBERS.c.group_id == _GROUPS.c.id
        )
        return self._gathered(query.order_by(_GROUPS.c.created, _GROUPS.c.id), "account_id", users)

    def lock_users(self, users: Iterable[bytes]) -> set[bytes]:
        """Those of these users that are there; nobody else changes them until the transaction
        ends."""
        there: set[bytes] = set()
        for part in _parts(sorted(set(users))):
            query = (
                select(_USERS.c.account_id)
                .where(_USERS.c.tenant == self._tenant, _USERS.c.account_id.in_(part))
                .order_by(_USERS.c.account_id)
                .with_for_update()
            )
            there |= {bytes(found) for found in self._connection.execute(query).scalars()}
        return there

    def add(self, group: bytes, users: Iterable[bytes]) -> None:
        """Put users into a group that they are not in."""
        for part in _parts(sorted(users)):
            rows = [{"group_id": group, "account_id": user} for user in part]
            self._connection.execute(insert(_MEMBERS), rows)

    def take(self, group: bytes, users: Iterable[bytes]) -> None:
        """Take users out of a group."""
        for part in _parts(sorted(users)):
            gone = and_(_MEMBERS.c.group_id == group, _MEMBERS.c.account_id.in_(part))
            self._connection.execute(delete(_MEMBERS).where(gone))

    def forget_user(self, user: bytes) -> None:
        """Take a user out of all groups."""
        self._connection.execute(delete(_MEMBERS).where(_MEMBERS.c.account_id == user))

    def set_due(self, users: Iterable[bytes], *, is_due: bool) -> None:
        """Note that the accounts of users have yet to be told of their groups, or have been."""
        for part in _parts(sorted(set(users))):
            mine = update(_USERS).where(
                _USERS.c.tenant == self._tenant, _USERS.c.account_id.in_(part)
            )
            self._connection.execute(mine.values(is_due=is_due))

    def due(self, limit: int) -> list[bytes]:
        """Users whose accounts have yet to be told."""
        mine = (_USERS.c.tenant == self._tenant, _USERS.c.is_due.is_(True))
        query = select(_USERS.c.account_id).where(*mine).order_by(_USERS.c.account_id).limit(limit)
        return [bytes(found) for found in self._connection.execute(query).scalars()]

    def _gathered(
        self, query: Any, column: str, wanted: Iterable[bytes]
    ) -> dict[bytes, list[tuple[bytes, bytes]]]:
        found: dict[bytes, list[tuple[bytes, bytes]]] = {}
        for part in _parts(sorted(set(wanted))):
            some = query.where(_MEMBERS.c[column].in_(part))
            for owner, identifier, body in self._connection.execute(some):
                found.setdefault(bytes(owner), []).append((bytes(identifier), bytes(body)))
        return found


def forget(connection: Connection, identifiers: Iterable[bytes]) -> int:
    """Forget what was pushed of these accounts, whatever their tenant; how many there were."""
    count = 0
    for part in _parts(sorted(set(identifiers))):
        connection.execute(delete(_MEMBERS).where(_MEMBERS.c.account_id.in_(part)))
        count += connection.execute(delete(_USERS).where(_USERS.c.account_id.in_(part))).rowcount
    return count


def _is_kept(text: str) -> bool:
    """Whether a text can be there at all: PostgreSQL takes no zero, neither takes half a
    character."""
    return not any(c == "\0" or "\ud800" <= c < "\ue000" for c in text)


def _parts(values: Sequence[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])
