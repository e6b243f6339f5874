"""What was deleted is not in the files of a small embedded database any more."""

from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import delete, select

from monitor.store import compaction, tables
from monitor.store.connection import connect, file_of
from monitor.store.migration import upgrade
from tests.monitor.retention.working import add

SECRET = b"a-canary-of-some-length" * 500


def fill(database: Database) -> None:
    for number in range(5):
        add(database, tables.rejects, source_id=1, position=str(number), reason="r", raw=SECRET)


def files(database: Database) -> bytes:
    path = file_of(database.url)
    assert path is not None
    return b"".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))


def test_what_was_deleted_before_goes_as_well(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    fill(database)
    with database.begin() as connection:
        connection.execute(delete(tables.rejects))
    assert b"canary" in files(database)
    assert compaction.compact(database)
    assert b"canary" not in files(database)
    database.dispose()


def test_a_large_file_is_left_to_whoever_has_the_time(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    assert not compaction.compact(database, most=100)
    assert compaction.compact(database, most=None)
    database.dispose()


def test_a_large_server_is_left_to_its_autovacuum(database: Database) -> None:
    assert not compaction.compact(database, most=100)
    assert compaction.compact(database, most=None)


def test_it_waits_for_nobody_who_writes(database: Database) -> None:
    fill(database)
    with database.begin() as connection:
        compaction.overwrite(connection)
        connection.execute(delete(tables.rejects))
    assert compaction.compact(database)
    with database.begin() as connection:
        assert connection.execute(select(tables.rejects)).all() == []
