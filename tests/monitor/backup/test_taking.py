"""A backup is of one moment, for its owner only, and there in full or not at all."""

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import text

from detectors.core.event import DAY
from monitor.backup import archive
from monitor.backup.archive import BackupError, Reader
from monitor.backup.noted import TAKEN
from monitor.backup.noted import taken as last_taken
from monitor.backup.taking import clear_remains, keep_newest, take
from monitor.clock import now_ms
from monitor.store.writing import Writing
from tests.monitor.retention.working import store, visit

NOW = 1_790_000_000_000


@pytest.fixture
def filled(database: Database, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(archive, "PART", 20_000)
    store(database, *(visit(9, "a", number) for number in range(500)))
    return database


def events(path: Path) -> int:
    with Reader(path) as reader:
        found = sum(len(rows) for rows in reader.parts("events"))
        assert found == reader.manifest.tables["events"].rows
        return found


@contextmanager
def full_disk() -> Iterator[Callable[[], None]]:
    """What lets no file grow any more, as on a disk that is full, until the block is left: pytest
    itself writes that the test is over."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_it_is_noted_and_only_its_owner_can_read_it(filled: Database, tmp_path: Path) -> None:
    path = tmp_path / "one.vigie.tar"
    told: list[tuple[str, int]] = []
    taken = take(filled, path, NOW, lambda *one: told.append(one))
    assert path.stat().st_mode & 0o777 == 0o600
    assert taken.size == path.stat().st_size
    assert sum(rows for _, rows in told) == taken.rows >= 500
    assert len(told) >= 4
    assert events(path) == 500
    with filled.begin() as connection:
        assert last_taken(Writing(connection).note(TAKEN)) == taken
    assert last_taken(None) is None


def test_what_is_committed_meanwhile_waits_for_nobody_and_is_not_in_it(
    filled: Database, tmp_path: Path
) -> None:
    path = tmp_path / "one.vigie.tar"
    added = 0

    def meanwhile(table: str, _: int) -> None:
        nonlocal added
        if table == "events":
            writer = threading.Thread(target=store, args=(filled, visit(8, "b", added)))
            writer.start()
            writer.join(240)
            assert not writer.is_alive(), "it waits for the backup"
            added += 1

    take(filled, path, NOW, meanwhile)
    assert added > 3
    assert events(path) == 500
    take(filled, tmp_path / "two.vigie.tar", NOW)
    assert events(tmp_path / "two.vigie.tar") == 500 + added


def test_nothing_is_overwritten(filled: Database, tmp_path: Path) -> None:
    path = tmp_path / "one.vigie.tar"
    path.write_bytes(b"precious")
    with pytest.raises(BackupError, match="nothing is overwritten"):
        take(filled, path, NOW)
    assert path.read_bytes() == b"precious"
    assert [*tmp_path.glob(".*")] == []


def test_one_that_appears_meanwhile_is_not_overwritten_either(
    filled: Database, tmp_path: Path
) -> None:
    path = tmp_path / "one.vigie.tar"
    with pytest.raises(BackupError, match="nothing is overwritten"):
        take(filled, path, NOW, lambda *_: path.write_bytes(b"precious"))
    assert path.read_bytes() == b"precious"
    assert [*tmp_path.glob(".*")] == []


def test_on_a_full_disk_there_is_no_file(filled: Database, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    with full_disk() as fill, pytest.raises(OSError, match="File too large"):
        take(filled, folder / "one.vigie.tar", NOW, lambda *_: fill())
    assert [*folder.iterdir()] == []


def test_a_database_of_another_version_is_refused(filled: Database, tmp_path: Path) -> None:
    with filled.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(BackupError, match="vigie db upgrade"):
        take(filled, tmp_path / "one.vigie.tar", NOW)
    assert [*tmp_path.glob("*.tar*")] == []


def test_the_newest_are_kept(tmp_path: Path) -> None:
    names = [f"2026-09-{day:02}T02-00-00.000Z.vigie.tar" for day in range(1, 6)]
    for name in (*names, "notes.txt"):
        (tmp_path / name).touch()
    assert [path.name for path in keep_newest(tmp_path, 2)] == names[:3]
    assert keep_newest(tmp_path, 2) == []
    assert {path.name for path in tmp_path.iterdir()} == {*names[3:], "notes.txt"}


def test_what_was_left_long_ago_is_cleared(tmp_path: Path) -> None:
    old, young = (tmp_path / f".x.vigie.tar.{name}.part" for name in ("aa", "bb"))
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    clear_remains(tmp_path, now_ms())
    assert [*tmp_path.iterdir()] == [young]
    clear_remains(tmp_path, now_ms() + 2 * DAY)
    assert [*tmp_path.iterdir()] == []
