"""The process: it responds until told to end or its parent is gone, and says what is wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from monitor.health.responding import NOTE, decode
from monitor.responding import serve
from monitor.settings import Database, Settings, to_json
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.monitor.faults.running import PATIENCE_S, environment, wait_until

COMMAND = [sys.executable, "-m", "monitor.responding.serve"]


def told(settings: Settings) -> bytes:
    return to_json(settings, lambda _: False) + b"\n"


@pytest.mark.parametrize("how", ["gone", "term"])
def test_it_responds_until_its_parent_is_gone_or_it_is_told_to_end(
    databases: Databases, tmp_path: Path, how: str
) -> None:
    url = databases.url()
    database = databases.connect(url)
    settings = Settings(data=tmp_path, database=Database(url=url))

    def pulse() -> bool:
        with database.connect() as connection:
            return decode(Writing(connection).note(NOTE)) is not None

    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdin is not None
        process.stdin.write(told(settings))
        process.stdin.flush()
        wait_until(pulse, "it tells of itself")
        if how == "gone":
            process.stdin.close()
        else:
            process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.parametrize("line", [b"", b"x\n"])
def test_without_settings_there_is_nothing_to_do(line: bytes) -> None:
    done = subprocess.run(
        COMMAND, input=line, capture_output=True, check=False, timeout=PATIENCE_S, env=environment()
    )
    assert done.returncode == (1 if line else 0)
    assert (b"nothing is responded to" in done.stderr) == bool(line)


def test_the_environment_s_proxies_are_forgotten_before_anything_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Behind a proxy, nobody would look at where is connected to."""
    seen: list[dict[str, str]] = []

    class Watched:
        def __init__(self, _settings: Settings) -> None:
            seen.append(dict(os.environ))
            self.run = self.stop = self.tell = lambda *_: None

    settings = Settings(data=tmp_path)
    monkeypatch.setattr(serve, "Service", Watched)
    monkeypatch.setattr(serve, "Lines", lambda _: SimpleNamespace(next=lambda: settings))
    monkeypatch.setattr(serve, "listen", lambda *_: None)
    monkeypatch.setattr(serve.logs, "configure", lambda *_: None)
    monkeypatch.setattr(serve.signal, "signal", lambda *_: None)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=None))
    monkeypatch.setattr(os, "environ", {"HTTPS_PROXY": "http://proxy.example:3128", "PATH": "/bin"})
    serve.main()
    assert seen == [{"PATH": "/bin", "NO_PROXY": "*", "no_proxy": "*"}]
