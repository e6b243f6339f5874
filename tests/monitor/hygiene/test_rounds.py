"""Rounds: when they begin, that they are the same however often, and after whatever ends them."""

import random

import pytest
from sqlalchemy import Engine as Database

from detectors.core.event import HOUR, MINUTE
from monitor.hygiene.noted import NOTE, noted
from monitor.hygiene.rounds import Phase
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.monitor.hygiene.world import DAY, MONDAY, World, enter, work
from tests.monitor.test_listings import account, take_up


@pytest.fixture
def world(database: Database) -> World:
    made = World(database)
    enter(database, *(account(f"a{n}") for n in range(0, 6, 2)))
    events = [e for n in range(6) for e in work(f"a{n}", range(n, n + 3)).events]
    return made.at(9).read(sorted(events, key=lambda e: e.id))


def test_a_round_begins_every_six_hours(world: World) -> None:
    assert world.round() > 2
    assert world.round() == 0
    world.clock.now += 6 * HOUR - MINUTE
    assert world.round() == 0
    world.clock.now += MINUTE
    assert world.round() > 2
    with world.database.begin() as connection:
        told = noted(Writing(connection).note(NOTE))
    assert told.accounts == 6
    assert told.began == world.clock.now


def test_again_is_the_same(world: World) -> None:
    world.round()
    before = world.rows()
    world.rounds = world.new_rounds()
    with world.database.begin() as connection:
        Writing(connection).set_note(NOTE, b"\x90")
    assert world.round() > 2
    assert world.rows() == before


def test_a_round_that_is_not_finished_is_begun_anew(world: World) -> None:
    take_up(world.engine)
    while world.rounds.phase is not Phase.JUDGING:
        assert world.rounds.step(world.engine, is_idle=True)
    again = World(world.database)
    again.clock.now = world.clock.now
    assert again.round() > 2
    assert sum(tally.accounts for tally in again.days().values()) == 6
    rows = again.rows()
    again.rounds = again.new_rounds()
    with again.database.begin() as connection:
        Writing(connection).set_note(NOTE, b"\x90")
    again.round()
    assert again.rows() == rows


def test_while_lines_wait_it_takes_a_tenth_of_the_time(world: World) -> None:
    world.engine.idle(world.clock.now)
    seconds = iter((100.0, 101.0, 109.9, 110.0, 110.5, 110.6, 110.6))
    world.rounds._rested, world.rounds._seconds = 0.0, lambda: next(seconds)
    assert world.rounds.step(world.engine, is_idle=False), "it takes a second"
    assert not world.rounds.step(world.engine, is_idle=False), "nine are not over"
    assert world.rounds.step(world.engine, is_idle=False), "half a second"
    assert world.rounds.step(world.engine, is_idle=True), "nobody waits"


def test_an_error_of_the_store_begins_it_anew_later(world: World) -> None:
    while world.rounds.phase is not Phase.LOOKING:
        assert world.rounds.step(world.engine, is_idle=True)

    def fails(*_: object) -> None:
        raise OSError("no room")

    world.rounds._step = fails  # type: ignore[method-assign, assignment]
    with pytest.raises(OSError, match="no room"):
        world.rounds.step(world.engine, is_idle=True)
    assert world.rounds.phase is Phase.RESTING


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_arrival_does_not_matter(databases: Databases, seed: int) -> None:
    """The same events in whatever order and batches, and rounds in between: the same facts."""
    rows = []
    for shuffled in (False, True):
        pick = random.Random(seed)
        world = World(databases.new())
        enter(world.database, account("a1"), account("a2", privileged=True))
        events = [e for n in range(4) for e in work(f"a{n}", range(n, n + 4)).events]
        events.sort(key=lambda e: e.id)
        if shuffled:
            events.sort(key=lambda e: e.time + pick.randrange(20 * HOUR))
            for start in range(0, len(events), 40):
                part = events[start : start + 40]
                world.clock.now = max(e.time for e in part)
                world.read(part)
                if pick.random() < 0.3:
                    world.round()
            world.clock.now = MONDAY + 60 * DAY
        else:
            world.at(60).read(events)
        world.round()
        world.clock.now += DAY
        world.round()
        rows.append((world.facts(), world.days()[61]))
    assert rows[0] == rows[1]


def test_while_a_history_is_read_it_is_not_time_yet(world: World) -> None:
    take_up(world.engine)
    world.clock.now += 30 * DAY
    assert not world.rounds.step(world.engine, is_idle=False)
    assert world.rounds.phase is Phase.RESTING
    world.clock.now += MINUTE
    assert world.round() > 2
