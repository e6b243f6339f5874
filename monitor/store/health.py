"""What the engine's process keeps of how its sources are, inside a transaction of its own."""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, bindparam, insert, select, update

from monitor.store import tables

_decode = msgspec.msgpack.Decoder(dict[str, Any]).decode


class Found(NamedTuple):
    """A health finding that stands: since when (ms), and its facts."""

    since: int
    facts: dict[str, Any]


class Kept(NamedTuple):
    """What is kept of a source: its counters, when its last line was committed (ms), and the hours
    of its week, as MessagePack."""

    lines: int
    events: int
    received: int | None
    hours: bytes | None


class HealthBook:
    """Statements on one open connection; the caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def standing(self) -> dict[tuple[str, str], Found]:
        """What stands, by subject and kind."""
        table = tables.health
        query = select(table.c.subject, table.c.kind, table.c.since, table.c.facts)
        rows = self._connection.execute(query.where(table.c.until.is_(None)))
        return {(s, kind): Found(since, facts_of(facts)) for s, kind, since, facts in rows}

    def open(self, subject: str, kind: str, since: int, facts: Mapping[str, Any]) -> int:
        """Note that something stands from `since` (ms) on; the time that is noted, which nothing
        else of this subject and kind has."""
        table = tables.health
        mine = and_(table.c.subject == subject, table.c.kind == kind)
        taken = self._connection.execute(select(table.c.since).where(mine, table.c.since >= since))
        since = max((row[0] + 1 for row in taken), default=since)
        body = msgspec.msgpack.encode(facts)
        row = {"subject": subject, "kind": kind, "since": since, "facts": body}
        self._connection.execute(insert(table), [row])
        return since

    def renew(self, subject: str, kind: str, facts: Mapping[str, Any]) -> None:
        """Replace the facts of what stands."""
        self._change(subject, kind, facts=msgspec.msgpack.encode(facts))

    def close(self, subject: str, kind: str, until: int) -> None:
        """Note that it does not stand any more."""
        self._change(subject, kind, until=until)

    def sources(self, names: Collection[str]) -> dict[str, Kept]:
        """What is kept of these sources."""
        table = tables.sources
        columns = [table.c[field] for field in Kept._fields]
        query = select(table.c.name, *columns).where(table.c.name.in_(names))
        return {name: Kept(*rest) for name, *rest in self._connection.execute(query)}

    def save_sources(self, rows: Collection[tuple[str, int | None, int | None, bytes]]) -> None:
        """Keep name, time of the last line, lag and hours of sources."""
        if rows:
            table = tables.sources
            statement = update(table).where(table.c.name == bindparam("which"))
            values = [
                {"which": name, "received": received, "lag": lag, "hours": hours}
                for name, received, lag, hours in rows
            ]
            self._connection.execute(statement, values)

    def _change(self, subject: str, kind: str, **values: object) -> None:
        table = tables.health
        mine = and_(table.c.subject == subject, table.c.kind == kind, table.c.until.is_(None))
        self._connection.execute(update(table).where(mine).values(**values))


def facts_of(body: bytes) -> dict[str, Any]:
    """The facts of a finding, as they were kept; none of what cannot be read."""
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
