"""Erasures as rows: who is to go, in which order, and what stays known by digest."""

from sqlalchemy import Engine as Database

from monitor.store import erasures
from monitor.store.erasures import Erasure
from monitor.store.writing import Writing


def made(account: str = "zoe", digest: bytes = b"d" * 32) -> Erasure:
    return Erasure(
        id=0,
        digest=digest,
        tenant="t",
        account=account,
        pseudonym=f"erased:{account}",
        keeps=True,
        actor="operator:x",
        reason="#1",
        requested=5,
        until=5,
    )


def test_a_row_is_read_back_as_it_was_written(database: Database) -> None:
    with database.begin() as connection:
        one = made()
        one.id = erasures.add(connection, one)
        assert erasures.next_one(connection) == one
        one.names, one.cursor, one.counts = ["Zoe"], b"\0c", {"events": 3}
        erasures.save(connection, one)
        assert erasures.of_id(connection, one.id) == one
        assert erasures.of_digest(connection, one.digest) == [one]


def test_one_after_the_other_the_oldest_first(database: Database) -> None:
    with database.begin() as connection:
        first = erasures.add(connection, made("a", b"a" * 32))
        second = erasures.add(connection, made("b", b"b" * 32))
        assert erasures.at_work(connection) == {("t", "a"), ("t", "b")}
        one = erasures.next_one(connection)
        assert one is not None
        assert one.id == first
        one.finished = 9
        one.tenant = one.account = None
        erasures.save(connection, one)
        left = erasures.next_one(connection)
        assert left is not None
        assert left.id == second
        assert erasures.at_work(connection) == {("t", "b")}
        assert [e.id for e in erasures.every(connection)] == [second, first]
        assert [e.id for e in erasures.every(connection, "t")] == [second]
        assert erasures.pseudonyms(connection) == {"erased:a", "erased:b"}


def test_a_later_erasure_counts_and_an_earlier_one_does_not(database: Database) -> None:
    with database.begin() as connection:
        erasures.bury(connection, [b"x" * 32], 10, 1)
        erasures.bury(connection, [b"x" * 32, b"y" * 32], 20, 2)
        erasures.bury(connection, [b"y" * 32], 5, 3)
        erasures.bury(connection, [], 5, 3)
        assert erasures.buried(connection) == {b"x" * 32: 20, b"y" * 32: 20}


def test_every_change_is_told_to_the_engine(database: Database) -> None:
    with database.begin() as connection:
        seen = {Writing(connection).note(erasures.CHANGED)}
        erasures.add(connection, made())
        seen.add(Writing(connection).note(erasures.CHANGED))
        erasures.bury(connection, [b"x" * 32], 10, 1)
        seen.add(Writing(connection).note(erasures.CHANGED))
        assert len(seen) == 3
