"""`vigie push`: what is in a log arrives elsewhere, and another run sends what is new."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from monitor.store.connection import connect
from monitor.store.inbox import Inbox, Terms
from monitor.store.migration import upgrade
from tests.monitor.cli.calling import Called, call
from tests.monitor.faults.pushing import Web, key_of, serving
from tests.monitor.faults.running import environment, stop, wait_until


class Elsewhere:
    """Another Vigie, a key for it, and a log to send."""

    def __init__(self, folder: Path, web: Web, database: Engine) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{web.port}"
        self.web = web
        self.key = folder / "crm.key"
        self.key.write_text(key_of(database) + "\n")
        self.log = folder / "sign-ins.log"
        self._inbox = Inbox(database)

    def arguments(self, *more: object) -> tuple[object, ...]:
        return ("push", self.log, "--url", self.url, "--key-file", self.key, *more)

    def arrived(self) -> list[bytes]:
        found = self._inbox.after("crm", 0, 10_000, 64 << 20)
        return [line for one in found for line in one.parcel.lines]


@pytest.fixture(scope="module")
def serving_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Web, str]]:
    folder = tmp_path_factory.mktemp("elsewhere")
    url = f"sqlite:///{folder / 'vigie.db'}"
    upgrade(url)
    with serving(url, folder) as web:
        yield folder, web, url


@pytest.fixture
def elsewhere(serving_once: tuple[Path, Web, str], tmp_path: Path) -> Iterator[Elsewhere]:
    _, web, url = serving_once
    database = connect(url)
    with database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM inbox")
        connection.exec_driver_sql("DELETE FROM api_keys")
    Inbox(database).announce(Terms(("crm",)))
    yield Elsewhere(tmp_path, web, database)
    database.dispose()


def push(capsys: pytest.CaptureFixture[str], elsewhere: Elsewhere, *more: object) -> Called:
    return call(capsys, *elsewhere.arguments(*more))


def lines(first: int, count: int) -> list[bytes]:
    return [b'{"n":%d}' % number for number in range(first, first + count)]


def write(path: Path, written: list[bytes]) -> None:
    with path.open("ab") as log:
        log.write(b"".join(line + b"\n" for line in written))


def test_a_log_is_sent_in_order(elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str]) -> None:
    write(elsewhere.log, lines(0, 2_500))
    done = push(capsys, elsewhere)
    assert done.code == 0, done.told
    assert "2,500 lines sent" in done.told
    assert elsewhere.arrived() == lines(0, 2_500)


def test_with_a_state_only_what_is_new_is_sent(
    elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str]
) -> None:
    state = elsewhere.folder / "push.state"
    for first in (0, 30):
        write(elsewhere.log, lines(first, 30))
        assert push(capsys, elsewhere, "--state", state).code == 0
        assert elsewhere.arrived() == lines(0, first + 30)
    assert "0 lines sent" in push(capsys, elsewhere, "--state", state).told
    state.write_bytes(b"rubbish")
    assert push(capsys, elsewhere, "--state", state).code == 2


def test_followed_it_waits_for_more_until_told_to_stop(elsewhere: Elsewhere) -> None:
    command = [sys.executable, "-m", "monitor", *map(str, elsewhere.arguments("--follow"))]
    told = elsewhere.folder / "told"
    with told.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment())
    try:
        for first in (0, 20, 40):
            write(elsewhere.log, lines(first, 20))
            sent = lines(0, first + 20)
            wait_until(lambda sent=sent: elsewhere.arrived() == sent, "it is sent")
            elsewhere.log.rename(f"{elsewhere.log}.1")
        assert stop(process) == 0, told.read_text()
    finally:
        process.kill()
        process.wait()
    assert b"cannot be read" not in told.read_bytes()


def test_what_is_refused_is_told(elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str]) -> None:
    write(elsewhere.log, lines(0, 3))
    done = push(capsys, elsewhere, "--source", "hr")
    assert done.code == 1
    assert "403" in done.told
    assert "crm only" in done.told
    elsewhere.url = "http://127.0.0.1:1"
    done = push(capsys, elsewhere, "--patience", "0.1")
    assert done.code == 1
    assert "given up" in done.told
    assert elsewhere.arrived() == []


@pytest.mark.parametrize("url", ["http://vigie.example.com", "vigie.example.com"])
def test_a_key_does_not_go_out_in_the_clear(
    url: str, elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere.url = url
    done = push(capsys, elsewhere)
    assert done.code == 2
    assert "https" in done.told


def test_a_file_without_a_key_and_a_log_that_is_not_there_are_told(
    elsewhere: Elsewhere, capsys: pytest.CaptureFixture[str]
) -> None:
    done = push(capsys, elsewhere)
    assert done.code == 1
    assert str(elsewhere.log) in done.told
    elsewhere.key.write_text("vgk_short")
    done = push(capsys, elsewhere)
    assert done.code == 2
    assert "vigie key create" in done.told
    assert "vgk_short" not in done.told
