"""Sessions of the console and single-use links, as digests, within whatever transaction is open."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from monitor.store import tables


class SessionRow(Struct, frozen=True):
    """One session, whatever it opens. Times are ms since 1970 UTC."""

    digest: bytes
    uid: str
    kind: str
    reviewer: str | None
    method: str
    created: int
    authenticated: int | None
    last_seen: int
    expires: int
    ip: str
    user_agent: str
    purpose: str | None = None
    draft: bytes | None = None


class InvitationRow(Struct, frozen=True):
    """A link that somebody was given, and whom it is for."""

    purpose: str
    reviewer: str
    created: int
    expires: int


_COLUMNS = [tables.reviewer_sessions.c[name] for name in SessionRow.__struct_fields__]
_INVITED = [tables.invitations.c[name] for name in InvitationRow.__struct_fields__]


def add(connection: Connection, row: SessionRow) -> None:
    """Keep a new session."""
    values = {name: getattr(row, name) for name in SessionRow.__struct_fields__}
    connection.execute(insert(tables.reviewer_sessions).values(values))


def by_digest(connection: Connection, digest: bytes) -> SessionRow | None:
    """The session of this digest, whether or not it still holds."""
    table = tables.reviewer_sessions
    found = connection.execute(select(*_COLUMNS).where(table.c.digest == digest)).mappings().first()
    return None if found is None else _row(found)


def of(connection: Connection, reviewer: str, seen_after: int, now: int) -> list[SessionRow]:
    """A reviewer's open sessions, the one used last first."""
    table = tables.reviewer_sessions
    open_ = (table.c.expires > now, table.c.last_seen > seen_after, table.c.purpose.is_(None))
    query = select(*_COLUMNS).where(table.c.reviewer == reviewer, *open_)
    ordered = query.order_by(table.c.last_seen.desc(), table.c.uid)
    return [_row(row) for row in connection.execute(ordered).mappings()]


def change(connection: Connection, digest: bytes, values: Mapping[str, Any]) -> bool:
    """Change a session that is kept; False where it is not."""
    table = tables.reviewer_sessions
    changed = update(table).where(table.c.digest == digest).values(dict(values))
    return bool(connection.execute(changed).rowcount)


def end(connection: Connection, digest: bytes) -> bool:
    """Forget a session."""
    table = tables.reviewer_sessions
    return bool(connection.execute(delete(table).where(table.c.digest == digest)).rowcount)


def end_named(connection: Connection, reviewer: str, uid: str) -> bool:
    """Forget a reviewer's session by what it is called."""
    table = tables.reviewer_sessions
    mine = (table.c.reviewer == reviewer, table.c.uid == uid)
    return bool(connection.execute(delete(table).where(*mine)).rowcount)


def end_all(connection: Connection, reviewer: str, but: bytes | None = None) -> int:
    """Forget a reviewer's sessions, but for one; how many there were."""
    table = tables.reviewer_sessions
    mine = [table.c.reviewer == reviewer]
    if but is not None:
        mine.append(table.c.digest != but)
    return connection.execute(delete(table).where(*mine)).rowcount


def invite(connection: Connection, digest: bytes, row: InvitationRow) -> None:
    """Keep a link in place of those that the reviewer had."""
    revoke(connection, row.reviewer)
    values = {name: getattr(row, name) for name in InvitationRow.__struct_fields__}
    connection.execute(insert(tables.invitations).values(digest=digest, **values))


def revoke(connection: Connection, reviewer: str) -> None:
    """Forget the links for a reviewer."""
    table = tables.invitations
    connection.execute(delete(table).where(table.c.reviewer == reviewer))


def redeem(connection: Connection, digest: bytes, now: int) -> InvitationRow | None:
    """Use up a link that holds. Of several that try at once, one is given it."""
    table = tables.invitations
    query = select(*_INVITED).where(table.c.digest == digest, table.c.expires > now)
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    spent = connection.execute(delete(table).where(table.c.digest == digest)).rowcount
    return InvitationRow(**dict(row)) if spent else None


def invited(connection: Connection, reviewer: str, now: int) -> InvitationRow | None:
    """The link that a reviewer has and has not used."""
    table = tables.invitations
    query = select(*_INVITED).where(table.c.reviewer == reviewer, table.c.expires > now)
    row = connection.execute(query).mappings().first()
    return None if row is None else InvitationRow(**dict(row))


def forget_expired(connection: Connection, now: int) -> int:
    """Forget what has expired: sessions, links, and what was tried and is paid for."""
    ended = 0
    for column in (
        tables.reviewer_sessions.c.expires,
        tables.invitations.c.expires,
        tables.sign_in_limits.c.until,
    ):
        ended += connection.execute(delete(column.table).where(column <= now)).rowcount
    return ended


def _row(row: RowMapping) -> SessionRow:
    values = dict(row)
    values["digest"] = bytes(values["digest"])
    if values["draft"] is not None:
        values["draft"] = bytes(values["draft"])
    return SessionRow(**values)
