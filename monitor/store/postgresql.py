"""PostgreSQL as the store uses it: how connections are set up, and what their errors mean."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import Connection, Dialect, Engine, Table, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from monitor.store import patience
from monitor.store.connection import UnsuitableDatabaseError

DRIVER = "postgresql+psycopg"
LEAST_VERSION = 15
APPLICATION = "vigie"

SESSION: dict[str, str] = {
    # For another's lock, as on SQLite.
    "lock_timeout": "10s",
    # A query that takes longer holds up everybody else; a batch is many short statements.
    "statement_timeout": "60s",
    # The engine folds between its statements: a stuck one must let go of its rows some day.
    "idle_in_transaction_session_timeout": "300s",
    # So that the server, too, notices within seconds that our machine has vanished.
    "tcp_keepalives_idle": "4",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "2",
    "timezone": "UTC",
}
"""Settings of the server for each of our sessions."""

_TRANSPORT: dict[str, str] = {
    "client_encoding": "utf8",
    "connect_timeout": "10",
    "keepalives": "1",
    "keepalives_idle": "4",
    "keepalives_interval": "2",
    "keepalives_count": "2",
    # Milliseconds that what was sent may stay unacknowledged, where the system knows of it.
    "tcp_user_timeout": "15000",
}
_POOL: dict[str, Any] = {
    "pool_size": 5,
    "max_overflow": 10,
    "pool_timeout": 10,
    "pool_recycle": 1_800,
    # A server that was started again has closed what lies in the pool.
    "pool_pre_ping": True,
}


def connect(url: URL, session: dict[str, str] | None = None, **pool: Any) -> Engine:
    """An engine for a server; what the address itself asks for comes first.

    `session` are settings in place of `SESSION`'s, `pool` arguments in place of the usual pool.
    A server that is too old, or keeps no Unicode: connecting raises UnsuitableDatabaseError.
    """
    query = dict(url.query)
    options = " ".join(f"-c {name}={value}" for name, value in (SESSION | (session or {})).items())
    given = query.pop("options", "")
    arguments = {**_TRANSPORT, "application_name": APPLICATION}
    arguments = {name: value for name, value in arguments.items() if name not in query}
    arguments["options"] = f"{options} {given}".strip()
    engine = create_engine(
        url.set(drivername=DRIVER, query=query),
        connect_args=arguments,
        # Rows go straight to the driver as tuples, in the order of a statement's columns.
        paramstyle="format",
        hide_parameters=True,
        **(pool or _POOL),
    )
    event.listen(engine, "connect", _check)
    event.listen(engine, "begin", _begin)
    return engine


def copy(connection: Connection, statement: str, types: Sequence[str], rows: Any) -> None:
    """Send rows (tuples) by `COPY … FROM STDIN (FORMAT BINARY)`, of columns of these types.

    Raises sqlalchemy.exc.DBAPIError, as any statement does.
    """
    raw: Any = connection.connection.dbapi_connection
    if raw is None:
        raise UnsuitableDatabaseError("the connection is closed")
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copying:
            copying.set_types(types)
            write = copying.write_row
            for row in rows:
                write(row)
    except psycopg.Error as error:
        lost = raw.closed or raw.broken
        if lost:
            connection.invalidate(error)
        raise DBAPIError.instance(
            statement,
            None,
            error,
            psycopg.Error,
            hide_parameters=True,
            connection_invalidated=lost,
            dialect=connection.dialect,
        ) from error


def upsert(
    connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Store rows of these columns in place of those with their keys; of rows with one key, the
    last. All of them in one statement: one for each takes ten times as long."""
    keys = [at for at, name in enumerate(columns) if table.c[name].primary_key]
    latest = {tuple(row[at] for at in keys): row for row in rows}
    arrays = tuple(map(list, zip(*latest.values(), strict=True)))
    connection.exec_driver_sql(_upserting(table, columns, connection.dialect), arrays)


@cache
def _upserting(table: Table, columns: tuple[str, ...], dialect: Dialect) -> str:
    kinds = (table.c[name].type.compile(dialect).partition(" ")[0] for name in columns)
    given = ", ".join(f"%b::{kind}[]" for kind in kinds)
    keys = ", ".join(column.name for column in table.primary_key.columns)
    changed = (name for name in columns if not table.c[name].primary_key)
    changes = ", ".join(f"{name} = excluded.{name}" for name in changed)
    then = f"UPDATE SET {changes}" if changes else "NOTHING"
    return (
        f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({given})"  # noqa: S608 - our names
        f" ON CONFLICT ({keys}) DO {then}"
    )


