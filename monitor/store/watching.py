"""What tells how Vigie itself is, read from the tables; nothing here writes."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Select, func, select
from sqlalchemy.engine import Engine

from alerts.measure import State
from monitor.store import tables
from monitor.store.connection import file_of, reading
from monitor.store.health import facts_of
from monitor.store.leases import Watched, breakers
from monitor.store.measures import counts
from monitor.store.outbox import Tally, tallies
from monitor.store.receipts import Receipts, read_receipts


class SourceRow(Struct, frozen=True, kw_only=True):
    """One source's counters. `last_event` is event time in ms, 0 before the first; `received` is
    when its last line was committed, `lag` how far its events were behind that, both in ms and
    None where that is not known."""

    id: int
    name: str
    format: str
    lines: int
    events: int
    duplicates: int
    skipped: int
    rejected: int
    late: int
    last_event: int
    received: int | None
    lag: int | None


class Inbox(Struct, frozen=True):
    """What was sent by one source and waits to be read; `oldest` is when it came, in ms."""

    source: str
    requests: int
    lines: int
    size: int
    oldest: int


class RejectRow(Struct, frozen=True):
    """A line that could not be read: where it stood, why, its first bytes, when it came (ms)."""

    id: int
    position: str
    reason: str
    raw: bytes
    received: int | None


class HealthRow(Struct, frozen=True):
    """A health finding: of which subject and kind, from when until when (ms, None while it stands),
    and its facts."""

    subject: str
    kind: str
    since: int
    until: int | None
    facts: dict[str, Any]


class Standing(Struct, frozen=True):
    """How many of one kind of health findings stand."""

    kind: str
    count: int


class Watching:
    """Queries for probes, metrics and the page of sources. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def note(self, name: str) -> bytes | None:
        """What the engine noted under this name; None when it did not."""
        table = tables.engine
        rows = self._rows(select(table.c.value).where(table.c.name == name))
        return bytes(rows[0][0]) if rows else None

    def receipts(self) -> dict[str, Receipts]:
        """What was taken and refused of syslog, by the name of the source."""
        return read_receipts(self._engine)

    def notes(self, prefix: str) -> list[bytes]:
        """What was noted under names that begin so."""
        table = tables.engine
        query = select(table.c.value).where(table.c.name.startswith(prefix, autoescape=True))
        return [bytes(value) for (value,) in self._rows(query)]

    def orders(self) -> tuple[list[Tally], dict[str, Watched]]:
        """Orders to responders, by responder and state; and how responders do."""
        with self._engine.connect() as connection:
            return tallies(connection), breakers(connection)

    def measures(self) -> dict[State, int]:
        """How many measures there are in each state."""
        with self._engine.connect() as connection:
            return counts(connection)

    def revision(self) -> str | None:
        """The revision of the tables, as they say themselves."""
        with self._engine.connect() as connection:
            found: str | None = connection.exec_driver_sql(
                "SELECT version_num FROM alembic_version"
            ).scalar()
            return found

    def sources(self) -> list[SourceRow]:
        """Every source, that which sent something last first."""
        table = tables.sources
        columns = [table.c[name] for name in SourceRow.__struct_fields__]
        order = func.coalesce(table.c.received, 0).desc(), table.c.last_event.desc(), table.c.name
        return [SourceRow(**row._mapping) for row in self._rows(select(*columns).order_by(*order))]

    def rejects(self, source: int, limit: int, before: int | None = None) -> list[RejectRow]:
        """The last lines of a source that could not be read, the last one first; with `before`,
        those with smaller ids."""
        table = tables.rejects
        columns = [table.c[name] for name in RejectRow.__struct_fields__]
        query = select(*columns).where(table.c.source_id == source)
        if before is not None:
            query = query.where(table.c.id < before)
        return [
            RejectRow(*row) for row in self._rows(query.order_by(table.c.id.desc()).limit(limit))
        ]

    def findings(
        self, *, standing: bool, limit: int, subject: str | None = None
    ) -> list[HealthRow]:
        """The last health findings that stand, or those that stood, the last one first."""
        table = tables.health
        columns = [table.c[name] for name in HealthRow.__struct_fields__]
        query = select(*columns).where(
            table.c.until.is_(None) if standing else table.c.until.is_not(None)
        )
        if subject is not None:
            query = query.where(table.c.subject == subject)
        rows = self._rows(query.order_by(table.c.since.desc()).limit(limit))
        return [HealthRow(s, kind, a, b, facts_of(body)) for s, kind, a, b, body in rows]

    def inbox(self) -> list[Inbox]:
        """What waits to be read, by source."""
        table = tables.inbox
        query = select(
            table.c.source,
            func.count(),
            func.sum(table.c.lines),
            func.sum(table.c.size),
            func.min(table.c.received),
        ).group_by(table.c.source)
        return [Inbox(s, *map(int, rest)) for s, *rest in self._rows(query)]

    def standing(self) -> list[Standing]:
        """How many health findings stand, by kind."""
        table = tables.health
        query = select(table.c.kind, func.count()).where(table.c.until.is_(None))
        return [Standing(*row) for row in self._rows(query.group_by(table.c.kind))]

    def size(self) -> int:
        """Bytes that the database takes, as far as it says so."""
        if self._engine.dialect.name == "postgresql":
            query = "SELECT pg_database_size(current_database())"
            with self._engine.connect() as connection:
                return int(connection.exec_driver_sql(query).scalar_one())
        path = file_of(self._engine.url)
        if path is None:
            return 0
        parts = (path, path.with_name(f"{path.name}-wal"))
        return sum(part.stat().st_size for part in parts if part.exists())

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()
