"""The command run as a process over a folder of its own, and what its database then holds."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from monitor.simulation.simulation import simulate
from tests.forking import command

START = 1_790_000_000_000
PATIENCE_S = 240.0
NOBODY = 65_534


def world_lines(days: float = 3, accounts: int = 40) -> list[bytes]:
    """A small world with something to find in it."""
    wanted = {"credential_sharing": 3, "session_hijacking": 2, "brute_force": 2}
    return list(simulate(11, days=days, accounts=accounts, start=START, misdeeds=wanted).lines())


def write(path: Path, lines: list[bytes]) -> None:
    """A log of these lines."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))


def configured(
    folder: Path, *logs: Path, data: Path | None = None, batch: int = 200, url: str | None = None
) -> Path:
    """Settings in `folder` for sources named after their logs; `url` of a database elsewhere."""
    told = [f'data = "{data or folder}"', "[engine]", f"batch = {batch}"]
    if url is not None:
        told += ["[database]", f'url = "{url}"']
    for log in logs:
        told += ["[[sources]]", f'name = "{log.stem}"', f'path = "{log}"']
    config = folder / "vigie.toml"
    config.write_text("\n".join(told) + "\n")
    return config


def environment() -> dict[str, str]:
    """This process's, without settings of Vigie, and wide lines."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
    return kept | {"COLUMNS": "1000"}


def vigie(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        check=False,
        text=True,
        timeout=PATIENCE_S,
        env=environment(),
        **options,
    )


def as_nobody(folder: Path) -> list[str]:
    """How to run a command as somebody whom rights bind; the folder is theirs from now on.

    Nothing where we are no root ourselves. Skips the test where it cannot be done.
    """
    if os.geteuid() != 0:
        return []
    before = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    try:
        subprocess.run([*before, sys.executable, "-c", "import monitor.cli"], check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("as root no rights bind, and nobody else can run this Python by setpriv")
    os.chown(folder, NOBODY, NOBODY)
    return before


@contextmanager
def daemon(config: Path, told: Path, *before: str) -> Iterator[subprocess.Popen[bytes]]:
    """`vigie run` without a console, telling what it has to tell into the file `told`.

    `before` is what it is started by, such as a command that changes the user; then it is the
    engine alone, for whoever that is may not be allowed to start this Python.
    """
    parts = ("--only", "engine") if before else ("--no-console",)
    with told.open("ab") as output:
        process = subprocess.Popen(
            [*before, sys.executable, "-m", "monitor", "run", *parts, "--config", config],
            stdout=output,
            stderr=output,
            env=environment(),
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def stop(process: subprocess.Popen[bytes]) -> int:
    """Ask it to end; the code that it ends with."""
    process.send_signal(signal.SIGTERM)
    return process.wait(PATIENCE_S)


def wait_until(reached: Callable[[], bool], what: str, seconds: float = PATIENCE_S) -> None:
    """Wait for something that must happen."""
    until = time.monotonic() + seconds
    while not reached():
        if time.monotonic() > until:
            pytest.fail(f"after {seconds:.0f} s still not: {what}")
        time.sleep(0.05)


def query(database: Path | str, statement: str) -> list[tuple[Any, ...]]:
    """Rows of a SQLite file, or of a PostgreSQL address; none while there is no such table."""
    if isinstance(database, str):
        with psycopg.connect(database) as server:
            try:
                return server.execute(statement.encode()).fetchall()
            except psycopg.errors.UndefinedTable:
                return []
    if not database.exists():
        return []
    with closing(sqlite3.connect(database, timeout=30)) as connection:
        try:
            return connection.execute(statement).fetchall()
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):
                raise
            return []


def lines_read(database: Path | str) -> int:
    """Lines whose reading is committed, of all sources."""
    return sum(row[0] for row in query(database, "SELECT lines FROM sources"))


def contents(database: Path | str) -> dict[str, list[tuple[Any, ...]]]:
    """What must be the same whatever happened on the way, and on either kind of database. Fails on
    a damaged one."""
    if isinstance(database, Path):
        assert query(database, "PRAGMA integrity_check") == [("ok",)]
    return {
        table: query(database, f"SELECT {columns} FROM {table} ORDER BY 1")  # noqa: S608
        for table, columns in (
            ("events", "id, account_key, name_key, body"),
            ("findings", "id, withdrawn, incident_id, body"),
            ("incidents", "id, category, severity, withdrawn, body"),
            ("sources", "name, lines, events, rejected"),
        )
    }