def is_busy(error: DBAPIError) -> bool:
    """Whether it failed only because somebody else held a lock, and may be tried again."""
    return _state_of(error.orig) in {"55P03", "40P01", "40001"}


def explain(error: BaseException) -> str:
    """What kept the server from doing its work, in a sentence for the operator."""
    state = _state_of(error)
    if state is not None and (known := _REASONS.get(state) or _CLASSES.get(state[:2])):
        return known
    said = " ".join(str(error).split())
    # An attempt to connect fails without a code.
    for words, reason in _SAID.items():
        if words in said:
            return f"{reason} ({said})"
    return said


def _state_of(error: BaseException | None) -> str | None:
    return error.sqlstate if isinstance(error, psycopg.Error) else None


_REASONS = {
    "53100": "the database server's disk is full: nothing of this batch was kept, free some space",
    "53200": "the database server is out of memory: nothing of this batch was kept",
    "53300": "the database server takes no more connections: raise max_connections",
    "55P03": "the database is locked: another transaction holds what is needed",
    "57014": "the database took too long over a statement and gave up",
    "57P03": "the database server is starting or stopping",
    "57P04": "the database was dropped",
    "57P05": "the database server closed a connection that was idle for too long",
    "25P03": "the database server ended a transaction that was idle for too long",
    "25006": "the database is read-only (a replica?): connect to the primary server",
    "42501": "the database user may not do this: make it the owner of the database's tables",
    "28P01": "the database server refuses the password: check [database] url",
    "28000": "the database server refuses this user: check [database] url and pg_hba.conf",
    "3D000": "the database does not exist: create it, or check [database] url",
    "XX001": "the database is damaged: restore a backup",
    "XX002": "an index of the database is damaged: REINDEX it, or restore a backup",
}
_CLASSES = {
    "08": "the connection to the database server broke",
    "57": "the database server is going down or ended our connection",
    "58": "the database server's disk failed to read or write",
    "40": "the database undid the transaction for another one's sake",
}
_SAID = {
    "password authentication failed": "the database server refuses the password",
    "no password supplied": "the database server wants a password: name one in [database] url",
    "no pg_hba.conf entry": "the database server lets nobody in from here: see its pg_hba.conf",
    "too many connections": "the database server takes no more connections: raise max_connections",
    "too many clients": "the database server takes no more connections: raise max_connections",
    "remaining connection slots": "the database server takes no more connections: "
    "raise max_connections",
    "starting up": "the database server is starting",
    "shutting down": "the database server is stopping",
    "not yet accepting connections": "the database server is starting",
    "not permitted": "the database server refuses this user",
    "does not exist": "the database server knows no such database or user",
    "server closed the connection": "the connection to the database server broke",
    "consuming input failed": "the connection to the database server broke",
    "connection is lost": "the connection to the database server broke",
    "could not translate host name": "the database server's name is not known: check it",
    "failed to resolve host": "the database server's name is not known: check it",
    "Connection refused": "no database server listens there: is it running?",
    "No such file or directory": "no database server listens there: is it running?",
    "timeout expired": "the database server does not answer",
    "connection timeout": "the database server does not answer",
    "Network is unreachable": "the database server cannot be reached",
    "No route to host": "the database server cannot be reached",
}


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("postgresql_readonly", False):
        patience.watch(connection)


def _check(connection: Any, _entry: ConnectionPoolEntry) -> None:
    reason = _unsuitable(connection.info)
    if reason is not None:
        connection.close()
        raise UnsuitableDatabaseError(reason)


def _unsuitable(server: psycopg.ConnectionInfo) -> str | None:
    version = server.server_version // 10_000
    if version < LEAST_VERSION:
        return f"the database server is PostgreSQL {version}: Vigie needs {LEAST_VERSION} or newer"
    encoding = server.parameter_status("server_encoding")
    if encoding != "UTF8":
        return f"the database is encoded in {encoding}: create it with ENCODING 'UTF8'"
    return None
