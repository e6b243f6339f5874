"""Rounds go on in small steps beside the engine's work, and note what they did."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import event as listening
from sqlalchemy.exc import OperationalError

from detectors.core.event import DAY, HOUR
from monitor.engine import Engine
from monitor.retention import rounds as module
from monitor.retention.job import jobs
from monitor.retention.noted import CONFIRMED, NOTE, Noted, noted
from monitor.retention.periods import Periods
from monitor.retention.reckoning import PATIENCE
from monitor.retention.rounds import EVERY_S, LOOK_EVERY_S, Rounds
from monitor.store import tables
from monitor.store.writing import Writing
from tests.monitor.retention.test_forgetting_changes_nothing import Clock
from tests.monitor.retention.working import NOW, count, visit
from tests.monitor.test_engine import intake, new_engine

PERIODS = Periods(events=9 * DAY, details=5 * DAY)
EVENTS = [visit(12 - number / 20, f"a{number % 5}", number) for number in range(240)]


@pytest.fixture
def engine(database: Database) -> Engine:
    made = new_engine(database)
    made.process([intake(EVENTS)])
    made.idle(NOW)
    return made


@pytest.fixture
def clock() -> Clock:
    made = Clock()
    made.time = NOW
    return made


@pytest.fixture
def rounds(database: Database, clock: Clock) -> Rounds:
    return Rounds(PERIODS, (), database, clock.now, clock.monotonic)


def whole(rounds: Rounds, engine: Engine, *, is_idle: bool = True) -> int:
    """Steps to the end of the round."""
    for steps in range(1, 1_000):
        if rounds.step(engine, is_idle=is_idle) and rounds.is_resting:
            return steps
    raise AssertionError("it never ends")


def notes(database: Database) -> Noted:
    with database.begin() as connection:
        return noted(Writing(connection).note(NOTE))


def test_a_round_does_every_job_and_notes_what_was_done(
    database: Database, engine: Engine, rounds: Rounds
) -> None:
    assert notes(database) == Noted()
    steps = whole(rounds, engine)
    assert steps > len(jobs())
    told = notes(database)
    assert (told.began, told.finished, told.reckoning.time) == (NOW, NOW, NOW)
    old = sum(e.time < NOW - 9 * DAY for e in EVENTS)
    assert (told.done["events"].rows, told.done["events"].last) == (old, NOW)
    assert count(database, tables.events) == len(EVENTS) - old


def test_it_rests_between_rounds(engine: Engine, rounds: Rounds, clock: Clock) -> None:
    whole(rounds, engine)
    assert not rounds.step(engine, is_idle=True)
    clock.seconds += EVERY_S - 1
    assert not rounds.step(engine, is_idle=True)
    clock.seconds += 2
    assert rounds.step(engine, is_idle=True)
    assert not rounds.is_resting


def test_while_lines_wait_it_takes_a_tenth_of_the_time(
    engine: Engine, rounds: Rounds, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert rounds.step(engine, is_idle=False)
    tend = engine.tend

    def slowly(step: Callable[..., object]) -> None:
        clock.seconds += 0.5
        tend(step)

    monkeypatch.setattr(engine, "tend", slowly)
    steps, began = 0, clock.seconds
    while not rounds.is_resting:
        steps += rounds.step(engine, is_idle=False)
    spent = clock.seconds - began
    assert steps > 5
    assert 0.5 * steps * 9 < spent < 0.5 * steps * 12


def test_an_error_of_the_store_is_the_callers_and_the_round_begins_anew(
    database: Database, engine: Engine, rounds: Rounds, clock: Clock
) -> None:
    for _ in range(4):
        rounds.step(engine, is_idle=True)

    def fail(*_: object) -> None:
        raise OperationalError("x", {}, Exception("disk"))

    listening.listen(database, "before_cursor_execute", fail)
    with pytest.raises(OperationalError):
        rounds.step(engine, is_idle=True)
    listening.remove(database, "before_cursor_execute", fail)
    assert rounds.is_resting
    assert not rounds.step(engine, is_idle=True)
    clock.seconds += LOOK_EVERY_S + 1
    whole(rounds, engine)
    assert notes(database).finished == NOW
    assert count(database, tables.events) == sum(e.time >= NOW - 9 * DAY for e in EVENTS)


def test_a_leap_waits_and_says_so_until_it_is_confirmed(
    database: Database, engine: Engine, rounds: Rounds, clock: Clock
) -> None:
    whole(rounds, engine)
    assert rounds.postponed is None
    kept = count(database, tables.events)
    clock.time = NOW + 400 * DAY
    engine.idle(clock.time)
    clock.seconds += EVERY_S + 1
    whole(rounds, engine)
    assert rounds.postponed == (400, PATIENCE)
    assert count(database, tables.events) == kept
    with database.begin() as connection:
        Writing(connection).set_note(CONFIRMED, str(clock.time).encode())
    clock.seconds += LOOK_EVERY_S + 1
    whole(rounds, engine)
    assert rounds.postponed is None
    assert count(database, tables.events) == 0


def test_what_comes_first_after_an_empty_start_is_no_leap(
    database: Database, rounds: Rounds, clock: Clock
) -> None:
    engine = new_engine(database)
    whole(rounds, engine)
    assert notes(database).began == NOW
    engine.process([intake(EVENTS)])
    engine.idle(NOW)
    clock.seconds += EVERY_S + 1
    whole(rounds, engine)
    assert rounds.postponed is None
    assert notes(database).reckoning.time == NOW


def test_a_history_of_long_ago_waits_as_well(
    database: Database, rounds: Rounds, clock: Clock
) -> None:
    engine = new_engine(database)
    engine.process([intake([visit(200 - n / 20, number=n) for n in range(100)])])
    whole(rounds, engine)
    assert count(database, tables.events) == 100
    assert rounds.postponed is None
    engine.idle(NOW)
    clock.seconds += EVERY_S + 1
    whole(rounds, engine)
    assert count(database, tables.events) == 100
    assert rounds.postponed is not None
    assert rounds.postponed.days == 200 - 5


def test_another_engine_goes_on_where_one_was_killed(
    database: Database, engine: Engine, clock: Clock
) -> None:
    for most in range(2, 40, 3):
        one = Rounds(PERIODS, (), database, clock.now, clock.monotonic)
        for _ in range(most):
            one.step(engine, is_idle=True)
        engine = new_engine(database)
        engine.idle(NOW)
    clock.time += HOUR
    whole(Rounds(PERIODS, (), database, clock.now, clock.monotonic), engine)
    told = notes(database)
    assert (told.began, told.finished) == (NOW, NOW + HOUR)
    assert count(database, tables.events) == sum(e.time >= NOW - 9 * DAY for e in EVENTS)


def test_lines_of_unknown_age_are_old_when_retention_has_been_there_for_as_long(
    database: Database, engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    work = module.Work

    def watched(**values: object) -> object:
        seen.append(bool(values["undated"]))
        return work(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "Work", watched)
    for days in range(0, 40, 5):
        clock.time = NOW + days * DAY
        engine.idle(clock.time)
        whole(Rounds(PERIODS, (), database, clock.now, clock.monotonic), engine)
    assert seen[0] is False
    assert seen[-1] is True
