"""What is wrong with Vigie itself or with what feeds it, from when it begins to when it ends."""

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection, insert, select, update

from monitor.store import tables


def begin(
    connection: Connection, subject: str, kind: str, now: int, facts: Mapping[str, str | int]
) -> bool:
    """Note that something is wrong since `now` (ms); where it is already, what is known of it.

    Whether it is new.
    """
    table = tables.health
    body = msgspec.msgpack.encode(dict(facts))
    mine = (table.c.subject == subject, table.c.kind == kind, table.c.until.is_(None))
    if connection.execute(update(table).where(*mine).values(facts=body)).rowcount:
        return False
    # The same may have begun and ended within this very millisecond.
    latest = select(table.c.since).where(table.c.subject == subject, table.c.kind == kind)
    last = connection.execute(latest.order_by(table.c.since.desc()).limit(1)).scalar()
    since = now if last is None else max(now, last + 1)
    values = {"subject": subject, "kind": kind, "since": since, "facts": body}
    connection.execute(insert(table).values(values))
    return True


def end(connection: Connection, subject: str, kind: str, now: int) -> bool:
    """Note that it is over since `now` (ms); whether it was still going on."""
    table = tables.health
    mine = (table.c.subject == subject, table.c.kind == kind, table.c.until.is_(None))
    return connection.execute(update(table).where(*mine).values(until=now)).rowcount > 0
