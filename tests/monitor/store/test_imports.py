"""Imports are kept with what they would do, and forget it in time."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from detectors.core.context import AccountKind
from detectors.core.event import DAY, HOUR
from monitor.directory.account import State, account_id
from monitor.directory.comparing import Compared
from monitor.directory.importing import (
    PREVIEW_HOURS,
    UNDO_DAYS,
    Import,
    ImportState,
    Outcome,
    Row,
)
from monitor.store.directory import DirectoryTable
from monitor.store.imports import ImportTable, forget_old
from tests.monitor.directory.entries import NOW, account

TOLD = Import(file="a.csv", actor="operator:ann")
LATER = NOW + 365 * DAY


def row(uid: str, outcome: Outcome = Outcome.ADDED, tenant: str = "acme") -> Compared:
    return Compared(outcome, Row(line=2, uid=uid), tenant, account_id(tenant, uid))


def kept(table: ImportTable, state: ImportState, decided: int | None = None) -> int:
    number = table.create("acme", TOLD, NOW)
    table.add_rows(number, 1, [row("u")])
    table.put(number, state, TOLD, decided)
    return number


def test_rows_are_read_back_by_outcome_and_in_order(database: Engine) -> None:
    with database.begin() as connection:
        table = ImportTable(connection)
        number = table.create(None, TOLD, NOW)
        refused = Compared(Outcome.REFUSED, Row(line=9))
        table.add_rows(number, 1, [row("b"), row("a", Outcome.CHANGED), refused])
        table.add_rows(number, 4, [row("c")])
        added = table.rows(number, [Outcome.ADDED], 0, 9)
        assert [(one.number, one.row.uid, one.account_id) for one in added] == [
            (1, "b", account_id("acme", "b")),
            (4, "c", account_id("acme", "c")),
        ]
        assert [one.number for one in table.rows(number, list(Outcome), 1, 2)] == [2, 3]
        table.set_applied(number, {1: 7}, {1: Row(line=2, uid="changed")})
        (first, _) = table.rows(number, [Outcome.ADDED], 0, 9)
        assert (first.applied, first.row.uid) == (7, "changed")


def test_an_import_is_where_it_was_put(database: Engine) -> None:
    with database.begin() as connection:
        table = ImportTable(connection)
        number = table.create("acme", TOLD, NOW)
        told = structs.replace(TOLD, lines=3, counts={Outcome.ADDED: 3})
        table.put(number, ImportState.APPLIED, told, NOW + 1)
        stored = table.get(number, lock=True)
        assert stored is not None
        assert (stored.told, stored.state, stored.decided) == (told, ImportState.APPLIED, NOW + 1)
        assert table.get(number + 1) is None
        other = table.create(None, TOLD, NOW)
        assert [one.id for one in table.last(None, 9)] == [other, number]
        assert [one.id for one in table.last("acme", 9)] == [number]


def test_accounts_that_are_not_named_are_those_in_use_of_the_tenants_named(
    database: Engine,
) -> None:
    with database.begin() as connection:
        there = [
            account("named", state=State.ACTIVE),
            account("gone", state=State.OFFBOARDED),
            account("seen"),
            account("left", state=State.SUSPENDED),
            account("robot", state=State.ACTIVE, kind=AccountKind.SERVICE),
            structs.replace(account("u", state=State.ACTIVE), tenant="other"),
        ]
        DirectoryTable(connection).put([(None, one) for one in there], NOW)
        table = ImportTable(connection)
        number = table.create(None, TOLD, NOW)
        table.add_rows(number, 1, [row("named", Outcome.REFUSED), row("new")])
        found = table.not_named(number, b"", 9)
        assert {one.account.uid for one in found} == {"left", "robot"}
        assert table.people(number) == 2
        rest = table.not_named(number, found[0].id, 9)
        assert [one.id for one in rest] == [found[1].id]


@pytest.mark.parametrize(
    ("state", "decided", "age", "is_forgotten"),
    [
        (ImportState.PREVIEWED, None, PREVIEW_HOURS * HOUR, False),
        (ImportState.PREVIEWED, None, PREVIEW_HOURS * HOUR + 1, True),
        (ImportState.READING, None, PREVIEW_HOURS * HOUR + 1, True),
        (ImportState.APPLIED, NOW, UNDO_DAYS * DAY, False),
        (ImportState.APPLIED, NOW, UNDO_DAYS * DAY + 1, True),
        (ImportState.UNDONE, NOW, UNDO_DAYS * DAY + 1, True),
    ],
)
@pytest.mark.one_on_postgresql
def test_what_is_of_no_use_any_more_is_forgotten(
    database: Engine, state: ImportState, decided: int | None, age: int, is_forgotten: bool
) -> None:
    with database.begin() as connection:
        table = ImportTable(connection)
        number = kept(table, state, decided)
        assert forget_old(connection, NOW + age) == is_forgotten
        assert (table.rows(number, list(Outcome), 0, 9) == []) is is_forgotten
        assert table.get(number) is not None
        assert forget_old(connection, LATER) == (not is_forgotten)
