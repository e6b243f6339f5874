"""What stands against an account at the gate, once for each kind, and no longer than it should."""

import pytest
from sqlalchemy import Engine

from alerts.ports import RetryError
from monitor.store import gate_list, tables
from monitor.store.gate_list import Entry, GateTable

NOW = 1_800_000_000_000


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


def test_a_verdict_holds_until_its_end_and_a_new_order_takes_its_place(database: Engine) -> None:
    clock = Clock()
    table = GateTable(database, clock)
    assert table.put("acme", "u-1", "disabled", NOW, NOW + 10, "a")
    assert not table.put("acme", "u-1", "disabled", NOW, NOW + 10, "a")
    assert table.put("acme", "u-1", "challenge", NOW, None, "b")
    assert table.verdicts("acme", "u-1") == {"disabled", "challenge"}
    assert table.verdicts("other", "u-1") == frozenset()
    clock.now = NOW + 10
    assert table.verdicts("acme", "u-1") == {"challenge"}
    assert table.put("acme", "u-1", "disabled", NOW + 5, NOW + 20, "c")
    # An order from before, delivered late, does not shorten what holds.
    assert not table.put("acme", "u-1", "disabled", NOW, NOW + 11, "a")
    with database.connect() as connection:
        found = gate_list.entries(connection, "acme", "u-1", NOW + 10)
    assert found == [Entry("challenge", NOW, None, "b"), Entry("disabled", NOW + 5, NOW + 20, "c")]


def test_what_is_taken_away_is_gone_and_the_rest_stays(database: Engine) -> None:
    table = GateTable(database, lambda: NOW)
    table.put("acme", "u-1", "disabled", NOW, None, "a")
    table.put("acme", "u-1", "revoked", NOW, None, "b")
    assert table.remove("acme", "u-1", frozenset({"disabled"}), "c")
    assert not table.remove("acme", "u-1", frozenset({"disabled"}), "c")
    assert table.verdicts("acme", "u-1") == {"revoked"}


def test_what_has_ended_is_forgotten(database: Engine) -> None:
    table = GateTable(database, lambda: NOW)
    table.put("acme", "u-1", "disabled", NOW, NOW + 1, "a")
    table.put("acme", "u-2", "disabled", NOW, None, "b")
    with database.begin() as connection:
        assert gate_list.forget(connection, NOW + 1) == 0
        assert gate_list.forget(connection, NOW + 2) == 1
    assert table.verdicts("acme", "u-2") == {"disabled"}


def test_a_database_that_does_not_answer_is_tried_again(database: Engine) -> None:
    tables.gate_list.drop(database)
    with pytest.raises(RetryError, match="list"):
        GateTable(database, lambda: NOW).verdicts("acme", "u-1")
