"""Changes on people's side get ids in the order of their commits, and nobody waits by them."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text

from monitor.services.actor import operator
from monitor.services.audit import record
from monitor.store import tables
from monitor.store.stream import Kind, tell
from tests.databases import Databases, Server


def told(database: Engine) -> list[tuple[str, str, str]]:
    table = tables.changes
    with database.begin() as connection:
        rows = connection.execute(select(table).order_by(table.c.id)).all()
    return [(row.kind, row.reference, row.tenant) for row in rows]


def test_what_changed_is_told_with_what_it_is_and_whose(database: Engine) -> None:
    with database.begin() as connection:
        tell(connection, Kind.TICKET, "1", "acme")
        tell(connection, Kind.POLICY, "2")
        tell(connection, Kind.TICKET, "1", "acme")
    assert told(database) == [("ticket", "1", "acme"), ("policy", "2", "")]


def test_what_is_undone_is_not_told(database: Engine) -> None:
    with database.connect() as connection:
        with pytest.raises(RuntimeError, match="none is open"):
            tell(connection, Kind.TICKET, "0")
        connection.begin()
        tell(connection, Kind.TICKET, "1")
        connection.rollback()
        connection.begin()
        tell(connection, Kind.TICKET, "2")
        point = connection.begin_nested()
        tell(connection, Kind.TICKET, "3")
        point.rollback()
        with connection.begin_nested():
            tell(connection, Kind.TICKET, "4")
        connection.commit()
    assert sorted(one[1] for one in told(database)) == ["2", "4"]


def test_whoever_takes_an_id_first_commits_first(databases: Databases) -> None:
    """A reader behind the last id that it saw would else miss one for ever."""
    database, hold, go = databases.new(), threading.Event(), threading.Event()

    def other() -> None:
        with database.begin() as connection:
            tell(connection, Kind.TICKET, "other")
            hold.set()
            assert go.wait(240)

    thread = threading.Thread(target=other)
    thread.start()
    assert hold.wait(240)
    if databases.kind == "postgresql":
        with database.begin() as connection:
            tell(connection, Kind.TICKET, "first")
        assert [one[1] for one in told(database)] == ["first"]
    go.set()
    thread.join()
    assert [one[1] for one in told(database)][-1] == "other"


@pytest.mark.parametrize("audit_first", [True, False])
def test_nobody_waits_for_whoever_waits_for_them(
    postgresql: Server, tmp_path: Path, audit_first: bool
) -> None:
    """One told of a change, and wants a row that another holds, who tells of a change as well.

    Writers of SQLite come one after the other.
    """
    databases = Databases("postgresql", tmp_path, tmp_path, postgresql)
    database, held = databases.new(), threading.Event()
    lock = text("SELECT pg_advisory_xact_lock(7)")

    def one() -> None:
        with database.begin() as connection:
            connection.execute(lock)
            held.set()
            tell(connection, Kind.TICKET, "one")
            record(connection, operator("x"), "t", "ticket:1")

    thread = threading.Thread(target=one)
    with database.begin() as connection:
        if audit_first:
            record(connection, operator("x"), "t", "ticket:2")
        tell(connection, Kind.TICKET, "two")
        record(connection, operator("x"), "t", "ticket:2")
        thread.start()
        assert held.wait(240)
        connection.execute(lock)
    thread.join()
    assert sorted(one[1] for one in told(database)) == ["one", "two"]
    databases.close()
