"""Whose standing at the gate changed, in the order of commits: what the gate's memory follows.

A change is put in when its transaction commits, behind the lock by which the stream of people's
changes is ordered too: so no two that change several things wait for each other, and a reader
behind the last id misses none.
"""

from typing import Any, Final
from weakref import WeakKeyDictionary

from msgspec import Struct
from sqlalchemy import Connection, delete, event, func, insert, select

from detectors.core.identity import Subject, SubjectKind
from monitor.clock import now_ms
from monitor.store import tables
from monitor.store.stream import in_order

KEPT: Final = 20_000
"""Changes that are kept; a memory that is behind them reads everything anew."""
MOST: Final = 5_000
_waiting: "WeakKeyDictionary[Connection, list[dict[str, Any]]]" = WeakKeyDictionary()


class Change(Struct, frozen=True):
    """That something else stands for an account since `time` (ms); ids grow by the order of
    commits."""

    id: int
    tenant: str
    account: str
    time: int


BEFORE_ALL: Final = Change(0, "", "", 0)
"""What stands for the last change where there is none yet."""
_COLUMNS: Final = [tables.gate_changes.c[name] for name in Change.__struct_fields__]


def tell(connection: Connection, tenant: str, account: str) -> None:
    """Note that what stands against an account, or was proved in one of its sessions, changed: told
    when the open transaction commits, and not otherwise. Raises RuntimeError where none is open."""
    if not connection.in_transaction():
        raise RuntimeError("a change belongs to a transaction, and none is open")
    key = Subject(SubjectKind.ACCOUNT, tenant, account).key()
    change = {"subject_key": key, "tenant": tenant, "account": account, "time": now_ms()}
    if connection.in_nested_transaction():
        # It may be undone alone: what it told goes with it.
        _put(connection, [change])
        return
    waiting = _waiting.get(connection)
    if waiting is None:
        waiting = _waiting[connection] = []
        event.listen(connection, "commit", _commit, insert=True)
        event.listen(connection, "rollback", _roll_back)
    if all(one["tenant"] != tenant or one["account"] != account for one in waiting):
        waiting.append(change)


def changes(connection: Connection, after: int) -> list[Change]:
    """The changes behind the id `after`, the oldest first; `MOST` at most."""
    table = tables.gate_changes
    query = select(*_COLUMNS).where(table.c.id > after)
    return [Change(*row) for row in connection.execute(query.order_by(table.c.id).limit(MOST))]


def last(connection: Connection) -> Change:
    """The last change; `BEFORE_ALL` before the first."""
    query = select(*_COLUMNS).order_by(tables.gate_changes.c.id.desc()).limit(1)
    row = connection.execute(query).first()
    return BEFORE_ALL if row is None else Change(*row)


def newest(connection: Connection) -> int:
    """The id of the last change; 0 before the first."""
    return connection.execute(select(func.max(tables.gate_changes.c.id))).scalar() or 0


def oldest(connection: Connection) -> int:
    """The id of the oldest change that is kept; 0 where there is none."""
    return connection.execute(select(func.min(tables.gate_changes.c.id))).scalar() or 0


def forget(connection: Connection, most: int, kept: int = KEPT) -> int:
    """Delete changes beyond those that are kept, the oldest first, at most so many; how many."""
    first = oldest(connection)
    until = min(newest(connection) - kept, first + most - 1)
    if not first or until < first:
        return 0
    table = tables.gate_changes
    return int(connection.execute(delete(table).where(table.c.id <= until)).rowcount)


def _put(connection: Connection, waiting: list[dict[str, Any]]) -> None:
    in_order(connection)
    connection.execute(insert(tables.gate_changes), waiting)


def _commit(connection: Connection) -> None:
    waiting = _waiting.get(connection)
    if waiting:
        _put(connection, waiting)
        waiting.clear()


def _roll_back(connection: Connection) -> None:
    _waiting.get(connection, []).clear()
