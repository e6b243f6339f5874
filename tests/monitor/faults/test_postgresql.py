"""PostgreSQL that restarts, is away, full, or cut off half-way; engines that take turns."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.databases import NEWEST, NOBODY, Server
from tests.monitor.faults.proxy import passing_on
from tests.monitor.faults.running import (
    configured,
    contents,
    daemon,
    lines_read,
    query,
    stop,
    wait_until,
    world_lines,
    write,
)

IDLE = (
    "SELECT state FROM pg_stat_activity"
    " WHERE datname = current_database() AND state LIKE 'idle in%'"
)
HOLDERS = (
    "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
    " WHERE locktype = 'advisory' AND granted AND datname = current_database()"
    " AND application_name LIKE 'vigie engine%'"
)


@pytest.fixture(scope="module")
def lines() -> list[bytes]:
    return world_lines(days=2, accounts=20)


@pytest.fixture(scope="module")
def undisturbed(
    lines: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[Any, ...]]]:
    """What the log comes to on SQLite when nothing is in the way."""
    folder = tmp_path_factory.mktemp("undisturbed")
    log = folder / "idp.ndjson"
    write(log, lines)
    with daemon(configured(folder, log), folder / "told") as process:
        wait_until(lambda: lines_read(folder / "vigie.db") == len(lines), "all is read")
        assert stop(process) == 0
    found = contents(folder / "vigie.db")
    assert len(found["incidents"]) >= 3
    return found


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server of our own, to be ill-treated."""
    made = Server(version=NEWEST)
    made.start()
    yield made
    made.remove()


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    with server.database() as name:
        yield server.url_of(name)


def all_read(url: str, wanted: int) -> Callable[[], bool]:
    return lambda: lines_read(url) == wanted


def holder(url: str) -> int | None:
    """The process that is the engine."""
    rows = query(url, HOLDERS)
    return int(rows[0][0].split()[3]) if rows else None


def stopped_idle(process: subprocess.Popen[bytes], url: str) -> bool:
    """Stop a process, unless that is amid a transaction: what that locks it would keep locked."""
    process.send_signal(signal.SIGSTOP)
    open_ones = "SELECT 1 FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    if not query(url, f"{open_ones} AND datname = current_database()"):
        return True
    process.send_signal(signal.SIGCONT)
    return False


def append(log: Path, lines: list[bytes]) -> None:
    with log.open("ab") as grown:
        grown.writelines(line + b"\n" for line in lines)


