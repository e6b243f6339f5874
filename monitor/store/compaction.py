"""What a database leaves in its files of what was deleted, and what can be done about it.

SQLite overwrites what it deletes where it is told to; what was freed before, and the log of
changes, go when the file is written anew. PostgreSQL keeps old rows in its files until it needs
their space: VACUUM lets it, and only `VACUUM FULL`, or time, overwrites them.
"""

import logging
import sqlite3
from typing import Final

from sqlalchemy import Connection, text
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from monitor.store.connection import explain, file_of

MOST_BYTES: Final = 256 << 20
"""Of a database that is compacted while everything runs: a second or two."""
_TABLES: Final = ("events", "findings", "incidents", "evidence", "snapshots", "names", "ledgers")

log = logging.getLogger(__name__)


def overwrite(connection: Connection) -> None:
    """Let what is deleted on this connection from now on be overwritten in the file."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON").close()


def compact(database: Database, most: int | None = MOST_BYTES) -> bool:
    """Write the database's files without what was deleted; whether that was done.

    A database larger than `most` bytes is left for whoever has the time for it: on a server that
    is its own autovacuum.
    """
    if database.dialect.name == "postgresql":
        return (most is None or _size(database) <= most) and _vacuum(database)
    path = file_of(database.url)
    if path is not None and most is not None and path.stat().st_size > most:
        log.warning(
            "%s is large: what was deleted before may still be in it until `vigie db compact`", path
        )
        return False
    return _rewrite(database)


def _size(database: Database) -> int:
    query = text("SELECT pg_database_size(current_database())")
    with database.connect() as connection:
        return int(connection.execute(query).scalar_one())


def _vacuum(database: Database) -> bool:
    try:
        with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for table in _TABLES:
                connection.execute(text(f"VACUUM {table}"))
    except DBAPIError as error:
        log.warning("the database could not be compacted now: %s", explain(error))
        return False
    return True


def _rewrite(database: Database) -> bool:
    # Not within a transaction, as ours would be.
    raw = database.raw_connection()
    try:
        cursor = raw.cursor()
        for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
            cursor.execute(statement)
            cursor.fetchall()
    except sqlite3.Error as error:
        log.warning("the database could not be compacted now: %s", error)
        return False
    finally:
        raw.close()
    return True
