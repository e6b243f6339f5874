"""What the directory said of an account goes when nothing else of it is left."""

from sqlalchemy import Engine as Database

from detectors.core.listing import Listing
from monitor.directory.account import account_id
from monitor.retention.jobs.listings import Listings
from monitor.store import tables
from monitor.store.listings import ListingRow, ListingsTable
from tests.monitor.retention.working import LIMITS, count, run, store, visit


def test_who_is_gone_and_not_heard_of_is_forgotten(database: Database) -> None:
    told = (Listing(since=0, is_listed=False),)
    with database.begin() as connection:
        ListingsTable(connection).put(
            ListingRow(account_id("t", uid), "t", uid, version, told)
            for uid, version in (("a", 0), ("b", 0), ("c", 3))
        )
        due = Listings().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 2)
    store(database, visit(3, "a"))
    assert run(Listings(), database) == 1
    assert count(database, tables.listings) == 2
