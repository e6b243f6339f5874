"""What changed on people's side, in the order of commits: tickets, measures, policies, orders.

A change is put into the stream when its transaction commits, before the audit's entries are put
into their chain and as the last thing but that: so no two that change several things can wait for
each other by it.
"""

from collections.abc import Collection
from enum import StrEnum
from typing import Any, Final
from weakref import WeakKeyDictionary

from msgspec import Struct
from sqlalchemy import Connection, delete, event, func, insert, select, text

from monitor.clock import now_ms
from monitor.store import tables

KEPT: Final = 100_000
"""Changes that are kept for whoever comes back late; who is behind them looks at everything."""
MOST: Final = 5_000
_LOCK = 0x7669_6769_6505
_waiting: "WeakKeyDictionary[Connection, list[dict[str, Any]]]" = WeakKeyDictionary()


class Kind(StrEnum):
    """What a change is of."""

    TICKET = "ticket"
    MEASURE = "measure"
    POLICY = "policy"
    ORDER = "order"
    SUPPRESSION = "suppression"
    CHALLENGE = "challenge"
    RECOVERY = "recovery"


def tell(connection: Connection, kind: Kind, reference: str, tenant: str = "") -> None:
    """Note that something changed: it is told when the open transaction commits, and not
    otherwise. The tenant is empty where it is nobody's.

    Ids grow by the order of commits, whoever writes: on PostgreSQL behind a lock that is held for
    the commit alone. What one transaction changes several times is told once. Raises RuntimeError
    where no transaction is open.
    """
    if not connection.in_transaction():
        raise RuntimeError("a change belongs to a transaction, and none is open")
    change = {"kind": kind.value, "reference": reference, "tenant": tenant, "time": now_ms()}
    if connection.in_nested_transaction():
        # It may be undone alone: what it told goes with it.
        _put(connection, [change])
        return
    waiting = _waiting.get(connection)
    if waiting is None:
        waiting = _waiting[connection] = []
        # First: whoever holds the audit's head waits for nothing else.
        event.listen(connection, "commit", _commit, insert=True)
        event.listen(connection, "rollback", _roll_back)
    if all(one | {"time": 0} != change | {"time": 0} for one in waiting):
        waiting.append(change)


class Streamed(Struct, frozen=True):
    """A change as it was told, at `time` (ms); ids grow by the order of commits."""

    id: int
    kind: str
    reference: str
    tenant: str
    time: int


def changes(
    connection: Connection,
    after: int,
    kinds: Collection[str],
    limit: int = MOST,
    tenant: str | None = None,
) -> list[Streamed]:
    """The changes of these kinds behind the id `after`, of one tenant or of all, oldest first."""
    table = tables.changes
    query = select(*(table.c[name] for name in Streamed.__struct_fields__))
    query = query.where(table.c.id > after, table.c.kind.in_(kinds))
    if tenant is not None:
        query = query.where(table.c.tenant == tenant)
    rows = connection.execute(query.order_by(table.c.id).limit(min(limit, MOST)))
    return [Streamed(*row) for row in rows]


def newest(connection: Connection) -> int:
    """The id of the last change; 0 before the first."""
    return connection.execute(select(func.max(tables.changes.c.id))).scalar() or 0


def oldest(connection: Connection) -> int:
    """The id of the oldest change that is kept; 0 where there is none."""
    return connection.execute(select(func.min(tables.changes.c.id))).scalar() or 0


def forget(connection: Connection, most: int, kept: int = KEPT) -> int:
    """Delete changes beyond those that are kept, the oldest first, at most so many; how many."""
    first = oldest(connection)
    until = min(newest(connection) - kept, first + most - 1)
    if not first or until < first:
        return 0
    return int(
        connection.execute(delete(tables.changes).where(tables.changes.c.id <= until)).rowcount
    )


def in_order(connection: Connection) -> None:
    """Let ids that are given from here on grow by the order of commits: on PostgreSQL behind one
    lock for all that is told so, until the open transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _put(connection: Connection, changes: list[dict[str, Any]]) -> None:
    in_order(connection)
    connection.execute(insert(tables.changes), changes)


def _commit(connection: Connection) -> None:
    changes = _waiting.get(connection)
    if changes:
        _put(connection, changes)
        changes.clear()


def _roll_back(connection: Connection) -> None:
    _waiting.get(connection, []).clear()
