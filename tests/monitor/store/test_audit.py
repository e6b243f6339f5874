"""Entries are one unbroken chain, whoever adds them; they are there with their change or not."""

import multiprocessing
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from monitor.chain.entry import BEGINNING, MOST_CONTENT, Content, Entry
from monitor.store import audit, tables
from monitor.store.connection import connect
from tests.databases import TEMPLATE, Databases, Server

NOW = 1_790_000_000_000


def add(connection: Connection, subject: str = "key:crm", **more: Any) -> None:
    given: dict[str, Any] = {
        "time": NOW,
        "actor": "operator:sam",
        "operation": "keys:write",
        "subject": subject,
    }
    audit.append(connection, **given | more)


def fail(connection: Connection) -> None:
    add(connection, "key:c")
    raise ZeroDivisionError


def change(connection: Connection) -> None:
    """Something that is changed and written down."""
    connection.execute(insert(tables.engine).values(name="changed", value=b"1"))
    add(connection)


def entries(database: Engine) -> list[Entry]:
    with database.connect() as connection:
        rows = connection.execute(select(tables.audit).order_by(tables.audit.c.number)).all()
    return [Entry(**row._mapping) for row in rows]


def assert_unbroken(database: Engine) -> list[Entry]:
    """Hold every entry to the one before, its content and the head."""
    found = entries(database)
    before = BEGINNING
    with database.connect() as connection:
        for entry in found:
            assert entry.number == before.number + 1
            assert entry.previous == before.digest
            assert entry.digest == entry.reckoned()
            table = tables.audit_contents
            query = select(table.c.salt, table.c.body).where(table.c.number == entry.number)
            assert Content(*connection.execute(query).one()).digest == entry.content
            before = entry.mark
        query = select(tables.audit_marks.c.number, tables.audit_marks.c.digest)
        assert connection.execute(query).all() in ([], [(before.number, before.digest)])
    return found


def test_an_entry_is_there_with_what_it_says(database: Engine) -> None:
    with database.begin() as connection:
        add(connection, tenant="acme", content={"name": "Sam", "scopes": ["events:write"]})
    (entry,) = assert_unbroken(database)
    assert (entry.number, entry.time, entry.previous) == (1, NOW, BEGINNING.digest)
    assert (entry.actor, entry.operation) == ("operator:sam", "keys:write")
    assert (entry.subject, entry.tenant) == ("key:crm", "acme")
    with database.connect() as connection:
        body = connection.execute(select(tables.audit_contents.c.body)).scalar_one()
    assert bytes(body) == b'{"name":"Sam","scopes":["events:write"]}'


def test_equal_contents_do_not_show_as_equal(database: Engine) -> None:
    with database.begin() as connection:
        add(connection, content={"name": "Sam"})
        add(connection, content={"name": "Sam"})
    first, second = assert_unbroken(database)
    assert first.content != second.content


def test_it_is_there_with_its_transaction_or_not_at_all(database: Engine) -> None:
    with pytest.raises(ZeroDivisionError), database.begin() as connection:
        fail(connection)
    assert entries(database) == []
    with database.connect() as connection:
        connection.begin()
        add(connection, "key:undone")
        connection.rollback()
        with pytest.raises(RuntimeError, match="none is open"):
            add(connection, "key:nowhere")
        connection.begin()
        add(connection, "key:done")
        connection.commit()
        connection.begin()
        connection.commit()
    assert [entry.subject for entry in assert_unbroken(database)] == ["key:done"]


def test_what_is_undone_alone_takes_its_entry_along(database: Engine) -> None:
    with database.begin() as connection:
        add(connection, "key:a")
        with connection.begin_nested():
            add(connection, "key:b")
        with pytest.raises(ZeroDivisionError), connection.begin_nested():
            fail(connection)
        add(connection, "key:d")
    # Those of a nested transaction come first: the head is held from there on.
    assert [entry.subject[-1] for entry in assert_unbroken(database)] == ["b", "a", "d"]


def test_a_chain_that_cannot_be_added_to_undoes_the_change(database: Engine) -> None:
    with database.begin() as connection:
        add(connection)
    (entry,) = entries(database)
    forged = {name: getattr(entry, name) for name in entry.__struct_fields__} | {"number": 2}
    with database.begin() as connection:
        connection.execute(insert(tables.audit).values(forged))
    with pytest.raises(IntegrityError), database.begin() as connection:
        change(connection)
    with database.begin() as connection:
        assert connection.execute(select(func.count()).select_from(tables.engine)).scalar() == 0


