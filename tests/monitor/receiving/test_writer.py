"""The writer: what was received is stored once, whatever befalls the database."""

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from monitor.receiving import writer as module
from monitor.receiving.senders import Sender
from monitor.receiving.spool import Spool
from monitor.receiving.writer import Writer
from monitor.sources.source import CUT_OFF, Rejected
from monitor.sources.syslog import Options
from monitor.store.inbox import MOST_BYTES, MOST_LINES, Arrived, Inbox, Parcel
from monitor.store.receipts import Receipts, read_receipts
from tests.monitor.receiving.served import wait_for

REJECT = Rejected("10.0.0.1:udp", CUT_OFF, 5, b"<38>x")
Put = Callable[[Inbox, Sequence[Parcel], int, Callable[[Connection], None]], list[int]]


@pytest.fixture
def sender() -> Sender:
    return Sender("10.0.0.1", "udp", Options(), 0.0)


class Writing:
    """A writer at work, and what it has stored."""

    def __init__(self, database: Engine, **options: Any) -> None:
        self.database = database
        self.spool = Spool()
        self.freed = threading.Event()
        self.writer = Writer(database, self.spool, self.freed.set, **options)

    def arrived(self) -> list[Arrived]:
        return Inbox(self.database).after("gate", 0, 100_000, 1 << 30)

    def lines(self) -> list[bytes]:
        return [line for one in self.arrived() for line in one.parcel.lines]


@pytest.fixture
def writing(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Writing]:
    monkeypatch.setattr(module, "_LONGEST_PAUSE_S", 0.02)
    made = Writing(database)
    yield made
    made.writer.stop(10)


def failing(put: Put, *errors: str) -> Put:
    """`put` that fails before, or after, it has committed, so many times."""
    left = list(errors)

    def fail(
        self: Inbox, sent: Sequence[Parcel], received: int, also: Callable[[Connection], None]
    ) -> list[int]:
        kind = left.pop(0) if left else ""
        error = OperationalError("COMMIT", {}, Exception("the server is gone"))
        if kind == "before":
            raise error
        ids = put(self, sent, received, also)
        if kind == "after":
            raise error
        return ids

    return fail


def test_what_comes_is_stored_and_its_room_is_freed(writing: Writing, sender: Sender) -> None:
    writing.writer.start()
    writing.spool.add("gate", sender, [b"1", b"2"], [REJECT])
    wait_for(lambda: writing.freed.is_set() and not writing.spool.used)
    (one,) = writing.arrived()
    assert (one.parcel.sender, one.parcel.lines) == ("10.0.0.1:udp", [b"1", b"2"])
    assert one.parcel.rejects == (REJECT,)
    assert not one.parcel.is_beginning, "identical lines are counted on"


def test_much_is_stored_in_parcels_that_are_not_too_large(writing: Writing, sender: Sender) -> None:
    lines = [b"%d" % n for n in range(2 * MOST_LINES + 1)] + 3 * [MOST_BYTES // 2 * b"x"]
    writing.spool.add("gate", sender, lines, [REJECT])
    writing.writer.start()
    wait_for(writing.freed.is_set)
    parcels = [one.parcel for one in writing.arrived()]
    assert [len(one.lines) for one in parcels] == [MOST_LINES, MOST_LINES, 2, 2]
    assert [len(one.rejects) for one in parcels] == [0, 0, 0, 1]
    assert writing.lines() == lines


@pytest.mark.parametrize("errors", [["before"], ["after"], ["before", "after", "before", "after"]])
def test_a_database_that_fails_before_or_after_it_committed_has_it_once(
    writing: Writing, sender: Sender, errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Inbox, "put", failing(Inbox.put, *errors))
    writing.writer.start()
    for number in range(3):
        writing.freed.clear()
        writing.spool.add("gate", sender, [b"%d" % number])
        wait_for(writing.freed.is_set)
    assert writing.lines() == [b"0", b"1", b"2"]
    assert writing.writer.trouble is None


def test_at_the_end_what_is_left_is_stored_and_the_counts(writing: Writing, sender: Sender) -> None:
    writing.writer.start()
    writing.spool.add("gate", sender, [b"1"])
    writing.writer.note({"gate": Receipts("x", 1, messages=1)})
    assert writing.writer.stop(10)
    assert writing.lines() == [b"1"]
    assert read_receipts(writing.database)["gate"].messages == 1
    assert not writing.writer.is_at_work()


def test_at_the_end_a_database_that_does_not_come_back_is_not_waited_for(
    writing: Writing, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Inbox, "put", failing(Inbox.put, *["before"] * 10_000))
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    writing.spool.add("gate", sender, [b"1"])
    writing.writer.start()
    wait_for(lambda: writing.writer.trouble)
    assert "the server is gone" in str(writing.writer.trouble)
    assert not writing.writer.stop(0.1)


def test_an_inbox_that_is_full_leaves_it_in_the_spool_until_the_engine_has_read(
    database: Engine, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_WAIT_S", 0.01)
    Inbox(database).put([Parcel("gate", "x", [b"1"])], 1)
    writing = Writing(database, most_stored=1)
    writing.spool.add("gate", sender, [b"2"])
    writing.writer.start()
    wait_for(lambda: writing.writer.trouble)
    assert "the inbox is full" in str(writing.writer.trouble)
    assert writing.lines() == [b"1"]
    Inbox(database).drop("gate", 0, 10)
    wait_for(writing.freed.is_set)
    assert writing.lines() == [b"2"]
    assert writing.writer.trouble is None
    writing.writer.stop(10)
