"""Filters of a list that somebody keeps by a name."""

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update

from monitor.store import tables
from monitor.store.gone import is_of_nobody

_TABLE = tables.ticket_filters


class StoredQuestion(Struct, frozen=True):
    """One: whose it is, by what stands for them, and the only tenant that they saw (None: all)."""

    id: int
    owner: str
    tenant: str | None
    name: str
    query: str
    shared: bool
    created: int


_COLUMNS = [_TABLE.c[name] for name in StoredQuestion.__struct_fields__]


def seen_by(
    connection: Connection, owner: str, tenant: str | None, room: str
) -> list[StoredQuestion]:
    """Those of `owner` of a list, and those shared by people of the same tenant, by name."""
    same = _TABLE.c.tenant.is_(None) if tenant is None else _TABLE.c.tenant == tenant
    query = select(*_COLUMNS).where(_TABLE.c.room == room)
    query = query.where(or_(_own(owner, tenant), _TABLE.c.shared & same))
    rows = connection.execute(query.order_by(_TABLE.c.name, _TABLE.c.id).limit(500))
    return [StoredQuestion(*row) for row in rows]


def number_of(connection: Connection, owner: str, room: str, but: str) -> int:
    """How many somebody keeps of a list, but for the one of this name."""
    mine = (_TABLE.c.owner == owner, _TABLE.c.room == room)
    query = select(func.count()).where(*mine, _TABLE.c.name != but)
    return int(connection.execute(query).scalar_one())


def put(
    connection: Connection,
    owner: str,
    tenant: str | None,
    room: str,
    name: str,
    query: str,
    *,
    shared: bool,
    now: int,
) -> int:
    """Keep one in place of the owner's of the same list and name; its id."""
    mine = (_TABLE.c.owner == owner, _TABLE.c.room == room, _TABLE.c.name == name)
    values = {"tenant": tenant, "query": query, "shared": shared}
    made = connection.execute(update(_TABLE).where(*mine).values(values).returning(_TABLE.c.id))
    known = made.scalar()
    if known is not None:
        return int(known)
    row = values | {"owner": owner, "room": room, "name": name, "created": now}
    return int(connection.execute(insert(_TABLE).values(row).returning(_TABLE.c.id)).scalar_one())


def forget(connection: Connection) -> int:
    """Delete those of reviewers who are no longer there; how many."""
    return int(connection.execute(delete(_TABLE).where(*is_of_nobody(_TABLE.c.owner))).rowcount)


def nobodys(connection: Connection) -> int:
    """How many would be deleted."""
    query = select(func.count()).select_from(_TABLE).where(*is_of_nobody(_TABLE.c.owner))
    return int(connection.execute(query).scalar_one())


def remove(connection: Connection, owner: str, tenant: str | None, identifier: int) -> bool:
    """Forget one of `owner`; whether it was there."""
    mine = _own(owner, tenant) & (_TABLE.c.id == identifier)
    return connection.execute(delete(_TABLE).where(mine)).rowcount == 1


def _own(owner: str, tenant: str | None) -> ColumnElement[bool]:
    """Whoever is bound to a tenant has none that they kept for another, before."""
    mine = _TABLE.c.owner == owner
    return mine if tenant is None else mine & (_TABLE.c.tenant == tenant)
