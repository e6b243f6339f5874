"""Connections to the store: pragmas, transactions, and what is said when it cannot work."""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from monitor.store import connection
from monitor.store.connection import (
    StoreUrlError,
    connect,
    explain,
    file_of,
    in_passing,
    looking,
    parse,
    reading,
    shown,
)
from tests.databases import Databases


def test_a_connection_has_the_pragmas(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'deep' / 'vigie.db'}")
    with engine.connect() as opened:
        got = {
            name: opened.exec_driver_sql(f"PRAGMA {name}").scalar() for name in connection.PRAGMAS
        }
    engine.dispose()
    assert got == {
        **connection.PRAGMAS,
        "journal_mode": "wal",
        "synchronous": 1,
        "foreign_keys": 1,
        "temp_store": 2,
    }


def test_the_folder_made_for_it_is_for_its_owner_only(tmp_path: Path) -> None:
    connect(f"sqlite:///{tmp_path / 'deep' / 'vigie.db'}").dispose()
    assert (tmp_path / "deep").stat().st_mode & 0o077 == 0


def test_a_transaction_that_fails_leaves_nothing_not_even_a_table(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'vigie.db'}")

    def fail() -> None:
        with engine.begin() as opened:
            opened.exec_driver_sql("CREATE TABLE one (a INTEGER)")
            opened.exec_driver_sql("INSERT INTO one VALUES (?)", [(1,), (2,)])
            opened.exec_driver_sql("INSERT INTO none VALUES (1)")

    with pytest.raises(OperationalError):
        fail()
    with engine.begin() as opened:
        assert opened.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0
    engine.dispose()


def test_who_only_looks_sees_what_was_committed_meanwhile_on_a_server(
    databases: Databases,
) -> None:
    """No transaction is begun there: each would be two more ways to the server and back."""
    engine = databases.new()
    count = text("SELECT count(*) FROM names")
    with looking(engine).begin() as connection:
        before = connection.execute(count).scalar_one()
        with connect(engine.url).begin() as other:
            other.execute(
                text("INSERT INTO names VALUES (1, 'acme', 'u-1', :id)"), {"id": bytes(16)}
            )
        after = connection.execute(count).scalar_one()
    assert (before, after) == (0, 1 if databases.kind == "postgresql" else 0)


def test_readers_see_one_moment_and_never_wait_for_the_writer(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    with engine.begin() as opened:
        opened.exec_driver_sql("CREATE TABLE one (a INTEGER)")
    readers = reading(engine)
    with engine.begin() as writer, readers.begin() as reader:
        count = text("SELECT count(*) FROM one")
        assert reader.execute(count).scalar() == 0
        writer.exec_driver_sql("INSERT INTO one VALUES (1)")
        writer.commit()
        assert reader.execute(count).scalar() == 0
    with readers.begin() as reader:
        assert reader.execute(count).scalar() == 1
    engine.dispose()


def test_writers_take_the_lock_when_they_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.PRAGMAS, "busy_timeout", 1)
    engine = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    with engine.begin(), pytest.raises(OperationalError) as caught, engine.begin():
        pass
    assert "another process is writing" in explain(caught.value)
    engine.dispose()


def test_what_is_written_in_passing_waits_for_nobody(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    passing = in_passing(engine)
    with passing.begin() as writing:
        writing.execute(text("CREATE TABLE seen (at INTEGER)"))
    with engine.begin() as holder:
        holder.execute(text("INSERT INTO seen VALUES (1)"))
        # It would wait for ten seconds, and this test for a transaction of its own.
        with pytest.raises(OperationalError, match="locked"), passing.begin():
            pytest.fail("there cannot be two writers")
    with passing.begin() as writing:
        assert writing.execute(text("SELECT count(*) FROM seen")).scalar() == 1
        assert writing.exec_driver_sql("PRAGMA busy_timeout").scalar() == connection.BUSY_TIMEOUT
    engine.dispose()


def test_it_says_when_the_file_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    path.write_bytes(b"not a database, certainly not one\n" * 100)
    engine = connect(f"sqlite:///{path}")
    with pytest.raises(Exception, match="not a database") as caught:
        engine.connect()
    assert explain(caught.value) == "the file is not a SQLite database"
    engine.dispose()


def test_it_says_when_the_disk_is_full(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'vigie.db'}")
    with engine.begin() as opened:
        opened.exec_driver_sql("PRAGMA max_page_count = 4")
        opened.exec_driver_sql("CREATE TABLE one (a BLOB)")
        with pytest.raises(OperationalError) as caught:
            opened.exec_driver_sql("INSERT INTO one VALUES (zeroblob(100000))")
    assert "the disk is full" in explain(caught.value)
    engine.dispose()


def test_an_error_it_has_no_sentence_for_speaks_for_itself() -> None:
    error = OperationalError("SELECT 1", None, sqlite3.OperationalError("no such table: x"))
    assert explain(error) == "no such table: x"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("vigie.db", "expected sqlite:///FILE"),
        ("mysql://db/vigie", "mysql databases are not supported"),
    ],
)
def test_another_kind_of_address_is_refused(url: str, reason: str) -> None:
    with pytest.raises(StoreUrlError, match=reason):
        parse(url)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///var/vigie.db", Path("var/vigie.db")),
        ("sqlite:////srv/vigie.db", Path("/srv/vigie.db")),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql://db/vigie", None),
        ("postgres://db/vigie", None),
    ],
)
def test_the_file_of_an_address(url: str, path: Path | None) -> None:
    assert file_of(url) == path


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://vigie:geheim@db/vigie",
        "postgres://vigie@db/vigie?password=geheim",
        "postgresql+psycopg://vigie:geheim@db/vigie?sslmode=require&sslpassword=geheim",
    ],
)
def test_an_address_is_shown_without_its_passwords(url: str) -> None:
    assert "geheim" not in shown(url)
    assert "@db/vigie" in shown(url)
