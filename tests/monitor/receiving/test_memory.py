"""Memory of the process that receives: bounded, whoever sends, and however much."""

import contextlib
import re
import socket
from pathlib import Path

import pytest
from sqlalchemy import Engine

from monitor.settings import Source
from monitor.store.inbox import Inbox
from monitor.store.receipts import read_receipts
from tests.monitor.receiving.served import M, Process, wait_for

MIB = 1 << 20
SENDERS = 20_000
CONNECTIONS = 500
HELD = 60_000


def resident(process: Process) -> int:
    """Bytes of memory that it takes now."""
    status = Path(f"/proc/{process.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) << 10


@pytest.mark.soak
@pytest.mark.one_on_postgresql
def test_thousands_of_senders_and_hundreds_of_halves(database: Engine) -> None:
    """20,000 addresses, twice as many as are remembered, and 500 connections that each stop in the
    middle of a message of 60 KB: 30 MB that must be held, and little more."""
    udp = Source(name="udp", url="syslog+udp://127.0.0.1:0")
    options = {"connections_per_sender": CONNECTIONS}
    tcp = Source(name="tcp", url="syslog+tcp://127.0.0.1:0", options=options)
    with Process(database, udp, tcp) as process, contextlib.ExitStack() as opened:
        inbox, before = Inbox(database), resident(process)
        for number in range(SENDERS):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
                sender.bind((f"127.{1 + number // 65_536}.{number // 256 % 256}.{number % 256}", 0))
                sender.sendto(M, ("127.0.0.1", process.ports["udp"]))
            if (sent := number + 1) % 1_000 == 0:
                wait_for(lambda: inbox.waiting().lines == sent)
        of_senders = resident(process) - before
        for _ in range(CONNECTIONS):
            client = socket.create_connection(("127.0.0.1", process.ports["tcp"]))
            opened.enter_context(client)
            client.sendall(HELD * b"x")
        wait_for(lambda: resident(process) - before - of_senders > CONNECTIONS * HELD // 2)
        wait_for(lambda: read_receipts(database)["tcp"].connections == CONNECTIONS)
        of_connections = resident(process) - before - of_senders
        assert of_senders < 30 * MIB
        assert of_connections < 2 * CONNECTIONS * HELD
