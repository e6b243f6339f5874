"""What was sent is read once, in order, also over restarts at any cursor; and then it is gone."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, delete
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import StaticPool

from monitor.sources.inbox import InboxSource
from monitor.sources.source import CUT_OFF, Chunk, Rejected, SourceError
from monitor.sources.specification import Opening, check, opened
from monitor.store import tables
from monitor.store.inbox import Inbox, Parcel, parcels

NOW = 1_790_000_000_000


@pytest.fixture
def inbox(database: Engine) -> Inbox:
    return Inbox(database)


def sent(*lines: bytes, source: str = "crm") -> Parcel:
    return Parcel(source, "push/k", [*lines], "acme", True)


def begun(inbox: Inbox, cursor: bytes | None = None, *, follow: bool = True) -> InboxSource:
    made = InboxSource("crm", inbox, follow=follow)
    made.resume(cursor)
    return made


def read(source: InboxSource, limit: int = 100) -> Chunk:
    chunk = source.read(limit)
    assert chunk is not None
    return chunk


def test_a_parcel_is_a_chunk_with_its_sender_and_its_tenant(inbox: Inbox) -> None:
    identifier = inbox.put([sent(b"1", b"2")], NOW)[0]
    chunk = read(begun(inbox))
    assert chunk.lines == [b"1", b"2"]
    assert (chunk.tenant, chunk.reference, chunk.is_beginning) == ("acme", NOW, True)
    assert chunk.path == "push/k", "a sender is one stream, whatever it sends"
    assert chunk.position(1) == f"push/k#{identifier}:2"


def test_nothing_is_read_while_nothing_is_sent_and_then_it_is(inbox: Inbox) -> None:
    source = begun(inbox)
    assert source.read(10) is None
    inbox.put([sent(b"1")], NOW)
    assert read(source).lines == [b"1"]
    assert source.read(10) is None
    assert not source.is_exhausted()
    assert source.backlog() is None


def test_what_is_committed_leaves_the_inbox_and_no_more_than_that(inbox: Inbox) -> None:
    inbox.put([sent(b"1"), sent(b"2", source="hr"), sent(b"3"), sent(b"4", b"5")], NOW)
    source = begun(inbox)
    read(source)
    read(source)
    assert inbox.waiting().lines == 5, "read is not committed"
    read(source, 1)
    source.acknowledge()
    assert inbox.waiting().lines == 3, "of the last one there is more to read"
    assert read(source).lines == [b"5"]
    source.acknowledge()
    assert inbox.waiting().lines == 1
    source.acknowledge()


def test_one_too_large_for_a_batch_is_read_in_parts_that_are_counted_on(inbox: Inbox) -> None:
    inbox.put(parcels("crm", "push/k", [b"%d" % n for n in range(7)]), NOW)
    source = begun(inbox)
    chunks = [read(source, 3) for _ in range(3)]
    assert [chunk.lines for chunk in chunks] == [
        [b"0", b"1", b"2"],
        [b"3", b"4", b"5"],
        [b"6"],
    ]
    assert [chunk.first_line for chunk in chunks] == [1, 4, 7]
    assert [chunk.is_beginning for chunk in chunks] == [True, False, False]


def test_rejects_come_with_the_last_lines_of_their_parcel(inbox: Inbox) -> None:
    rejects = (Rejected("192.0.2.7:tcp", CUT_OFF, 9, b"<38>"),)
    lines = [b"1", b"2", b"3"]
    inbox.put(
        [Parcel("crm", "a", lines, rejects=rejects), Parcel("crm", "b", [], rejects=rejects)], NOW
    )
    source = begun(inbox)
    chunks = [read(source, 2) for _ in range(3)]
    assert [chunk.lines for chunk in chunks] == [[b"1", b"2"], [b"3"], []]
    assert [chunk.rejects for chunk in chunks] == [(), rejects, rejects]
    assert source.read(2) is None
    source.acknowledge()
    assert inbox.waiting().parcels == 0


@given(
    st.lists(st.integers(1, 5), min_size=1, max_size=6),
    st.integers(1, 4),
    st.lists(st.booleans(), min_size=1, max_size=6),
    st.lists(st.booleans(), min_size=1, max_size=6),
)
def test_every_line_is_read_once_over_restarts_anywhere(
    sizes: list[int], limit: int, restarts: list[bool], commits: list[bool]
) -> None:
    """A restart goes on at the last cursor, whether or not what it covers was acknowledged."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    tables.metadata.create_all(engine)
    inbox = Inbox(engine)
    lines: list[bytes] = []
    for number, size in enumerate(sizes):
        own = [b"%d.%d" % (number, n) for n in range(size)]
        inbox.put([sent(*own)], NOW + number)
        lines += own
    source, cursor, seen = begun(inbox), None, []
    step = 0
    while (chunk := source.read(limit)) is not None:
        seen += chunk.lines
        cursor = chunk.cursor
        if commits[step % len(commits)]:
            source.acknowledge()
        if restarts[step % len(restarts)]:
            source = begun(inbox, cursor)
        step += 1
    assert seen == lines
    source = begun(inbox, cursor)
    source.acknowledge()
    assert inbox.waiting().parcels == 0
    engine.dispose()