def test_content_that_cannot_be_kept_is_refused_at_once(database: Engine) -> None:
    with database.begin() as connection:
        with pytest.raises(ValueError, match="content"):
            add(connection, content={"reason": "x" * MOST_CONTENT})
        with pytest.raises(TypeError):
            add(connection, content={"reason": object()})
    assert entries(database) == []


def test_text_that_a_database_does_not_keep_is_kept_as_can_be(database: Engine) -> None:
    with database.begin() as connection:
        add(connection, "account:\0\ud800", tenant="\0", content={"name": "\0\ud800"})
    (entry,) = assert_unbroken(database)
    assert entry.subject == "account:\ufffd\ufffd"


def write_many(url: str, writer: int, count: int, start: Any) -> None:
    """Of a process of its own: changes something and writes that down, again and again."""
    database = connect(url)
    start.wait()
    for number in range(count):
        with database.begin() as connection:
            add(connection, f"key:{writer}", content={"number": number})
            values = {"name": f"{writer}-{number}", "value": b"1"}
            connection.execute(insert(tables.engine).values(values))
    database.dispose()


def test_writers_of_many_processes_make_one_chain(databases: Databases) -> None:
    url = databases.url()
    context = multiprocessing.get_context("spawn")
    start = context.Event()
    writers = [
        context.Process(target=write_many, args=(url, writer, 25, start)) for writer in range(4)
    ]
    for process in writers:
        process.start()
    start.set()
    for process in writers:
        process.join(240)
    assert [process.exitcode for process in writers] == [0] * 4
    found = assert_unbroken(databases.connect(url))
    assert len(found) == 100
    assert {entry.subject for entry in found} == {f"key:{writer}" for writer in range(4)}


def write_for_ever(url: str, started: Any) -> None:
    """Of a process of its own, until it is killed."""
    database = connect(url)
    number = 0
    while True:
        number += 1
        with database.begin() as connection:
            connection.execute(insert(tables.engine).values(name=f"{number}", value=b"1"))
            for _ in range(3):
                add(connection, f"note:{number}")
        if number == 3:
            started.set()


def test_a_kill_leaves_a_whole_chain_of_what_was_changed(databases: Databases) -> None:
    url = databases.url()
    context = multiprocessing.get_context("spawn")
    database = databases.connect(url)
    for _ in range(3):
        with database.begin() as connection:
            connection.execute(tables.engine.delete())
        started = context.Event()
        process = context.Process(target=write_for_ever, args=(url, started))
        process.start()
        assert started.wait(240)
        process.kill()
        process.join(240)
        assert process.exitcode == -signal.SIGKILL
        before = len(entries(database))
        with database.begin() as connection:
            add(connection)
        found = assert_unbroken(database)
        # What was under way when it died may have been committed meanwhile, or undone.
        assert len(found) in (before + 1, before + 4)
        with database.connect() as connection:
            query = select(func.count()).select_from(tables.engine)
            changes = connection.execute(query).scalar_one()
        last = [entry for entry in found if entry.subject.startswith("note:")][-3 * changes :]
        assert len({entry.subject for entry in last}) == changes


def test_two_that_hold_what_the_other_wants_do_not_meet_at_the_head(
    postgresql: Server,
) -> None:
    """Each adds its entry first and then wants a row that the other changed before it wrote its
    own down: had the entry held the head, they would wait for each other."""
    with postgresql.database(TEMPLATE) as name:
        database = connect(postgresql.url_of(name))
        meet(database)
        database.dispose()


def meet(database: Engine) -> None:
    with database.begin() as connection:
        for name in ("a", "b"):
            connection.execute(insert(tables.engine).values(name=name, value=b""))
    both = threading.Barrier(2)
    failures: list[Exception] = []

    def run(first: Callable[[Connection], None], then: Callable[[Connection], None]) -> None:
        try:
            with database.begin() as connection:
                first(connection)
                both.wait(30)
                then(connection)
        except Exception as error:  # noqa: BLE001 - of another thread, shown below
            failures.append(error)

    def hold_row(connection: Connection) -> None:
        change_row = tables.engine.update().where(tables.engine.c.name == "a")
        connection.execute(change_row.values(value=b"1"))

    threads = [
        threading.Thread(target=run, args=(add, hold_row)),
        threading.Thread(target=run, args=(hold_row, add)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(240)
    assert failures == []
    assert len(assert_unbroken(database)) == 2
