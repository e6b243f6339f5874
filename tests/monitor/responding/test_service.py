"""One process at a time responds; it tells of itself, takes up new settings, and ends cleanly."""

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine

from detectors.core.event import DAY
from monitor.health.responding import NOTE, Pulse, decode
from monitor.responding.duty import Duty, Surroundings
from monitor.responding.service import Service
from monitor.settings import Database, Settings
from monitor.store.lock import RESPONDING, only_engine
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.monitor.faults.running import wait_until


class Noting(Duty):
    """Notes by which settings it is done, and fails when it is told to."""

    opened: list[str]

    def __init__(self) -> None:
        self.opened = []
        self.steps = 0
        self.closed = 0
        self.fails = False

    def open(self, around: Surroundings) -> "Noting":
        self.opened.append(around.settings.tenant)
        return self

    def step(self) -> bool:
        self.steps += 1
        if self.fails:
            raise ZeroDivisionError("a bug")
        return False

    def close(self) -> None:
        self.closed += 1


class Running:
    """A service on a thread of the test."""

    def __init__(self, settings: Settings, duty: Noting) -> None:
        self.service = Service(settings, {"duty": duty.open})
        self.failure: Exception | None = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            self.service.run()
        except Exception as error:  # noqa: BLE001 - the test looks at it
            self.failure = error

    def stop(self) -> None:
        self.service.stop()
        self.thread.join(240)
        assert not self.thread.is_alive()


@pytest.fixture
def url(databases: Databases) -> str:
    return databases.url()


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, database=Database(url=url), tenant="acme")


def pulse_of(database: Engine) -> Pulse | None:
    with database.connect() as connection:
        return decode(Writing(connection).note(NOTE))


def reached(database: Engine, what: Callable[[Pulse], bool]) -> Callable[[], bool]:
    def look() -> bool:
        pulse = pulse_of(database)
        return pulse is not None and what(pulse)

    return look


def test_it_does_its_duties_tells_of_itself_and_ends(
    settings: Settings, url: str, databases: Databases
) -> None:
    database, duty = databases.connect(url), Noting()
    running = Running(settings, duty)
    wait_until(reached(database, lambda pulse: pulse.time > 0), "it tells of itself")
    wait_until(lambda: duty.steps > 0, "it does its duty")
    running.stop()
    assert (duty.opened, duty.closed) == (["acme"], 1)
    assert running.failure is None
    last = pulse_of(database)
    assert last is not None
    assert last.ended
    assert not last.is_alive(last.time)


def test_new_settings_are_taken_up_and_the_same_ones_are_no_news(settings: Settings) -> None:
    duty = Noting()
    running = Running(settings, duty)
    wait_until(lambda: duty.steps > 0, "it does its duty")
    running.service.tell(settings)
    running.service.tell(structs.replace(settings, tenant="globex"))
    wait_until(lambda: len(duty.opened) > 1, "it is opened anew")
    running.stop()
    assert duty.opened == ["acme", "globex"]
    assert duty.closed == 2


def test_a_second_one_waits_for_the_first(settings: Settings, url: str) -> None:
    duty = Noting()
    with only_engine(url, RESPONDING):
        running = Running(settings, duty)
        wait_until(running.thread.is_alive, "it waits")
        assert duty.opened == []
    wait_until(lambda: duty.opened == ["acme"], "it takes over")
    running.stop()


def test_told_to_end_while_it_waits_it_does_nothing(settings: Settings, url: str) -> None:
    duty = Noting()
    with only_engine(url, RESPONDING):
        running = Running(settings, duty)
        running.stop()
    assert duty.opened == []
    assert running.failure is None


def test_a_duty_with_a_bug_is_told_and_ends_no_process(
    settings: Settings, url: str, databases: Databases
) -> None:
    duty = Noting()
    duty.fails = True
    running = Running(settings, duty)
    database = databases.connect(url)
    error = "an error of ours (ZeroDivisionError)"
    told = reached(database, lambda pulse: error in pulse.troubles.get("duty", ""))
    wait_until(told, "it is told")
    running.stop()
    assert running.failure is None


def test_whose_lock_is_gone_does_nothing_before_it_has_it_again(
    migrated_file: Path, tmp_path: Path
) -> None:
    """On a server the lock's loss is the end of its session, as for the engine."""
    shutil.copyfile(migrated_file, tmp_path / "vigie.db")
    duty = Noting()
    running = Running(Settings(data=tmp_path), duty)
    wait_until(lambda: duty.steps > 0, "it does its duty")
    file = tmp_path / "vigie.db.responding.lock"
    file.unlink()
    wait_until(lambda: len(duty.opened) > 1, "it has the lock again")
    assert file.exists()
    running.stop()


def test_while_the_clock_leaps_nothing_ends_or_lapses(settings: Settings) -> None:
    """A suspension does not end because somebody set the clock."""
    wall = [1_000_000]
    seen: list[int] = []

    class Looking(Noting):
        def open(self, around: Surroundings) -> "Looking":
            self.now = around.now
            return self

        def step(self) -> bool:
            seen.append(self.now())
            return False

    looking = Looking()
    service = Service(settings, {"duty": looking.open}, now=lambda: wall[0])
    thread = threading.Thread(target=service.run, daemon=True)
    thread.start()
    wait_until(lambda: len(seen) > 0, "it goes by the clock")
    wall[0] += 365 * DAY
    before = len(seen)
    wait_until(lambda: len(seen) > before + 1, "and looks again")
    service.stop()
    thread.join(240)
    assert max(seen) < 1_000_000 + DAY
