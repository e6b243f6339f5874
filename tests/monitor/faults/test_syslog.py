"""Syslog from its senders to events, while the engine or the receiver is killed on the way."""

import os
import signal
import socket
from collections import Counter
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from detectors.core.event import Event
from monitor.store.connection import connect
from monitor.store.inbox import Inbox
from monitor.store.receipts import read_receipts
from tests.monitor.faults.running import daemon, lines_read, query, stop, wait_until

EVENTS = "SELECT body FROM events"


def configured(folder: Path) -> Path:
    config = folder / "vigie.toml"
    config.write_text(
        f'data = "{folder}"\n'
        '[[sources]]\nname = "gate"\nurl = "syslog+tcp://127.0.0.1:0"\nformat = "sshd"\n'
        '[[sources]]\nname = "vpn"\nurl = "syslog+udp://127.0.0.1:0"\nformat = "sshd"\n'
        'tenant = "operations"\n'
    )
    return config


def said(number: int) -> bytes:
    return (
        b"<38>1 2026-10-05T10:%02d:%02dZ gate sshd %d - - Accepted password for u%d "
        b"from 192.0.2.7 port 4022 ssh2" % (number // 60 % 60, number % 60, number, number)
    )


def port(database: Engine, name: str) -> int:
    """Where the source is listened on; 0 while it is not."""
    told = read_receipts(database).get(name)
    return int(told.listening[0].rpartition(":")[2]) if told and told.listening else 0


def ready(database: Engine, former: int = 0) -> int:
    """The port of `gate`, once it is another one than the former."""
    wait_until(lambda: port(database, "gate") not in (0, former), "syslog is received")
    return port(database, "gate")


def receivers(process: int) -> list[int]:
    """Processes that a process has started to receive."""
    started = map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())
    told = {number: Path(f"/proc/{number}/cmdline").read_bytes() for number in started}
    return [number for number, command in told.items() if b"monitor.receiving" in command]


def people(database: Path) -> Counter[str]:
    """How many events each account has."""
    return Counter(
        msgspec.msgpack.decode(body, type=Event).account for (body,) in query(database, EVENTS)
    )


def test_what_was_received_is_events_once_whoever_is_killed(tmp_path: Path) -> None:
    config, file = configured(tmp_path), tmp_path / "vigie.db"
    told = tmp_path / "told"
    with daemon(config, told) as process:
        wait_until(lambda: bool(query(file, "SELECT 1 FROM engine")), "the database is made")
        database = connect(f"sqlite:///{file}")
        inbox = Inbox(database)
        at = ready(database)
        with socket.create_connection(("127.0.0.1", at)) as sender:
            sender.sendall(b"".join(said(n) + b"\n" for n in range(3_000)))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(said(9_999), ("127.0.0.1", port(database, "vpn")))
        wait_until(lambda: lines_read(file) > 0, "the engine reads")
        process.kill()
        process.wait()
        # What receives sees that it is alone, and stores what has come before it ends.
        wait_until(lambda: not read_receipts(database)["gate"].listening, "the receiver ends")

    with daemon(config, told) as process:
        wait_until(lambda: lines_read(file) == 3_001, "what lay in the inbox is read")
        wait_until(lambda: inbox.waiting().parcels == 0, "it leaves the inbox")
        assert people(file) == Counter({f"u{n}": 1 for n in (*range(3_000), 9_999)})
        events = [msgspec.msgpack.decode(body, type=Event) for (body,) in query(file, EVENTS)]
        assert {(e.source, e.tenant) for e in events} == {
            ("gate", "default"),
            ("vpn", "operations"),
        }

        at = ready(database, at)
        with socket.create_connection(("127.0.0.1", at)) as sender:
            sender.sendall(b"".join(said(n) + b"\n" for n in range(3_000, 6_000)))
            wait_until(
                lambda: inbox.waiting().parcels > 0 or lines_read(file) > 3_001, "some are stored"
            )
            (receiver,) = receivers(process.pid)
            os.kill(receiver, signal.SIGKILL)
        # The daemon starts another one.
        at = ready(database, at)
        with socket.create_connection(("127.0.0.1", at)) as sender:
            sender.sendall(b"".join(said(n) + b"\n" for n in range(6_000, 6_100)))
        wait_until(lambda: people(file)["u6099"] == 1, "what came after the kill is read")
        assert stop(process) == 0
    found = people(file)
    assert set(found.values()) == {1}
    assert {f"u{n}" for n in (*range(3_000), *range(6_000, 6_100))} <= set(found)
    database.dispose()
