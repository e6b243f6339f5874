"""A web process that others push to, senders that send again until they are answered, and what
the database then holds."""

import http.client
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine

from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.web.push import PATH
from tests.monitor.faults.running import PATIENCE_S, environment
from tests.ports import free_port

NDJSON = "application/x-ndjson"
_PAUSE_S = 0.02
_TIMEOUT_S = 120.0


def configured(folder: Path, url: str, batch: int = 200) -> Path:
    """Settings of an engine whose one source is pushed. Whatever the order in which senders are
    answered, nothing of two days is late: that a line is depends on what came before it."""
    config = folder / "vigie.toml"
    config.write_text(
        f'data = "{folder}"\n[database]\nurl = "{url}"\n[engine]\nbatch = {batch}\n'
        "lateness_hours = 48\n"
        '[[sources]]\nname = "crm"\nurl = "push:"\n'
    )
    return config


def key_of(database: Engine) -> str:
    """A key for everything that is pushed."""
    return ApiKeys(database).create(operator(), "k", [Operation.EVENTS_WRITE], source="crm")


class Web:
    """The web process of a database, on one port however often it is started."""

    def __init__(self, url: str, told: Path) -> None:
        self.port = free_port()
        self._url = url
        self._told = told
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """The process's id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start it; senders see for themselves when it is there."""
        command = [sys.executable, "-m", "monitor.web.serve", self._url, "--port", str(self.port)]
        with self._told.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                env=environment(),
            )

    def kill(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it at once."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(how)
            process.wait(PATIENCE_S)
            assert process.stdin is not None
            process.stdin.close()

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1):
                    return
            except OSError:
                assert time.monotonic() < until, self._told.read_text()
                time.sleep(_PAUSE_S)


@contextmanager
def serving(url: str, folder: Path) -> Iterator[Web]:
    """A web process, until the block is left."""
    web = Web(url, folder / "web.log")
    web.start()
    try:
        web.wait()
        yield web
    finally:
        web.kill()


class Sender:
    """One connection, kept open while that goes well."""

    def __init__(self, port: int, key: str, timeout: float = _TIMEOUT_S) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": NDJSON}
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def send(self, body: bytes, headers: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The status and Retry-After of the answer. Raises OSError or HTTPException for none."""
        if self._connection is None:
            self._connection = http.client.HTTPConnection(
                "127.0.0.1", self._port, timeout=self._timeout
            )
        try:
            self._connection.request("POST", PATH, body, {**self._headers, **(headers or {})})
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            raise
        return answer.status, answer.headers.get("Retry-After", "")

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Client(threading.Thread):
    """Takes bodies from a queue and sends each until it is answered by 202.

    With `gives_up`, a body that is not answered is sent no second time. What was answered for is
    in `accepted`, every other answer in `refused`.
    """

    def __init__(
        self, port: int, key: str, bodies: "queue.Queue[bytes]", *, gives_up: bool = False
    ) -> None:
        super().__init__(daemon=True)
        self.accepted: list[bytes] = []
        self.refused: list[int] = []
        self._sender = Sender(port, key)
        self._bodies = bodies
        self._gives_up = gives_up

    def run(self) -> None:
        """Until there is nothing left to send."""
        while True:
            try:
                body = self._bodies.get_nowait()
            except queue.Empty:
                self._sender.close()
                return
            while not self._sent(body):
                time.sleep(_PAUSE_S * (10 if self._gives_up else 1))
                if self._gives_up:
                    break

    def _sent(self, body: bytes) -> bool:
        try:
            status, _ = self._sender.send(body)
        except (OSError, http.client.HTTPException):
            return False
        if status == 202:
            self.accepted.append(body)
            return True
        self.refused.append(status)
        return False
