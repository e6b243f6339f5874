"""The process that receives syslog: what was sent is stored, whatever the engine does meanwhile."""

import argparse
import logging
import os
import queue
import resource
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final

from sqlalchemy.exc import DBAPIError

from detectors.core.identity import digest
from monitor import clock, logs
from monitor.receiving.endpoint import Endpoint
from monitor.receiving.receiver import Receiver, Served
from monitor.receiving.spool import Spool
from monitor.receiving.writer import Writer
from monitor.settings import Settings
from monitor.sources import syslog
from monitor.store.connection import explain
from monitor.store.inbox import durable
from monitor.store.receipts import adopt_receipts, note_receipts
from monitor.told import Lines, listen

GRACE_S: Final = 3.0
"""How long storing what was received may take once we are told to end."""
_STEP_S = 1.0
_DESCRIPTORS = 16_384
_NOTED_EVERY_S = 5.0

log = logging.getLogger(__name__)


class WriterEndedError(RuntimeError):
    """Nothing is stored any more, for a reason that nobody foresaw."""


def sources_of(settings: Settings) -> list[Served]:
    """The sources of the settings that are received."""
    return [
        Served(one.name, syslog.address_of(one.url), syslog.options_of(one.options))
        for one in settings.sources
        if one.url is not None and syslog.accepts(one.url)
    ]


class Service:
    """The receiver and what stores, until told to stop."""

    def __init__(self, settings: Settings, opened: Callable[[Endpoint], None]) -> None:
        """`opened` is told of each endpoint that is listened on."""
        self._database = durable(settings.database_url)
        self._spool = Spool()
        self._told: queue.SimpleQueue[Settings] = queue.SimpleQueue()
        self._told.put(settings)
        now = clock.now_ms()
        with self._database.begin() as connection:
            kept = adopt_receipts(connection, now, _is_gone)
            note_receipts(connection, kept, _name())
        self._receiver = Receiver(self._spool, kept, opened)
        self._writer = Writer(self._database, self._spool, self._receiver.wake, _name())
        self._stopping = False
        self._noted = 0.0

    def stop(self) -> None:
        """Take what has come, store it, and end. May be called from anywhere."""
        self._stopping = True
        self._receiver.wake()

    def tell(self, settings: Settings) -> None:
        """Serve as these say from now on. May be called from anywhere."""
        self._told.put(settings)
        self._receiver.wake()

    def run(self) -> bool:
        """Until told to stop; whether all that was received is stored."""
        self._writer.start()
        try:
            while not self._stopping:
                self._heed()
                self._receiver.step(_STEP_S)
                self._note()
        finally:
            self._receiver.finish()
            self._writer.note(self._receiver.told(clock.monotonic()))
            is_stored = self._writer.stop(GRACE_S)
            self._database.dispose()
        return is_stored

    def _heed(self) -> None:
        while not self._told.empty():
            self._receiver.serve(sources_of(self._told.get()), clock.monotonic())
            self._noted = -_NOTED_EVERY_S  # where we listen is told at once

    def _note(self) -> None:
        if not self._writer.is_at_work():
            raise WriterEndedError("what was received cannot be stored")
        now = clock.monotonic()
        if now - self._noted >= _NOTED_EVERY_S:
            self._noted = now
            self._writer.note(self._receiver.told(now))


def _name() -> str:
    """Ours: of this host and this process."""
    return f"{digest(socket.gethostname(), size=4).hex()}-{os.getpid()}"


def _is_gone(name: str) -> bool:
    """Whether it was a process of this host, and is no more."""
    host, _, process = name.partition("-")
    if host != _name().partition("-")[0] or not process.isdecimal():
        return False
    return int(process) == os.getpid() or not Path(f"/proc/{process}").exists()


def allow_descriptors() -> None:
    """As many connections as the settings may ask for, where this process may have them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(_DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def main(arguments: list[str]) -> None:
    """`python -m monitor.receiving.serve`: receive until standard input ends, or SIGTERM.

    Each line of standard input is all settings in JSON, which hold from then on. With `--announce`
    it says `NAME HOST:PORT` on standard output for each socket that is listened on.
    """
    parser = argparse.ArgumentParser(prog="python -m monitor.receiving.serve")
    parser.add_argument("--announce", action="store_true")
    given = parser.parse_args(arguments)
    lines = Lines(sys.stdin.buffer)
    allow_descriptors()
    try:
        first = lines.next()
        if first is None:
            return
        logs.configure(first.log.format, first.log.level, "syslog")
        service = Service(first, _announce if given.announce else _log)
    except DBAPIError as error:
        logs.end(f"syslog cannot be received: {explain(error)}")
    except (ValueError, OSError) as error:
        logs.end(f"syslog cannot be received: {error}")

    def stop(_number: int, _frame: FrameType | None) -> None:
        service.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    listen(lines, service.tell, service.stop)
    if not service.run():
        logs.end("not all that was received could be stored before the end")


def _announce(endpoint: Endpoint) -> None:
    for one in endpoint.listening():
        sys.stdout.write(f"{endpoint.source} {one}\n")
    sys.stdout.flush()


def _log(endpoint: Endpoint) -> None:
    log.info("source %s listens on %s", endpoint.source, ", ".join(endpoint.listening()))


if __name__ == "__main__":
    main(sys.argv[1:])
