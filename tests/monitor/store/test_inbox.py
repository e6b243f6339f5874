"""What is put into the inbox is there in the order of commits, durably, until it is dropped."""

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import IntegrityError

from monitor.sources.source import CUT_OFF, Rejected
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.inbox import (
    MOST_BYTES,
    MOST_LINES,
    Inbox,
    Parcel,
    Terms,
    durable,
    parcels,
)
from monitor.store.reading import Reading
from monitor.store.writing import Writing

NOW = 1_790_000_000_000


@pytest.fixture
def inbox(database: Engine) -> Inbox:
    return Inbox(database)


def parcel(*lines: bytes, source: str = "crm", sender: str = "push/k") -> Parcel:
    return Parcel(source, sender, [*lines])


def test_what_is_put_in_comes_out_as_it_was(inbox: Inbox) -> None:
    sent = [
        Parcel("crm", "push/k", [b"one", b"", b"\x00\xff\n"], "acme", True, 1),
        Parcel("crm", "push/k", [b"x" * 5_000] * 3, "acme", False, 4),
        Parcel("crm", "udp/10.0.0.1", [b"\x28\xb5\x2f\xfd"]),
        Parcel("crm", "udp/10.0.0.2", [], rejects=(Rejected("x:1", CUT_OFF, 7, b"<38>"),)),
    ]
    ids = inbox.put(sent, NOW)
    found = inbox.after("crm", 0, 10, MOST_BYTES)
    assert [arrived.parcel for arrived in found] == sent
    assert [arrived.id for arrived in found] == ids == sorted(ids)
    assert {arrived.received for arrived in found} == {NOW}


def test_what_belongs_to_them_is_committed_with_them_or_not_at_all(
    database: Engine, inbox: Inbox
) -> None:
    def note(connection: Connection) -> None:
        Writing(connection).set_note("receiving", b"1")

    def fail(connection: Connection) -> None:
        note(connection)
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - our own
        inbox.put([parcel(b"1")], NOW, fail)
    assert inbox.waiting().parcels == 0
    assert Reading(database).note("receiving") is None
    inbox.put([parcel(b"1")], NOW, note)
    assert Reading(database).note("receiving") == b"1"


def test_nothing_is_put_in_for_nothing(inbox: Inbox) -> None:
    assert inbox.put([], NOW) == []


def test_each_source_has_its_own_and_goes_on_behind_what_it_has(inbox: Inbox) -> None:
    first, _, third = inbox.put([parcel(b"1"), parcel(b"2", source="hr"), parcel(b"3")], NOW)
    assert [arrived.id for arrived in inbox.after("crm", 0, 10, 1_000)] == [first, third]
    assert [arrived.id for arrived in inbox.after("crm", first, 10, 1_000)] == [third]
    assert inbox.after("crm", third, 10, 1_000) == []
    assert inbox.after("other", 0, 10, 1_000) == []


def test_as_much_is_read_at_once_as_there_is_room_for_and_one_in_any_case(inbox: Inbox) -> None:
    ids = inbox.put([parcel(bytes([n]) * 300) for n in range(5)], NOW)
    assert [a.id for a in inbox.after("crm", 0, 3, 10_000)] == ids[:3]
    assert [a.id for a in inbox.after("crm", 0, 10, 700)] == ids[:2]
    assert [a.id for a in inbox.after("crm", 0, 10, 1)] == ids[:1]


def test_what_is_dropped_is_gone_and_the_rest_waits(inbox: Inbox) -> None:
    ids = inbox.put([parcel(b"1"), parcel(b"2"), parcel(b"3"), parcel(b"4", source="hr")], NOW)
    assert inbox.waiting()[:2] == (4, 4)
    assert inbox.waiting().size > 4
    inbox.drop("crm", ids[0], ids[1])
    assert [a.id for a in inbox.after("crm", 0, 10, 1_000)] == [ids[2]]
    assert inbox.waiting().parcels == 2
    inbox.drop("crm", ids[2], ids[3])
    assert inbox.waiting().parcels == 1, "of other sources nothing is dropped"


