"""Retention forgets events, and takes back nothing that was found, whatever is folded again."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, delete, select

from detectors.core.detector import Detector
from detectors.core.event import DAY, HOUR, MINUTE, SignIn
from detectors.core.identity import first_id, time_of
from monitor import horizon
from monitor.engine import Engine, Intake
from monitor.retention.periods import Periods
from monitor.retention.rounds import Rounds
from monitor.store import tables
from tests.monitor.test_engine import (
    Nightly,
    ThirdFromNewAddress,
    TwoHoursQuiet,
    new_engine,
    sign_in,
)

DAYS = 14
START = 1_790_000_000_000 // DAY * DAY
PERIODS = Periods(details=4 * DAY, events=6 * DAY)
DETECTORS: tuple[Detector[Any], ...] = (ThirdFromNewAddress(), TwoHoursQuiet(), Nightly())


class NewerThird(ThirdFromNewAddress):
    about = structs.replace(ThirdFromNewAddress.about, state_version=2)


NEWER: tuple[Detector[Any], ...] = (NewerThird(), TwoHoursQuiet(), Nightly())


class Clock:
    """Time that passes with the events, and in large steps between rounds."""

    def __init__(self) -> None:
        self.time = 0
        self.seconds = 0.0

    def now(self) -> int:
        return self.time

    def monotonic(self) -> float:
        self.seconds += 0.001
        return self.seconds


class World:
    """Sign-ins of some accounts over two weeks, a batch for each few hours, some of them late."""

    def __init__(self, seed: int) -> None:
        pick = random.Random(seed)
        self.batches: list[list[Intake]] = []
        late: list[tuple[int, SignIn]] = []
        for hour in range(0, DAYS * 24, 6):
            events = [
                sign_in(
                    START + hour * HOUR + pick.randrange(6 * 60) * MINUTE,
                    f"a{pick.randrange(6) if hour < 9 * 24 or pick.random() < 0.3 else 0}",
                    f"192.0.2.{pick.randrange(2)}",
                    hour * 100 + number,
                )
                for number in range(pick.randrange(14))
            ]
            kept = [e for e in events if pick.random() > 0.1]
            late += [(hour + pick.randrange(6, 24), e) for e in events if e not in kept]
            kept += [e for at, e in late if hour <= at < hour + 6]
            # Another host's log, which is days behind and in order by itself.
            behind = [
                sign_in(START + (hour - 48) * HOUR + n * MINUTE, f"a{n % 7}", "192.0.2.9", hour)
                for n in range(pick.randrange(3))
                if hour > 48
            ]
            self.batches.append([_intake(kept, "here"), _intake(behind, "there")])


def _intake(events: Sequence[SignIn], stream: str) -> Intake:
    ordered = sorted(events, key=lambda e: e.time) if stream == "there" else [*events]
    return Intake("source", "test", stream, b"c", list(ordered), lines=len(ordered))


def forget(engine: Engine, database: Database, clock: Clock) -> None:
    """A whole round of retention."""
    clock.time = engine.watermark
    rounds = Rounds(PERIODS, (), database, clock.now, clock.monotonic)
    while rounds.step(engine, is_idle=True):
        if rounds.is_resting:
            break


def lose_newest(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(delete(tables.snapshots).where(tables.snapshots.c.slot != 3))


def lose_all(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(delete(tables.snapshots))


def findings(database: Database) -> dict[bytes, tuple[bool, bytes]]:
    table = tables.findings
    with database.begin() as connection:
        rows = connection.execute(select(table.c.id, table.c.withdrawn, table.c.body))
        return {row[0]: (bool(row[1]), row[2]) for row in rows}


def incidents(database: Database) -> dict[bytes, tuple[bool, bytes]]:
    table = tables.incidents
    with database.begin() as connection:
        rows = connection.execute(select(table.c.id, table.c.withdrawn, table.c.body))
        return {row[0]: (bool(row[1]), row[2]) for row in rows}


def stored(database: Database) -> list[bytes]:
    with database.begin() as connection:
        return list(connection.execute(select(tables.events.c.id)).scalars())


def lived(
    database: Database,
    seed: int,
    disturb: Callable[[Database], None],
    *,
    forgets: bool = True,
) -> horizon.Horizon:
    """A world's two weeks with retention and restarts at random times; some are crashes."""
    pick = random.Random(seed)
    clock = Clock()
    engine = new_engine(database, DETECTORS)
    for batch in World(seed).batches:
        engine.process(batch)
        if pick.random() < 0.3 and forgets:
            forget(engine, database, clock)
        if pick.random() < 0.2:
            engine = new_engine(database, DETECTORS)
            disturb(database)
        elif pick.random() < 0.1:
            engine.stop()
            engine = new_engine(database, DETECTORS)
    engine.idle(engine.watermark)
    if forgets:
        forget(engine, database, clock)
    engine.stop()
    with database.begin() as connection:
        return horizon.noted(connection)


