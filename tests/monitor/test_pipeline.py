"""The pipeline: what is read is stored with its cursor, or read again; never lost, never twice."""

from typing import Any

import msgspec
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from detectors.core.event import Event
from detectors.core.listing import AccountKind, Listing
from monitor.daemon import Stopping
from monitor.directory.account import Account
from monitor.directory.origin import Origin, Provenance
from monitor.engine import Engine
from monitor.formats.detection import named
from monitor.formats.format import MalformedLine
from monitor.pipeline import Feed, Pipeline, parse_chunk
from monitor.sources.source import Chunk, SourceError
from monitor.store import tables
from monitor.store.directory import DirectoryTable
from monitor.store.listings import ListingsTable
from monitor.store.writing import Writing


class Lines:
    """A source of given lines; its cursor is how many were read."""

    def __init__(self, name: str, lines: list[bytes]) -> None:
        self.name = name
        self.lines = lines
        self.at = 0
        self.reads = 0
        self.acknowledged = 0
        self.is_beginning = False
        self.tenant: str | None = None
        self.trouble: SourceError | None = None

    def resume(self, cursor: bytes | None) -> None:
        self.at = 0 if cursor is None else msgspec.msgpack.decode(cursor, type=int)

    def read(self, limit: int) -> Chunk | None:
        self.reads += 1
        if self.trouble is not None:
            raise self.trouble
        lines = self.lines[self.at : self.at + limit]
        if not lines:
            return None
        first = self.at + 1
        self.at += len(lines)
        cursor = msgspec.msgpack.encode(self.at)
        return Chunk(
            self.name,
            first,
            lines,
            cursor,
            1_800_000_000_000,
            is_beginning=self.is_beginning,
            tenant=self.tenant,
        )

    def is_exhausted(self) -> bool:
        return self.at >= len(self.lines)

    def backlog(self) -> tuple[int, int] | None:
        return self.at, len(self.lines)

    def acknowledge(self) -> None:
        self.acknowledged = self.at

    def close(self) -> None:
        self.at = 0


def guess(minute: int, host: str = "web") -> bytes:
    stamp = f"2026-09-21T14:{minute:02d}:07+00:00 {host} sshd[7]:"
    return f"{stamp} Failed password for root from 203.0.113.9 port 4022 ssh2".encode()


def unchanged(one: Event) -> Event:
    return one


def pipeline(database: Database, *sources: Lines, batch: int = 10) -> Pipeline:
    feeds = [Feed(source, named("sshd"), "t") for source in sources]
    return Pipeline(Engine(database, (), unchanged), feeds, batch=batch)


def run(made: Pipeline) -> None:
    stopping = Stopping()
    made.run(stopping, lambda _: None)


def ids(database: Database) -> list[bytes]:
    with database.connect() as connection:
        return list(connection.execute(select(tables.events.c.id)).scalars())


def test_identical_lines_are_events_each_also_over_a_restart(database: Database) -> None:
    lines = [guess(1)] * 25 + [guess(2)] * 3
    source = Lines("ssh", lines)
    first = pipeline(database, source)
    first.start()
    first.step()
    assert len(ids(database)) == 10
    run(pipeline(database, source))
    assert len(set(ids(database))) == 28
    again = Lines("ssh", [*lines, guess(2)])
    run(pipeline(database, again))
    assert len(set(ids(database))) == 29


def test_a_chunk_that_is_sent_again_is_the_same_events(database: Database) -> None:
    source = Lines("push", [guess(1), guess(1), guess(1), guess(1)])
    source.is_beginning = True
    made = pipeline(database, source, batch=2)
    made.start()
    made.step()
    assert len(set(ids(database))) == 2
    made.step()
    assert len(set(ids(database))) == 2


def test_what_was_read_is_acknowledged_once_it_is_committed(database: Database) -> None:
    source = Lines("ssh", [guess(1), guess(2), guess(3)])
    made = pipeline(database, source, batch=2)
    made.start()
    assert source.acknowledged == 0
    made.step()
    assert source.acknowledged == 2
    tables.events.drop(database)
    with pytest.raises(SQLAlchemyError):
        made.step()
    assert source.acknowledged == 2


def test_a_sender_speaks_for_its_own_tenant_only(database: Database) -> None:
    source = Lines("push", [guess(1)])
    source.tenant = "acme"
    run(pipeline(database, source))
    with database.begin() as connection:
        (body,) = connection.execute(select(tables.events.c.body)).scalars()
    assert msgspec.msgpack.decode(body, type=Event).tenant == "acme"
    line = (
        b'{"class_uid":3002,"activity_id":1,"status_id":1,"time":1790000000000,'
        b'"user":{"uid":"a"},"metadata":{"uid":"1","tenant_uid":"other"}}'
    )
    foreign = Lines("crm", [line])
    foreign.tenant = "acme"
    run(Pipeline(Engine(database, (), unchanged), [Feed(foreign, named("ocsf"), "t")]))
    with database.begin() as connection:
        rejects = connection.execute(select(tables.rejects)).all()
    assert len(ids(database)) == 1
    assert [r.raw for r in rejects] == [line]
    assert "another tenant than 'acme'" in rejects[0].reason


def test_what_cannot_be_read_is_kept_and_its_neighbours_are_unharmed(database: Database) -> None:
    bad = b"2026-09-21T14:02:07+00:00 web sshd[7]: Failed password for \xff from"
    other = b"2026-09-21T14:02:07+00:00 web cron[1]: session opened"
    run(pipeline(database, Lines("ssh", [guess(1), bad, other, guess(3)])))
    assert len(ids(database)) == 2
    with database.begin() as connection:
        row = Writing(connection).source("ssh", "sshd")
        rejects = connection.execute(select(tables.rejects)).all()
    assert (row.lines, row.events, row.skipped, row.rejected) == (4, 2, 1, 1)
    assert [(r.position, r.raw) for r in rejects] == [("ssh:2", bad)]
    assert rejects[0].reason


