"""Findings are raised once, cleared by themselves, kept, and go on over a restart."""

import logging
from pathlib import Path

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select

from alerts.outbox import Breaker, State
from detectors.core.detector import Text
from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor.formats.detection import named
from monitor.health import responding
from monitor.health.pulse import ourselves
from monitor.health.rule import Leap
from monitor.health.seen import Expected
from monitor.health.watch import EVERY, Watch
from monitor.pipeline import Feed
from monitor.sources.source import SourceError
from monitor.store import leases, outbox, tables
from monitor.store.receipts import Receipts, Refusal, note_receipts
from monitor.store.watching import HealthRow, Watching
from monitor.store.writing import Writing
from tests.monitor.health.test_seen import intake
from tests.monitor.store.orders import order
from tests.monitor.test_pipeline import Lines

NOW = 1_800_000_000_000


class Watched:
    """A watch over one source, `s`, that is silent after half an hour, and a clock."""

    def __init__(self, database: Database, now: int = NOW, free: int = 1 << 40) -> None:
        self.database = database
        self.now = now
        self.passed = 0.0
        self.free = free
        expected = {"s": Expected(silent_after=30 * MINUTE)}
        self.watch = Watch(now, expected, Path("/nowhere/at/all"), lambda _: self.free)
        self.feed = Feed(Lines("s", []), named("sshd"), "t")
        with database.begin() as connection:
            writing = Writing(connection)
            writing.source("s", "sshd")
            self.watch.begin(writing, ["s"], now)

    def look(self, after: int = EVERY) -> None:
        """Look again after so long (ms)."""
        self.now += after
        self.passed += after / 1000
        with self.database.begin() as connection:
            self.watch.look(Writing(connection), [self.feed], self.now, self.passed)

    def standing(self) -> list[HealthRow]:
        return Watching(self.database).findings(standing=True, limit=9)

    def kinds(self) -> list[str]:
        return [found.kind for found in self.standing()]

    def wait(self, time: int) -> None:
        """Look every ten seconds for so long (ms)."""
        for _ in range(0, time, EVERY):
            self.look()


@pytest.fixture
def watched(database: Database) -> Watched:
    return Watched(database)


