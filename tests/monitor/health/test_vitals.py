"""An engine that is measured does the same, and tells of itself often enough."""

from typing import Any

import pytest
from sqlalchemy import Engine as Database

from detectors.core import registry
from detectors.core.detector import Text
from monitor.engine import Engine, SupersededError
from monitor.formats.detection import named
from monitor.health.pulse import EVERY_S, PULSE, Pulse, decode
from monitor.health.vitals import MEASURED, Vitals
from monitor.health.watch import Watch
from monitor.pipeline import Feed, Pipeline
from monitor.sources.source import SourceError
from monitor.store.watching import Watching
from tests.detectors.planted import Sound
from tests.monitor.test_pipeline import Lines, guess, unchanged

START = 1_800_000_000_000


class Time:
    """A clock that is set; finely, it goes on by a microsecond whenever it is looked at."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self.looked = 0

    def now(self) -> int:
        return START + round(1000 * self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def nanoseconds(self) -> int:
        self.looked += 1
        return 1000 * self.looked


@pytest.fixture
def time() -> Time:
    return Time()


def vitals_of(time: Time, watch: Watch | None = None) -> Vitals:
    return Vitals(watch, time.now, time.monotonic, time.nanoseconds)


def engine_of(database: Database) -> Engine:
    return Engine(database, registry.load(), unchanged)


def told(database: Database) -> Pulse:
    pulse = decode(Watching(database).note(PULSE))
    assert pulse is not None
    return pulse


def test_one_batch_in_fifty_is_measured_and_all_are_counted(database: Database, time: Time) -> None:
    source = Lines("ssh", [guess(1)] * (MEASURED + 1))
    vitals, engine = vitals_of(time), engine_of(database)
    made = Pipeline(engine, [Feed(source, named("sshd"), "t")], batch=1, vitals=vitals)
    made.start()
    made.step()
    looked = time.looked
    assert looked > 0
    for _ in range(MEASURED - 1):
        made.step()
    assert time.looked == looked, "a batch that is not to be measured was"
    made.step()
    assert time.looked > looked
    vitals.beat(engine, made.feeds)
    pulse = told(database)
    assert pulse.totals.events == MEASURED + 1
    assert sum(pulse.batches.counts) == MEASURED + 1
    assert {spent.events for spent in pulse.detectors.values()} == {2}
    assert "brute_force" in pulse.detectors
    assert "password_spraying" in pulse.detectors
    assert all(spent.time > 0 for spent in pulse.detectors.values())


def test_where_little_comes_every_batch_may_be_measured(database: Database, time: Time) -> None:
    source = Lines("ssh", [guess(1)] * 3)
    made = Pipeline(
        engine_of(database), [Feed(source, named("sshd"), "t")], batch=1, vitals=vitals_of(time)
    )
    made.start()
    for _ in range(3):
        looked = time.looked
        made.step()
        assert time.looked > looked
        time.seconds += 60


def test_it_tells_every_other_second_and_not_more_often(database: Database, time: Time) -> None:
    vitals, engine = vitals_of(time), engine_of(database)
    engine.start()
    vitals.beat(engine, [])
    assert told(database).time == START
    time.seconds += EVERY_S / 2
    vitals.beat(engine, [])
    assert told(database).time == START
    time.seconds += EVERY_S / 2
    vitals.beat(engine, [])
    assert told(database).time == time.now()


def test_what_is_in_the_way_and_what_was_rejected_is_told(database: Database, time: Time) -> None:
    broken = [b"2026-09-21T14:01:07+00:00 web sshd[7]: Failed password for root from"] * 2
    feed = Feed(Lines("ssh", [*broken, guess(1)]), named("sshd"), "t")
    vitals, engine = vitals_of(time), engine_of(database)
    made = Pipeline(engine, [feed], vitals=vitals)
    made.start()
    made.step()
    feed.note(SourceError(Text("no such file", "pas de fichier")))
    vitals.beat(engine, made.feeds)
    pulse = told(database)
    assert pulse.sources["ssh"].trouble == "no such file"
    assert sum(pulse.sources["ssh"].rejects.values()) == 2
    assert pulse.state.cells == 1
    assert pulse.state.size > 0


def test_when_nothing_waited_last_is_known_over_a_restart(database: Database, time: Time) -> None:
    vitals, engine = vitals_of(time), engine_of(database)
    engine.start()
    vitals.begin(engine, [])
    vitals.caught_up()
    vitals.beat(engine, [])
    later = Time()
    later.seconds = 500
    again = vitals_of(later)
    engine.start()
    again.begin(engine, [])
    again.beat(engine, [])
    assert told(database).caught_up == START
    assert told(database).time == later.now()


def test_an_engine_that_was_superseded_does_not_tell(database: Database, time: Time) -> None:
    old, new = engine_of(database), engine_of(database)
    old.start()
    new.start()
    with pytest.raises(SupersededError):
        vitals_of(time).beat(old, [])


class Crashes(Sound):
    """A detector that always fails."""

    def observe(self, *_: Any) -> tuple[()]:
        raise ValueError("no good")


def test_what_is_wrong_is_kept_until_it_is_not(database: Database, time: Time) -> None:
    watch = Watch(START)
    vitals, engine = vitals_of(time, watch), Engine(database, [Crashes()], unchanged)
    feed = Feed(Lines("ssh", [guess(1)]), named("sshd"), "t")
    made = Pipeline(engine, [feed], vitals=vitals)
    made.start()
    made.step()
    vitals.beat(engine, made.feeds)
    (found,) = Watching(database).findings(standing=True, limit=9)
    assert (found.subject, found.kind) == ("detector:sound", "failing")
    assert found.facts == {"error": "ValueError: no good"}
    (source,) = Watching(database).sources()
    assert source.received == START
    time.seconds += 25 * 3600
    vitals.beat(engine, made.feeds)
    assert [f.kind for f in Watching(database).findings(standing=True, limit=9)] == []
    assert [f.kind for f in Watching(database).findings(standing=False, limit=9)] == ["failing"]


def test_a_database_that_was_away_is_told_once_it_is_back(database: Database, time: Time) -> None:
    vitals, engine = vitals_of(time, Watch(START)), engine_of(database)
    engine.start()
    vitals.begin(engine, [])
    time.seconds = 10
    vitals.stumble("the server is gone")
    time.seconds = 70
    vitals.stumble("it still is")
    time.seconds = 100
    vitals.beat(engine, [])
    (found,) = Watching(database).findings(standing=True, limit=9)
    assert found.kind == "database"
    assert found.facts == {"away": 90_000, "reason": "the server is gone"}
