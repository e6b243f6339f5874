"""Whoever waits for a page waits no longer than is bearable: what takes longer is given up, and
nothing else is."""

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from monitor.store.connection import explain, reading
from monitor.store.patience import is_over, within
from tests.databases import Databases

# Counts for many seconds, unless somebody stops it.
_LONG = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000000)"
    " SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(20)",
}
_SHORT = "SELECT 1"


def ask(engine: Engine, statement: str) -> object:
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar()


def test_what_takes_too_long_is_given_up_and_the_next_is_not(databases: Databases) -> None:
    engine = databases.new()
    # Time enough for the short one on a crowded machine.
    with within(400):
        with pytest.raises(DBAPIError) as failed:
            ask(reading(engine), _LONG[databases.kind])
        assert is_over(failed.value)
        assert "too long" in explain(failed.value)
        assert ask(reading(engine), _SHORT) == 1


def test_nothing_else_is_limited(databases: Databases) -> None:
    engine = databases.new()
    some = _LONG[databases.kind].replace("400000000", "300000").replace("20", "0.1")
    with within(1):
        with pytest.raises(DBAPIError):
            ask(reading(engine), some)
        # The same connection, by somebody who writes.
        with engine.begin() as connection:
            connection.execute(text(some))
    assert ask(reading(engine), some) is not None


def test_a_limit_ends_with_its_block(databases: Databases) -> None:
    engine = databases.new()
    some = _LONG[databases.kind].replace("400000000", "300000").replace("20", "0.1")
    with within(1), within(None):
        ask(reading(engine), some)
        ask(engine, some)


def test_another_failure_is_not_one_of_time() -> None:
    assert not is_over(ValueError())
    assert not is_over(OperationalError("", None, Exception()))
