"""What changed among the incidents since somebody looked last, in the order of commits."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, select

from monitor.store import tables

KEPT: Final = 100_000
"""Changes that are kept for whoever comes back late; who is behind them looks at everything."""
MOST: Final = 5_000


class Change(Struct, frozen=True):
    """That an incident came, changed, or was withdrawn; ids grow by the order of commits."""

    id: int
    incident: bytes
    tenant: str
    withdrawn: bool


def tell(connection: Connection, incidents: Sequence[tuple[bytes, str]], withdrawn: bool) -> None:
    """Note, in the open transaction, that these incidents (id, tenant) changed."""
    rows = [
        {"incident_id": identifier, "tenant": tenant, "withdrawn": withdrawn}
        for identifier, tenant in incidents
    ]
    if rows:
        connection.execute(insert(tables.incident_changes), rows)


def changes(
    connection: Connection, after: int, limit: int = MOST, tenant: str | None = None
) -> list[Change]:
    """The changes behind the id `after`, of one tenant or of all, the oldest first."""
    table = tables.incident_changes
    query = select(table).where(table.c.id > after).order_by(table.c.id).limit(min(limit, MOST))
    if tenant is not None:
        query = query.where(table.c.tenant == tenant)
    return [Change(*row) for row in connection.execute(query)]


def newest(connection: Connection) -> int:
    """The id of the last change; 0 before the first."""
    return connection.execute(select(func.max(tables.incident_changes.c.id))).scalar() or 0


def oldest(connection: Connection) -> int:
    """The id of the oldest change that is kept; 0 where there is none."""
    return connection.execute(select(func.min(tables.incident_changes.c.id))).scalar() or 0


def forget(connection: Connection, most: int) -> int:
    """Delete changes beyond those that are kept, the oldest first, at most so many; how many."""
    table = tables.incident_changes
    last = newest(connection) - KEPT
    first = oldest(connection)
    until = min(last, first + most - 1)
    if not first or until < first:
        return 0
    return int(connection.execute(delete(table).where(table.c.id <= until)).rowcount)
