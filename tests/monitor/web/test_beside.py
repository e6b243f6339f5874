"""A process beside the console is told all that it needs, no secret, and is waited for."""

import json
import sys
from typing import Any

import pytest
from msgspec import structs

from monitor.settings import Secrets, Settings, from_json
from monitor.web import beside
from monitor.web.beside import MODULE, Beside


class Process:
    """What was started, and what it was told."""

    def __init__(self, command: list[str], **given: Any) -> None:
        self.command, self.given = command, given
        self.told = b""
        self.stdin = self
        self.is_closed = False

    def write(self, line: bytes) -> None:
        self.told += line

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.is_closed = True

    def wait(self) -> int:
        return 1


class Now:
    """A thread that does not wait."""

    def __init__(self, target: Any, args: Any, daemon: bool) -> None:
        self._run = lambda: target(*args)

    def start(self) -> None:
        self._run()


def test_it_is_told_whose_draft_and_no_secret(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made: list[Process] = []

    def start(command: list[str], **given: Any) -> Process:
        made.append(Process(command, **given))
        return made[-1]

    monkeypatch.setattr(beside.subprocess, "Popen", start)
    monkeypatch.setattr(beside.threading, "Thread", Now)
    settings = structs.replace(Settings(), secrets=Secrets(key="SECRETKEY" * 8))
    Beside(settings)("reviewer:ada", "a1")
    (process,) = made
    assert process.command == [sys.executable, "-m", MODULE]
    assert process.told.endswith(b"\n")
    told = json.loads(process.told)
    assert (told["owner"], told["attempt"]) == ("reviewer:ada", "a1")
    assert b"SECRETKEY" not in process.told
    assert from_json(json.dumps(told["settings"]).encode()).database_url == settings.database_url
    assert process.is_closed
    assert "ended with 1" in caplog.text
