"""A store that is slow holds the reading back: memory stays flat, however long the log is."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.monitor.faults.running import (
    configured,
    environment,
    lines_read,
    wait_until,
    world_lines,
)
from tests.monitor.faults.test_database import locked

MEBIBYTE = 1 << 20
LOG = 200 * MEBIBYTE
SLOW = """
import sys, time
from sqlalchemy import Engine, event

@event.listens_for(Engine, "commit")
def wait(_connection):
    time.sleep(0.15)

from monitor.cli import main
main(sys.argv[1:])
"""


def resident(process: subprocess.Popen[bytes]) -> int:
    """Bytes of memory that a process has now."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return next(int(x.split()[1]) for x in status.splitlines() if x.startswith("VmRSS")) * 1024


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A long log: the same small world over and over."""
    lines = world_lines(days=2, accounts=20)
    path = tmp_path / "long.ndjson"
    content = b"".join(line + b"\n" for line in lines)
    with path.open("wb") as written:
        while written.tell() < LOG:
            written.write(content)
    return path


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to see memory")
def test_a_slow_store_holds_the_reading_back(log: Path, tmp_path: Path) -> None:
    database, told = tmp_path / "vigie.db", tmp_path / "told"
    config = configured(tmp_path, log, batch=500)
    arguments = ["run", "--no-console", "--config", str(config)]
    with told.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", SLOW, *arguments],
            stdout=output,
            stderr=output,
            env=environment(),
        )
    try:
        wait_until(lambda: lines_read(database) > 500, "it reads")
        before = resident(process)
        first = lines_read(database)
        most = 0
        while lines_read(database) < first + 10_000:
            assert process.poll() is None, told.read_text()
            time.sleep(0.05)
            most = max(most, resident(process))
        with locked(database):
            for _ in range(20):
                time.sleep(0.1)
                most = max(most, resident(process))
        process.terminate()
        assert process.wait(240) == 0
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    # Of 200 MiB it holds what a batch and a chunk come to.
    assert most - before < 60 * MEBIBYTE
    assert lines_read(database) < 100_000