def test_the_source_furthest_behind_reads_first(database: Database) -> None:
    old = Lines("old", [guess(n, "old") for n in range(30)])
    new = Lines("new", [guess(30 + n, "new") for n in range(20)])
    made = pipeline(database, new, old, batch=40)
    made.start()
    made.step()
    made.step()
    assert made.is_exhausted()
    assert len(ids(database)) == 50


def test_nothing_is_read_ahead_of_the_store(database: Database) -> None:
    source = Lines("ssh", [guess(n % 60) for n in range(100)])
    made = pipeline(database, source, batch=10)
    made.start()
    made.step()
    assert source.at == 10


def test_a_store_that_fails_is_tried_again_from_the_committed_cursor(database: Database) -> None:
    source = Lines("ssh", [guess(n % 60) for n in range(50)])
    failures = 3

    def fail(*arguments: Any) -> None:
        nonlocal failures
        if failures and "UPDATE sources" in arguments[2]:
            failures -= 1
            raise OperationalError("insert", None, Exception("database or disk is full"))

    event.listen(database, "before_cursor_execute", fail)
    run(pipeline(database, source))
    assert failures == 0
    assert len(set(ids(database))) == 50
    with database.begin() as connection:
        assert Writing(connection).source("ssh", "sshd").lines == 50


def test_told_to_end_while_the_store_is_away_it_ends_and_loses_nothing(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    source = Lines("ssh", [guess(n % 60) for n in range(50)])
    made, stopping = pipeline(database, source), Stopping()
    is_away = False

    def fail(*_: Any) -> None:
        if is_away:
            raise OperationalError("update", None, Exception("no server listens there"))

    def stop(_: Any) -> None:
        nonlocal is_away
        is_away = True
        stopping.stop()

    event.listen(database, "before_cursor_execute", fail)
    made.run(stopping, lambda _: None, stop)
    assert "nothing is lost" in caplog.text
    is_away = False
    assert len(ids(database)) == 10
    run(pipeline(database, Lines("ssh", source.lines)))
    assert len(set(ids(database))) == 50


def test_a_source_in_trouble_does_not_stop_the_others(database: Database) -> None:
    from detectors.core.detector import Text

    broken = Lines("broken", [guess(1)])
    broken.trouble = SourceError(Text(en="no such file", fr="aucun fichier"))
    made = pipeline(database, broken, Lines("ssh", [guess(2)]))
    stopping = Stopping()

    def stop_when_read(_: float) -> None:
        if ids(database):
            stopping.stop()

    made.run(stopping, stop_when_read)
    assert len(ids(database)) == 1
    assert made.feeds[0].trouble == "no such file"


def test_reading_out_ends_though_a_source_is_in_trouble(database: Database) -> None:
    from detectors.core.detector import Text

    broken = Lines("broken", [guess(1)])
    broken.trouble = SourceError(Text(en="no such file", fr="aucun fichier"))
    made = pipeline(database, broken, Lines("ssh", [guess(2)]))
    made.read_out(Stopping(), lambda _: None)
    assert len(ids(database)) == 1


def test_a_line_that_meets_a_bug_of_a_format_is_put_aside_and_the_stream_goes_on(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Buggy:
        name = "buggy"

        def parse(self, line: bytes, _origin: object) -> list[Event]:
            if line == b"poison":
                raise OverflowError("date value out of range")
            raise MalformedLine("none")

    chunk = Chunk("p", 1, [b"x", b"poison", b"poison", b"y"], b"", 0)
    form: Any = Buggy()
    intake = parse_chunk(chunk, form, "s", "t", lambda _second, _line: 0)
    reasons = [one.reason for one in intake.rejects]
    assert (reasons[0], reasons[3]) == ("none", "none")
    assert "a bug in the format buggy" in reasons[1]
    assert "OverflowError" in reasons[2]
    # Once a chunk: whoever writes such lines must not fill the journal with them.
    assert caplog.text.count("a bug in the format buggy") == 1


def test_the_directory_is_known_before_the_first_line_is_read(database: Database) -> None:
    said = Provenance(Origin.CSV, 1)
    entered = Account(tenant="acme", uid="root", kind=AccountKind.SERVICE, origins={"uid": said})
    with database.begin() as connection:
        DirectoryTable(connection).put([(None, entered)], 1)
    made = pipeline(database, Lines("a", [guess(n) for n in range(3)]))
    made.run(lambda: False, lambda _: None)
    with database.begin() as connection:
        (row,) = ListingsTable(connection).every()
    assert row.told == (Listing(since=0, kind=AccountKind.SERVICE),)


class Counted:
    """Rounds of hygiene that only count how often they are asked, and whether anybody waits."""

    def __init__(self) -> None:
        self.asked: list[bool] = []

    def step(self, engine: Engine, *, is_idle: bool) -> bool:
        self.asked.append(is_idle)
        return False


def test_hygiene_has_its_turn_after_each_batch_and_while_nothing_comes(
    database: Database,
) -> None:
    made = pipeline(database, Lines("a", [guess(n) for n in range(25)]))
    counted = made._hygiene = Counted()  # type: ignore[assignment]
    made.run(lambda: False, lambda _: None)
    assert counted.asked == [False, False, False, True]
