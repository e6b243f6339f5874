"""Policies that are tried beside, as they are kept: one draft for each person, how far that is,
and what it came to. Everything works on a connection that is given."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select, update

from monitor.store import tables

_TABLE: Final = tables.rehearsals
_EXAMPLES: Final = tables.rehearsal_examples


class State(StrEnum):
    """How far one is."""

    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class StoredRehearsal(Struct, frozen=True, kw_only=True):
    """A draft that is tried. Times are ms since 1970 UTC: `heard` is when the process that tries it
    was last heard of; `done` of `total` events are folded; `trouble` is the name of what ended it;
    `body` is what it came to, as MessagePack."""

    owner: str
    attempt: str
    document: str
    digest: bytes
    base: int
    state: State
    begun: int
    heard: int
    done: int = 0
    total: int = 0
    trouble: str | None = None
    body: bytes | None = None


def begin(connection: Connection, one: StoredRehearsal) -> None:
    """Keep a new one in place of what its owner tried before."""
    for table in (_TABLE, _EXAMPLES):
        connection.execute(delete(table).where(table.c.owner == one.owner))
    values = {name: getattr(one, name) for name in one.__struct_fields__}
    connection.execute(insert(_TABLE).values(values))


def of(connection: Connection, owner: str) -> StoredRehearsal | None:
    """What somebody tries, or tried last."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.owner == owner)).mappings().first()
    return None if row is None else StoredRehearsal(**{**row, "state": State(row["state"])})


def running(connection: Connection, since: int) -> int:
    """How many run that were heard of since then (ms)."""
    query = select(func.count()).where(_TABLE.c.state == State.RUNNING, _TABLE.c.heard >= since)
    return int(connection.execute(query).scalar_one())


def tell(
    connection: Connection, owner: str, attempt: str, now: int, *, done: int, total: int
) -> bool:
    """Note how far one is; False where it is to go on no more."""
    return _change(connection, owner, attempt, heard=now, done=done, total=total)


def end(
    connection: Connection,
    owner: str,
    attempt: str,
    now: int,
    state: State,
    *,
    trouble: str | None = None,
    body: bytes | None = None,
    examples: Iterable[tuple[int, bytes]] = (),
) -> bool:
    """Note how one ended, and examples as subjects' keys with bodies; False where it was ended
    before."""
    given = {"state": state.value, "heard": now, "trouble": trouble, "body": body}
    if not _change(connection, owner, attempt, **given):
        return False
    rows = [
        {"owner": owner, "attempt": attempt, "number": number, "subject_key": key, "body": told}
        for number, (key, told) in enumerate(examples)
    ]
    if rows:
        connection.execute(insert(_EXAMPLES), rows)
    return True


def drop(connection: Connection, owner: str) -> None:
    """Keep nothing of what somebody tried."""
    for table in (_TABLE, _EXAMPLES):
        connection.execute(delete(table).where(table.c.owner == owner))


def examples(connection: Connection, one: StoredRehearsal) -> list[bytes]:
    """Its examples in their order; none about an account whose data is restricted."""
    held = tables.restrictions
    restricted = select(held.c.subject_key).where(held.c.until.is_(None))
    query = select(_EXAMPLES.c.body).where(
        _EXAMPLES.c.owner == one.owner,
        _EXAMPLES.c.attempt == one.attempt,
        _EXAMPLES.c.subject_key.not_in(restricted),
    )
    return [bytes(body) for (body,) in connection.execute(query.order_by(_EXAMPLES.c.number))]


def old(connection: Connection, before: int) -> int:
    """How many were not heard of since then (ms)."""
    query = select(func.count()).where(_TABLE.c.heard < before)
    return int(connection.execute(query).scalar_one())


def forget(connection: Connection, before: int) -> int:
    """Delete those; how many."""
    gone = select(_TABLE.c.owner).where(_TABLE.c.heard < before)
    connection.execute(delete(_EXAMPLES).where(_EXAMPLES.c.owner.in_(gone)))
    return int(connection.execute(delete(_TABLE).where(_TABLE.c.heard < before)).rowcount)


def _change(connection: Connection, owner: str, attempt: str, **values: object) -> bool:
    mine = (
        _TABLE.c.owner == owner,
        _TABLE.c.attempt == attempt,
        _TABLE.c.state == State.RUNNING.value,
    )
    return connection.execute(update(_TABLE).where(*mine).values(values)).rowcount == 1
