"""The server starts at once, stays on this machine, and ends with its parent."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from monitor.settings import Database, Metrics, Settings, Web, to_json
from monitor.web.serve import NotLoopbackError, is_loopback, serve
from tests.monitor.web.staging import Stage

ROOT = Path(__file__).parents[3]
FIRST_PAGE_S = 5.0


def start(tmp_path: Path) -> subprocess.Popen[bytes]:
    stage = Stage(tmp_path / "vigie.db")
    stage.engine.dispose()
    command = [sys.executable, "-m", "monitor.web.serve", stage.url, "--announce"]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def begin(settings: Settings) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "monitor.web.serve", "--announce"]
    server = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert server.stdin is not None
    server.stdin.write(to_json(settings, lambda _: True) + b"\n")
    server.stdin.flush()
    return server


def address_of(server: subprocess.Popen[bytes]) -> str:
    assert server.stdout is not None
    host, port = server.stdout.readline().decode().split()
    return f"http://{host}:{port}"


def worked(process: int) -> float:
    """Seconds of a processor that it has taken: however long others had it meanwhile."""
    told = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def finish(server: subprocess.Popen[bytes]) -> int:
    try:
        return server.wait(240)
    finally:
        server.kill()
        server.wait()
        for pipe in (server.stdin, server.stdout):
            if pipe is not None:
                pipe.close()


def test_the_first_page_comes_soon_and_the_end_with_standard_input(tmp_path: Path) -> None:
    begun = time.monotonic()
    server = start(tmp_path)
    try:
        with urllib.request.urlopen(f"{address_of(server)}/enter") as answer:  # noqa: S310
            assert answer.status == 200
            assert "server" not in answer.headers
        took, waited = worked(server.pid), time.monotonic() - begun
        assert server.stdin is not None
        server.stdin.close()
    finally:
        ended = finish(server)
    assert ended == 0
    assert took < FIRST_PAGE_S
    assert waited < 60, "it sleeps"


def test_it_ends_when_told_to(tmp_path: Path) -> None:
    server = start(tmp_path)
    address_of(server)
    server.send_signal(signal.SIGTERM)
    assert finish(server) in (0, -signal.SIGTERM)


def test_a_killed_parent_leaves_nothing_behind(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "vigie.db")
    stage.engine.dispose()
    parent = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import subprocess, sys, time\n"
            "child = subprocess.Popen([sys.executable, '-m', 'monitor.web.serve', sys.argv[1],"
            " '--announce'], stdin=subprocess.PIPE)\n"
            "print(child.pid, flush=True)\n"
            "time.sleep(60)",
            stage.url,
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.stdout.readline()
    parent.kill()
    # The child holds the other end of this pipe: it is at its end when the child is gone.
    assert parent.stdout.read() == b""
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 240
    while _lives(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _lives(child)


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_it_is_told_its_settings_where_nobody_else_sees_them(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "vigie.db")
    stage.engine.dispose()
    token = "a token for metrics, not for ps"
    settings = Settings(
        data=tmp_path,
        database=Database(url=stage.url),
        web=Web(port=0),
        metrics=Metrics(token=token),
    )
    server = begin(settings)
    assert server.stdin is not None
    request = urllib.request.Request(  # noqa: S310
        f"{address_of(server)}/metrics", headers={"authorization": f"Bearer {token}"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200
    assert token.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
    server.stdin.close()
    assert finish(server) == 0


def test_it_believes_the_proxies_of_its_settings(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "vigie.db")
    stage.engine.dispose()
    web = Web(port=0, public_url="https://vigie.example", trusted_proxies=("127.0.0.1",))
    settings = Settings(data=tmp_path, database=Database(url=stage.url), web=web)
    server = begin(settings)
    forwarded = {"X-Forwarded-For": "203.0.113.7", "X-Forwarded-Host": "vigie.example"}
    request = urllib.request.Request(f"{address_of(server)}/enter", headers=forwarded)  # noqa: S310
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        assert answer.status == 200
        assert "strict-transport-security" in answer.headers
    request.add_header("X-Forwarded-Host", "evil.example")
    with pytest.raises(urllib.error.HTTPError, match="421"):
        urllib.request.urlopen(request)  # noqa: S310
    assert server.stdin is not None
    server.stdin.close()
    assert finish(server) == 0


def test_it_does_not_listen_beyond_this_machine_unasked() -> None:
    with pytest.raises(NotLoopbackError):
        serve("sqlite://", "0.0.0.0")  # noqa: S104


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104
        ("192.168.1.2", False),
        ("example.org", False),
        ("", False),
    ],
)
def test_only_the_loopback_is_the_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected
