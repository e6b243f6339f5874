"""A disk that is full or cannot be written: told plainly, nothing damaged, nothing lost."""

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.monitor.cli.calling import call
from tests.monitor.faults.running import (
    as_nobody,
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

SPACE = 2_600
"""KiB of the small disk: room for the tables and a part of the log."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log whose events take more than the small disk has."""
    path = tmp_path_factory.mktemp("logs") / "idp.ndjson"
    write(path, world_lines(days=3, accounts=40))
    return path


@pytest.fixture(scope="module")
def undisturbed(log: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database that reading the log comes to when nothing is in the way."""
    folder = tmp_path_factory.mktemp("undisturbed")
    done = vigie("ingest", str(log), "--config", str(configured(folder)))
    assert done.returncode == 0, done.stderr
    assert len(contents(folder / "vigie.db")["incidents"]) >= 3
    return folder / "vigie.db"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or not mounted(place, f"size={SPACE}k"):
        pytest.skip("mounting a small disk needs root and the right to mount")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def mounted(place: Path, options: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def remount(place: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(place)], check=True)


def test_ingest_into_a_full_disk_goes_on_when_there_is_space(
    disk: Path, log: Path, undisturbed: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path, data=disk)
    full = vigie("ingest", str(log), "--config", str(config))
    assert full.returncode == 1
    assert "disk is full" in full.stderr
    assert "free some space" in full.stderr
    assert [line[:6] for line in full.stderr.splitlines()].count("vigie:") == 1
    database = disk / "vigie.db"
    lines = lines_read(database)
    assert 0 < lines < lines_read(undisturbed)
    assert len(contents(database)["events"]) == lines
    again = vigie("ingest", str(log), "--config", str(config))
    assert again.returncode == 1
    remount(disk, "size=64m")
    assert vigie("ingest", str(log), "--config", str(config)).returncode == 0
    assert contents(database) == contents(undisturbed)


def test_run_on_a_full_disk_waits_and_goes_on_when_there_is_space(
    disk: Path, log: Path, tmp_path: Path
) -> None:
    calm = tmp_path / "calm"
    calm.mkdir()
    with daemon(configured(calm, log), calm / "told") as process:
        wanted = len(log.read_bytes().splitlines())
        wait_until(lambda: lines_read(calm / "vigie.db") == wanted, "all is read")
        assert stop(process) == 0
    told = tmp_path / "told"
    config = configured(tmp_path, log, data=disk)
    with daemon(config, told) as process:
        wait_until(lambda: "disk is full" in told.read_text(), "it says that the disk is full")
        assert process.poll() is None
        assert lines_read(disk / "vigie.db") < wanted
        remount(disk, "size=64m")
        wait_until(lambda: lines_read(disk / "vigie.db") == wanted, "all is read")
        assert stop(process) == 0
    assert "free some space" in told.read_text()
    assert told.read_text().count("disk is full") < 20, "it tries again without a pause"
    assert contents(disk / "vigie.db") == contents(calm / "vigie.db")


def test_a_file_that_may_not_grow_is_told_and_gone_on_from(
    log: Path, undisturbed: Path, tmp_path: Path
) -> None:
    config = configured(tmp_path)
    small = 400 * 1024

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (small, small))

    command = [sys.executable, "-m", "monitor", "ingest", str(log), "--config", str(config)]
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        text=True,
        env=environment(),
        preexec_fn=limit,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "disk" in done.stderr
    assert query(tmp_path / "vigie.db", "PRAGMA integrity_check") == [("ok",)]
    assert vigie("ingest", str(log), "--config", str(config)).returncode == 0
    assert contents(tmp_path / "vigie.db") == contents(undisturbed)


def test_a_folder_that_cannot_be_written_is_told_in_a_line(
    disk: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, log, data=disk)
    remount(disk, "ro")
    for arguments in (["ingest", log], ["run", "--no-console"], ["db", "upgrade"]):
        done = call(capsys, *arguments, "--config", config)
        assert done.code == 1
        assert len(done.err.splitlines()) == 1
        assert str(disk) in done.err
        assert "ead-only" in done.err


def test_a_database_that_cannot_be_written_is_told_in_a_line(
    disk: Path, log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(tmp_path, log, data=disk)
    assert call(capsys, "db", "upgrade", "--config", config).code == 0
    remount(disk, "ro")
    for arguments in (["ingest", log], ["run", "--no-console"], ["link"], ["doctor"]):
        done = call(capsys, *arguments, "--config", config)
        assert done.code == 1
        assert len(done.err.splitlines()) == 1, done.err


def test_somebody_elses_folder_is_told_in_a_line() -> None:
    with tempfile.TemporaryDirectory(prefix="vigie-test-") as made:
        before = as_nobody(Path(made))
        folder = Path(made) / "data"
        folder.mkdir(mode=0o700 if before else 0o500)
        done = subprocess.run(
            [*before, sys.executable, "-m", "monitor", "ingest", "-"],
            capture_output=True,
            check=False,
            text=True,
            input="",
            env=environment() | {"VIGIE_DATA": str(folder)},
        )
    assert done.returncode == 1, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert str(folder) in done.stderr
