"""A database server: that it can be written to, what it is, how full, and its events by day."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from detectors.core.event import DAY
from monitor import clock
from monitor.doctor.check import Check, note
from monitor.settings import Settings
from monitor.store.connection import UnsuitableDatabaseError, connect, parse, reading
from monitor.store.partitions import days

_LEAST_SPARE = 20
"""Connections that ought to be left: an engine, pages and an upgrade at once take fewer."""
_MANY_STRAYS = 256 << 20


def look(settings: Settings) -> Iterator[Check]:
    """Nothing where the database is a file, and where the database cannot be reached at all."""
    if parse(settings.database_url).get_backend_name() != "postgresql":
        return
    database = connect(settings.database_url)
    # Why it cannot be reached is told with the database.
    with suppress(DBAPIError, UnsuitableDatabaseError):
        with reading(database).begin() as connection:
            found = [*_server(connection), *_rights(connection), *_events(connection)]
        yield from found
    database.dispose()


def _server(connection: Connection) -> Iterator[Check]:
    yield Check("database server", good=True, seen=f"PostgreSQL {_ask(connection, _VERSION)}, UTF8")
    size = int(_ask(connection, "SELECT pg_database_size(current_database())"))
    yield Check("database's size", good=True, seen=f"{size / (1 << 20):,.0f} MiB")
    spare = int(_ask(connection, _SPARE))
    seen = f"{spare} to spare"
    if spare < _LEAST_SPARE:
        yield note("database's connections", seen, "raise max_connections of the server")
    else:
        yield Check("database's connections", good=True, seen=seen)


def _rights(connection: Connection) -> Iterator[Check]:
    is_replica = bool(_ask(connection, "SELECT pg_is_in_recovery()"))
    is_closed = bool(_ask(connection, _CLOSED))
    seen = "a replica" if is_replica else "set to read-only" if is_closed else "yes"
    remedy = "connect to the primary server, as a user whose transactions may write"
    yield Check("database can be written", not (is_replica or is_closed), seen, remedy)
    missing = [name for name, ask in _NEEDED.items() if not _ask(connection, ask)]
    seen = f"none {' and none '.join(missing)}" if missing else "all that are needed"
    remedy = "make the user of [database] url the owner of the database and its tables"
    yield Check("database user's rights", not missing, seen, remedy)


def _events(connection: Connection) -> Iterator[Check]:
    strays = _ask(connection, "SELECT pg_relation_size(to_regclass('events_default'))")
    if strays is None:
        return
    known = days(connection)
    tomorrow = clock.now_ms() // DAY + 1
    seen = f"{len(known)} partitions, {strays / (1 << 20):,.0f} MiB beside them"
    if strays > _MANY_STRAYS:
        advice = "much is older or newer than what has a day of its own: it is dropped row by row"
        yield note("events by day", seen, advice)
    elif known and tomorrow not in known:
        yield note("events by day", seen, "tomorrow has none yet: a running `vigie run` makes it")
    else:
        yield Check("events by day", good=True, seen=seen)


def _ask(connection: Connection, query: str) -> Any:
    return connection.execute(text(query)).scalar()


_VERSION = "SELECT split_part(current_setting('server_version'), ' ', 1)"
_SPARE = (
    "SELECT current_setting('max_connections')::int - count(*) FROM pg_stat_activity"
    " WHERE backend_type = 'client backend'"
)
# Ours is read-only because we only look.
_CLOSED = "SELECT reset_val = 'on' FROM pg_settings WHERE name = 'default_transaction_read_only'"
_NEEDED = {
    "to make tables": "SELECT has_schema_privilege(current_schema(), 'CREATE')",
    "to change its tables": "SELECT COALESCE(bool_and(pg_has_role(tableowner, 'USAGE')), TRUE)"
    " FROM pg_tables WHERE schemaname = current_schema()",
}
