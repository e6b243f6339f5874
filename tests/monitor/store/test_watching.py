"""What tells how Vigie is, as it stands in the tables."""

from typing import Any

from sqlalchemy import Engine as Database
from sqlalchemy import Table, insert

from monitor.store import tables
from monitor.store.migration import head
from monitor.store.watching import Inbox, Standing, Watching


def put(database: Database, table: Table, *rows: dict[str, Any]) -> None:
    with database.begin() as connection:
        connection.execute(insert(table), list(rows))


def test_the_tables_say_their_revision(database: Database) -> None:
    assert Watching(database).revision() == head()


def test_the_source_that_sent_something_last_comes_first(database: Database) -> None:
    put(
        database,
        tables.sources,
        {"name": "old", "format": "sshd", "last_event": 5, "received": None, "lag": None},
        {"name": "new", "format": "sshd", "last_event": 1, "received": 900, "lag": -30},
        {"name": "older", "format": "sshd", "last_event": 4, "received": None, "lag": None},
    )
    rows = Watching(database).sources()
    assert [row.name for row in rows] == ["new", "old", "older"]
    assert (rows[0].received, rows[0].lag, rows[0].lines) == (900, -30, 0)


def test_what_waits_is_counted_by_source(database: Database) -> None:
    one = {"tenant": None, "lines": 3, "size": 40, "body": b""}
    put(
        database,
        tables.inbox,
        one | {"source": "crm", "received": 700},
        one | {"source": "crm", "received": 600},
        one | {"source": "erp", "received": 900},
    )
    assert sorted(Watching(database).inbox(), key=lambda row: row.source) == [
        Inbox("crm", 2, 6, 80, 600),
        Inbox("erp", 1, 3, 40, 900),
    ]


def test_only_findings_that_stand_are_troubles(database: Database) -> None:
    one = {"kind": "silent", "since": 5, "until": None, "facts": b""}
    put(
        database,
        tables.health,
        one | {"subject": "a"},
        one | {"subject": "b"},
        one | {"subject": "c", "until": 9},
    )
    assert Watching(database).standing() == [Standing("silent", 2)]


def test_a_database_has_a_size_and_notes(database: Database) -> None:
    watching = Watching(database)
    assert watching.size() > 10_000
    assert watching.note("nothing") is None
    put(database, tables.engine, {"name": "run", "value": b"7"})
    assert watching.note("run") == b"7"
