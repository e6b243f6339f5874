"""SIGKILL at any instant, while logs grow and rotate: no line lost, nothing twice."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from monitor.simulation.simulation import simulate
from monitor.store import tables

START = 1_790_000_000_000
SETTINGS = """
data = "{data}"
[engine]
batch = 200
[[sources]]
name = "idp"
path = "{folder}/idp.ndjson"
[[sources]]
name = "ssh"
path = "{folder}/auth.log"
zone = "UTC"
"""


def identity_lines() -> list[bytes]:
    """A small world with something to find in it."""
    wanted = {"credential_sharing": 3, "session_hijacking": 2, "brute_force": 2}
    return list(simulate(11, days=3, accounts=40, start=START, misdeeds=wanted).lines())


def ssh_lines() -> list[bytes]:
    """Guesses at root, many lines the same within their second, and somebody who gets in."""
    made = []
    for minute in range(60):
        stamp = f"2026-09-21T14:{minute:02d}:07.000000+00:00 web sshd[{700 + minute}]:"
        guess = f"{stamp} Failed password for root from 203.0.113.9 port 4022 ssh2"
        made += [guess.encode()] * (1 + minute % 4)
        name = f"{stamp} Accepted password for ann from 198.51.100.{minute} port 4022 ssh2"
        made.append(name.encode())
    made.insert(50, b"2026-09-21T14:10:07.000000+00:00 web sshd[9]: Failed password for \xff from")
    return made


class Writing(threading.Thread):
    """Appends lines to a log, rotating it by rename and by copy-and-truncate."""

    def __init__(self, path: Path, lines: list[bytes], seed: int, seconds: float) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._lines = lines
        self._pick = random.Random(seed)
        self._seconds = seconds
        self._rotations = 0

    def run(self) -> None:
        """Write all lines, in pieces that end anywhere, over about so many seconds."""
        pieces = 120
        size = -(-len(self._lines) // pieces)
        for start in range(0, len(self._lines), size):
            content = b"".join(line + b"\n" for line in self._lines[start : start + size])
            cut = self._pick.randrange(len(content))
            with self._path.open("ab") as log:
                log.write(content[:cut])
                log.flush()
                time.sleep(self._pick.random() * 0.01)
                log.write(content[cut:])
            time.sleep(self._pick.random() * 2 * self._seconds / pieces)
            if self._pick.random() < 0.06:
                self._rotate()

    def _rotate(self) -> None:
        for number in range(self._rotations, 0, -1):
            os.rename(f"{self._path}.{number}", f"{self._path}.{number + 1}")
        self._rotations += 1
        if self._pick.random() < 0.5:
            os.rename(self._path, f"{self._path}.1")
            return
        shutil.copyfile(self._path, f"{self._path}.1")
        os.truncate(self._path, 0)


def started(config: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "monitor", "run", "--no-console", "--config", str(config)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def contents(database: Path) -> dict[str, list[tuple[object, ...]]]:
    """Everything that must be the same whatever happened on the way."""
    engine = create_engine(f"sqlite:///{database}")
    found: dict[str, list[tuple[object, ...]]] = {}
    with engine.connect() as connection:
        for name, table, columns in (
            ("events", tables.events, ("id", "account_key", "name_key", "body")),
            ("findings", tables.findings, ("id", "withdrawn", "incident_id", "body")),
            ("incidents", tables.incidents, ("id", "category", "severity", "withdrawn", "body")),
        ):
            query = select(*(table.c[column] for column in columns)).order_by(table.c.id)
            found[name] = [tuple(row) for row in connection.execute(query)]
        sources = tables.sources
        columns = (sources.c.name, sources.c.lines, sources.c.events, sources.c.rejected)
        query = select(*columns).order_by(sources.c.name)
        found["sources"] = [tuple(row) for row in connection.execute(query)]
    engine.dispose()
    return found


def lines_read(database: Path) -> int:
    return sum(int(str(row[1])) for row in contents(database)["sources"])


def undisturbed(folder: Path, logs: dict[str, list[bytes]]) -> dict[str, list[tuple[object, ...]]]:
    folder.mkdir()
    config = folder / "vigie.toml"
    config.write_text(SETTINGS.format(data=folder, folder=folder))
    for name, lines in logs.items():
        (folder / name).write_bytes(b"".join(line + b"\n" for line in lines))
    daemon = started(config)
    wanted = sum(len(lines) for lines in logs.values())
    try:
        wait_for(folder / "vigie.db", wanted, daemon)
    finally:
        finish(daemon)
    return contents(folder / "vigie.db")


def wait_for(database: Path, lines: int, daemon: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        assert daemon.poll() is None, (daemon.stderr or sys.stderr).read()
        if database.exists() and has_tables(database) and lines_read(database) >= lines:
            return
        time.sleep(0.1)
    pytest.fail(f"{lines_read(database)} of {lines} lines read")


def run_number(database: Path) -> bytes | None:
    """Which start of the engine the database has seen last; None for none."""
    if not (database.exists() and has_tables(database)):
        return None
    engine = create_engine(f"sqlite:///{database}")
    table = tables.engine
    with engine.connect() as connection:
        value = connection.execute(select(table.c.value).where(table.c.name == "run")).scalar()
    engine.dispose()
    return value


def has_tables(database: Path) -> bool:
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        query = "SELECT count(*) FROM sqlite_master WHERE name IN ('events', 'sources', 'engine')"
        made = connection.exec_driver_sql(query).scalar() == 3
    engine.dispose()
    return made


def finish(daemon: subprocess.Popen[bytes]) -> None:
    """SIGTERM drains and commits; anything else than a clean end is a failure."""
    daemon.send_signal(signal.SIGTERM)
    _, told = daemon.communicate(timeout=240)
    assert daemon.returncode == 0, told.decode()


def kills(tmp_path: Path, count: int, seed: int) -> None:
    """Kill the daemon `count` times while two logs grow and rotate, then compare."""
    logs = {"idp.ndjson": identity_lines(), "auth.log": ssh_lines()}
    expected = undisturbed(tmp_path / "calm", logs)
    assert len(expected["events"]) > 1_000
    assert len(expected["incidents"]) >= 4
    folder = tmp_path / "storm"
    folder.mkdir()
    config = folder / "vigie.toml"
    config.write_text(SETTINGS.format(data=folder, folder=folder))
    pick = random.Random(seed)
    writers = [
        Writing(folder / name, lines, seed + number, count * 1.2)
        for number, (name, lines) in enumerate(logs.items())
    ]
    for writer in writers:
        writer.start()
    for _ in range(count):
        daemon = started(config)
        time.sleep(pick.uniform(0.2, 3.0))
        daemon.kill()
        daemon.communicate()
        assert daemon.returncode == -signal.SIGKILL
    for writer in writers:
        writer.join()
    before = run_number(folder / "vigie.db")
    daemon = started(config)
    try:
        while run_number(folder / "vigie.db") == before:
            assert daemon.poll() is None
            time.sleep(0.05)
        wait_for(folder / "vigie.db", sum(len(lines) for lines in logs.values()), daemon)
        time.sleep(0.5)
    finally:
        finish(daemon)
    assert contents(folder / "vigie.db") == expected


def test_kills_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    kills(tmp_path, 6, 1)


@pytest.mark.soak
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("seed", range(10))
def test_three_hundred_kills(tmp_path: Path, seed: int) -> None:
    kills(tmp_path, 30, 100 + seed)
