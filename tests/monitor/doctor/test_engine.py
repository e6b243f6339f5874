"""Whether an engine runs and keeps up is told, and whether the console answers."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from detectors.core.event import HOUR
from monitor.clock import now_ms
from monitor.doctor.engine import look
from monitor.settings import Web
from tests.monitor.doctor.engines import alive, looked, made, settings_of


@pytest.fixture
def port() -> Iterator[int]:
    """Where something answers to `/healthz`, and to nothing else."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_before_the_first_start_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert looked(look, settings_of(tmp_path)) == {}
    settings = settings_of(tmp_path)
    made(settings)
    check = looked(look, settings)["engine"]
    assert (check.good, check.noted) == (True, True)
    assert "vigie run" in check.remedy


def test_one_that_runs_is_told_with_its_console(tmp_path: Path, port: int) -> None:
    settings = settings_of(tmp_path, web=Web(port=port))
    alive(settings)
    checks = looked(look, settings)
    assert checks["engine"].good
    assert "process 77 on here" in checks["engine"].seen
    assert checks["console"].good
    assert f"127.0.0.1:{port}" in checks["console"].seen


def test_one_that_has_gone_is_told_and_its_console_not_looked_for(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    alive(settings, ago=10 * HOUR)
    checks = looked(look, settings)
    assert checks["engine"].seen.startswith("not running")
    assert "console" not in checks


def test_one_that_does_not_keep_up_is_not_in_order(tmp_path: Path, port: int) -> None:
    settings = settings_of(tmp_path, web=Web(port=port))
    alive(settings, caught_up=now_ms() - HOUR)
    check = looked(look, settings)["engine"]
    assert not check.good
    assert "has been reading" in check.seen


def test_a_console_that_does_not_answer_is_worth_a_note(tmp_path: Path, port: int) -> None:
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        nobody = closed.server_port
    settings = settings_of(tmp_path, web=Web(port=nobody))
    alive(settings)
    check = looked(look, settings)["console"]
    assert (check.good, check.noted) == (True, True)
    assert port != nobody
    settings = settings_of(tmp_path, web=Web(port=0))
    assert looked(look, settings)["console"].good
