"""The rows of an import are written as they were shown or not at all, and put back as they were."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from monitor.directory.account import State
from monitor.directory.comparing import Compared
from monitor.directory.importing import Import, Outcome, Row
from monitor.services import takeover
from monitor.services.actor import operator
from monitor.services.refusal import StaleError
from monitor.services.takeover import put_back, take_over
from monitor.store.directory import AccountFilter, DirectoryTable, StoredAccount
from monitor.store.imports import ImportTable
from tests.monitor.directory.entries import NOW, account

ANN = operator("ann")


def staged(database: Engine, *rows: Compared) -> int:
    with database.begin() as connection:
        table = ImportTable(connection)
        number = table.create("acme", Import(file="a", actor="b"), NOW)
        table.add_rows(number, 1, rows)
    return number


def added(uid: str, **values: object) -> Compared:
    one = account(uid, **values)
    row = Row(line=2, uid=uid, after=one)
    return Compared(Outcome.ADDED, row, "acme", StoredAccount(account=one).id)


def changed(before: StoredAccount, **values: object) -> Compared:
    after = structs.replace(before.account, **values)
    row = Row(line=2, uid=after.uid, before=before.account, after=after)
    return Compared(Outcome.CHANGED, row, "acme", before.id, before.version)


def everybody(database: Engine) -> list[StoredAccount]:
    with database.begin() as connection:
        return list(DirectoryTable(connection).every(AccountFilter()))


def test_parts_are_one_transaction_and_all_are_put_back(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(takeover, "_AT_ONCE", 2)
    with database.begin() as connection:
        (old,) = DirectoryTable(connection).put([(None, account("old"))], NOW)
    number = staged(database, *(added(f"u-{n}") for n in range(4)), changed(old, locale="fr"))
    with database.begin() as connection:
        done = take_over(connection, ANN, number, NOW + 1)
    assert done.tenants == ("acme",)
    assert len(everybody(database)) == 5
    with database.begin() as connection:
        assert put_back(connection, number, NOW + 2) == 0
    (left,) = everybody(database)
    assert (left.account, left.version) == (old.account, 3)


def test_the_digest_tells_what_was_written(database: Engine) -> None:
    digests = set()
    for uids in (("a", "b"), ("a", "c")):
        number = staged(database, *(added(uid) for uid in uids))
        with database.connect() as connection, connection.begin() as transaction:
            digests.add(take_over(connection, ANN, number, NOW).digest)
            transaction.rollback()
    assert len(digests) == 2
    assert everybody(database) == []


def test_one_that_changed_since_stops_all(database: Engine) -> None:
    with database.begin() as connection:
        (old,) = DirectoryTable(connection).put([(None, account("old"))], NOW)
    number = staged(database, added("new"), changed(old, locale="fr"))
    with database.begin() as connection:
        DirectoryTable(connection).put([(old, account("old", locale="en"))], NOW)
    with pytest.raises(StaleError, match="old"), database.begin() as connection:
        take_over(connection, ANN, number, NOW)
    assert [one.account.uid for one in everybody(database)] == ["old"]


def test_one_that_somebody_added_since_is_not_overwritten(database: Engine) -> None:
    number = staged(database, added("u"))
    with database.begin() as connection:
        DirectoryTable(connection).add(account("u", state=State.ACTIVE), NOW)
    with pytest.raises(StaleError), database.begin() as connection:
        take_over(connection, ANN, number, NOW)


def test_a_name_that_somebody_took_since_stops_all_or_is_not_taken_back(
    database: Engine,
) -> None:
    number = staged(database, added("u", aliases=("ann",)))
    with database.begin() as connection:
        (other,) = DirectoryTable(connection).put([(None, account("v", aliases=("ann",)))], NOW)
    with pytest.raises(StaleError, match="ann"), database.begin() as connection:
        take_over(connection, ANN, number, NOW)
    renamed = staged(database, changed(other, aliases=("bob",)))
    with database.begin() as connection:
        take_over(connection, ANN, renamed, NOW)
        DirectoryTable(connection).add(account("w", aliases=("ann",)), NOW)
    with database.begin() as connection:
        assert put_back(connection, renamed, NOW) == 1
    assert {one.account.uid: one.account.aliases for one in everybody(database)} == {
        "v": ("bob",),
        "w": ("ann",),
    }
