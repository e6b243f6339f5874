"""The gate's memory hears of every change that was committed, once, and of none that was undone."""

import threading

import pytest
from sqlalchemy import Engine

from monitor.store.gate_changes import changes, forget, newest, tell
from monitor.store.gate_changes import last as newest_change
from monitor.store.gate_list import GateTable
from monitor.store.stream import Kind
from monitor.store.stream import tell as tell_stream
from tests.databases import Databases

NOW = 1_800_000_000_000


def told(database: Engine, after: int = 0) -> list[tuple[str, str]]:
    with database.begin() as connection:
        return [(one.tenant, one.account) for one in changes(connection, after)]


def test_of_one_transaction_each_account_is_told_once(database: Engine) -> None:
    with database.begin() as connection:
        tell(connection, "acme", "u-1")
        tell(connection, "acme", "u-2")
        tell(connection, "acme", "u-1")
    assert told(database) == [("acme", "u-1"), ("acme", "u-2")]


def test_what_is_undone_is_not_told(database: Engine) -> None:
    with database.connect() as connection:
        with pytest.raises(RuntimeError, match="none is open"):
            tell(connection, "acme", "u-0")
        connection.begin()
        tell(connection, "acme", "u-1")
        connection.rollback()
        connection.begin()
        point = connection.begin_nested()
        tell(connection, "acme", "u-2")
        point.rollback()
        tell(connection, "acme", "u-3")
        connection.commit()
    assert told(database) == [("acme", "u-3")]


def test_whoever_writes_the_list_tells_what_changed_by_it(database: Engine) -> None:
    listed = GateTable(database, lambda: NOW)
    assert listed.put("acme", "u-1", "disabled", NOW, None, "k-1")
    assert told(database) == [("acme", "u-1")]
    assert not listed.put("acme", "u-1", "disabled", NOW, None, "k-1")
    assert not listed.remove("acme", "u-1", frozenset(("challenge",)), "k-2")
    assert len(told(database)) == 1
    assert listed.remove("acme", "u-1", frozenset(("disabled",)), "k-3")
    assert len(told(database)) == 2


def test_two_that_tell_both_streams_in_another_order_do_not_wait_for_each_other(
    databases: Databases,
) -> None:
    database, meet, wrong = databases.new(), threading.Barrier(2, timeout=20), []

    def one(first: bool) -> None:
        for turn in range(10):
            try:
                with database.begin() as connection:
                    if first:
                        tell(connection, "acme", f"u-{turn}")
                    tell_stream(connection, Kind.TICKET, str(turn))
                    if not first:
                        tell(connection, "acme", f"u-{turn}")
            except Exception as error:  # noqa: BLE001 - of a thread, told by the test
                wrong.append(error)
        meet.wait()

    threads = [threading.Thread(target=one, args=(first,)) for first in (True, False)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(timeout=240)
    assert wrong == []
    assert len(told(database)) == 20


def test_the_oldest_go_beyond_those_that_are_kept(database: Engine) -> None:
    for number in range(5):
        with database.begin() as connection:
            tell(connection, "acme", f"u-{number}")
    with database.begin() as connection:
        last = newest(connection)
        assert forget(connection, 0, 1, kept=2) == 1
        assert forget(connection, 0, 100, kept=2) == 2
        assert forget(connection, 0, 100, kept=2) == 0
        assert [one.id for one in changes(connection, 0)] == [last - 1, last]
        found = newest_change(connection)
        assert changes(connection, last - 1) == [found]
        assert (found.id, found.account) == (last, "u-4")
