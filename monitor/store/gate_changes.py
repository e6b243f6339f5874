"""Whose standing at the gate changed, in the order of commits: what the gate's memory follows.

A change is put in when its transaction commits, behind the lock by which the stream of people's
changes is ordered too: so no two that change several things wait for each other, and a reader
behind the last id misses none.
"""

from typing import Any, Final
from weakref import WeakKeyDictionary

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, and_, delete, event, func, insert, or_, select

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


def forget(connection: Connection, before: int, most: int, kept: int = KEPT) -> int:
    """Delete changes from before a time (ms), and those beyond the number that is kept, the oldest
    first, at most so many; how many. The last one stays: by it a memory knows the database."""
    table = tables.gate_changes
    over = select(table.c.id).where(_is_over(connection, before, kept))
    some = over.order_by(table.c.id).limit(most)
    return int(connection.execute(delete(table).where(table.c.id.in_(some))).rowcount)


def over(connection: Connection, before: int, kept: int = KEPT) -> int:
    """How many would be deleted."""
    query = select(func.count()).where(_is_over(connection, before, kept))
    return int(connection.execute(query).scalar_one())


def _is_over(connection: Connection, before: int, kept: int) -> ColumnElement[bool]:
    table, last = tables.gate_changes, newest(connection)
    return and_(table.c.id < last, or_(table.c.time < before, table.c.id <= last - kept))


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
