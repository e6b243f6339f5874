"""A running engine takes up new sources between two batches, and refuses bad ones whole."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from monitor import assembly
from monitor.changes import compare
from monitor.engine import Engine
from monitor.health.vitals import Vitals
from monitor.pipeline import Feed, Pipeline
from monitor.reloading import REFUSALS, Reloading
from monitor.settings import OWN_SOURCE, Geo, Settings, SettingsError, Source
from monitor.store import tables
from monitor.store.watching import Watching

GUESS = "Failed password for root from 203.0.113.9 port 1"


class Running:
    """An engine over the logs of a folder, and what brings it to other settings."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database = database
        self.folder = folder
        self.settings = Settings(data=folder, sources=(self.source("a"),))
        self.vitals = Vitals(assembly.open_watch(self.settings, self.settings.all_sources))
        self.engine = Engine(database, (), lambda event: event)
        self.pipeline: Pipeline = assembly.open_pipeline(
            self.settings,
            self.engine,
            self.settings.all_sources,
            follow=True,
            database=database,
            vitals=self.vitals,
        )
        self.pipeline.start()
        self.reloading = Reloading(self.engine, self.pipeline, database, self.vitals)

    def source(self, name: str, **values: Any) -> Source:
        path = self.folder / f"{name}.log"
        if not path.exists():
            self.write(name, 3)
        return Source(name=name, path=str(path), format="sshd", **values)

    def write(self, name: str, lines: int, minute: int = 0) -> None:
        with (self.folder / f"{name}.log").open("a") as log:
            for n in range(lines):
                log.write(f"2026-09-21T14:{minute:02d}:{n:02d}+00:00 web sshd[7]: {GUESS}\n")

    def take_up(self, **values: Any) -> bool:
        new = structs.replace(self.settings, **values)
        reopens = self.reloading.take_up(self.settings, new, compare(self.settings, new))
        self.settings = new
        return reopens

    def read(self) -> dict[str, int]:
        """Read all there is; how many lines of each source are committed."""
        while self.pipeline.step() is not None:
            pass
        rows = Watching(self.database).sources()
        return {row.name: row.lines for row in rows if row.name != OWN_SOURCE}

    def events(self) -> int:
        with self.database.connect() as connection:
            count = connection.execute(select(func.count()).select_from(tables.events))
            return int(count.scalar_one())


@pytest.fixture
def running(database: Database, tmp_path: Path) -> Iterator[Running]:
    one = Running(database, tmp_path)
    yield one
    one.pipeline.close()


def test_a_source_is_added_and_the_other_goes_on_where_it_is(running: Running) -> None:
    assert running.read() == {"a": 3}
    kept = running.pipeline.feeds[0]
    assert not running.take_up(sources=(*running.settings.sources, running.source("b")))
    running.write("a", 2, minute=1)
    assert running.read() == {"a": 5, "b": 3}
    assert running.pipeline.feeds[0] is kept
    assert running.events() == 8


def test_a_source_is_removed_and_taken_up_again_where_it_was(running: Running) -> None:
    running.take_up(sources=(*running.settings.sources, running.source("b")))
    running.read()
    running.take_up(sources=running.settings.sources[:1])
    running.write("b", 4, minute=1)
    assert running.read() == {"a": 3, "b": 3}
    running.take_up(sources=(*running.settings.sources, running.source("b")))
    assert running.read() == {"a": 3, "b": 7}
    assert running.events() == 10


def test_a_source_that_is_changed_goes_on_where_it_was(running: Running) -> None:
    running.read()
    running.take_up(sources=(running.source("a", tenant="acme"),))
    running.write("a", 1, minute=1)
    assert running.read() == {"a": 4}
    with running.database.connect() as connection:
        bodies = [bytes(b) for (b,) in connection.execute(select(tables.events.c.body))]
    assert sum(b"acme" in body for body in bodies) == 1


def test_expectations_are_taken_up(running: Running) -> None:
    running.take_up(sources=(running.source("a", silent_after_minutes=0),))
    watch = running.vitals._watch
    assert watch is not None
    assert watch._seen["a"].expected.silent_after == 0


def test_what_concerns_the_engine_asks_for_it_to_be_opened_anew(running: Running) -> None:
    assert running.take_up(detectors={"brute_force": {"burst": 50}})


@pytest.mark.parametrize(
    "values",
    [
        {"correlation": {"nothing": 1}},
        {"geo": Geo(city=Path(__file__))},
        {"sources": "other kind"},
    ],
)
def test_bad_ones_are_refused_whole(running: Running, values: dict[str, Any]) -> None:
    running.read()
    if "sources" in values:
        # It cannot go on from where a file was left.
        values = {"sources": (running.source("b"), Source(name="a", url="push:"))}
    before = list(running.pipeline.feeds)
    with pytest.raises(REFUSALS):
        running.take_up(**values)
    running.reloading.refused("it is bad")
    assert running.pipeline.feeds == before
    running.write("a", 2, minute=1)
    assert running.read()["a"] == 5
    watch = running.vitals._watch
    assert watch is not None
    assert watch.running.refused == "it is bad"
    running.take_up(language="fr")
    assert watch.running.refused is None


def test_a_refusal_says_which_setting(running: Running) -> None:
    with pytest.raises(SettingsError, match="correlation"):
        running.take_up(correlation={"nothing": 1})


def test_what_was_opened_is_closed_where_the_store_fails(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[str] = []

    def fail(*_: object) -> bytes:
        raise OperationalError("select", None, Exception("no server listens there"))

    monkeypatch.setattr(running.engine, "cursor", fail)
    monkeypatch.setattr(Feed, "close", lambda feed: closed.append(feed.name))
    with pytest.raises(OperationalError):
        running.take_up(sources=(*running.settings.sources, running.source("b")))
    assert closed == ["b"]
