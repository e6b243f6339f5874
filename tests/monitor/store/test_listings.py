"""The tables of listings: what has changed, what is gone, and what is kept."""

from sqlalchemy import Engine as Database

from detectors.core.context import AccountKind
from detectors.core.listing import Listing, Rules, TenantListing
from monitor.directory.account import Account, account_id
from monitor.directory.origin import Origin
from monitor.store.directory import DirectoryTable
from monitor.store.listings import ListingRow, ListingsTable

NOW = 1_790_000_000_000


def enter(database: Database, uid: str, at: int) -> bytes:
    with database.begin() as connection:
        table = DirectoryTable(connection)
        identifier = account_id("t", uid)
        table.put([(table.account(identifier), Account(tenant="t", uid=uid))], at)
    return identifier


def test_what_changed_comes_in_order_and_not_again(database: Database) -> None:
    second, first = enter(database, "b", NOW + 2), enter(database, "a", NOW + 1)
    told = (Listing(since=3, kind=AccountKind.SERVICE),)
    with database.begin() as connection:
        table = ListingsTable(connection)
        entries = table.changed(None, 10)
        assert [one.account_id for one in entries] == [first, second]
        assert table.changed(None, 1) == entries[:1]
        assert table.changed(NOW + 2, 10) == entries[1:]
        assert table.latest() == NOW + 2
        table.put([ListingRow(first, "t", "a", 1, told), ListingRow(second, "t", "b", 1, ())])
        assert table.changed(None, 10) == []
        assert [*table.every()] == [ListingRow(first, "t", "a", 1, told)]
    enter(database, "a", NOW + 3)
    with database.begin() as connection:
        (entry,) = ListingsTable(connection).changed(None, 10)
        assert (entry.version, entry.told) == (2, told)


def test_what_is_gone_from_the_directory_is_told_once(database: Database) -> None:
    identifier = enter(database, "a", NOW)
    with database.begin() as connection:
        table = ListingsTable(connection)
        told = (Listing(since=0),)
        table.put([ListingRow(identifier, "t", "a", 1, told)])
        assert table.gone(10) == []
        DirectoryTable(connection).remove([identifier])
        (entry,) = table.gone(10)
        assert entry.account is None
        assert entry.told == told
        table.put([ListingRow(identifier, "t", "a", 0, told)])
        assert table.gone(10) == []
        assert table.forget([identifier]) == 1
        assert table.forget([identifier]) == 0


def test_tenants_keep_theirs(database: Database) -> None:
    told = (TenantListing(since=NOW, is_complete=True, rules=Rules(frozenset({"FR"}), 2)),)
    with database.begin() as connection:
        table = ListingsTable(connection)
        table.put_tenant("t", ())
        table.put_tenant("t", told)
        assert table.tenants() == {"t": told}
        assert table.tenants_of(["t"]) == []
        DirectoryTable(connection).add_tenants(["t", "u"], Origin.CSV, NOW)
        assert [one.uid for one in table.tenants_of(["t", "x"])] == ["t"]
