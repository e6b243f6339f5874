"""How long the database may take for somebody who waits for a page.

A page that hangs tells nothing, and holds a connection that others want. Whoever answers one asks
for it `within` a time; what reads then is given up when that is over, as the error that `is_over`
knows. Nothing else is limited: a batch, an export or a backup takes as long as it takes.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from monitor.clock import monotonic

_STEPS: Final = 20_000
"""Steps of SQLite's machine, a millisecond or so, between two looks at the clock."""
_WATCHED: Final = "vigie_patience"
_CANCELLED: Final = "57014"
_limit: ContextVar[int | None] = ContextVar("limit", default=None)


@contextmanager
def within(milliseconds: int | None) -> Iterator[None]:
    """What is read in the block, and in what it starts, is given up after so long: on PostgreSQL
    each statement, on SQLite each transaction. None: never."""
    before = _limit.set(milliseconds)
    try:
        yield
    finally:
        _limit.reset(before)


def watch(connection: Connection) -> None:
    """Hold a transaction that has just begun and only reads to the limit."""
    limit = _limit.get()
    if connection.dialect.name == "postgresql":
        if limit is not None:
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {limit}")
    elif limit is not None:
        _watch(connection, limit)
    else:
        leave(connection)


def leave(connection: Connection) -> None:
    """Hold it to none: the connection may have been another's before (SQLite)."""
    if connection.info.pop(_WATCHED, False):
        _raw(connection).set_progress_handler(None, 0)


def is_over(error: BaseException) -> bool:
    """Whether something failed only because it took too long."""
    cause = error.orig if isinstance(error, DBAPIError) else None
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) == sqlite3.SQLITE_INTERRUPT
    return getattr(cause, "sqlstate", None) == _CANCELLED


def _watch(connection: Connection, limit: int) -> None:
    until = monotonic() + limit / 1_000
    _raw(connection).set_progress_handler(lambda: monotonic() > until, _STEPS)
    connection.info[_WATCHED] = True


def _raw(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