def remembered(seed: int) -> Database:
    """The same without retention, and with nothing lost but what is in memory."""
    made = create_engine("sqlite://")
    tables.metadata.create_all(made)
    lived(made, seed, lambda _: None, forgets=False)
    return made


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("disturb", [lambda _: None, lose_newest], ids=["kept", "newest lost"])
@pytest.mark.parametrize("seed", range(3))
def test_all_that_is_found_is_as_if_nothing_were_forgotten(
    database: Database, seed: int, disturb: Callable[[Database], None]
) -> None:
    calm = remembered(seed)
    at = lived(database, seed, disturb)
    assert at.kept == START + (DAYS - 1 - 6) * DAY
    assert at.carried == at.coarse == at.closed == START + (DAYS - 1 - 4) * DAY
    kept = stored(database)
    assert kept
    assert min(kept) >= first_id(at.kept)
    assert len(kept) < len(stored(calm))
    assert len(findings(calm)) > 50
    assert findings(database) == findings(calm)
    assert incidents(database) == incidents(calm)
    calm.dispose()


def check_any_history(seed: int) -> None:
    calm = remembered(seed)
    made = create_engine("sqlite://")
    tables.metadata.create_all(made)
    lived(made, seed, lose_newest)
    assert findings(made) == findings(calm)
    assert incidents(made) == incidents(calm)
    calm.dispose()
    made.dispose()


# A seed is not worth making smaller.
@settings(max_examples=3, phases=(Phase.generate,))
@given(seed=st.integers(0, 1 << 32))
def test_so_it_is_for_any_history(seed: int) -> None:
    check_any_history(seed)


@pytest.mark.soak
def test_so_it_is_for_hundreds_of_histories() -> None:
    for seed in range(1_000, 1_300):
        check_any_history(seed)


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("how", ["lost", "newer"])
def test_without_its_past_an_account_neither_loses_nor_gains_what_was_found_then(
    database: Database, seed: int, how: str
) -> None:
    world = World(seed)
    clock = Clock()
    engine = new_engine(database, DETECTORS)
    half = len(world.batches) - 8
    for number, batch in enumerate(world.batches[:half]):
        engine.process(batch)
        if number % 8 == 7:
            forget(engine, database, clock)
    engine.stop()
    before = findings(database)
    if how == "lost":
        with database.begin() as connection:
            connection.execute(delete(tables.snapshots))
            # The run before did not stop cleanly: every account is folded again when it is met.
            connection.execute(delete(tables.engine).where(tables.engine.c.name == "stopped"))
    engine = new_engine(database, NEWER if how == "newer" else DETECTORS)
    again = 0
    for batch in world.batches[half:]:
        again += engine.process(batch).refolded
    engine.stop()
    assert again > 5
    with database.begin() as connection:
        at = horizon.noted(connection)
    after = findings(database)
    assert at.carried > START + 5 * DAY
    assert before.keys() <= after.keys()
    unknown = at.carried + 2 * DAY
    early = {i: told for i, told in after.items() if time_of(i) < unknown}
    assert len(early) > 50
    assert early == {i: told for i, told in before.items() if time_of(i) < unknown}
    assert after != before
