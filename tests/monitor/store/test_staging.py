"""A database takes another's place at once or not at all, and what was there is kept."""

from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import make_url, text

from monitor.store.connection import connect
from monitor.store.migration import current, head, upgrade
from monitor.store.staging import OccupiedDatabaseError, staged
from tests.databases import Databases, Server
from tests.monitor.retention.working import count, store, tables, visit


def number(database: Database) -> int:
    return count(database, tables.events)


def made(url: str, events: int, *, force: bool = False) -> str | None:
    """Put a database with so many events in the place of another."""
    with staged(make_url(url), force=force) as stage:
        upgrade(stage.url)
        database = connect(stage.url)
        store(database, *(visit(1, "a", n) for n in range(events)))
        database.dispose()
    return stage.aside


def test_it_takes_an_empty_place(databases: Databases) -> None:
    for url in (databases.url(empty=True), databases.url()):
        assert made(url, 3) is None
        assert current(url) == head()
        assert number(databases.connect(url)) == 3


def test_where_something_is_it_stays_unless_it_is_forced(databases: Databases) -> None:
    url = databases.url()
    database = databases.connect(url)
    store(database, visit(1))
    database.dispose()
    with pytest.raises(OccupiedDatabaseError, match="--force"):
        made(url, 3)
    assert number(databases.connect(url)) == 1
    databases.connect(url).dispose()


@pytest.fixture
def full(databases: Databases) -> str:
    """A database with one event that nobody is connected to."""
    url = databases.url()
    database = connect(url)
    store(database, visit(1))
    database.dispose()
    return url


def test_forced_what_was_there_is_kept_aside(
    databases: Databases, full: str, request: pytest.FixtureRequest
) -> None:
    aside = made(full, 3, force=True)
    assert aside is not None
    database = databases.connect(full)
    assert number(database) == 3
    if databases.kind == "sqlite":
        former = databases.connect(f"sqlite:///{aside}")
        assert number(former) == 1
        assert Path(aside).stat().st_mode & 0o777 == 0o600
        return
    server: Server = request.getfixturevalue("postgresql")
    with database.connect() as connection:
        former_events = text(f"SELECT count(*) FROM {aside}.events")  # noqa: S608 - our own name
        assert connection.execute(former_events).scalar() == 1
        left = connection.execute(
            text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'vigie_%'")
        ).scalars()
        assert [*left] == [aside]
    assert server is not None


def fail_in_place_of(url: str) -> None:
    with staged(make_url(url), force=True) as stage:
        upgrade(stage.url)
        raise RuntimeError("on the way")


def test_a_failure_leaves_all_as_it_was(databases: Databases, full: str, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(RuntimeError, match="on the way"):
        fail_in_place_of(full)
    database = databases.connect(full)
    assert number(database) == 1
    database.dispose()
    assert sorted(path.name for path in tmp_path.iterdir()) == before
    if databases.kind == "postgresql":
        with database.connect() as connection:
            schemas = text("SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'vigie_%'")
            assert connection.execute(schemas).scalar() == 0


def test_a_file_that_somebody_uses_is_not_replaced(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    upgrade(url)
    database = connect(url)
    store(database, visit(1))
    with pytest.raises(OccupiedDatabaseError, match="in use by another process"):
        made(url, 3, force=True)
    assert number(database) == 1
    database.dispose()
    assert made(url, 3, force=True)


def test_a_damaged_file_is_what_force_is_for(tmp_path: Path) -> None:
    path = tmp_path / "vigie.db"
    path.write_bytes(b"no database" * 1_000)
    with pytest.raises(OccupiedDatabaseError):
        made(f"sqlite:///{path}", 3)
    aside = made(f"sqlite:///{path}", 3, force=True)
    assert aside is not None
    assert Path(aside).read_bytes() == b"no database" * 1_000
    assert current(f"sqlite:///{path}") == head()


def test_a_database_in_memory_is_no_place(tmp_path: Path) -> None:
    with pytest.raises(OccupiedDatabaseError, match="name a file"):
        made("sqlite://", 1)
    assert [*tmp_path.iterdir()] == []
