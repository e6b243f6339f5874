"""Sessions of subscribers at their own pages, as digests, within whatever transaction is open."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.engine import RowMapping

from detectors.core.identity import Subject
from monitor.store import tables


class SubscriberSessionRow(Struct, frozen=True, kw_only=True):
    """One session. Times are ms since 1970 UTC; `authenticated` is when a factor was last shown in
    it, None for never; `session` is that of the application which they came from."""

    digest: bytes
    handle: str
    subject_key: int
    tenant: str
    account: str
    way: str
    method: str | None
    level: int
    session: str | None
    created: int
    authenticated: int | None
    last_seen: int
    expires: int
    ip: str
    user_agent: str


_COLUMNS = [tables.subscriber_sessions.c[name] for name in SubscriberSessionRow.__struct_fields__]


def add(connection: Connection, row: SubscriberSessionRow) -> None:
    """Keep a new session."""
    values = {name: getattr(row, name) for name in SubscriberSessionRow.__struct_fields__}
    connection.execute(insert(tables.subscriber_sessions).values(values))


def by_digest(connection: Connection, digest: bytes) -> SubscriberSessionRow | None:
    """The session of this digest, whether or not it still holds."""
    table = tables.subscriber_sessions
    found = connection.execute(select(*_COLUMNS).where(table.c.digest == digest)).mappings().first()
    return None if found is None else _row(found)


def of(connection: Connection, subject: Subject, now: int) -> list[SubscriberSessionRow]:
    """A subscriber's sessions that have not expired, the one used last first."""
    table = tables.subscriber_sessions
    query = select(*_COLUMNS).where(*_mine(subject), table.c.expires > now)
    ordered = query.order_by(table.c.last_seen.desc(), table.c.handle)
    return [_row(row) for row in connection.execute(ordered).mappings()]


def change(connection: Connection, digest: bytes, values: Mapping[str, Any]) -> bool:
    """Change a session that is kept; False where it is not."""
    table = tables.subscriber_sessions
    changed = update(table).where(table.c.digest == digest).values(dict(values))
    return bool(connection.execute(changed).rowcount)


def end(connection: Connection, digest: bytes) -> bool:
    """Forget a session."""
    table = tables.subscriber_sessions
    return bool(connection.execute(delete(table).where(table.c.digest == digest)).rowcount)


def end_all(connection: Connection, subject: Subject, but: bytes | None = None) -> int:
    """Forget a subscriber's sessions, but for one; how many there were."""
    table = tables.subscriber_sessions
    some = () if but is None else (table.c.digest != but,)
    return connection.execute(delete(table).where(*_mine(subject), *some)).rowcount


def end_from(connection: Connection, subject: Subject, session: str) -> int:
    """Forget those that came from a session at the application; how many there were."""
    table = tables.subscriber_sessions
    mine = (*_mine(subject), table.c.session == session)
    return connection.execute(delete(table).where(*mine)).rowcount


def forget_expired(connection: Connection, now: int) -> int:
    """Forget what has expired; how many there were."""
    table = tables.subscriber_sessions
    return connection.execute(delete(table).where(table.c.expires <= now)).rowcount


def _mine(subject: Subject) -> tuple[ColumnElement[bool], ...]:
    table = tables.subscriber_sessions
    return (
        table.c.subject_key == subject.key(),
        table.c.tenant == subject.tenant,
        table.c.account == subject.uid,
    )


def _row(row: RowMapping) -> SubscriberSessionRow:
    return SubscriberSessionRow(**{**row, "digest": bytes(row["digest"])})
