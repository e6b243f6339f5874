"""Whoever follows the incidents learns each change once, in order, and only their tenant's."""

import pytest
from sqlalchemy import Engine

from monitor.store import feed


def told(database: Engine, *tenants: str, withdrawn: bool = False) -> None:
    with database.begin() as connection:
        feed.tell(connection, [(b"i" * 16, tenant) for tenant in tenants], withdrawn)


def test_changes_come_in_order_and_from_where_one_was(database: Engine) -> None:
    with database.begin() as connection:
        assert (feed.oldest(connection), feed.newest(connection)) == (0, 0)
        assert feed.forget(connection, 10) == 0
    told(database, "a", "b")
    told(database, "a", withdrawn=True)
    told(database)
    with database.connect() as connection:
        found = feed.changes(connection, 0)
        assert [(one.tenant, one.withdrawn) for one in found] == [
            ("a", False),
            ("b", False),
            ("a", True),
        ]
        assert [one.id for one in found] == sorted({one.id for one in found})
        assert feed.changes(connection, found[1].id) == [found[2]]
        assert feed.changes(connection, 0, limit=1) == [found[0]]
        assert feed.changes(connection, 0, tenant="b") == [found[1]]
        assert feed.newest(connection) == found[2].id


def test_what_is_not_committed_nobody_learns(database: Engine) -> None:
    with database.connect() as connection, connection.begin() as transaction:
        feed.tell(connection, [(b"i" * 16, "a")], False)
        transaction.rollback()
    with database.connect() as connection:
        assert feed.changes(connection, 0) == []


def test_the_last_ones_stay_and_numbers_never_come_again(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "KEPT", 3)
    told(database, *"abcdefgh")
    with database.begin() as connection:
        last = feed.newest(connection)
        assert feed.forget(connection, 2) == 2
        assert feed.forget(connection, 100) == 3
        assert feed.forget(connection, 100) == 0
        assert [one.tenant for one in feed.changes(connection, 0)] == ["f", "g", "h"]
    monkeypatch.setattr(feed, "KEPT", 0)
    with database.begin() as connection:
        assert feed.forget(connection, 100) == 3
    told(database, "i")
    with database.connect() as connection:
        assert feed.newest(connection) == last + 1
