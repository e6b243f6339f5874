"""Syslog taken durably, against a receiver that only counts: how fast, and what is lost of UDP."""

import argparse
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from monitor.settings import Database, Settings, Source, to_json
from monitor.store.connection import connect
from monitor.store.inbox import Inbox
from monitor.store.migration import upgrade

LINE = (
    b"<38>Oct  5 10:02:03 gate sshd[%5d]: Failed password for invalid user admin from "
    b"203.0.113.9 port 40222 ssh2"
)
RATES = (10_000, 40_000, 80_000, 160_000)
_QUIET_S = 1.0
_UNLIMITED = 1_000_000


class Side(NamedTuple):
    """One receiver: its ports, and how many messages it has by now."""

    tcp: int
    udp: int
    has: Callable[[], int]


@contextmanager
def started(*command: str) -> Iterator[tuple[IO[str], IO[str]]]:
    """A program of ours; what it is told by, and what it says."""
    with subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-m", *command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("a program without pipes")
        yield process.stdin, process.stdout
        process.stdin.close()


@contextmanager
def counting() -> Iterator[Side]:
    """The floor."""
    with started("benchmarks.counting") as (told, says):
        tcp, udp = map(int, says.readline().split())

        def count() -> int:
            told.write("?\n")
            told.flush()
            return int(says.readline())

        yield Side(tcp, udp, count)


@contextmanager
def storing(folder: Path) -> Iterator[Side]:
    """What `vigie run` starts; what counts is what lies in the inbox, and is there after a kill."""
    url = f"sqlite:///{folder / 'vigie.db'}"
    upgrade(url)
    options = {"messages_per_second": _UNLIMITED}
    sources = tuple(
        Source(name=kind, url=f"syslog+{kind}://127.0.0.1:0", options=options)
        for kind in ("tcp", "udp")
    )
    settings = Settings(data=folder, database=Database(url=url), sources=sources)
    with started("monitor.receiving.serve", "--announce") as (told, says):
        told.write(to_json(settings, lambda _: True).decode() + "\n")
        told.flush()
        heard = dict(says.readline().split() for _ in sources)
        ports = {name: int(address.rpartition(":")[2]) for name, address in heard.items()}
        database = connect(url)
        inbox = Inbox(database)
        yield Side(ports["tcp"], ports["udp"], lambda: inbox.waiting().lines)
        database.dispose()


def stream(side: Side, messages: int) -> float:
    """Messages a second over one connection, from the first byte until it has all of them."""
    block = b"".join(LINE % n + b"\n" for n in range(1_000))
    before, begun = side.has(), time.perf_counter()
    with socket.create_connection(("127.0.0.1", side.tcp)) as client:
        for _ in range(messages // len(block.splitlines())):
            client.sendall(block)
    while side.has() - before < messages:
        time.sleep(0.01)
    return messages / (time.perf_counter() - begun)


def datagrams(side: Side, rate: int, seconds: float) -> tuple[int, int]:
    """How many were sent at so many a second, a hundredth of it at a time, and how many it has."""
    before, sent, begun = side.has(), 0, time.perf_counter()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(("127.0.0.1", side.udp))
        while sent < rate * seconds:
            for number in range(sent, sent + rate // 100):
                client.send(LINE % number)
            sent += rate // 100
            time.sleep(max(0.0, begun + sent / rate - time.perf_counter()))
    return sent, _settled(side) - before


def _settled(side: Side) -> int:
    """The count, once it has not changed for a while."""
    count, since = side.has(), time.perf_counter()
    while time.perf_counter() - since < _QUIET_S:
        time.sleep(0.05)
        if (now := side.has()) != count:
            count, since = now, time.perf_counter()
    return count


def main(arguments: list[str]) -> None:
    """Print both sides, taken in turns."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=200_000, help="in thousands, by TCP")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--rates", type=int, nargs="*", default=RATES, help="of UDP, a second")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each rate of UDP")
    given = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory() as folder,
        counting() as least,
        storing(Path(folder)) as ours,
    ):
        turns = [
            (stream(least, given.messages), stream(ours, given.messages))
            for _ in range(given.turns)
        ]
        floor, whole = (statistics.median(side) for side in zip(*turns, strict=True))
        print(f"TCP: counted {floor:,.0f}/s, stored {whole:,.0f}/s, ratio {whole / floor:.2f}")
        for rate in given.rates:
            for name, side in (("counted", least), ("stored", ours)):
                sent, has = datagrams(side, rate, given.seconds)
                print(f"UDP at {rate:,}/s: {name} {has:,} of {sent:,}, lost {1 - has / sent:.2%}")


if __name__ == "__main__":
    main(sys.argv[1:])
