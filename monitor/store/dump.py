"""Whole tables out of one database and into another, of either kind, as plain values."""

from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import Connection, Table, inspect, text
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from detectors.core.identity import time_of
from monitor.store import tables
from monitor.store.partitions import ensure

Row: TypeAlias = Sequence[Any]
"""Values of MessagePack: None, booleans, integers, text and bytes."""

LEFT_OUT = frozenset(
    {
        "assurances",
        "challenges",
        "console_keys",
        "enrolment_links",
        "invitations",
        "oidc_sessions",
        "oidc_taken",
        "rehearsal_examples",
        "rehearsals",
        "reviewer_sessions",
        "session_demands",
        "sign_in_limits",
        "subscriber_sessions",
    }
)
"""Tables of what is of no use elsewhere: sessions, links that are good for minutes, and what can
be tried anew."""
_FETCHED = 2_000
_INSERTED = 500
_INSTEAD = "\N{REPLACEMENT CHARACTER}"
_SERVER_TYPES = {
    sa.BigInteger: "int8",
    sa.SmallInteger: "int2",
    sa.Integer: "int4",
    sa.Boolean: "bool",
    sa.LargeBinary: "bytea",
    sa.String: "text",
    sa.Float: "float8",
}
"""In this order: some are kinds of others."""


class UnknownTableError(Exception):
    """A table or column that the other database has and this one has not."""


def names() -> list[str]:
    """The tables that are taken out, those that others refer to first."""
    return [str(t.name) for t in tables.metadata.sorted_tables if t.name not in LEFT_OUT]


def columns(table: str) -> list[str]:
    """The columns of a table of this version."""
    return [str(column.name) for column in tables.metadata.tables[table].columns]


def rows(connection: Connection, table: str) -> Generator[Row, None, None]:
    """All rows of a table, in columns' order, a part of them in memory at a time."""
    query = sa.select(*tables.metadata.tables[table].columns)
    streaming = connection.execution_options(yield_per=_FETCHED)
    with streaming.execute(query) as result:
        for part in result.partitions():
            for row in part:
                yield tuple(row)


def sequences(connection: Connection) -> dict[str, int]:
    """The last number that was given to a row of each table that gives numbers."""
    found: dict[str, int] = {}
    for table in _numbered():
        last = None
        if connection.dialect.name == "postgresql":
            name = text("SELECT pg_get_serial_sequence(:table, 'id')")
            sequence = connection.execute(name, {"table": table}).scalar()
            # Its name comes quoted.
            given = f"SELECT CASE WHEN is_called THEN last_value END FROM {sequence}"  # noqa: S608
            last = connection.execute(text(given)).scalar()
        elif table in _never_again():
            query = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
            last = connection.execute(query, {"table": table}).scalar()
        known = tables.metadata.tables[table]
        most = connection.execute(sa.select(sa.func.max(known.c.id))).scalar()
        found[table] = max(int(last or 0), int(most or 0))
    return found


def is_empty(connection: Connection) -> bool:
    """Whether there are no tables of ours, or nothing that was read or made lies in them."""
    there = inspect(connection).get_table_names()
    return not any(
        connection.execute(sa.select(sa.literal(1)).select_from(sa.table(name)).limit(1)).first()
        for name in ("events", "findings", "incidents", "sources", "inbox", "api_keys", "accounts")
        if name in there
    )


class Loading:
    """Fills the tables of a database that nobody else uses."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._is_server = database.dialect.name == "postgresql"
        self._known = {
            name: {column["name"]: column["type"] for column in inspect(database).get_columns(name)}
            for name in inspect(database).get_table_names()
        }

    def load(self, table: str, given: Sequence[str], part: Iterable[Row]) -> int:
        """Put rows of these columns into a table, in a transaction of their own; how many.

        Raises UnknownTableError, and sqlalchemy.exc.DBAPIError.
        """
        known = self._known.get(table, {})
        if missing := [name for name in given if name not in known]:
            raise UnknownTableError(f"there is no {table}.{', '.join(missing)} in this version")
        convert = [_converter(known[name], self._is_server) for name in given]
        filled = [tuple(c(v) for c, v in zip(convert, row, strict=True)) for row in part]
        if table == "events" and self._is_server:
            at = given.index("id")
            ensure(self._database, {time_of(row[at]) // DAY for row in filled})
        with self._database.begin() as connection:
            if self._is_server:
                self._copy(connection, table, given, [known[name] for name in given], filled)
            else:
                _insert(connection, table, given, filled)
        return len(filled)

    def set_sequences(self, last: Mapping[str, int]) -> None:
        """Let numbers go on behind the last ones given."""
        with self._database.begin() as connection:
            for table, number in last.items():
                if number < 1 or table not in self._known:
                    continue
                values = {"table": table, "number": number}
                if self._is_server:
                    query = "SELECT setval(pg_get_serial_sequence(:table, 'id'), :number)"
                    connection.execute(text(query), values)
                elif table in _never_again():
                    connection.execute(
                        text("DELETE FROM sqlite_sequence WHERE name = :table"), values
                    )
                    query = "INSERT INTO sqlite_sequence (name, seq) VALUES (:table, :number)"
                    connection.execute(text(query), values)

    def counts(self, wanted: Collection[str]) -> dict[str, int]:
        """How many rows these tables have."""
        with self._database.connect() as connection:
            return {
                name: int(
                    connection.execute(
                        sa.select(sa.func.count()).select_from(sa.table(name))
                    ).scalar_one()
                )
                for name in wanted
            }

    @staticmethod
    def _copy(
        connection: Connection,
        table: str,
        given: Sequence[str],
        types: Sequence[Any],
        filled: Sequence[Row],
    ) -> None:
        from monitor.store.postgresql import copy  # noqa: PLC0415 - see connect()

        statement = f"COPY {table} ({', '.join(given)}) FROM STDIN (FORMAT BINARY)"
        copy(connection, statement, [_server_type(one) for one in types], filled)


def _insert(
    connection: Connection, table: str, given: Sequence[str], filled: Sequence[tuple[Any, ...]]
) -> None:
    holes = ", ".join("?" for _ in given)
    # Names are those of our own tables: they were compared with them.
    statement = f"INSERT INTO {table} ({', '.join(given)}) VALUES ({holes})"  # noqa: S608
    for start in range(0, len(filled), _INSERTED):
        connection.exec_driver_sql(statement, filled[start : start + _INSERTED])


def _converter(kind: Any, is_server: bool) -> Callable[[Any], Any]:
    if isinstance(kind, sa.Boolean):
        return lambda value: None if value is None else bool(value)
    if is_server and isinstance(kind, sa.String):
        # The one character that PostgreSQL keeps in no text.
        return lambda value: None if value is None else value.replace("\0", _INSTEAD)
    return lambda value: value


def _server_type(kind: Any) -> str:
    return next(name for known, name in _SERVER_TYPES.items() if isinstance(kind, known))


def _numbered() -> list[str]:
    return [str(t.name) for t in tables.metadata.sorted_tables if _gives_numbers(t)]


def _gives_numbers(table: Table) -> bool:
    keys = list(table.primary_key.columns)
    return (
        len(keys) == 1
        and isinstance(keys[0].type, sa.Integer | sa.BigInteger)
        and (keys[0].name == "id")
    )


def _never_again() -> set[str]:
    return {
        t.name
        for t in tables.metadata.sorted_tables
        if t.dialect_options["sqlite"]["autoincrement"]
    }
