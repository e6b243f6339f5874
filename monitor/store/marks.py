"""Up to where reviewers have seen what a room of the console shows."""

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store import tables
from monitor.store.gone import is_of_nobody

_TABLE = tables.reviewer_marks


class Mark(Struct, frozen=True):
    """When somebody looked last (ms), and when on their visit before that."""

    seen: int
    before: int


def mark_of(connection: Connection, reviewer: str, room: str) -> Mark | None:
    """Where somebody is in a room; None where they never were."""
    mine = (_TABLE.c.reviewer == reviewer, _TABLE.c.room == room)
    row = connection.execute(select(_TABLE.c.seen, _TABLE.c.before).where(*mine)).first()
    return None if row is None else Mark(row.seen, row.before)


def put(connection: Connection, reviewer: str, room: str, mark: Mark) -> None:
    """Note where somebody is; never back."""
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = {"reviewer": reviewer, "room": room, "seen": mark.seen, "before": mark.before}
    made = kind.insert(_TABLE).values(row)
    changed = {"seen": made.excluded.seen, "before": made.excluded.before}
    later = _TABLE.c.seen < made.excluded.seen
    connection.execute(
        made.on_conflict_do_update(index_elements=["reviewer", "room"], set_=changed, where=later)
    )


def forget(connection: Connection) -> int:
    """Delete those of reviewers who are no longer there; how many."""
    return int(connection.execute(delete(_TABLE).where(*is_of_nobody(_TABLE.c.reviewer))).rowcount)


def nobodys(connection: Connection) -> int:
    """How many would be deleted."""
    query = select(func.count()).select_from(_TABLE).where(*is_of_nobody(_TABLE.c.reviewer))
    return int(connection.execute(query).scalar_one())
