"""A database made beside the one it is to become, which it becomes at once or not at all."""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from monitor.clock import now_ms
from monitor.store import tables
from monitor.store.connection import connect, file_of, shown
from monitor.store.dump import is_empty
from monitor.trouble import Trouble

_VERSIONS = "alembic_version"


class OccupiedDatabaseError(Trouble):
    """The database has something in it, or somebody uses it; says what to do."""


class Stage(Struct):
    """Where the new database is made, and where the former one was put, if there was one."""

    url: URL
    aside: str | None = None


@contextmanager
def staged(target: URL, *, force: bool) -> Iterator[Stage]:
    """An address of an empty place, whose database takes that of `target` when the block ends well.

    Raises OccupiedDatabaseError where something is in it, unless `force` puts that aside, and
    where it is in use.
    """
    path = file_of(target)
    if target.get_backend_name() == "postgresql":
        with _beside_in_server(target, force=force) as stage:
            yield stage
    elif path is not None:
        with _beside_file(target, path, force=force) as stage:
            yield stage
    else:
        raise OccupiedDatabaseError("a database in memory cannot be restored: name a file")


@contextmanager
def _beside_file(target: URL, path: Path, *, force: bool) -> Iterator[Stage]:
    is_full = _look_at_file(target, path, force=force)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_name(f".{path.name}.{secrets.token_hex(4)}.restoring")
    stage = Stage(target.set(database=str(made)))
    os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield stage
        _close_file(stage.url, made)
        with made.open("rb") as file:
            os.fsync(file.fileno())
        if path.exists():
            _free(target, path)
        if is_full:
            aside = path.with_name(f"{path.name}.before-{now_ms()}")
            os.link(path, aside)
            stage.aside = str(aside)
        made.replace(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)
    finally:
        for remains in path.parent.glob(f"{made.name}*"):
            remains.unlink()


def _look_at_file(target: URL, path: Path, *, force: bool) -> bool:
    """Whether something is in it."""
    if not path.exists() or path.stat().st_size == 0:
        return False
    database = connect(target)
    try:
        with database.begin() as connection:
            empty = is_empty(connection)
    except DBAPIError:
        # A damaged one is what backups are restored for.
        empty = False
    finally:
        database.dispose()
    if not empty and not force:
        raise OccupiedDatabaseError(
            f"{path} has something in it: restore into an empty database, or with --force, which "
            "keeps this one aside"
        )
    return not empty


def _free(target: URL, path: Path) -> None:
    """See that nobody uses it, and that all of it is in its one file."""
    # A damaged one is as whole as it will be.
    with suppress(sqlite3.Error):
        _close_file(target, path)
    if path.with_name(f"{path.name}-wal").exists():
        # Whoever closes it last takes its log away.
        raise OccupiedDatabaseError(f"{path} is in use by another process (the console?): stop it")


def _close_file(url: URL, path: Path) -> None:
    """Write all of it into its one file."""
    database = connect(url)
    try:
        # Not within a transaction, as ours would be.
        raw = database.raw_connection()
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
    finally:
        database.dispose()
    path.chmod(0o600)


@contextmanager
def _beside_in_server(target: URL, *, force: bool) -> Iterator[Stage]:
    database = connect(target)
    name = f"vigie_restoring_{secrets.token_hex(4)}"
    stage = Stage(target.update_query_dict({"options": _searching(target, name)}))
    try:
        with database.begin() as connection:
            home = str(connection.execute(text("SELECT current_schema()")).scalar())
            former = _ours(connection, home)
            if former and not force and not is_empty(connection):
                raise OccupiedDatabaseError(
                    f"{shown(target)} has something in it: restore into an empty database, or with "
                    "--force, which moves this one's tables to another schema"
                )
            connection.execute(text(f"CREATE SCHEMA {name}"))
        yield stage
        with database.begin() as connection:
            _take_place(connection, home, name, stage)
    finally:
        with suppress(DBAPIError), database.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {name} CASCADE"))
        database.dispose()


def _searching(target: URL, schema: str) -> str:
    given = target.query.get("options", "")
    before = given if isinstance(given, str) else " ".join(given)
    return f"{before} -c search_path={schema}".strip()


def _take_place(connection: Connection, home: str, made: str, stage: Stage) -> None:
    """Move the former tables out and the new ones in, in one transaction."""
    former = _ours(connection, home)
    if former and is_empty(connection):
        for table in former:
            connection.execute(
                text(f"DROP TABLE IF EXISTS {_quoted(connection, home, table)} CASCADE")
            )
    elif former:
        stage.aside = f"vigie_before_{now_ms()}"
        connection.execute(text(f"CREATE SCHEMA {stage.aside}"))
        _move(connection, former, home, stage.aside)
    _move(connection, _ours(connection, made), made, home)


def _move(connection: Connection, moved: list[str], schema: str, to: str) -> None:
    target = connection.dialect.identifier_preparer.quote(to)
    for table in moved:
        name = _quoted(connection, schema, table)
        connection.execute(text(f"ALTER TABLE {name} SET SCHEMA {target}"))


def _ours(connection: Connection, schema: str) -> list[str]:
    """Our tables in a schema, partitions included."""
    known = {*tables.metadata.tables, _VERSIONS}
    there = connection.execute(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema ORDER BY 1"),
        {"schema": schema},
    ).scalars()
    return [name for name in there if name in known or name.startswith("events_")]


def _quoted(connection: Connection, schema: str, table: str) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return f"{quote(schema)}.{quote(table)}"
