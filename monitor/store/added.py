"""Sources that people added in the console, and files that were handed in and not yet taken."""

from typing import Final

from msgspec import Struct
from sqlalchemy import Connection, delete, func, insert, literal, select, text, update

from monitor.store import tables

PUSHED: Final = "push"
HANDED_IN: Final = "file"
STAGED: Final = "staged:"
"""What the inbox's parcels of a file that nobody has taken yet are called by, before its uid: no
name of a source has a colon."""
# The inbox's own: ids are given in the order of commits.
_LOCK = 0x7669_6769_6501
_ADDED = tables.added_sources
_STAGED = tables.staged_files
_INBOX = tables.inbox


class AddedSource(Struct, frozen=True, kw_only=True):
    """One of them. `way` is how its lines come; `tenant` that of lines that name none, None for the
    settings' own; `lines` are those of files that were handed in, in all. Times are ms."""

    name: str
    way: str
    format: str
    zone: str
    tenant: str | None
    lines: int
    added: int
    changed: int
    actor: str


class StagedFile(Struct, frozen=True, kw_only=True):
    """A file that was handed in by `actor` and waits, since `staged` (ms), to be taken; `size` is
    that of its lines in bytes."""

    uid: str
    actor: str
    file: str
    lines: int
    size: int
    staged: int


def added(connection: Connection) -> list[AddedSource]:
    """All of them by name."""
    rows = connection.execute(select(*_ADDED.c).order_by(_ADDED.c.name)).mappings()
    return [AddedSource(**row) for row in rows]


def one(connection: Connection, name: str) -> AddedSource | None:
    """The one of this name."""
    row = connection.execute(select(*_ADDED.c).where(_ADDED.c.name == name)).mappings().first()
    return None if row is None else AddedSource(**row)


def mark(connection: Connection) -> tuple[int, int]:
    """What differs once any of them has: how many there are, and when one changed last (ms)."""
    query = select(func.count(), func.coalesce(func.max(_ADDED.c.changed), 0)).select_from(_ADDED)
    count, changed = connection.execute(query).one()
    return int(count), int(changed)


def keep(connection: Connection, source: AddedSource) -> None:
    """Add a source, or change the one of its name."""
    values = {name: getattr(source, name) for name in AddedSource.__struct_fields__}
    changed = connection.execute(update(_ADDED).where(_ADDED.c.name == source.name).values(values))
    if not changed.rowcount:
        connection.execute(insert(_ADDED).values(values))


def remove(connection: Connection, name: str) -> bool:
    """Forget a source; whether there was one. What was read of it stays."""
    return bool(connection.execute(delete(_ADDED).where(_ADDED.c.name == name)).rowcount)


def stage(connection: Connection, file: StagedFile) -> None:
    """Note a file whose lines lie in the inbox."""
    values = {name: getattr(file, name) for name in StagedFile.__struct_fields__}
    connection.execute(insert(_STAGED).values(values))


def staged(connection: Connection, uid: str) -> StagedFile | None:
    """The file of this uid."""
    row = connection.execute(select(*_STAGED.c).where(_STAGED.c.uid == uid)).mappings().first()
    return None if row is None else StagedFile(**row)


def staged_before(connection: Connection, before: int, most: int = 100) -> list[str]:
    """The uids of files that have waited since before a time (ms)."""
    query = select(_STAGED.c.uid).where(_STAGED.c.staged < before).limit(most)
    return [str(uid) for (uid,) in connection.execute(query)]


def discard(connection: Connection, uid: str) -> bool:
    """Forget a file that nobody took, with its lines; whether there was one."""
    connection.execute(delete(_INBOX).where(_INBOX.c.source == STAGED + uid))
    return bool(connection.execute(delete(_STAGED).where(_STAGED.c.uid == uid)).rowcount)


def hand_over(connection: Connection, uid: str, source: str, tenant: str | None, now: int) -> bool:
    """Give the lines of a staged file to a source, behind all that it was sent before; whether
    there was such a file. With a `tenant`, lines that name another are not taken."""
    if not connection.execute(delete(_STAGED).where(_STAGED.c.uid == uid)).rowcount:
        return False
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    mine = _INBOX.c.source == STAGED + uid
    query = select(
        literal(source, _INBOX.c.source.type),
        literal(tenant, _INBOX.c.tenant.type),
        literal(now, _INBOX.c.received.type),
        _INBOX.c.lines,
        _INBOX.c.size,
        _INBOX.c.body,
    )
    columns = ["source", "tenant", "received", "lines", "size", "body"]
    chosen = query.where(mine).order_by(_INBOX.c.id)
    connection.execute(insert(_INBOX).from_select(columns, chosen))
    connection.execute(delete(_INBOX).where(mine))
    return True
