"""A receiver in this process, stepped by the test, and one as a process of its own."""

import contextlib
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import trustme
from sqlalchemy import Engine

from monitor import clock
from monitor.receiving.connection import Connection
from monitor.receiving.endpoint import Endpoint
from monitor.receiving.receiver import Receiver, Served
from monitor.receiving.spool import Spool
from monitor.receiving.streams import Streams
from monitor.settings import Database, Settings, Source, to_json
from monitor.sources.source import Rejected
from monitor.sources.syslog import address_of, options_of
from monitor.store.inbox import Inbox

PATIENCE_S = 240.0
M = b"<38>Jan  5 10:02:03 gate sshd[7]: hello"


class Clock:
    """Seconds that pass when the test says so, and else not."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def wait_for(reached: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.02)


def served(name: str, url: str, **options: Any) -> Served:
    """A source as the settings have it."""
    return Served(name, address_of(url), options_of(options))


def pem_options(authority: trustme.CA, **more: Any) -> dict[str, Any]:
    """Options of TLS with a new certificate for 127.0.0.1."""
    issued = authority.issue_cert("127.0.0.1", "vigie.example.com")
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    return {"certificate": chain.decode(), "key": issued.private_key_pem.bytes().decode(), **more}


def client_context(authority: trustme.CA) -> ssl.SSLContext:
    """What a sender trusts."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


class Stepped:
    """A receiver whose turns the test takes."""

    def __init__(self, *sources: Served, spool: Spool | None = None, **kept: Any) -> None:
        self.spool = spool or Spool()
        self.clock = Clock()
        self.opened: list[Endpoint] = []
        self.receiver = Receiver(self.spool, kept, self.opened.append)
        self.lines: list[bytes] = []
        self.rejects: list[Rejected] = []
        self.senders: list[str] = []
        self.receiver.serve([*sources], self.clock())

    def __enter__(self) -> "Stepped":
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(ValueError, OSError):
            self.receiver.finish(self.clock)

    def port(self, name: str) -> int:
        endpoint = self.receiver.endpoints[name]
        assert endpoint.served is not None, endpoint.trouble
        port: int = endpoint.served.sockets[0].getsockname()[1]
        return port

    def step(self, wait: float = 0.0) -> None:
        self.receiver.step(wait, self.clock)

    def store(self) -> None:
        """Take what is in the spool, as if it were stored."""
        taken = self.spool.take(0)
        for one in taken:
            self.lines += one.lines
            self.rejects += one.rejects
            self.senders.append(one.sender.name)
        self.spool.release(taken)

    def until(self, reached: Callable[[], object], *, stored: bool = True) -> None:
        """Turn after turn until it has come to that; the clock stands still."""
        until = time.monotonic() + PATIENCE_S
        while True:
            self.step(0.01)
            if stored:
                self.store()
            if reached():
                return
            assert time.monotonic() < until, "it did not come to that"

    def pass_by(self, seconds: float) -> None:
        """Let so much time pass, and take a turn."""
        self.clock.now += seconds
        self.step()

    def refused(self, name: str) -> dict[str, int]:
        return self.receiver.endpoints[name].told(self.clock(), clock.now_ms()).refused

    def streams(self, name: str) -> set[Connection]:
        """The connections of a source."""
        streams = self.receiver.endpoints[name].served
        assert isinstance(streams, Streams)
        return streams.connections

    def connections(self, name: str) -> int:
        return len(self.streams(name))

    def connect(self, name: str, host: str = "127.0.0.1") -> socket.socket:
        """A connection that the receiver has accepted."""
        before = set(self.streams(name))
        opened = socket.create_connection(("127.0.0.1", self.port(name)), source_address=(host, 0))
        self.until(lambda: self.streams(name) - before, stored=False)
        return opened


class Process:
    """`python -m monitor.receiving.serve` on a database, and what lies in its inbox."""

    def __init__(self, database: Engine, *sources: Source) -> None:
        self.database = database
        url = database.url.render_as_string(hide_password=False)
        self.settings = Settings(database=Database(url=url), sources=sources)
        self.ports: dict[str, int] = {}
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "monitor.receiving.serve", "--announce"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.tell(self.settings)
        for _ in self.settings.sources:
            self.hear()

    def tell(self, settings: Settings) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(to_json(settings, lambda _: True) + b"\n")
        self.process.stdin.flush()

    def hear(self) -> None:
        """Wait until one more socket is listened on."""
        assert self.process.stdout is not None
        name, _, address = self.process.stdout.readline().decode().strip().partition(" ")
        assert address, self.process.stderr and self.process.stderr.read()
        self.ports[name] = int(address.rpartition(":")[2])

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def stop(self) -> int:
        self.process.terminate()
        return self.process.wait(PATIENCE_S)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE_S)

    def lines(self, name: str) -> list[bytes]:
        """What lies in the inbox."""
        found = Inbox(self.database).after(name, 0, 100_000, 1 << 30)
        return [line for one in found for line in one.parcel.lines]