def test_an_id_is_never_given_twice(inbox: Inbox) -> None:
    first = inbox.put([parcel(b"1")], NOW)[0]
    inbox.drop("crm", 0, first)
    assert inbox.waiting() == (0, 0, 0)
    assert inbox.put([parcel(b"2")], NOW)[0] > first


def test_it_is_known_when_the_latest_came(inbox: Inbox) -> None:
    assert inbox.newest_until("crm", 100) is None
    first = inbox.put([parcel(b"1")], NOW + 5)[0]
    last = inbox.put([parcel(b"2")], NOW)[0]
    assert inbox.newest_until("crm", last) == NOW + 5
    assert inbox.newest_until("crm", first - 1) is None


def test_a_reader_that_follows_the_ids_misses_none_of_many_writers(database: Engine) -> None:
    """A cursor `id > last` is only right when no lower id can appear later."""
    writers, each = 4, 25

    def write(number: int) -> None:
        for count in range(each):
            Inbox(database).put([parcel(b"%d.%d" % (number, count))], NOW)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    seen: list[bytes] = []
    last = 0
    while len(seen) < writers * each:
        for arrived in Inbox(database).after("crm", last, 7, MOST_BYTES):
            seen += arrived.parcel.lines
            last = arrived.id
    for thread in threads:
        thread.join()
    assert len(set(seen)) == writers * each
    for number in range(writers):
        own = [line for line in seen if line.startswith(b"%d." % number)]
        assert own == [b"%d.%d" % (number, count) for count in range(each)]


def test_what_fails_puts_nothing_in(inbox: Inbox) -> None:
    inbox.put([parcel(b"1")], NOW)
    nobody: Any = None
    with pytest.raises(IntegrityError):
        inbox.put([parcel(b"2"), parcel(b"3", source=nobody)], NOW)
    assert [a.parcel.lines for a in inbox.after("crm", 0, 9, MOST_BYTES)] == [[b"1"]]


def test_its_commits_wait_for_the_disk_and_others_do_not(tmp_path: Path) -> None:
    """2 is FULL, 1 is NORMAL: a power cut may not take back what a sender was answered for."""
    url = f"sqlite:///{tmp_path / 'vigie.db'}"
    kept: list[int] = []
    for made in (durable(url), connect(url)):
        with made.connect() as connection:
            kept.append(connection.exec_driver_sql("PRAGMA synchronous").scalar_one())
        made.dispose()
    assert kept == [2, 1]


def test_on_sqlite_it_waits_for_another_writer_as_long_as_it_was_told(tmp_path: Path) -> None:
    made = durable(f"sqlite:///{tmp_path / 'vigie.db'}", 120)
    with made.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 120
    made.dispose()


def test_the_terms_are_those_that_were_announced_last(inbox: Inbox) -> None:
    assert inbox.terms() is None
    for terms in (Terms(("crm", "hr"), 5), Terms()):
        inbox.announce(terms)
        assert inbox.terms() == terms


def test_a_damaged_body_is_not_taken_for_an_empty_one(database: Engine, inbox: Inbox) -> None:
    inbox.put([parcel(b"1")], NOW)
    with database.begin() as connection:
        connection.execute(update(tables.inbox).values(body=b"\xc1"))
    with pytest.raises(ValueError, match="MessagePack"):
        inbox.after("crm", 0, 1, 1)


@given(st.lists(st.integers(0, 3 * MOST_BYTES // 2), max_size=12), st.integers(0, 2_500))
def test_what_is_sent_at_once_is_split_in_order_and_none_is_too_large(
    sizes: list[int], blanks: int
) -> None:
    lines = [b"", *(b"x" * size for size in sizes), *[b"y"] * blanks]
    made = parcels("crm", "push/k", lines, "acme")
    assert [line for one in made for line in one.lines] == lines
    assert [one.is_beginning for one in made] == [True] + [False] * (len(made) - 1)
    at = 1
    for one in made:
        assert one.first_line == at
        assert 1 <= len(one.lines) <= MOST_LINES
        assert sum(map(len, one.lines)) <= MOST_BYTES or len(one.lines) == 1
        at += len(one.lines)
