"""A daemon keeps signed places of what was entered, tells them, and outlives what is in the way."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update

from monitor import instance, signing
from monitor.cli.attesting import Attesting
from monitor.health.rule import Broken
from monitor.settings import Audit, Settings
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.migration import upgrade


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(data=tmp_path, audit=Audit(checkpoints=tmp_path / "more" / "kept"))
    upgrade(made.database_url)
    instance.opened(None, tmp_path)
    return made


@pytest.fixture
def database(settings: Settings) -> Iterator[Engine]:
    made = connect(settings.database_url)
    yield made
    made.dispose()


@pytest.fixture
def now() -> list[float]:
    return [0.0]


@pytest.fixture
def attesting(settings: Settings, database: Engine, now: list[float]) -> Attesting:
    return Attesting(settings, lambda: database, lambda: now[0])


def numbers(settings: Settings) -> list[list[int]]:
    files = signing.checkpoints_of(settings)
    return [[seal.number for seal in file.read().seals] for file in files]


def test_what_was_entered_is_signed_now_and_then(
    settings: Settings,
    attesting: Attesting,
    now: list[float],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    attesting.enter("daemon:start", {"version": "1"})
    assert attesting.duty() is False
    attesting.enter("settings:reload", {"keys": ["web.port"]})
    attesting.duty()
    assert numbers(settings) == [[1], [1]]
    now[0] += settings.audit.checkpoint_seconds
    attesting.duty()
    assert numbers(settings) == [[1, 2], [1, 2]]
    told = [record.__dict__ for record in caplog.records if record.message == "audit checkpoint"]
    assert [one["entries"] for one in told] == [1, 2]
    assert len(told[1]["signature"]) == 128
    assert attesting.broken is None


def test_who_entered_it_is_the_daemon(attesting: Attesting, database: Engine) -> None:
    attesting.enter("daemon:start", {"version": "1"})
    table = tables.audit
    with database.begin() as connection:
        found = connection.execute(select(table.c.actor, table.c.operation, table.c.subject)).one()
    assert found == ("daemon:vigie", "daemon:start", "daemon")


def test_what_is_broken_is_said(attesting: Attesting, database: Engine) -> None:
    attesting.enter("daemon:start", {})
    with database.begin() as connection:
        connection.execute(update(tables.audit).values(actor="x"))
    attesting.look()
    assert attesting.broken == Broken(1, "altered")


@pytest.mark.parametrize("hurt", ["file", "key"])
def test_what_is_in_the_way_is_told_once_and_tried_again(
    settings: Settings,
    attesting: Attesting,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    hurt: str,
) -> None:
    attesting.enter("daemon:start", {})
    mend = HURT[hurt](tmp_path)
    attesting.look()
    attesting.look()
    assert len(caplog.records) == 1
    assert "no checkpoint" in caplog.records[0].message
    mend()
    attesting.look()
    assert numbers(settings)[1] == [1]


def hurt_file(folder: Path) -> Callable[[], object]:
    (folder / "more").write_text("in the way")
    return (folder / "more").unlink


def hurt_key(folder: Path) -> Callable[[], object]:
    key = folder / instance.KEY_FILE
    aside = key.rename(folder / "aside")
    return lambda: aside.rename(key)


HURT = {"file": hurt_file, "key": hurt_key}


def test_the_log_may_be_left_alone(
    settings: Settings, database: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    quiet = Settings(data=settings.data, audit=Audit(checkpoint_log=False))
    attesting = Attesting(quiet, lambda: database)
    attesting.enter("daemon:start", {})
    attesting.look()
    assert numbers(quiet) == [[1]]
    assert not caplog.records
