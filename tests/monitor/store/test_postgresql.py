"""PostgreSQL: how sessions are set up, rows that go by COPY, and errors told to an operator."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from monitor.store import postgresql as store
from monitor.store import tables
from monitor.store.connection import UnsuitableDatabaseError, connect, explain, reading
from monitor.store.postgresql import copy, is_busy, upsert
from tests.databases import OLDEST, TEMPLATE, Databases, Server

COPY = "COPY one (a, b, c) FROM STDIN (FORMAT BINARY)"
TYPES = ("int8", "bytea", "bool")


@pytest.fixture
def databases(postgresql: Server, tmp_path: Path, migrated_file: Path) -> Iterator[Databases]:
    """Only of this kind."""
    made = Databases("postgresql", tmp_path, migrated_file, postgresql)
    yield made
    made.close()


@pytest.fixture
def one(database: Engine) -> Engine:
    """A database with a table of three columns."""
    with database.begin() as opened:
        opened.exec_driver_sql("CREATE TABLE one (a int8 PRIMARY KEY, b bytea, c bool)")
    return database


def ask(engine: Engine, query: str) -> Any:
    with engine.connect() as opened:
        return opened.execute(text(query)).scalar()


def failure(url: str, query: str = "SELECT 1") -> str:
    """What is told when this fails."""
    engine = connect(url)
    try:
        with pytest.raises(DBAPIError) as caught, engine.begin() as opened:
            opened.exec_driver_sql(query)
    finally:
        engine.dispose()
    return explain(caught.value)


def test_sessions_have_a_name_and_limits(database: Engine) -> None:
    assert ask(database, "SHOW application_name") == "vigie"
    assert ask(database, "SHOW statement_timeout") == "1min"
    assert ask(database, "SHOW lock_timeout") == "10s"
    assert ask(database, "SHOW idle_in_transaction_session_timeout") == "5min"
    assert ask(database, "SHOW timezone") == "UTC"
    assert ask(database, "SHOW tcp_keepalives_idle") == "4"


def test_what_the_address_asks_for_comes_first(databases: Databases) -> None:
    asked = "?application_name=mine&options=-c%20statement_timeout%3D5s"
    engine = databases.connect(databases.url() + asked)
    assert ask(engine, "SHOW application_name") == "mine"
    assert ask(engine, "SHOW statement_timeout") == "5s"
    assert ask(engine, "SHOW lock_timeout") == "10s"


def test_readers_see_one_moment_and_cannot_write(one: Engine) -> None:
    with reading(one).begin() as reader, one.begin() as writer:
        count = text("SELECT count(*) FROM one")
        assert reader.execute(count).scalar() == 0
        writer.exec_driver_sql("INSERT INTO one VALUES (1)")
        writer.commit()
        assert reader.execute(count).scalar() == 0
        with pytest.raises(DBAPIError) as caught:
            reader.exec_driver_sql("INSERT INTO one VALUES (2)")
    assert "read-only" in explain(caught.value)
    assert ask(one, "SELECT count(*) FROM one") == 1


def test_rows_come_back_as_they_were_copied(one: Engine) -> None:
    rows = [(n - 5, bytes([n]) * n, n % 2 == 0) for n in range(10)]
    rows += [(-(2**63), b"", None), (2**63 - 1, None, True)]
    with one.begin() as opened:
        copy(opened, COPY, TYPES, rows)
    with one.connect() as opened:
        found = [tuple(row) for row in opened.exec_driver_sql("SELECT a, b, c FROM one")]
    assert sorted(found, key=str) == sorted(rows, key=str)


def test_a_copy_of_a_key_that_is_there_is_an_integrity_error_and_leaves_nothing(
    one: Engine,
) -> None:
    with pytest.raises(IntegrityError), one.begin() as opened:
        copy(opened, COPY, TYPES, [(1, b"", True), (2, b"", True), (1, b"", True)])
    assert ask(one, "SELECT count(*) FROM one") == 0


def test_a_row_that_does_not_fit_leaves_nothing(one: Engine) -> None:
    with pytest.raises(DBAPIError), one.begin() as opened:
        copy(opened, COPY, TYPES, [(1, b"", True), (None, b"", True)])
    assert ask(one, "SELECT count(*) FROM one") == 0


def test_rows_take_the_place_of_those_with_their_keys(database: Engine) -> None:
    columns = ("name_key", "tenant", "account", "first_event")
    texts = ("plain", "", "quotes \"' and {braces}, \\", "Ünïcödé \N{GRINNING FACE}", "NULL")
    rows = [(n - 2, text, text[::-1], bytes([n]) * n) for n, text in enumerate(texts)]
    rows[0] = (-(2**63), *rows[0][1:])
    with database.begin() as opened:
        upsert(opened, tables.names, columns, [(2, "x", "y", b""), *rows, rows[1]])
        upsert(opened, tables.names, columns, [(1, "new", "new", b"\xff")])
    rows[3] = (1, "new", "new", b"\xff")
    with database.connect() as opened:
        found = [tuple(row) for row in opened.execute(tables.names.select())]
    assert sorted(found) == sorted(rows)


def test_of_rows_with_one_key_the_last_is_stored(database: Engine) -> None:
    columns = ("kind", "subject_key", "day", "version", "body")
    rows = [("source", 7, day, 1, bytes([day])) for day in (1, 3, 2)]
    with database.begin() as opened:
        upsert(opened, tables.ledgers, columns, rows)
        assert [tuple(row) for row in opened.execute(tables.ledgers.select())] == [rows[-1]]


def test_what_is_not_there_is_null(database: Engine) -> None:
    columns = ("id", "subject_key", "detector", "severity", "withdrawn", "body", "campaign_key")
    row = (b"\x01" * 16, 1, "d", 3, False, b"", None)
    with database.begin() as opened:
        upsert(opened, tables.findings, columns, [row])
        found = opened.execute(tables.findings.select()).one()
    assert found.campaign_key is None
    assert found.incident_id is None


def test_a_connection_that_breaks_in_a_copy_is_told_and_replaced(
    one: Engine, postgresql: Server
) -> None:
    def rows(backend: int) -> Iterator[tuple[int, bytes, bool]]:
        for number in range(100_000):
            if number == 50_000:
                postgresql.run(f"SELECT pg_terminate_backend({backend}, 5000)")
            yield number, bytes(100), True

    with one.connect() as opened:
        backend = opened.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with pytest.raises(DBAPIError) as caught:
            copy(opened, COPY, TYPES, rows(backend))
    assert caught.value.connection_invalidated
    assert "connection" in explain(caught.value)
    assert ask(one, "SELECT count(*) FROM one") == 0


def test_a_lock_that_somebody_holds_is_told_as_busy(databases: Databases) -> None:
    url = databases.url()
    patient = databases.connect(url)
    hasty = databases.connect(url + "?options=-c%20lock_timeout%3D20ms")
    with patient.begin() as holder:
        holder.exec_driver_sql("LOCK TABLE sources")
        with pytest.raises(DBAPIError) as caught:
            ask(hasty, "SELECT count(*) FROM sources")
    assert is_busy(caught.value)
    assert "another transaction" in explain(caught.value)


@pytest.mark.parametrize(
    ("prepare", "change", "told"),
    [
        (None, {"port": 1}, "is it running?"),
        (None, {"database": "nowhere"}, "no such database or user"),
        (None, {"host": "nowhere.invalid"}, "name is not known"),
        ("CREATE ROLE guarded LOGIN PASSWORD 'right'", {"user": "guarded:wrong"}, "the password"),
        (None, {"user": "guarded"}, "wants a password"),
        ("CREATE ROLE full LOGIN CONNECTION LIMIT 0", {"user": "full"}, "no more connections"),
    ],
)
def test_why_it_cannot_connect_is_told_without_the_password(
    postgresql: Server, prepare: str | None, change: dict[str, Any], told: str
) -> None:
    if prepare is not None:
        role = prepare.split()[2]
        postgresql.run(f"DROP ROLE IF EXISTS {role}")
        postgresql.run(prepare)
    parts = {"user": "vigie", "host": "127.0.0.1", "port": postgresql.port, "database": TEMPLATE}
    url = "postgresql://{user}@{host}:{port}/{database}".format(**(parts | change))
    reason = failure(url)
    assert told in reason
    assert "wrong" not in reason
    assert len(reason.splitlines()) == 1


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SET transaction_read_only = on; CREATE TABLE x (a int)", "read-only"),
        ("SET statement_timeout = 1; SELECT pg_sleep(5)", "took too long"),
        ("SELECT pg_terminate_backend(pg_backend_pid())", "ended our connection"),
        ("SET ROLE pg_read_all_data; CREATE TABLE x (a int)", "may not do this"),
        ("SELECT nothing", 'column "nothing" does not exist'),
    ],
)
def test_why_a_statement_fails_is_told(databases: Databases, query: str, told: str) -> None:
    assert told in failure(databases.url(), query)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (psycopg.errors.DiskFull, "disk is full"),
        (psycopg.errors.TooManyConnections, "max_connections"),
        (psycopg.errors.DataCorrupted, "backup"),
        (psycopg.errors.IoError, "disk failed"),
    ],
)
def test_what_is_hard_to_stage_is_told_by_its_code(error: type[Exception], told: str) -> None:
    assert told in store.explain(error("whatever the server's language"))


def test_an_old_server_is_refused(postgresql: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "LEAST_VERSION", 99)
    engine = connect(postgresql.url)
    with pytest.raises(
        UnsuitableDatabaseError, match=rf"is PostgreSQL {OLDEST}: Vigie needs 99 or newer"
    ):
        engine.connect()


def test_a_database_without_unicode_is_refused(postgresql: Server) -> None:
    postgresql.run("CREATE DATABASE bytes ENCODING 'SQL_ASCII' TEMPLATE template0")
    engine = connect(postgresql.url_of("bytes"))
    with pytest.raises(UnsuitableDatabaseError, match="encoded in SQL_ASCII"):
        engine.connect()
    postgresql.run("DROP DATABASE bytes")


def test_a_server_that_was_started_again_is_connected_to_again(databases: Databases) -> None:
    engine = databases.new()
    backend = ask(engine, "SELECT pg_backend_pid()")
    with psycopg.connect(engine.url.set(drivername="postgresql").render_as_string()) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [backend])
    assert ask(engine, "SELECT 1") == 1


def test_nothing_of_a_statement_s_values_is_in_an_error(one: Engine) -> None:
    with pytest.raises(DBAPIError) as caught, one.begin() as opened:
        opened.exec_driver_sql("INSERT INTO one VALUES (%s, %s)", (2**70, b"personal"))
    assert "personal" not in str(caught.value)
