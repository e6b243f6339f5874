"""What names the person elsewhere goes with it."""

import json

from sqlalchemy import Engine as Database

from alerts.ports import Action, Order, Target
from monitor.chain.entry import Entry
from monitor.erasing import remains
from monitor.protection.traces import Traces
from monitor.store import outbox, restrictions, tables, trail
from monitor.store.gate_list import GateTable
from monitor.store.writing import Writing
from tests.monitor.erasing.leaving import (
    NAME,
    NOW,
    SUBJECT,
    WHO,
    count,
    enter,
    erase,
    fill,
    is_named,
    own,
    request,
)
from tests.monitor.erasing.test_work import work_on

OTHER = type(SUBJECT)(SUBJECT.kind, "u", SUBJECT.uid)


def test_orders_about_it_go_and_so_does_what_stands_at_the_gate(database: Database) -> None:
    fill(database, own(3))
    table = GateTable(database, lambda: NOW)
    for account in (WHO, "somebody"):
        target = Target(tenant="t", account=account, names=(account,), email=f"{account}@t.example")
        order = Order(
            key=f"k-{len(account)}",
            action=Action.TELL,
            issued=NOW,
            tenant="t",
            target=target,
            values={"account": account},
        )
        with database.begin() as connection:
            outbox.enqueue(connection, order, "chat")
        table.put("t", account, "disabled", NOW, None, "k")
    counts = erase(database)
    assert counts["rows of outbox"] == counts["rows of gate_list"] == 1
    assert not is_named(database)
    assert table.verdicts("t", "somebody") == {"disabled"}


def test_lines_that_name_it_go_and_others_stay(database: Database) -> None:
    fill(database, own(3))
    request(database)
    with database.begin() as connection:
        work = work_on(Writing(connection))
        work.erasure.names = [NAME]
        assert remains.rejects(work)
        assert work.erasure.counts == {"unread lines": 2}
        [left] = connection.execute(tables.rejects.select()).all()
    assert left.raw == b"user=somebody from"


def test_what_was_asked_for_before_goes(database: Database) -> None:
    request(database)
    with database.begin() as connection:
        for subject in (SUBJECT, OTHER):
            restrictions.restrict(connection, subject, NOW, "#1", "operator:x")
            restrictions.object_to(connection, subject, NOW, "nights", "operator:x")
        assert remains.keyed(work_on(Writing(connection)))
    assert count(database, tables.restrictions) == 1
    assert count(database, tables.objections) == 1


def test_nothing_of_the_directory_or_of_imports_is_left(database: Database) -> None:
    fill(database)
    enter(database)
    counts = erase(database)
    assert not is_named(database)
    assert counts["rows of accounts"] == 1
    assert counts["rows of account_names"] >= 1
    assert counts["rows of account_ids"] == 1
    assert counts["rows of import_rows"] == 2
    assert count(database, tables.import_rows) == 1


def test_the_audit_goes_on_proving_itself_whole(database: Database) -> None:
    fill(database)
    enter(database)
    entries = count(database, tables.audit)
    counts = erase(database)
    assert counts["audit contents"] == 2
    assert count(database, tables.audit) == entries + 3  # the erasure itself, and what went by it
    assert count(database, tables.audit_contents) == entries + 3 - 2
    with database.begin() as connection:
        found = connection.execute(tables.audit.select().order_by(tables.audit.c.number)).all()
    before = found[0].previous
    for row in found:
        assert row.previous == before
        entry = Entry(**{name: getattr(row, name) for name in Entry.__struct_fields__})
        assert entry.mark.digest == row.digest
        before = row.digest
    with database.begin() as connection:
        verdict = trail.verify(connection, bytes(32), [])
    assert verdict.is_whole
    assert verdict.erased == 2


def test_an_entry_of_the_directory_alone_is_erased_as_well(database: Database) -> None:
    enter(database)
    erase(database)
    assert not is_named(database)


def test_who_is_called_as_a_field_is_leaves_what_others_said() -> None:
    content = {"name": "Ada", "reason": "ticket", "changes": [{"uid": "u-7", "note": "a name"}]}
    body = json.dumps(content).encode()
    for word, is_there in (("reason", False), ("changes", False), ("name", True), ("u-7", True)):
        assert Traces([word]).are_in(remains.told_by(body)) is is_there, word
    assert remains.told_by(b"no JSON") == b"no JSON"
