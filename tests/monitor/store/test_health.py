"""Findings of health stand until they are closed, and each has its own time."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine as Database

from monitor.store.health import Found, HealthBook, Kept, facts_of
from monitor.store.watching import Watching
from monitor.store.writing import Writing

NOW = 1_800_000_000_000


def test_a_finding_stands_until_it_is_closed(database: Database) -> None:
    with database.begin() as connection:
        book = HealthBook(connection)
        assert book.open("source:s", "silent", NOW, {"quiet": 1}) == NOW
        book.open("source:t", "silent", NOW, {})
        book.renew("source:s", "silent", {"quiet": 2})
        book.close("source:t", "silent", NOW + 5)
        assert book.standing() == {("source:s", "silent"): Found(NOW, {"quiet": 2})}
    (past,) = Watching(database).findings(standing=False, limit=9)
    assert (past.subject, past.until) == ("source:t", NOW + 5)


def test_two_at_once_have_times_of_their_own(database: Database) -> None:
    with database.begin() as connection:
        book = HealthBook(connection)
        times = []
        for _ in range(3):
            times.append(book.open("engine", "behind", NOW, {}))
            book.close("engine", "behind", NOW)
        # Also when our clock was set back.
        times.append(book.open("engine", "behind", NOW - 9, {}))
    assert times == [NOW, NOW + 1, NOW + 2, NOW + 3]


def test_of_sources_their_counters_and_hours_are_kept(database: Database) -> None:
    with database.begin() as connection:
        writing, book = Writing(connection), HealthBook(connection)
        row = writing.source("s", "sshd")
        writing.save_source(row._replace(lines=7, events=3))
        book.save_sources([("s", NOW, -20, b"hours"), ("nobody", 1, 1, b"")])
        assert book.sources(["s", "nobody"]) == {"s": Kept(7, 3, NOW, b"hours")}
        # The engine's own counters leave it alone.
        writing.save_source(row._replace(lines=8))
        assert book.sources(["s"])["s"].received == NOW
        assert book.sources([]) == {}


@given(st.binary(max_size=40))
def test_facts_that_cannot_be_read_are_none(body: bytes) -> None:
    assert isinstance(facts_of(body), dict)


def test_facts_come_back() -> None:
    assert facts_of(msgspec.msgpack.encode({"a": 1, "b": "c"})) == {"a": 1, "b": "c"}
