"""Backups taken while an engine reads a growing log: each, restored elsewhere and run on the same
log to its end, comes to the same as the engine that nothing disturbed."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from itertools import islice
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from monitor.backup.archive import BackupError, Reader
from monitor.backup.restoring import check
from tests.databases import Databases
from tests.monitor.faults.running import (
    configured,
    contents,
    daemon,
    environment,
    lines_read,
    stop,
    vigie,
    wait_until,
    world_lines,
    write,
)

BACKUPS = 2


def where(url: str) -> Path | str:
    """A database as it is looked into."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite") else url


def settings(databases: Databases, folder: Path, log: Path) -> tuple[Path, str]:
    """Settings for a new database in a folder of its own."""
    folder.mkdir()
    url = databases.url(empty=True)
    return configured(folder, log, url=url), url


def run_to(config: Path, url: str, lines: int, told: Path) -> None:
    """Run an engine until it has read so much."""
    with daemon(config, told) as process:
        wait_until(lambda: lines_read(where(url)) >= lines, "the log is read")
        assert stop(process) == 0


@contextmanager
def trickling(growing: FileIO, lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    """Write a line now and then while in the block: where nothing comes for a while, time passes
    to now, days beyond the log. Gives what was written."""
    written: list[bytes] = []
    is_over = Event()

    def write_some() -> None:
        while not is_over.wait(0.1) and (line := next(lines, None)) is not None:
            growing.write(line + b"\n")
            written.append(line)

    thread = Thread(target=write_some)
    thread.start()
    try:
        yield written
    finally:
        is_over.set()
        thread.join()


def restored_under_load(databases: Databases, folder: Path, backups: int) -> None:
    lines = world_lines()
    log = folder / "idp.ndjson"
    write(log, lines)
    calm, calm_url = settings(databases, folder / "calm", log)
    run_to(calm, calm_url, len(lines), folder / "calm.told")
    undisturbed: dict[str, list[tuple[Any, ...]]] = contents(where(calm_url))
    assert len(undisturbed["findings"]) > 5
    log.write_bytes(b"")
    busy, busy_url = settings(databases, folder / "busy", log)
    made: list[Path] = []
    with daemon(busy, folder / "busy.told") as process, log.open("ab", buffering=0) as growing:
        part = len(lines) // (backups + 1) + 1
        left = iter(lines)
        written = 0
        for number in range(backups):
            for line in islice(left, part):
                growing.write(line + b"\n")
                written += 1
            wait_until(lambda: lines_read(where(busy_url)) > 0, "the engine has begun")
            # Some are taken while much is still unread, some when little is.
            if number % 2:
                wait_until(
                    lambda until=written: lines_read(where(busy_url)) >= until,
                    "what was written is read",
                )
            path = folder / f"{number}.vigie.tar"
            with trickling(growing, left) as trickled:
                done = vigie("backup", str(path), "--config", str(busy), "--json")
            assert done.returncode == 0, done.stderr
            written += len(trickled)
            made.append(path)
        growing.writelines(line + b"\n" for line in left)
        wait_until(lambda: lines_read(where(busy_url)) == len(lines), "the log is read")
        assert stop(process) == 0
    assert contents(where(busy_url)) == undisturbed
    for number, path in enumerate(made):
        again, url = settings(databases, folder / f"again{number}", log)
        done = vigie("restore", str(path), "--config", str(again))
        assert done.returncode == 0, done.stderr
        (folder / f"again{number}" / "vigie.key").write_bytes(
            (folder / "busy" / "vigie.key").read_bytes()
        )
        assert lines_read(where(url)) <= len(lines)
        run_to(again, url, len(lines), folder / f"again{number}.told")
        assert contents(where(url)) == undisturbed, f"backup {number}"


def test_each_backup_under_load_comes_to_the_same(databases: Databases, tmp_path: Path) -> None:
    restored_under_load(databases, tmp_path, BACKUPS)


@pytest.mark.soak
def test_so_do_twenty(databases: Databases, tmp_path: Path) -> None:
    restored_under_load(databases, tmp_path, 20)


def test_killed_it_leaves_nothing_that_looks_whole(tmp_path: Path) -> None:
    lines = world_lines()
    log = tmp_path / "idp.ndjson"
    write(log, lines)
    config = configured(tmp_path, log)
    assert vigie("ingest", str(log), "--config", str(config)).returncode == 0
    folder = tmp_path / "backups"
    folder.mkdir()
    command = [sys.executable, "-m", "monitor", "backup", str(folder), "--config", str(config)]
    ends: list[int] = []
    # Where this machine looks too late, it has ended by itself.
    while len(ends) < 3 or (-signal.SIGKILL not in ends and len(ends) < 30):
        earlier = {*folder.glob(".*.part")}
        process = subprocess.Popen(command, env=environment(), stdout=subprocess.DEVNULL)
        wait_until(
            lambda: {*folder.glob(".*.part")} - earlier or process.poll() is not None,  # noqa: B023
            "it begins",
        )
        process.kill()
        ends.append(process.wait())
        assert ends[-1] in (0, -signal.SIGKILL)
        for path in folder.glob("*.vigie.tar"):
            with Reader(path) as reader:
                check(reader)
        for path in folder.glob(".*.part"):
            try:
                with Reader(path) as reader:
                    check(reader)
            except BackupError:
                continue
    assert -signal.SIGKILL in ends
