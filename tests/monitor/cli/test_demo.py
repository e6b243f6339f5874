"""`vigie demo`: something to see at once, and nothing left when it ends, however it ends."""

import http.client
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

from monitor.cli import demo
from monitor.clock import now_ms
from monitor.settings import Settings
from monitor.simulation.demonstration import Demonstration
from monitor.simulation.lives.persona import PERSON
from tests.monitor.faults.running import PATIENCE_S, environment, query, wait_until

PROC = Path("/proc")
CHILDREN = 4
"""The simulation, the console, what responds, and the application."""
needs_proc = pytest.mark.skipif(not PROC.is_dir(), reason="needs /proc to see child processes")


@contextmanager
def demonstration(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    temporary = folder / "tmp"
    temporary.mkdir()
    with (folder / "told").open("wb") as told:
        process = subprocess.Popen(
            [sys.executable, "-m", "monitor", "demo", "--port", "0", *arguments],
            stdout=told,
            stderr=told,
            env=environment() | {"TMPDIR": str(temporary)},
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


def address(folder: Path, process: subprocess.Popen[bytes]) -> tuple[str, int, str]:
    """Host, port and path of the link that it prints."""
    pattern = re.compile(r"http://([\w.]+):(\d+)(/\S*)")
    told = folder / "told"

    def printed() -> bool:
        assert process.poll() is None, told.read_text()
        return pattern.search(told.read_text()) is not None

    wait_until(printed, "it prints its link")
    found = pattern.search(told.read_text())
    assert found is not None
    return found[1], int(found[2]), found[3]


def answer(host: str, port: int, path: str) -> int | None:
    """The status that the console answers with; None while it does not answer."""
    try:
        with closing(http.client.HTTPConnection(host, port, timeout=5)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status
    except OSError:
        return None


def subscribers_side(folder: Path) -> dict[str, str]:
    """The addresses of the subscriber's pages, of a challenge, and of the application."""
    printed = (folder / "told").read_text()
    found = re.findall(r"^(http://[\w.]+:\d+(/me/begin|/challenge|/))\s*$", printed, re.M)
    return {path: link for link, path in found}


def answers(link: str) -> bool:
    """Whether a page is there."""
    try:
        return httpx2.get(link).status_code == 200
    except httpx2.TransportError:
        return False


def children(process: subprocess.Popen[bytes]) -> list[int]:
    """Processes that this one has started and that live."""
    tasks = (PROC / str(process.pid) / "task").glob("*/children")
    return [int(number) for told in tasks for number in told.read_text().split()]


def lives(number: int) -> bool:
    try:
        stat = (PROC / str(number) / "stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def _look_at_the_other_side(links: dict[str, str], console: str) -> None:
    with httpx2.Client(follow_redirects=True) as browser:
        wait_until(lambda: answers(links["/"]), "the application answers")
        own = browser.get(links["/me/begin"])
        assert (own.status_code, own.url.path) == (200, "/me")
        challenge = browser.get(links["/challenge"])
        assert str(challenge.url).startswith(f"{console}/challenge#")
        assert challenge.status_code == 200


@needs_proc
def test_it_shows_incidents_and_tickets_and_leaves_nothing(tmp_path: Path) -> None:
    with demonstration(tmp_path, "--accounts", "40") as process:
        host, port, path = address(tmp_path, process)
        assert host == "localhost", "passkeys are for names, not for addresses"
        wait_until(lambda: answer(host, port, path) is not None, "the console answers")
        status = answer(host, port, path)
        assert status is not None
        assert status < 500
        (database,) = (tmp_path / "tmp").glob("vigie-demo-*/vigie.db")
        wait_until(
            lambda: query(database, "SELECT count(*) FROM incidents WHERE severity >= 3")[0][0] > 3,
            "incidents are there",
        )
        wait_until(
            lambda: query(database, "SELECT count(*) FROM tickets")[0][0] > 3,
            "and responded to",
        )
        assert database.parent.stat().st_mode & 0o077 == 0
        wait_until(lambda: len(subscribers_side(tmp_path)) == 3, "the subscriber's side is told")
        _look_at_the_other_side(subscribers_side(tmp_path), f"http://{host}:{port}")
        started = children(process)
        assert len(started) == CHILDREN
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0
        wait_until(lambda: not any(map(lives, started)), "its children have ended")
        assert answer(host, port, path) is None
    assert list((tmp_path / "tmp").glob("vigie-demo-*")) == []
    assert "committed" in (tmp_path / "told").read_text()
    assert "Traceback" not in (tmp_path / "told").read_text()


@needs_proc
def test_its_children_end_when_it_is_killed(tmp_path: Path) -> None:
    with demonstration(tmp_path, "--accounts", "50") as process:
        host, port, path = address(tmp_path, process)
        wait_until(lambda: answer(host, port, path) is not None, "the console answers")
        wait_until(lambda: len(children(process)) == CHILDREN, "all children run")
        started = children(process)
        process.kill()
        process.wait()
        wait_until(lambda: not any(map(lives, started)), "its children have ended")
        assert answer(host, port, path) is None


@needs_proc
@pytest.mark.parametrize("after", [0.3, 0.8])
def test_told_to_end_while_it_starts_it_leaves_nothing(tmp_path: Path, after: float) -> None:
    with demonstration(tmp_path, "--accounts", "50") as process:
        time.sleep(after)
        temporary = tmp_path / "tmp"
        wait_until(lambda: any(temporary.glob("vigie-demo-*")), "it has its folder")
        started = children(process)
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_S)
        wait_until(lambda: not any(map(lives, started)), "its children have ended")
    assert list(temporary.glob("vigie-demo-*")) == []


def test_its_log_and_database_may_be_kept_and_a_taken_port_is_no_trouble(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        arguments = ("--accounts", "30", "--keep", str(kept), "--port", str(port))
        with demonstration(tmp_path, *arguments) as process:
            host, served, path = address(tmp_path, process)
            assert served != port
            wait_until(lambda: answer(host, served, path) is not None, "the console answers")
            database = kept / "vigie.db"
            wait_until(
                lambda: bool(query(database, "SELECT 1 FROM events LIMIT 1")), "events are stored"
            )
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE_S) == 0
    assert kept.stat().st_mode & 0o077 == 0
    assert (kept / "sign-ins.ndjson").stat().st_size > 10_000
    with closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_no_room_or_program_of_its_month_is_taken_for_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list that it imports says so too, but holds from its import on."""
    served: list[Settings] = []
    monkeypatch.setattr(
        demo, "serve_until", lambda _until, settings, *_, **__: served.append(settings)
    )
    demo.command(port=0, accounts=300, seed=2026, keep=tmp_path)
    (settings,) = served
    world = Demonstration(now_ms(), 2026, 300).world
    others = {(p.tenant.uid, p.uid): p.kind for p in world.people if p.kind != PERSON}
    assert {(one.tenant, one.uid): kind.value for one, kind in settings.kinds().items()} == others
    assert "shared" in others.values()
