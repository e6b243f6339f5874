"""Upgrades: what the version before wrote is kept, and its statements go on working."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
import zstandard
from sqlalchemy import Engine, TableClause, inspect, text
from sqlalchemy.exc import DBAPIError

from detectors.core.finding import Severity
from detectors.core.identity import SubjectKind, timed_id
from monitor.store import migration, tables
from monitor.store.connection import connect, explain
from monitor.store.incident_filter import Filter
from monitor.store.incident_words import rows_of
from monitor.store.migration import current, head, upgrade
from monitor.store.reading import Reading
from monitor.store.writing import Writing
from tests.databases import Databases, Server

RELEASED = "0002"
"""The last revision that was in a release."""
WRITTEN = Path(__file__).parents[2] / "fixtures" / "store" / f"{RELEASED}.ndjson.zst"
"""What that release made of a small log: table and row, one a line."""


def written() -> list[tuple[str, dict[str, Any]]]:
    lines = zstandard.ZstdDecompressor().decompress(WRITTEN.read_bytes(), 1 << 24).splitlines()
    made = []
    for line in lines:
        table, row = json.loads(line)
        bodies = {k: bytes.fromhex(v["hex"]) for k, v in row.items() if isinstance(v, dict)}
        made.append((table, row | bodies))
    return made


def described(name: str, row: dict[str, Any]) -> TableClause:
    """The table as that release knew it."""
    return sa.table(name, *(sa.column(column) for column in row))


def write(engine: Engine, rows: list[tuple[str, dict[str, Any]]]) -> None:
    """The rows, by statements that know of no other columns."""
    with engine.begin() as connection:
        for name, row in rows:
            # Where the database gives out numbers, it gives out these again.
            given = {k: v for k, v in row.items() if k != "id" or isinstance(v, bytes)}
            connection.execute(sa.insert(described(name, given)).values(given))


@pytest.fixture
def url(databases: Databases) -> str:
    """A database as the last release left it."""
    made = databases.url(empty=True)
    upgrade(made, RELEASED)
    engine = connect(made)
    write(engine, written())
    engine.dispose()
    return made


def test_everything_is_there_and_can_be_read(databases: Databases, url: str) -> None:
    assert current(url) == RELEASED
    upgrade(url)
    assert current(url) == head()
    engine = databases.connect(url)
    with engine.begin() as connection:
        for name, row in written():
            table = described(name, row)
            query = sa.select(*table.c).where(*(table.c[k] == row[k] for k in row if row[k]))
            assert [tuple(one) for one in connection.execute(query)] == [tuple(row.values())]


def test_the_program_goes_on_with_it(databases: Databases, url: str) -> None:
    upgrade(url)
    engine = databases.connect(url)
    reading = Reading(engine)
    incidents = reading.incidents(Filter(severity=Severity.INFORMATIONAL), None, 10)
    assert len(incidents) == sum(table == "incidents" for table, _ in written()) == 2
    found = reading.findings_of(one.incident.id for one in incidents)
    assert all(found.values())
    table = tables.incident_words
    with engine.begin() as connection:
        rows = connection.execute(sa.select(table.c.incident_id, table.c.word)).all()
    words = {(one["incident_id"], one["word"]) for one in rows_of(i.incident for i in incidents)}
    # What was there before is found as what comes after it is.
    assert {(bytes(identifier), word) for identifier, word in rows} == words
    (source,) = reading.sources()
    assert (source.name, source.lines, source.events) == ("ingest:-", 127, 126)
    with engine.begin() as connection:
        writing = Writing(connection)
        assert writing.findings_of(incidents[0].incident.subject)
        book = writing.source("ingest:-", "auto")
        assert book.cursor is not None
        assert writing.source("new", "ocsf").id != book.id
        assert writing.hold_note("run") == b"1"
        subjects = [one.incident.subject for one in incidents]
        accounts = [s for s in subjects if s.kind is SubjectKind.ACCOUNT]
        assert accounts
        assert all(writing.events_of(account, bytes(16)) for account in accounts)


def old_statements(engine: Engine, number: int) -> None:
    """One micro-batch of the released version, in its own words."""
    name = f"old{number}"
    values = {"id": timed_id(1_790_000_000_000 + number, name), "name": name, "n": number}
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO events (id, account_key, name_key, source_id, late, body)"
            " VALUES (:id, :n, NULL, 1, FALSE, :id)",
            "INSERT INTO sources (name, format, lines, events, duplicates, skipped, rejected,"
            " late, last_event) VALUES (:name, 'ocsf', 0, 0, 0, 0, 0, 0, 0)",
            "UPDATE sources SET cursor = :id, lines = lines + 1 WHERE name = :name",
            "INSERT INTO rejects (source_id, position, reason, raw) VALUES (1, :name, 'why', :id)",
            "UPDATE engine SET value = :id WHERE name = 'watermark'",
        ):
            connection.execute(text(statement), values)
        query = "SELECT id, name, cursor, lines FROM sources WHERE name = :name"
        assert connection.execute(text(query), values).one()[1:] == (name, values["id"], 1)


def test_the_version_before_goes_on_writing_meanwhile_and_after(
    databases: Databases, url: str
) -> None:
    engine = databases.connect(url)
    done: list[int] = []
    failures: list[Exception] = []
    stopping = threading.Event()

    def work() -> None:
        while not stopping.is_set():
            try:
                old_statements(engine, len(done))
            except (DBAPIError, AssertionError) as error:
                failures.append(error)
                return
            done.append(len(done))

    def wait_for(batches: int) -> None:
        until = time.monotonic() + 240
        while len(done) < batches and not failures:
            assert time.monotonic() < until
            time.sleep(0.01)

    writer = threading.Thread(target=work)
    writer.start()
    try:
        wait_for(3)
        upgrade(url)
        wait_for(len(done) + 3)
    finally:
        stopping.set()
        writer.join()
    assert failures == []
    with engine.begin() as connection:
        count = text("SELECT count(*) FROM rejects WHERE reason = 'why'")
        assert connection.execute(count).scalar() == len(done)


def columns(engine: Engine) -> dict[str, dict[str, Any]]:
    """Every column of every table, by their names."""
    looked = inspect(engine)
    tables = looked.get_table_names()
    return {t: {str(c["name"]): c for c in looked.get_columns(t)} for t in tables}


def test_what_was_added_is_empty_or_has_the_databases_own_value(
    databases: Databases, url: str
) -> None:
    engine = databases.connect(url)
    before = columns(engine)
    upgrade(url)
    after = columns(engine)
    for table, known in before.items():
        assert known.keys() <= after[table].keys()
        added = [after[table][name] for name in after[table].keys() - known.keys()]
        assert all(c["nullable"] or c["default"] is not None for c in added), table


@pytest.fixture
def old(postgresql: Server) -> Iterator[str]:
    """The address of a database at the last release."""
    with postgresql.database("template0") as name:
        upgrade(postgresql.url_of(name), RELEASED)
        yield postgresql.url_of(name)


def test_a_lock_that_somebody_holds_is_waited_for_without_holding_up_others(
    old: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(migration._SESSION, "lock_timeout", "50ms")
    monkeypatch.setattr(migration, "_PAUSE_S", 0.05)
    with psycopg.connect(old) as holder:
        holder.execute("SELECT count(*) FROM sources")
        upgrading = threading.Thread(target=upgrade, args=(old,))
        upgrading.start()
        with psycopg.connect(old, autocommit=True) as other:
            attempts = (
                "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
            )
            first = other.execute(attempts).fetchone()
            until = time.monotonic() + 240
            while other.execute(attempts).fetchone() == first:
                assert time.monotonic() < until
                other.execute("SET statement_timeout = '5s'")
                other.execute("SELECT count(*) FROM sources")
        assert current(old) == RELEASED
    upgrading.join(240)
    assert current(old) == head()


def test_a_lock_that_is_never_let_go_is_told(old: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(migration._SESSION, "lock_timeout", "20ms")
    monkeypatch.setattr(migration, "_PAUSE_S", 0.0)
    monkeypatch.setattr(migration, "_ATTEMPTS", 3)
    with psycopg.connect(old) as holder:
        holder.execute("SELECT count(*) FROM sources")
        with pytest.raises(DBAPIError) as caught:
            upgrade(old)
    assert "another transaction holds" in explain(caught.value)
    assert current(old) == RELEASED
    upgrade(old)
    assert current(old) == head()


def test_of_many_upgrades_at_once_one_does_it(old: str) -> None:
    failures: list[BaseException] = []

    def start() -> None:
        try:
            upgrade(old)
        except DBAPIError as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert current(old) == head()
