"""Tables come out of one kind of database and go into either, value for value."""

from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import delete, insert, select

from detectors.core.event import DAY
from monitor.store import dump, tables
from monitor.store.directory import DirectoryTable, Seen
from monitor.store.dump import Loading, UnknownTableError
from monitor.store.partitions import days
from tests.databases import Databases
from tests.monitor.retention.working import add, store, visit

EVENTS = [visit(5 - number / 10, number=number) for number in range(30)]


def filled(database: Database) -> None:
    store(database, *EVENTS)
    reason = "r\0s" if database.dialect.name == "sqlite" else "rs"
    store(database, visit(3, "b", 99), late=True)
    add(database, tables.rejects, source_id=1, position="x", reason=reason, raw=b"\0\xff")
    add(database, tables.engine, name="run", value=b"7")
    for number in range(4):
        add(database, tables.inbox, source="s", received=number, lines=1, size=1, body=b"x")
    with database.begin() as connection:
        connection.execute(delete(tables.inbox))


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.begin() as connection:
        return {name: sorted(dump.rows(connection, name), key=repr) for name in dump.names()}


def copied(source: Database, target: Database) -> None:
    loading = Loading(target)
    with source.begin() as connection:
        for name in dump.names():
            loading.load(name, dump.columns(name), list(dump.rows(connection, name)))
        loading.set_sequences(dump.sequences(connection))


def test_keys_and_sessions_stay_behind() -> None:
    assert set(tables.metadata.tables) - set(dump.names()) == {
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


@pytest.mark.parametrize("to", ["sqlite", "postgresql"])
def test_every_value_arrives(
    databases: Databases, to: str, request: pytest.FixtureRequest, tmp_path: Any
) -> None:
    source = databases.new()
    filled(source)
    if to == databases.kind:
        target = databases.new()
        other = None
    else:
        server = request.getfixturevalue("postgresql") if to == "postgresql" else None
        template = request.getfixturevalue("migrated_file")
        other = Databases(to, tmp_path / "other", template, server)
        (tmp_path / "other").mkdir()
        target = other.new()
    copied(source, target)
    wanted = everything(source)
    if databases.kind == "sqlite" and to == "postgresql":
        # The one character that it keeps in no text.
        [reject] = wanted["rejects"]
        told = "r\N{REPLACEMENT CHARACTER}s"
        wanted["rejects"] = [tuple(told if value == "r\0s" else value for value in reject)]
    assert everything(target) == wanted
    with target.begin() as connection:
        if to == "postgresql":
            assert {EVENTS[0].time // DAY, EVENTS[-1].time // DAY} <= set(days(connection))
        # Numbers that were given are never given again.
        statement = insert(tables.inbox).values(source="s", received=1, lines=1, size=1, body=b"x")
        assert connection.execute(statement).inserted_primary_key == (5,)
        assert connection.execute(select(tables.rejects.c.id)).scalar() == 1
    assert Loading(target).counts(["events", "names"]) == {"events": 31, "names": 0}
    if other is not None:
        other.close()


def test_whether_anything_is_in_it(databases: Databases) -> None:
    empty = databases.connect(databases.url(empty=True))
    with empty.begin() as connection:
        assert dump.is_empty(connection)
    database = databases.new()
    add(database, tables.engine, name="run", value=b"7")
    with database.begin() as connection:
        assert dump.is_empty(connection)
    store(database, EVENTS[0])
    with database.begin() as connection:
        assert not dump.is_empty(connection)


def test_a_database_with_nothing_but_a_directory_is_not_empty(database: Database) -> None:
    with database.begin() as connection:
        DirectoryTable(connection).add_seen([Seen("acme", "u-1")], 1)
        assert not dump.is_empty(connection)


def test_what_this_version_does_not_know_is_refused(database: Database) -> None:
    with pytest.raises(UnknownTableError, match=r"events\.colour"):
        Loading(database).load("events", ["id", "colour"], [])
    with pytest.raises(UnknownTableError):
        Loading(database).load("sessions", ["id"], [])