def test_a_server_that_is_away_for_a_while_is_waited_for(
    server: Server,
    url: str,
    lines: list[bytes],
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    log, told = tmp_path / "idp.ndjson", tmp_path / "told"
    parts = [lines[n : n + len(lines) // 3 + 1] for n in range(0, len(lines), len(lines) // 3 + 1)]
    write(log, parts[0])
    with daemon(configured(tmp_path, log, url=url, batch=20), told) as process:
        wait_until(lambda: lines_read(url) > 0, "it has begun")
        # In the middle of it, as if it had crashed.
        server.stop(signal.SIGQUIT)
        append(log, parts[1])
        wait_until(lambda: "is it running?" in told.read_text(), "it says that there is no server")
        server.start()
        wait_until(all_read(url, len(parts[0] + parts[1])), "all that was written so far is read")
        # What responds looks now and then.
        wait_until(lambda: query(url, IDLE) == [], "nobody keeps a transaction open")
        # While there is nothing to do, as an administrator would.
        server.stop()
        append(log, parts[2])
        server.start()
        wait_until(all_read(url, len(lines)), "all is read")
        assert process.poll() is None
        assert stop(process) == 0
    assert contents(url) == undisturbed
    assert "Traceback" not in told.read_text()


def test_a_network_that_drops_half_way_through_a_batch_loses_nothing(
    server: Server,
    url: str,
    lines: list[bytes],
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    log, told = tmp_path / "idp.ndjson", tmp_path / "told"
    write(log, lines)
    with passing_on(server.port) as proxy:
        for word, after in ((b"COPY events", 60), (b"COPY events", 20_000), (b"COMMIT", 0)):
            proxy.cut_in(word, after)
        through = url.replace(str(server.port), str(proxy.port))
        with daemon(configured(tmp_path, log, url=through), told) as process:
            wait_until(all_read(url, len(lines)), "all is read")
            assert stop(process) == 0
        assert proxy.cuts == 3
    assert contents(url) == undisturbed
    assert "Traceback" not in told.read_text()
    assert query(url, IDLE) == []


def test_of_two_engines_one_writes_and_the_other_takes_over_when_it_is_killed(
    url: str,
    lines: list[bytes],
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    log = tmp_path / "idp.ndjson"
    half = len(lines) // 2
    write(log, lines[:half])
    config = configured(tmp_path, log, url=url)
    tolds = [tmp_path / "first", tmp_path / "second"]
    with daemon(config, tolds[0]) as first, daemon(config, tolds[1]) as second:
        wait_until(all_read(url, half), "the first half is read")
        wait_until(lambda: any("is the engine" in t.read_text() for t in tolds), "one waits")
        running = {first.pid: first, second.pid: second}
        before = holder(url)
        assert before in running
        assert query(url, "SELECT value FROM engine WHERE name = 'run'") == [(b"1",)]
        killed = time.monotonic()
        running.pop(before).kill()
        wait_until(lambda: holder(url) in running, "the other has taken over")
        assert time.monotonic() - killed < 10
        append(log, lines[half:])
        wait_until(all_read(url, len(lines)), "all is read")
        assert query(url, "SELECT value FROM engine WHERE name = 'run'") == [(b"2",)]
        assert stop(running.popitem()[1]) == 0
    assert contents(url) == undisturbed


def test_an_engine_that_loses_its_lock_writes_no_more_and_waits_for_its_turn(
    url: str,
    lines: list[bytes],
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    log = tmp_path / "idp.ndjson"
    half = len(lines) // 2
    write(log, lines[:half])
    config = configured(tmp_path, log, url=url)
    tolds = [tmp_path / "first", tmp_path / "second"]
    with daemon(config, tolds[0]) as first:
        wait_until(all_read(url, half), "the first half is read")
        with daemon(config, tolds[1]) as second:
            wait_until(lambda: "is the engine" in tolds[1].read_text(), "the second waits")
            # It does not run for a while, as a machine that is stopped does not.
            wait_until(lambda: stopped_idle(first, url), "it is stopped between two transactions")
            taken = HOLDERS.replace("application_name FROM", "pg_terminate_backend(pid) FROM", 1)
            assert query(url, taken) == [(True,)]
            wait_until(lambda: holder(url) == second.pid, "the second has taken over")
            append(log, lines[half:])
            wait_until(lambda: lines_read(url) > half, "the second reads")
            first.send_signal(signal.SIGCONT)
            wait_until(lambda: "is the engine" in tolds[0].read_text(), "the first waits")
            wait_until(all_read(url, len(lines)), "all is read")
            assert stop(second) == 0
        wait_until(lambda: holder(url) == first.pid, "it is the first one's turn again")
        assert stop(first) == 0
    # It notices by its lock, or, stopped between a look at that and a write, by the other's run.
    noticed = tolds[0].read_text()
    assert "nothing more is written before it is our turn again" in noticed
    assert "that makes us the engine" in noticed or "another engine has begun" in noticed
    assert contents(url) == undisturbed


def test_a_full_disk_is_told_and_gone_on_from(
    server: Server,
    lines: list[bytes],
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    place, log, told = server.folder / "small", tmp_path / "idp.ndjson", tmp_path / "told"
    place.mkdir()
    if os.geteuid() != 0 or not mounted(place):
        pytest.skip("mounting a small disk needs root and the right to mount")
    try:
        ballast = place / "ballast"
        os.chown(place, NOBODY, NOBODY)
        server.run(f"CREATE TABLESPACE small LOCATION '{place}'")
        server.run("CREATE DATABASE small TABLESPACE small")
        url = server.url_of("small")
        write(log, lines[:10])
        with daemon(configured(tmp_path, log, url=url), told) as process:
            wait_until(all_read(url, 10), "the beginning is read")
            ballast.write_bytes(bytes(free(place) - 100_000))
            append(log, lines[10:])
            wait_until(lambda: "disk is full" in told.read_text(), "it says that the disk is full")
            assert process.poll() is None
            ballast.unlink()
            wait_until(all_read(url, len(lines)), "all is read")
            assert stop(process) == 0
        assert "free some space" in told.read_text()
        assert contents(url) == undisturbed
    finally:
        server.run("DROP DATABASE IF EXISTS small WITH (FORCE)")
        server.run("DROP TABLESPACE IF EXISTS small")
        subprocess.run(["umount", "--lazy", place], check=True)


def mounted(place: Path) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", "size=32m,mode=0777", "tmpfs", str(place)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def free(place: Path) -> int:
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize


def killed(server: Server, folder: Path, lines: list[bytes], times: int, seed: int) -> Any:
    """What a growing log comes to when the engine is killed so many times on the way."""
    pick = random.Random(seed)
    log = folder / "idp.ndjson"
    with server.database() as name:
        url = server.url_of(name)
        config = configured(folder, log, url=url, batch=20)
        for number in range(times):
            start, end = (len(lines) * n // times for n in (number, number + 1))
            append(log, lines[start:end])
            before = lines_read(url)
            with daemon(config, folder / "told") as process:
                wait_until(lambda b=before: lines_read(url) > b, "it goes on")  # type: ignore[misc]
                time.sleep(pick.uniform(0, 0.3))
                process.kill()
            wait_until(lambda: query(url, IDLE) == [], "no transaction is left behind")
        with daemon(config, folder / "told") as process:
            wait_until(all_read(url, len(lines)), "all is read")
            assert stop(process) == 0
        return contents(url)


def test_kills_lose_nothing_and_double_nothing(
    server: Server,
    lines: list[bytes],
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
) -> None:
    assert killed(server, tmp_path, lines, 2, 1) == undisturbed


@pytest.mark.soak
@pytest.mark.timeout(7_200)
@pytest.mark.parametrize("seed", range(10))
def test_a_hundred_kills(
    server: Server,
    lines: list[bytes],
    undisturbed: dict[str, list[tuple[Any, ...]]],
    tmp_path: Path,
    seed: int,
) -> None:
    assert killed(server, tmp_path, lines, 10, 100 + seed) == undisturbed
