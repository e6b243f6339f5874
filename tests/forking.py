"""The command `vigie` as a process of its own that need not import its libraries first.

A process that has imported them forks for each command, so that a test which runs fifty commands
pays for imports once. A command gets its own arguments, folder, environment, streams and signals;
what runs for long, or starts processes of its own, is started as users start it.
"""

import array
import atexit
import json
import os
import random
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
CLIENT: Final = Path(__file__).with_name("forked.py")
PRELOADED: Final = (
    "alembic.command", "argon2", "babel.dates", "cryptography.x509", "fastapi", "geoip2.database",
    "httpx2", "jinja2", "joserfc.jwt", "numpy", "pyotp", "rich.logging", "rich.progress", "segno",
    "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite", "psycopg", "structlog",
    "typer", "ua_parser", "webauthn", "zstandard", "zxcvbn",
    "monitor.assembly", "monitor.doctor", "monitor.services.measures",
    "monitor.services.tickets", "monitor.store.migration",
)  # fmt: skip
"""What commands import, but for what reads its surroundings when it is imported (`monitor.cli`)."""


def command(*arguments: str) -> list[str]:
    """What runs `vigie` with these arguments, for `subprocess`."""
    return [sys.executable, "-I", "-S", str(CLIENT), _address(), *arguments]


@cache
def _address() -> str:
    """Where the process listens that forks for this one; it ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="vigie-fork-")
    address = f"{folder.name}/socket"
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(64)
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.forking", str(listening.fileno())],
        cwd=ROOT,
        pass_fds=[listening.fileno()],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    listening.close()

    def end() -> None:
        assert server.stdin is not None
        server.stdin.close()
        server.wait(240)
        folder.cleanup()

    atexit.register(end)
    return address


class Server:
    """Forks for whoever connects, and tells them how it ended."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._watched = selectors.DefaultSelector()
        self._watched.register(listening, selectors.EVENT_READ)
        self._watched.register(sys.stdin, selectors.EVENT_READ)

    def serve(self) -> None:
        """Until the one that started this process closes its end."""
        while True:
            for key, _ in self._watched.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is self._listening:
                    self._start(self._listening.accept()[0])
                else:
                    self._settle(key.fd, *key.data)

    def _start(self, asking: socket.socket) -> None:
        asked, streams = _received(asking)
        if asked is None:
            asking.close()
            return
        started = os.fork()
        if not started:
            self._listening.close()
            asking.close()
            _become(asked, streams)
        for stream in streams:
            os.close(stream)
        asking.sendall(f"{started}\n".encode())
        self._watched.register(os.pidfd_open(started), selectors.EVENT_READ, (started, asking))

    def _settle(self, watched: int, started: int, asking: socket.socket) -> None:
        self._watched.unregister(watched)
        os.close(watched)
        status = os.waitstatus_to_exitcode(os.waitpid(started, 0)[1])
        with suppress(BrokenPipeError):
            asking.sendall(f"{status}\n".encode())
        asking.close()


def _received(asking: socket.socket) -> tuple[dict[str, Any] | None, list[int]]:
    """What is asked for, and the three streams; None where whoever asked has gone."""
    size = array.array("i").itemsize
    first, ancillary, _, _ = asking.recvmsg(1 << 16, socket.CMSG_LEN(3 * size))
    streams = [
        descriptor
        for _, _, data in ancillary
        for descriptor in array.array("i", data[: len(data) - len(data) % size])
    ]
    told = first
    while told and not told.endswith(b"\n"):
        told += asking.recv(1 << 16)
    return (json.loads(told), streams) if told else (None, streams)


def _become(asked: dict[str, Any], streams: Iterable[int]) -> None:
    """The command itself; does not come back."""
    for wanted, given in enumerate(streams):
        os.dup2(given, wanted)
    os.closerange(3, 4096)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])
    time.tzset()
    random.seed()
    signal.set_wakeup_fd(-1)
    # What usage calls the program is read off these two.
    sys.modules["__main__"].__package__ = "monitor"
    sys.argv = [str(ROOT / "monitor/__main__.py"), *asked["arguments"]]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
    os._exit(_ran())


def _ran() -> int:
    from monitor.cli import main

    status = 0
    try:
        main()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and not thread.daemon:
            thread.join()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(ValueError, BrokenPipeError):
            stream.flush()
    return status


def _serve(descriptor: int) -> None:
    for name in PRELOADED:
        __import__(name)
    atexit._clear()
    Server(socket.socket(fileno=descriptor)).serve()


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
