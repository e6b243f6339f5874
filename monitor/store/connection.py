"""Connections to the store, set up the same way for whoever opens one."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.clock import monotonic, pause
from monitor.store import patience
from monitor.trouble import MisuseError, Trouble

BUSY_TIMEOUT = 10_000
"""Milliseconds to wait for another process's write to end."""

PRAGMAS: dict[str, str | int] = {
    # First, so that the others may wait for a lock.
    "busy_timeout": BUSY_TIMEOUT,
    "journal_mode": "WAL",
    # A commit survives the death of the process; only a power cut may take the last ones back.
    "synchronous": "NORMAL",
    "foreign_keys": "ON",
    "temp_store": "MEMORY",
    # Negative: KiB. The index by account is written all over the place; it should stay in memory.
    "cache_size": -128 * 1024,
    "mmap_size": 256 * 1024 * 1024,
    # Pages. Pages of that index that several batches change are carried over once, not every time.
    "wal_autocheckpoint": 16 * 1024,
    "journal_size_limit": 128 * 1024 * 1024,
}

DIALECTS = ("sqlite", "postgresql")

_READS = "vigie_reads"
_PASSES = "vigie_passes"
_RETRY_S = 0.02


class StoreUrlError(MisuseError):
    """A database's address that cannot be used; says what is wrong with it."""


class UnsuitableDatabaseError(Trouble):
    """The database cannot keep the store; says why."""


def connect(url: str | URL) -> Engine:
    """An engine for `url`; its transactions are for writing (SQLite: `BEGIN IMMEDIATE`).

    Nothing is opened yet, but the folder of a SQLite file is made. Raises StoreUrlError, or
    OSError when the folder cannot be made.
    """
    target = parse(url)
    if target.get_backend_name() == "postgresql":
        # Its driver takes a while to load, and the embedded database does without.
        from monitor.store import postgresql  # noqa: PLC0415

        return postgresql.connect(target)
    if (path := file_of(target)) is not None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    wait = {"timeout": BUSY_TIMEOUT / 1000}
    engine = create_engine(target, connect_args=wait, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def reading(engine: Engine) -> Engine:
    """The same engine and pool, for transactions that only read: they see one moment, and never
    wait for a writer."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    return engine.execution_options(**{_READS: True})


def in_passing(engine: Engine) -> Engine:
    """The same for writing what is no loss when it is not written: where another process writes
    just now, a transaction of a SQLite file fails at once instead of waiting."""
    return engine.execution_options(**{_PASSES: True})


def looking(engine: Engine) -> Engine:
    """The same for several reads that need not see one moment: on a server each is a transaction of
    its own, and nobody is told where one begins and ends."""
    if engine.dialect.name == "postgresql":
        return engine.execution_options(isolation_level="AUTOCOMMIT")
    return reading(engine)


def parse(url: str | URL) -> URL:
    """The address as a value. Raises StoreUrlError for one that is none or of another kind."""
    try:
        target = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreUrlError(
            "not a database address; expected sqlite:///FILE or postgresql://HOST/NAME"
        ) from None
    if target.drivername == "postgres":
        target = target.set(drivername="postgresql")
    if target.get_backend_name() not in DIALECTS:
        raise StoreUrlError(
            f"{target.get_backend_name()} databases are not supported; "
            f"expected one of {', '.join(DIALECTS)}"
        )
    return target


def file_of(url: str | URL) -> Path | None:
    """The file of a SQLite database; None for one in memory or on a server."""
    target = make_url(url)
    name = target.database
    if target.get_backend_name() != "sqlite" or not name or name == ":memory:":
        return None
    return None if name.startswith("file:") else Path(name)


def shown(url: str | URL) -> str:
    """The address as it may be printed: without passwords."""
    target = parse(url)
    secret = {name: "hidden" for name in target.query if "password" in name}
    return target.update_query_dict(secret).render_as_string(hide_password=True)


def is_busy(error: DBAPIError) -> bool:
    """Whether it failed only because somebody else was writing, and may be tried again."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
    if cause is not None and hasattr(cause, "sqlstate"):
        from monitor.store import postgresql  # noqa: PLC0415

        return postgresql.is_busy(error)
    return False


def explain(error: DBAPIError) -> str:
    """What kept the store from doing its work, in a sentence for the operator."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0)
        # What writers share is beside the database, and does not grow on a full disk either.
        known = sqlite3.SQLITE_FULL if code == sqlite3.SQLITE_IOERR_SHMSIZE else code & 0xFF
        return _SQLITE_REASONS.get(known, str(cause))
    if cause is not None and hasattr(cause, "sqlstate"):
        from monitor.store import postgresql  # noqa: PLC0415

        return postgresql.explain(cause)
    return str(cause)


_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "the database is locked: another process is writing to it",
    sqlite3.SQLITE_FULL: "the disk is full: nothing of this batch was kept, free some space",
    sqlite3.SQLITE_READONLY: "the database cannot be written: check the file's rights",
    sqlite3.SQLITE_CANTOPEN: "the database cannot be opened: check the path and its rights",
    sqlite3.SQLITE_IOERR: "the disk failed to read or write the database",
    sqlite3.SQLITE_CORRUPT: "the database is damaged: restore a backup",
    sqlite3.SQLITE_INTERRUPT: "the database took too long over a statement and gave up",
    sqlite3.SQLITE_NOTADB: "the file is not a SQLite database",
}


def _prepare(connection: Any, _entry: ConnectionPoolEntry) -> None:
    # The driver's own BEGIN comes late and is never IMMEDIATE; ours is in `_begin`.
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for name, value in PRAGMAS.items():
            _set(cursor, f"PRAGMA {name} = {value}")
    finally:
        cursor.close()


def _set(cursor: sqlite3.Cursor, pragma: str) -> None:
    # Two that open a new database at once both turn it to WAL, and SQLite lets one of them fail
    # at once instead of waiting.
    until = monotonic() + BUSY_TIMEOUT / 1000
    while True:
        try:
            cursor.execute(pragma)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > until:
                raise
            pause(_RETRY_S)
        else:
            return


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later cannot wait for another writer: it would
    # fail at once. So writers take the lock when they begin.
    options = connection.get_execution_options()
    if options.get(_PASSES, False):
        _begin_in_passing(connection)
        return
    reads = options.get(_READS, False)
    if reads:
        patience.watch(connection)
    else:
        patience.leave(connection)
    connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")


def _begin_in_passing(connection: Connection) -> None:
    patience.leave(connection)
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