def test_what_was_read_before_a_crash_leaves_with_the_next_that_is_committed(
    inbox: Inbox,
) -> None:
    inbox.put([sent(b"1"), sent(b"2")], NOW)
    cursor = read(begun(inbox)).cursor
    source = begun(inbox, cursor)
    assert read(source).lines == [b"2"]
    source.acknowledge()
    assert inbox.waiting().parcels == 0


def test_ids_that_begin_again_are_noticed_and_nothing_is_skipped(
    database: Engine, inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    """As after a restore that brought back the tables but not the numbers given out."""
    inbox.put([sent(b"%d" % n) for n in range(5)], NOW)
    source = begun(inbox)
    cursors = [read(source).cursor for _ in range(5)]
    with database.begin() as connection:
        if database.dialect.name == "sqlite":
            connection.execute(delete(tables.inbox))
            connection.exec_driver_sql("DELETE FROM sqlite_sequence")
        else:
            connection.exec_driver_sql("TRUNCATE inbox RESTART IDENTITY")
    inbox.put([sent(b"new"), sent(b"newer")], NOW + 1_000)
    with caplog.at_level(logging.WARNING):
        source = begun(inbox, cursors[-1])
    assert "begins again" in caplog.text
    assert [read(source).lines for _ in range(2)] == [[b"new"], [b"newer"]]
    source.acknowledge()
    assert inbox.waiting().parcels == 0


def test_an_inbox_that_cannot_be_emptied_now_is_emptied_later(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.put([sent(b"1"), sent(b"2")], NOW)
    source = begun(inbox)
    read(source)
    with monkeypatch.context() as patched:
        patched.setattr(inbox, "drop", _busy)
        source.acknowledge()
    assert "stays in the inbox" in caplog.text
    read(source)
    source.acknowledge()
    assert inbox.waiting().parcels == 0


def _busy(*_: object) -> None:
    raise OperationalError("DELETE", {}, Exception("database is locked"))


def test_read_once_it_ends_when_the_inbox_is_empty(inbox: Inbox) -> None:
    inbox.put([sent(b"1")], NOW)
    source = begun(inbox, follow=False)
    assert not source.is_exhausted()
    read(source)
    assert source.read(10) is None
    assert source.is_exhausted()
    source.close()


def test_another_kinds_cursor_is_refused(inbox: Inbox) -> None:
    with pytest.raises(SourceError, match="another name"):
        begun(inbox, b"\x81\xa1a\x01")


def test_it_is_opened_by_its_addresses_and_needs_the_database(database: Engine) -> None:
    for spec in ("push:", "syslog+udp://127.0.0.1:5514", "syslog+tcp://[::1]:6514"):
        assert isinstance(opened(Opening(spec, "crm", database=database)), InboxSource)
    with pytest.raises(SourceError, match="vigie run"):
        opened(Opening("push:", "crm"))


def test_what_is_pushed_has_no_options() -> None:
    check(Opening("push:", "crm"))
    with pytest.raises(ValueError, match="no options, got token"):
        check(Opening("push:", "crm", options={"token": "x"}))
