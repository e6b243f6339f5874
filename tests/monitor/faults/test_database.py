"""A database that is locked, damaged, newer, or somebody's already: told, nothing lost."""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from monitor.settings import OWN_SOURCE
from monitor.store import connection
from monitor.store.migration import upgrade
from tests.monitor.cli.calling import call
from tests.monitor.faults.running import (
    configured,
    contents,
    daemon,
    lines_read,
    query,
    stop,
    wait_until,
    world_lines,
    write,
)


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another process's long transaction, as far as locks can tell."""
    with closing(sqlite3.connect(database, timeout=30, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        yield
        holder.execute("ROLLBACK")


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "idp.ndjson"
    write(path, world_lines(days=2, accounts=20))
    return path


def test_a_daemon_waits_for_a_lock_and_goes_on(log: Path, tmp_path: Path) -> None:
    lines = log.read_bytes().splitlines()
    half = len(lines) // 2
    write(log, lines[:half])
    database, told = tmp_path / "vigie.db", tmp_path / "told"
    with daemon(configured(tmp_path, log), told) as process:
        wait_until(lambda: lines_read(database) == half, "the first half is read")
        with locked(database):
            write(log.with_suffix(".more"), lines[half:])
            with log.open("ab") as grown:
                grown.write(log.with_suffix(".more").read_bytes())
            # Longer than a connection waits by itself, so that it fails and is tried again.
            wait_until(lambda: "locked" in told.read_text(), "it tells of the lock")
            assert process.poll() is None
            assert lines_read(database) == half
        wait_until(lambda: lines_read(database) == len(lines), "all is read")
        assert stop(process) == 0
    found = contents(database)
    assert len(found["events"]) == len(lines)
    assert [row[1:] for row in found["sources"] if row[0] != OWN_SOURCE] == [
        (len(lines), len(lines), 0)
    ]


def test_reading_in_waits_for_a_short_lock(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path)
    database = tmp_path / "vigie.db"
    upgrade(f"sqlite:///{database}")
    held = threading.Event()

    def hold() -> None:
        with locked(database):
            held.set()
            time.sleep(1)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    done = call(capsys, "ingest", log, "--config", config)
    holder.join()
    assert done.code == 0
    assert len(contents(database)["events"]) == len(log.read_bytes().splitlines())


def test_reading_in_gives_up_on_a_long_lock_and_loses_nothing(
    log: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = configured(tmp_path)
    database = tmp_path / "vigie.db"
    upgrade(f"sqlite:///{database}")
    monkeypatch.setitem(connection.PRAGMAS, "busy_timeout", 300)
    with locked(database):
        done = call(capsys, "ingest", log, "--config", config)
    assert done.code == 1
    assert "locked: another process" in done.told
    assert len(done.err.splitlines()) == 1
    assert query(database, "SELECT count(*) FROM events") == [(0,)]
    assert call(capsys, "ingest", log, "--config", config).code == 0
    assert len(contents(database)["events"]) == len(log.read_bytes().splitlines())


def commands(log: Path) -> tuple[tuple[object, ...], ...]:
    """All that open the database."""
    return (
        ("ingest", log),
        ("run", "--no-console"),
        ("db", "upgrade"),
        ("db", "status"),
        ("link",),
        ("doctor", "--json"),
    )


def test_what_is_no_database_is_told_and_left_as_it_is(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, log)
    database = tmp_path / "vigie.db"
    content = b"this is a letter, and no database\n" * 200
    database.write_bytes(content)
    for arguments in commands(log):
        done = call(capsys, *arguments, "--config", config)
        assert done.code == 1
        assert "not a SQLite database" in done.told, arguments
        assert len(done.err.splitlines()) == 1
        assert database.read_bytes() == content


def test_a_damaged_database_is_told(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, log)
    assert call(capsys, "ingest", log, "--config", config).code == 0
    database = tmp_path / "vigie.db"
    with database.open("r+b") as opened:
        opened.seek(4_096)
        opened.write(b"\xa5" * (database.stat().st_size - 8_192))
    for arguments in commands(log):
        if arguments != ("db", "status"):
            done = call(capsys, *arguments, "--config", config)
            assert done.code == 1, arguments
            assert "damaged" in done.told or "malformed" in done.told, (arguments, done)
            assert "backup" in done.told
            assert len(done.err.splitlines()) == 1


def test_a_newer_database_is_told_and_left_as_it_is(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, log)
    database = tmp_path / "vigie.db"
    upgrade(f"sqlite:///{database}")
    with closing(sqlite3.connect(database)) as opened, opened:
        opened.execute("UPDATE alembic_version SET version_num = 'r9999'")
    for arguments in commands(log):
        done = call(capsys, *arguments, "--config", config)
        assert done.code == 1
        assert "r9999" in done.told
        assert "newer" in done.told
        assert len(done.err.splitlines()) == 1
    assert query(database, "SELECT version_num FROM alembic_version") == [("r9999",)]
    assert query(database, "SELECT count(*) FROM events") == [(0,)]


def test_reading_in_is_refused_while_an_engine_runs_and_told_of_it(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, log)
    database = tmp_path / "vigie.db"
    wanted = len(log.read_bytes().splitlines())
    with daemon(config, tmp_path / "told") as process:
        wait_until(lambda: lines_read(database) == wanted, "all is read")
        done = call(capsys, "ingest", log, "--config", config)
        assert done.code == 1
        assert f"process {process.pid}" in done.told
        assert len(done.err.splitlines()) == 1
        assert call(capsys, "db", "upgrade", "--config", config).code == 0
        assert stop(process) == 0
    assert len(contents(database)["events"]) == wanted


def test_of_two_engines_one_writes_and_the_other_takes_over_when_it_is_killed(
    log: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, log)
    database, lock = tmp_path / "vigie.db", tmp_path / "vigie.db.lock"
    lines = log.read_bytes().splitlines()
    half = len(lines) // 2
    write(log, lines[:half])
    tolds = [tmp_path / "first", tmp_path / "second"]
    run = "SELECT value FROM engine WHERE name = 'run'"
    with daemon(config, tolds[0]) as first, daemon(config, tolds[1]) as second:
        wait_until(lambda: lines_read(database) == half, "the first half is read")
        wait_until(lambda: any("is the engine" in t.read_text() for t in tolds), "one waits")
        running = {str(first.pid): first, str(second.pid): second}
        assert query(database, run) == [(b"1",)]
        running.pop(lock.read_text()).kill()
        wait_until(lambda: lock.read_text() in running, "the other has taken over", 10)
        write(log, lines)
        wait_until(lambda: lines_read(database) == len(lines), "all is read")
        assert query(database, run) == [(b"2",)]
        assert stop(running.popitem()[1]) == 0
    found = contents(database)
    assert len(found["events"]) == len(lines)
    assert [row[1:] for row in found["sources"] if row[0] != OWN_SOURCE] == [
        (len(lines), len(lines), 0)
    ]
