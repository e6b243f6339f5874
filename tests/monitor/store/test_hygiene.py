"""The tables of hygiene: pages, days, and what goes with an account."""

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import func, select, update

from alerts.ticket import Kind, Status
from detectors.core.detector import Text
from monitor.directory.account import Account, account_id
from monitor.services.opening import open_ticket
from monitor.store import factors, tables
from monitor.store.directory import DirectoryTable
from monitor.store.factors import Owner
from monitor.store.hygiene import AlertRow, Day, HygieneRow, HygieneTable, delete_days


@pytest.fixture
def filled(database: Database) -> Database:
    """Six accounts of two tenants, the first three with facts 1, 2 and 4."""
    with database.begin() as connection:
        accounts = [Account(tenant=t, uid=f"u{n}") for t in ("a", "b") for n in range(3)]
        DirectoryTable(connection).put([(None, one) for one in accounts], 5)
        HygieneTable(connection).put(
            HygieneRow(account_id(one.tenant, one.uid), one.tenant, one.uid, 1 << n, n, b"x")
            for n, one in enumerate(accounts[:3])
        )
    return database


def test_pages_by_fact_and_by_tenant(filled: Database) -> None:
    with filled.begin() as connection:
        table = HygieneTable(connection)
        pages = [table.accounts("a", 0, None, 2), table.accounts("a", 0, ("a", "u1"), 2)]
        assert [[one.account.uid for one in page] for page in pages] == [["u0", "u1"], ["u2"]]
        assert [one.account.uid for one in table.accounts(None, 0b110, None, 9)] == ["u1", "u2"]
        assert table.accounts("b", 0, None, 9) == []
        assert table.accounts(None, 8, None, 9) == []


def test_every_account_of_the_directory_is_gone_through(filled: Database) -> None:
    with filled.begin() as connection:
        table = HygieneTable(connection)
        found, after = [], b""
        while part := table.entries(after, 4):
            found += part
            after = part[-1].account_id
    assert len({one.account_id for one in found}) == 6
    assert sorted(one.body or b"" for one in found) == [b"", b"", b"", b"x", b"x", b"x"]
    assert {one.created for one in found} == {5}


def test_what_is_kept_goes_with_its_account(filled: Database) -> None:
    key = account_id("a", "u1")
    with filled.begin() as connection:
        table = HygieneTable(connection)
        assert table.of([key]) == {key: b"x"}
        assert table.lone(9) == []
        DirectoryTable(connection).remove([key])
        assert table.lone(9) == [key]
        assert table.forget([key]) == 1
        assert table.of([key]) == {}


def test_days_replace_themselves_and_the_last_one_of_each_tenant_is_told(
    database: Database,
) -> None:
    with database.begin() as connection:
        table = HygieneTable(connection)
        table.put_days([Day("a", 1, 5, b"1"), Day("a", 2, 6, b"2"), Day("b", 1, 7, b"3")])
        table.put_days([Day("a", 2, 8, b"4")])
        assert table.days("a", 1) == [Day("a", 1, 5, b"1"), Day("a", 2, 8, b"4")]
        assert [one.tenant for one in table.days(None, 1)] == ["a", "b", "a"]
        assert table.latest_days(None, "", 9) == [Day("a", 2, 8, b"4"), Day("b", 1, 7, b"3")]
        assert table.latest_days(None, "a", 9) == [Day("b", 1, 7, b"3")]
        assert table.latest_days("a", "", 9) == [Day("a", 2, 8, b"4")]
        assert delete_days(connection, 2, 1) == 1
        assert delete_days(connection, 2, 9) == 1
        assert delete_days(connection, 2, 9) == 0
        assert table.days(None, 0) == [Day("a", 2, 8, b"4")]


def test_factors_set_up_here_and_alerts_that_wait(database: Database) -> None:
    keys = [Account(tenant="a", uid=f"u{n}").subject.key() for n in range(2)]
    title = Text("x", "x")
    with database.begin() as connection:
        owner = Owner(factors.ACCOUNT, "a:u0", keys[0])
        for number, kind in enumerate((factors.PASSKEY, factors.TOTP, factors.RECOVERY)):
            factors.add(connection, owner, kind, b"x", 1, handle=f"{number:032x}")
        factors.add(connection, Owner("reviewer", "r-1"), factors.TOTP, b"x", 1)
        for uid, kind in (("u0", Kind.INCIDENT), ("u0", Kind.INCIDENT), ("u1", Kind.REPORT)):
            subject = Account(tenant="a", uid=uid).subject
            open_ticket(connection, kind, "a", subject, title, now=7)
        first = select(func.min(tables.tickets.c.id)).scalar_subquery()
        done = update(tables.tickets).where(tables.tickets.c.id == first)
        connection.execute(done.values(status=Status.RESOLVED))
        table = HygieneTable(connection)
        assert table.own_factors(keys) == {keys[0]: {factors.PASSKEY, factors.TOTP}}
        assert table.alerts(keys) == {keys[0]: AlertRow(2, 1, 7)}
