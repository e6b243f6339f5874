"""Our own clock may be set by years and put right: what is found stays what it would have been."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import select

from detectors.core import registry
from detectors.core.event import DAY, HOUR, MINUTE
from monitor.engine import Engine
from monitor.formats.detection import named
from monitor.pipeline import Feed, Pipeline
from monitor.sources.specification import open_source
from monitor.steady import Steady
from monitor.store import tables
from tests.databases import Databases
from tests.monitor.faults.running import START, world_lines, write
from tests.monitor.test_steady import Clocks

YEAR = 365 * DAY
DAYS = 6


class World:
    """An engine that follows a log while time passes, by clocks that are set."""

    def __init__(self, database: Database, log: Path, *, steady: bool = True) -> None:
        self.database = database
        self.log = log
        self.clocks = Clocks()
        self.clocks.wall = START
        self.is_steady = steady
        self.lines = world_lines(days=DAYS, accounts=25)
        self.written = 0
        self.open()

    def open(self) -> None:
        """Begin, or begin again, as a process does."""
        even = self.clocks.steady()
        plain = Steady(lambda: self.clocks.wall, lambda: self.clocks.passed / 1000)
        believed = even.passing if self.is_steady else (lambda: self.clocks.wall)
        latest = plain.latest if self.is_steady else (lambda: self.clocks.wall)
        self.engine = Engine(self.database, registry.load(), lambda event: event, clock=latest)
        feed = Feed(open_source(str(self.log), "idp", follow=True), named("ocsf"), "acme")
        self.pipeline = Pipeline(self.engine, [feed], now=believed)
        self.pipeline.start()

    def pass_time(self, share: float) -> None:
        """Write and read the log up to this share of it, while as much time passes."""
        upto = int(share * len(self.lines))
        step = max(1, len(self.lines) // 60)
        while self.written < upto:
            self.written = min(upto, self.written + step)
            write(self.log, self.lines[: self.written])
            self.clocks.go_on(DAYS * DAY * step // len(self.lines))
            self.look()

    def look(self) -> None:
        while self.pipeline.step() is not None:
            pass
        self.engine.idle(self.pipeline._now())
        while self.engine.is_behind:
            self.engine.catch_up()

    def stand(self, time: int) -> None:
        """Nothing comes for so long (ms)."""
        for _ in range(0, time, 10 * MINUTE):
            self.clocks.go_on(10 * MINUTE)
            self.look()

    def end(self) -> dict[str, list[Any]]:
        """What there is in the end, some time after the last line."""
        self.pass_time(1.0)
        self.clocks.wall = START + (DAYS + 3) * DAY
        self.engine.idle(self.clocks.wall)
        self.engine.stop()
        self.pipeline.close()
        with self.database.connect() as connection:
            found: dict[str, list[Any]] = {"events": [], "findings": [], "incidents": []}
            events = select(tables.events.c.id, tables.events.c.late).order_by(tables.events.c.id)
            found["events"].extend(map(tuple, connection.execute(events)))
            # What was said when a day ended, and taken back for lines from before, may differ.
            for table in (tables.findings, tables.incidents):
                query = select(table.c.id, table.c.body).where(~table.c.withdrawn)
                rows = connection.execute(query.order_by(table.c.id))
                found[table.name].extend(map(tuple, rows))
        return found


@pytest.fixture(scope="module")
def undisturbed(
    tmp_path_factory: pytest.TempPathFactory, migrated_file: Path
) -> dict[str, list[Any]]:
    folder = tmp_path_factory.mktemp("undisturbed")
    databases = Databases("sqlite", folder, migrated_file, None)
    world = World(databases.new(), folder / "idp.ndjson")
    found = world.end()
    databases.close()
    assert len(found["incidents"]) >= 2
    return found


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return World(database, tmp_path / "idp.ndjson")


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("leap", [YEAR, -YEAR, 2 * DAY, -2 * DAY])
def test_a_clock_that_is_set_and_put_right_changes_nothing(
    world: World, undisturbed: dict[str, list[Any]], leap: int
) -> None:
    world.pass_time(0.4)
    world.clocks.wall += leap
    world.look()
    world.stand(30 * MINUTE)
    world.clocks.wall -= leap
    world.pass_time(0.42)
    found = world.end()
    assert not any(late for _, late in found["events"])
    assert found == undisturbed


def test_one_that_is_set_back_for_days_makes_no_event_late(
    world: World, undisturbed: dict[str, list[Any]]
) -> None:
    world.pass_time(0.3)
    world.clocks.wall -= YEAR
    world.pass_time(0.9)
    world.clocks.wall += YEAR
    assert world.end() == undisturbed


@pytest.mark.parametrize("leap", [YEAR, -YEAR])
def test_one_that_is_wrong_over_a_restart_loses_no_event_and_is_got_over(
    database: Database, tmp_path: Path, undisturbed: dict[str, list[Any]], leap: int
) -> None:
    world = World(database, tmp_path / "idp.ndjson")
    world.pass_time(0.4)
    world.engine.stop()
    world.clocks.wall += leap
    world.open()
    world.look()
    world.pass_time(0.5)
    world.engine.stop()
    world.clocks.wall -= leap
    world.open()
    assert world.engine.watermark <= world.clocks.wall + DAY
    found = world.end()
    assert [one for one, _ in found["events"]] == [one for one, _ in undisturbed["events"]]
    assert not any(late for _, late in found["events"])
    assert found["incidents"]


def test_a_leap_that_stands_for_an_hour_is_believed(world: World) -> None:
    world.pass_time(0.2)
    before = world.engine.watermark
    world.clocks.wall += YEAR
    world.look()
    assert world.engine.watermark < before + DAY
    world.stand(HOUR + 10 * MINUTE)
    assert world.engine.watermark == world.clocks.wall
