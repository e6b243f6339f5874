"""Told to end at any moment, the daemon commits what it has, and goes on from there."""

import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.monitor.faults.running import (
    configured,
    contents,
    daemon,
    environment,
    lines_read,
    query,
    stop,
    vigie,
    wait_until,
    world_lines,
    write,
)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return world_lines()


@pytest.fixture(scope="module")
def undisturbed(lines: list[bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed")
    log = folder / "idp.ndjson"
    write(log, lines)
    with daemon(configured(folder, log), folder / "told") as process:
        wait_until(lambda: lines_read(folder / "vigie.db") == len(lines), "all is read")
        assert stop(process) == 0
    assert len(contents(folder / "vigie.db")["incidents"]) >= 3
    return folder / "vigie.db"


def test_told_to_end_in_a_backlog_it_commits_and_goes_on(
    lines: list[bytes], undisturbed: Path, tmp_path: Path
) -> None:
    log, database = tmp_path / "idp.ndjson", tmp_path / "vigie.db"
    write(log, lines)
    config = configured(tmp_path, log, batch=10)
    reached = 0
    for _ in range(3):
        with daemon(config, tmp_path / "told") as process:
            more = partial(lambda least: lines_read(database) > least, reached)
            wait_until(more, "more is read")
            assert stop(process) == 0
        reached = lines_read(database)
        # The cursor says no more and no less than what is stored.
        assert len(contents(database)["events"]) == reached
        assert "committed" in (tmp_path / "told").read_text()
    assert reached < len(lines), "it was not in a backlog"
    with daemon(configured(tmp_path, log), tmp_path / "told") as process:
        wait_until(lambda: lines_read(database) == len(lines), "all is read")
        assert stop(process) == 0
    assert contents(database) == contents(undisturbed)


def test_told_to_end_while_it_waits_it_saves_all_and_goes_on(
    lines: list[bytes], undisturbed: Path, tmp_path: Path
) -> None:
    log, database = tmp_path / "idp.ndjson", tmp_path / "vigie.db"
    half = len(lines) // 2
    write(log, lines[:half])
    config = configured(tmp_path, log)
    with daemon(config, tmp_path / "told") as process:
        wait_until(lambda: lines_read(database) == half, "the first half is read")
        time.sleep(0.3)
        before = time.monotonic()
        assert stop(process) == 0
        assert time.monotonic() - before < 10
    assert query(database, "SELECT count(*) FROM events") == [(half,)]
    assert query(database, "SELECT value FROM engine WHERE name = 'stopped'") == [(b"1",)]
    write(log, lines)
    with daemon(config, tmp_path / "told") as process:
        wait_until(lambda: lines_read(database) == len(lines), "all is read")
        assert stop(process) == 0
    assert contents(database) == contents(undisturbed)


def test_reading_in_that_was_stopped_says_so_and_goes_on(
    lines: list[bytes], undisturbed: Path, tmp_path: Path
) -> None:
    log, database = tmp_path / "idp.ndjson", tmp_path / "vigie.db"
    write(log, lines)
    config = str(configured(tmp_path, batch=5))
    command = [sys.executable, "-m", "monitor", "ingest", str(log), "--config", config]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment()) as process:
        wait_until(lambda: lines_read(database) > 0, "some is read")
        process.send_signal(signal.SIGTERM)
        _, told = process.communicate(timeout=240)
    assert process.returncode == 1
    assert b"run it again to go on" in told
    assert 0 < len(contents(database)["events"]) == lines_read(database) < len(lines)
    config = str(configured(tmp_path))
    assert vigie("ingest", str(log), "--config", config).returncode == 0
    assert len(contents(database)["events"]) == len(lines)
    assert len(contents(database)["incidents"]) == len(contents(undisturbed)["incidents"])


def test_without_sources_it_waits_for_those_that_are_added(tmp_path: Path) -> None:
    with daemon(configured(tmp_path), tmp_path / "told") as process:
        wait_until(lambda: "no source yet" in (tmp_path / "told").read_text(), "it says so")
        assert stop(process) == 0
    assert "vigie.example.toml" in (tmp_path / "told").read_text()