def test_a_finding_is_raised_once_cleared_and_kept(
    watched: Watched, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    watched.wait(31 * MINUTE)
    (found,) = watched.standing()
    assert (found.subject, found.kind, found.until) == ("source:s", "silent", None)
    since = found.since
    watched.wait(10 * MINUTE)
    (found,) = watched.standing()
    assert found.since == since
    assert found.facts["quiet"] >= 39 * MINUTE, "the facts go on"
    watched.watch.saw([intake(at=watched.now)], watched.now)
    watched.look()
    assert watched.standing() == []
    (past,) = Watching(watched.database).findings(standing=False, limit=9)
    assert (past.since, past.until) == (since, watched.now)
    warnings = [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].startswith("source s: Silent: Nothing has come for 30 minutes")
    assert "source s: Silent: no more" in caplog.text


def test_it_may_be_raised_again(watched: Watched) -> None:
    for _ in range(2):
        watched.wait(31 * MINUTE)
        assert watched.kinds() == ["silent"]
        watched.watch.saw([intake()], watched.now)
        watched.look()
    assert len(Watching(watched.database).findings(standing=False, limit=9)) == 2


def test_it_goes_on_over_a_restart(database: Database) -> None:
    before = Watched(database)
    before.wait(31 * MINUTE)
    (found,) = before.standing()
    after = Watched(database, before.now + HOUR)
    after.look()
    assert [f.since for f in after.standing()] == [found.since]
    after.watch.saw([intake()], after.now)
    after.look()
    assert after.standing() == []


def test_what_stands_of_a_source_that_is_no_more_is_over(database: Database) -> None:
    before = Watched(database)
    before.wait(31 * MINUTE)
    with database.begin() as connection:
        Watch(before.now).begin(Writing(connection), ["another"], before.now)
    assert Watching(database).findings(standing=True, limit=9) == []


def test_when_a_line_came_last_is_kept_at_once_and_the_hours_later(watched: Watched) -> None:
    watched.look()
    watched.watch.saw([intake(at=watched.now - 4 * SECOND)], watched.now)
    watched.look(2 * SECOND)
    (row,) = Watching(watched.database).sources()
    assert (row.received, row.lag) == (watched.now - 2 * SECOND, 4 * SECOND)
    watched.wait(2 * MINUTE)
    with watched.database.connect() as connection:
        assert connection.execute(select(tables.sources.c.hours)).scalar_one() is not None


def test_a_source_in_trouble_is_told_with_its_reason(watched: Watched) -> None:
    watched.feed.note(SourceError(Text("is a directory", "est un répertoire")))
    watched.wait(40 * SECOND)
    (found,) = watched.standing()
    assert found.kind == "trouble"
    assert found.facts["fr"] == "est un répertoire"


def test_what_the_receiver_lost_is_told(database: Database, watched: Watched) -> None:
    for lost in (3, 3, 10):
        receipts = Receipts("x", 1, refused={Refusal.KERNEL: lost, Refusal.NOT_ALLOWED: 10 * lost})
        with database.begin() as connection:
            note_receipts(connection, {"s": receipts, "another": receipts})
        watched.look()
        assert watched.kinds() == (["losses"] if lost == 10 else [])
    (found,) = watched.standing()
    assert found.facts["lost"] == 7
    assert "kernel" in found.facts["en"]


def test_a_disk_that_is_nearly_full_is_told(watched: Watched) -> None:
    watched.free = 5 << 20
    watched.look()
    watched.look()
    assert watched.kinds() == ["disk_low"]


@pytest.mark.parametrize("by", [2 * HOUR, -2 * HOUR, 300 * DAY, -300 * DAY])
def test_our_own_clock_that_leaps_is_told_and_accuses_no_source(watched: Watched, by: int) -> None:
    for _ in range(10):
        watched.look()
        watched.watch.saw([intake(at=watched.now)], watched.now)
    watched.now += by
    watched.look()
    assert watched.kinds() == ["clock_leapt"]
    assert watched.watch.running.leap == Leap(watched.now, by)
    watched.wait(29 * MINUTE)
    assert watched.kinds() == ["clock_leapt"]
    watched.watch.saw([intake(at=watched.now)], watched.now)
    watched.now -= by
    watched.look()
    watched.wait(29 * MINUTE)
    watched.watch.saw([intake(at=watched.now)], watched.now)
    watched.wait(32 * MINUTE)
    assert watched.kinds() == ["silent"], "after an hour it is told no more, and silence is"


def test_a_long_batch_is_no_silence(watched: Watched) -> None:
    watched.look()
    watched.look(40 * MINUTE)
    assert watched.kinds() == []


def test_a_disk_is_looked_at_where_its_folder_will_be(database: Database, tmp_path: Path) -> None:
    watch = Watch(NOW, folder=tmp_path / "not" / "there")
    with database.begin() as connection:
        watch.begin(Writing(connection), [], NOW)
        watch.look(Writing(connection), [], NOW, 0.0)
    assert watch.running.free
    assert watch.running.free > 0


def test_who_responded_and_tells_nothing_any_more_is_missed(database: Database) -> None:
    watched = Watched(database)
    watched.look()
    assert watched.kinds() == [], "where nobody ever did, nobody is"
    pulse = responding.Pulse(time=watched.now, who=ourselves(watched.now))
    with database.begin() as connection:
        Writing(connection).set_note(responding.NOTE, responding.encode(pulse))
    watched.look()
    assert watched.kinds() == []
    watched.look(3 * MINUTE)
    assert watched.kinds() == ["nobody_responds"]


def test_orders_that_people_have_to_look_at_and_who_does_not_answer_are_told(
    database: Database,
) -> None:
    watched = Watched(database)
    table = tables.outbox
    with database.begin() as connection:
        outbox.enqueue(connection, order(), "idp")
        connection.execute(table.update().values(state=State.DEAD))
        broken = Breaker(failures=5, until=watched.now + MINUTE)
        leases.note_breaker(connection, "idp", broken, "HTTP 503", watched.now)
    watched.look()
    assert watched.kinds() == ["orders_given_up", "responder_silent"]
    with database.begin() as connection:
        connection.execute(table.update().values(state=State.DONE))
        leases.note_breaker(connection, "idp", Breaker(), None, watched.now)
    watched.look(MINUTE)
    assert watched.kinds() == []
