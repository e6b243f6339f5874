"""Versions of the policy are numbered without a gap, and nobody's is written over."""

import pytest
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.document import read_text
from alerts.policy import SHIPPED, Mode, Policy
from monitor.store import policies
from tests.databases import Databases

ACTS = 'version = 1\nmode = "act"\n'


def add(connection: Connection, after: int, document: str = ACTS) -> int | None:
    """One more version."""
    return policies.add(
        connection, after, document, actor="operator:ann", actor_name="ann", reason="x", now=5
    )


def test_before_the_first_one_what_is_shipped_holds(database: Database) -> None:
    with database.begin() as connection:
        held = policies.holding(connection)
        assert policies.newest(connection) is None
    assert (held.id, held.policy, held.trouble) == (0, SHIPPED, None)
    assert read_text(policies.shipped().document) == SHIPPED


def test_the_last_one_holds_and_all_are_kept(database: Database) -> None:
    with database.begin() as connection:
        assert add(connection, 0, 'version = 1\nmode = "shadow"\n') == 1
        assert add(connection, 1) == 2
        held = policies.holding(connection)
        assert (held.id, held.policy.mode) == (2, Mode.ACT)
        assert [one.id for one in policies.versions(connection)] == [2, 1]
        assert [one.id for one in policies.versions(connection, before=2)] == [1]
        first = policies.version(connection, 1)
        assert first is not None
        assert first.digest == policies.digest_of(first.document)
        assert (first.actor, first.actor_name, first.created) == ("operator:ann", "ann", 5)
        assert policies.version(connection, 3) is None


@pytest.mark.parametrize("after", [0, 1])
def test_of_two_that_follow_on_the_same_one_is_kept(databases: Databases, after: int) -> None:
    database = databases.new()
    with database.begin() as connection:
        for number in range(after + 1):
            assert add(connection, number) == number + 1
    with database.connect() as connection, connection.begin() as transaction:
        assert add(connection, after, "mode = 'shadow'") is None
        transaction.rollback()
    with database.begin() as connection:
        assert policies.holding(connection).policy.mode is Mode.ACT


def test_a_document_that_this_program_cannot_read_does_nothing(database: Database) -> None:
    with database.begin() as connection:
        add(connection, 0, "version = 2\nfuture = true\n")
        held = policies.holding(connection)
    assert held.policy == Policy()
    assert held.policy.mode is Mode.SHADOW
    assert held.trouble is not None
    assert "future" in held.trouble
