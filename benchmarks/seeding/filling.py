"""Fills an empty database to a scale, and tells how far it is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Engine, func, select, text

from alerts.incident import Incident
from benchmarks.seeding.accounts import Accounts
from benchmarks.seeding.desk import AT_ONCE, Desk, Worked
from benchmarks.seeding.findings import Findings
from benchmarks.seeding.people import People
from benchmarks.seeding.scale import Scale
from benchmarks.seeding.sign_ins import Anchor, SignIns
from detectors.core.finding import Finding
from monitor.store import tables
from monitor.store.partitions import Partitions
from monitor.store.writing import EventRow, Reject, Writing

_INDEX: Final = "ix_events_account_key_id"
_ROWS: Final = 50_000
_REJECTS: Final = 2_000
_SUPPRESSIONS: Final = 100
Tells = Callable[[str], None]


class NotEmptyError(RuntimeError):
    """The database holds something already."""


def fill(database: Engine, scale: Scale, tell: Tells = print) -> None:
    """Fill a database that has this version's tables and nothing in them; `tell` is told how far
    it is. The same scale gives the same rows, but for the audit's salts and the feed's clock.

    Raises NotEmptyError where there are events or accounts.
    """
    with database.connect() as connection:
        for table in (tables.events, tables.accounts):
            if connection.execute(select(table.c.id).limit(1)).first() is not None:
                raise NotEmptyError(f"the database has {table.name} already")
    Filling(database, scale, tell).run()


class Filling:
    """One run."""

    def __init__(self, database: Engine, scale: Scale, tell: Tells) -> None:
        self._database, self._scale, self._tell = database, scale, tell
        self._began = time.monotonic()
        self._people = People(scale)
        self._findings, self._desk = Findings(scale), Desk(scale)
        self._partitions = Partitions(database)

    def run(self) -> None:
        """All of it, what others rest on first."""
        self._add_sources()
        self._add_accounts()
        with _without_index(self._database):
            self._add_sign_ins()
        self._say("indexes and statistics")
        _settle(self._database)
        self._say("done: " + ", ".join(f"{n:,} {name}" for name, n in counts(self._database)))

    def _add_sources(self) -> None:
        with self._database.begin() as connection:
            writing = Writing(connection)
            for name in ("idp", "vpn", "helpdesk"):
                row = writing.source(name, "ocsf")
                lines = self._scale.sign_ins if name == "idp" else 0
                writing.save_source(row._replace(lines=lines, last_event=self._scale.until))
            rejects = [
                Reject(f"line {number}", "not JSON", b'{"time": 17') for number in range(_REJECTS)
            ]
            writing.add_rejects(1, rejects, self._scale.until)
            self._desk.add_people(connection)

    def _add_accounts(self) -> None:
        accounts, many = Accounts(self._scale, self._people), 0
        with self._database.begin() as connection:
            accounts.add_tenants(connection)
        for some in accounts.parts():
            with self._database.begin() as connection:
                accounts.add(connection, some)
            many += len(some)
            self._say(f"{many:,} of {self._scale.accounts:,} accounts")
        with self._database.begin() as connection:
            accounts.add_days(connection)

    def _add_sign_ins(self) -> None:
        many, incidents = 0, 0
        for day, (rows, anchors) in enumerate(SignIns(self._scale, self._people).days(), 1):
            self._partitions.cover((_time(row) for row in rows), self._scale.until)
            for first in range(0, len(rows), _ROWS):
                with self._database.begin() as connection:
                    Writing(connection).add_events(rows[first : first + _ROWS])
            many += len(rows)
            incidents += self._add_incidents(anchors, is_last=day == self._scale.days)
            self._say(
                f"day {day} of {self._scale.days}: {many:,} of {self._scale.sign_ins:,} sign-ins,"
                f" {incidents:,} incidents"
            )

    def _add_incidents(self, anchors: list[Anchor], *, is_last: bool) -> int:
        found: list[Finding] = []
        made: list[Worked] = []
        for anchor in anchors:
            findings, incidents = self._findings.of(anchor)
            found += findings
            made += [Worked(one, anchor.person.email) for one in incidents]
        with self._database.begin() as connection:
            writing = Writing(connection)
            writing.put_findings(found)
            writing.put_incidents([one.incident for one in made])
        for first in range(0, len(made), AT_ONCE):
            with self._database.begin() as connection:
                self._desk.work(connection, made[first : first + AT_ONCE])
        if is_last:
            self._suppress([one.incident for one in made[:_SUPPRESSIONS]])
        return len(made)

    def _suppress(self, some: list[Incident]) -> None:
        with self._database.begin() as connection:
            self._desk.add_suppressions(connection, some)

    def _say(self, what: str) -> None:
        self._tell(f"{time.monotonic() - self._began:6.0f} s  {what}")


def counts(database: Engine) -> list[tuple[str, int]]:
    """How many rows there are of what there is the most."""
    wanted = ("accounts", "events", "findings", "incidents", "tickets", "measures", "challenges")
    with database.connect() as connection:
        return [
            (name, int(connection.execute(_count(name)).scalar_one()))
            for name in (*wanted, "outbox", "audit")
        ]


def _count(name: str) -> Any:
    return select(func.count()).select_from(tables.events.metadata.tables[name])


def _time(row: EventRow) -> int:
    return int.from_bytes(row[0][:6], "big")


@contextmanager
def _without_index(database: Engine) -> Iterator[None]:
    """SQLite writes the index by account all over the place: it is made afterwards, in one go."""
    if database.dialect.name != "sqlite":
        yield
        return
    index = next(one for one in tables.events.indexes if one.name == _INDEX)
    with database.begin() as connection:
        index.drop(connection)
    yield
    with database.begin() as connection:
        index.create(connection)


def _settle(database: Engine) -> None:
    """What a server does by itself after a while."""
    if database.dialect.name == "postgresql":
        outside = database.execution_options(isolation_level="AUTOCOMMIT")
        with outside.connect() as connection:
            # It takes longer than a statement may.
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("RESET statement_timeout"))
