"""What a decision costs whoever signs in, against an endpoint that commits one row, in turns; and
what it costs while a backlog is read."""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import uvicorn
from fastapi import FastAPI
from msgspec import Struct, field
from sqlalchemy import Column, LargeBinary, MetaData, Table, func, insert, select
from sqlalchemy.engine import URL, make_url

from benchmarks import world
from benchmarks.whole import Whole
from detectors.core.event import DAY, HOUR
from monitor.clock import now_ms
from monitor.listening import listen
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.store import tables
from monitor.store.connection import connect, reading
from monitor.store.inbox import durable
from monitor.store.migration import upgrade
from monitor.store.tables.schema import Serial
from monitor.web.sign_ins import PATH

ACCOUNTS = 5_000
HISTORY = 100_000
"""Sign-ins and uses that are stored of them before anybody asks."""
SENDERS = (1, 8)
ROUND_S = 3.0
ROUNDS = 6
PACED_S = 0.1
"""How long one of those who ask during the backlog waits after each answer."""

_floor = Table(
    "floor",
    MetaData(),
    Column("id", Serial, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)


class Served(NamedTuple):
    """A process that answers on a port."""

    port: int
    pid: int

    def spent(self) -> float:
        """Seconds of processor time that it had so far."""
        told = Path(f"/proc/{self.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


class Taken(Struct):
    """What came of some questions; `times` are seconds from sending one to its answer, `spent`
    those of processor time that all of them took whoever answered."""

    spent: float = 0.0
    times: list[float] = field(default_factory=list)
    refused: int = 0
    verdicts: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Taken") -> None:
        """Those of another as well."""
        self.spent += other.spent
        self.times += other.times
        self.refused += other.refused
        for verdict, count in other.verdicts.items():
            self.verdicts[verdict] = self.verdicts.get(verdict, 0) + count

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share was answered."""
        if not self.times:
            return 0.0
        return 1_000 * sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


def questions(count: int, start: int) -> list[bytes]:
    """What is asked: people of the log, where they mostly are."""
    made = []
    for line in islice(world.lines(HISTORY + count, ACCOUNTS, start), HISTORY, None):
        told = json.loads(line)
        asked = {
            "account": told["user"]["uid"],
            "account_name": told["user"]["name"],
            "tenant": told["metadata"]["tenant_uid"],
            "ip": told["src_endpoint"]["ip"],
            "user_agent": told["http_request"]["user_agent"],
        }
        made.append(json.dumps(asked).encode())
    return made


def request(content: bytes, key: str) -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def asked(
    served: Served, sent: list[bytes], senders: int, seconds: float, pause: float = 0.0
) -> Taken:
    """Ask over so many connections at once, each the next when the last is answered."""
    before = served.spent()
    taken = asyncio.run(load(served.port, sent, senders, seconds, pause))
    taken.spent = served.spent() - before
    return taken


@contextmanager
def serving(*arguments: str) -> Iterator[Served]:
    """A process that announces its port."""
    command = [sys.executable, "-m", *arguments]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - our own modules
    assert process.stdout is not None
    try:
        yield Served(int(process.stdout.readline().split()[-1]), process.pid)
    finally:
        process.kill()
        process.communicate()


async def load(
    port: int, sent: list[bytes], senders: int, seconds: float, pause: float = 0.0
) -> Taken:
    """Ask over so many connections at once, each the next when the last is answered."""
    until = time.monotonic() + seconds
    taken = Taken()

    async def ask(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        at = number * 997
        while time.monotonic() < until:
            began = time.monotonic()
            writer.write(sent[at % len(sent)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            answer = await reader.readexactly(length)
            taken.times.append(time.monotonic() - began)
            if head.startswith(b"HTTP/1.1 200"):
                verdict = str(json.loads(answer).get("verdict"))
                taken.verdicts[verdict] = taken.verdicts.get(verdict, 0) + 1
            else:
                taken.refused += 1
            at += senders
            await asyncio.sleep(pause)
        writer.close()

    await asyncio.gather(*(ask(number) for number in range(senders)))
    return taken


def floor(url: str) -> FastAPI:
    """An endpoint that reads JSON and commits one row, as durably."""
    engine = durable(url)
    with engine.begin() as connection:
        _floor.create(connection, checkfirst=True)
    app = FastAPI()

    @app.post(PATH)
    def take(told: dict[str, str]) -> dict[str, str]:
        with engine.begin() as connection:
            connection.execute(insert(_floor).values(body=json.dumps(told).encode()))
        return {"verdict": "kept"}

    return app


def serve_floor(url: str) -> None:
    """The floor on a free port, which it announces as the web process does."""
    config = uvicorn.Config(floor(url), log_level="warning", access_log=False, lifespan="off")
    # As the console listens: uvicorn's own sockets hold answers back for 40 ms (no TCP_NODELAY).
    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"127.0.0.1 {listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])


def ingest(url: str, log: Path, batch: int) -> None:
    """Read a log into a database as `vigie run` does; say how many events and seconds it was."""
    whole = Whole(log, url, batch=batch)
    began, events = time.monotonic(), 0
    while step := whole.step():
        events += step
    took = time.monotonic() - began
    whole.stop()
    sys.stdout.write(f"{events} {took:.1f}\n")


def beside(url: str) -> URL:
    """A database of the same kind that holds nothing but the floor's rows."""
    made = make_url(url)
    if made.get_backend_name() == "sqlite":
        return made.set(database=f"{made.database}.floor")
    return made


def prepared(url: str, folder: Path) -> tuple[int, str]:
    """A database with the history of all accounts: when that begins, and a key to ask by."""
    upgrade(url)
    span = HISTORY * max(1, DAY // (ACCOUNTS * world.PER_DAY))
    start = now_ms() - span - HOUR
    log = folder / "history.ndjson"
    world.write(log, HISTORY, ACCOUNTS, start)
    ingest(url, log, 5_000)
    database = connect(url)
    name = f"bench-{time.monotonic_ns()}"
    key = ApiKeys(database).create(operator(), name, [Operation.SIGN_INS_DECIDE])
    database.dispose()
    return start, key


def in_turns(url: str, start: int, key: str, rounds: int, seconds: float) -> None:
    """Both sides, one after the other in each round."""
    sent = [request(one, key) for one in questions(20_000, start)]
    with ExitStack() as stack:
        bare = beside(url).render_as_string(hide_password=False)
        ports = {
            "floor": stack.enter_context(serving("benchmarks.decisions", "--floor", bare)),
            "decided": stack.enter_context(serving("monitor.web.serve", url, "--announce")),
        }
        for port in ports.values():
            asked(port, sent, 1, 2.0)
        for senders in SENDERS:
            sides: dict[str, list[Taken]] = {"floor": [], "decided": []}
            for number in range(rounds):
                for side in sorted(sides, reverse=bool(number % 2)):
                    sides[side].append(asked(ports[side], sent, senders, seconds))
            _tell_turns(url, senders, sides)


def _tell_turns(url: str, senders: int, sides: dict[str, list[Taken]]) -> None:
    told: dict[str, object] = {"database": make_url(url).get_backend_name(), "senders": senders}
    for side, taken in sides.items():
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            values = [one.percentile(share) for one in taken]
            told[f"{side} {name} ms"] = round(statistics.median(values), 2)
        spent, count = sum(one.spent for one in taken), sum(len(one.times) for one in taken)
        told[f"{side} cpu ms"] = round(1_000 * spent / max(1, count), 2)
        told[f"{side} answers"] = sum(len(one.times) for one in taken)
        told[f"{side} refused"] = sum(one.refused for one in taken)
    pairs = zip(sides["decided"], sides["floor"], strict=True)
    ratios = [one.percentile(0.5) / max(0.001, other.percentile(0.5)) for one, other in pairs]
    told["p50 ratio"] = round(statistics.median(ratios), 2)
    told["p50 ratios"] = [round(ratio, 2) for ratio in ratios]
    print(json.dumps(told), flush=True)


def in_backlog(url: str, start: int, key: str, events: int, seconds: float, folder: Path) -> None:
    """Ask while a log of so many events is read, until it is read or for so many seconds; the floor
    in turns with it, so that what the machine does besides is seen."""
    log = folder / "backlog.ndjson"
    world.write(log, events, ACCOUNTS * 4, start - 40 * DAY)
    sent = [request(one, key) for one in questions(20_000, start)]
    before = _kept(url)
    sides = {"decided": Taken(), "floor": Taken()}
    with ExitStack() as stack:
        bare = beside(url).render_as_string(hide_password=False)
        ports = {
            "floor": stack.enter_context(serving("benchmarks.decisions", "--floor", bare)),
            "decided": stack.enter_context(serving("monitor.web.serve", url, "--announce")),
        }
        warm = {side: asked(ports[side], sent, 1, 2.0) for side in sides}
        engine = stack.enter_context(_ingesting(url, log))
        end = time.monotonic() + seconds
        while engine.poll() is None and time.monotonic() < end:
            for side, taken in sides.items():
                taken.add(asked(ports[side], sent, 4, 3.0, PACED_S))
        is_read = engine.poll() is not None
        engine.terminate()
        until = time.monotonic() + 30
        answers = len(sides["decided"].times) + len(warm["decided"].times)
        while _kept(url) - before < answers and time.monotonic() < until:
            time.sleep(0.2)
    told: dict[str, object] = {
        "database": make_url(url).get_backend_name(),
        "backlog": events,
        "read": is_read or _read(url),
        "answers": answers,
        "kept": _kept(url) - before,
        "refused": sides["decided"].refused,
        "verdicts": sides["decided"].verdicts,
    }
    for side, taken in sides.items():
        told |= {f"{side} p{p} ms": round(taken.percentile(p / 100), 1) for p in (50, 90, 99)}
    print(json.dumps(told), flush=True)


def _read(url: str) -> int:
    """How many events of the backlog were stored."""
    database = connect(url)
    with reading(database).begin() as connection:
        query = select(func.count()).select_from(tables.events)
        found = int(connection.execute(query).scalar_one())
    database.dispose()
    return found - HISTORY


def _kept(url: str) -> int:
    database = connect(url)
    with reading(database).begin() as connection:
        query = select(func.count()).select_from(tables.sign_in_questions)
        found = int(connection.execute(query).scalar_one())
    database.dispose()
    return found


@contextmanager
def _ingesting(url: str, log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "benchmarks.decisions", "--ingest", url, str(log)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)  # noqa: S603 - our own modules
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Measure on each database that is named; on SQLite in a new folder when none is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decisions", description=__doc__)
    parser.add_argument("--url", action="append", help="A new database; several may be named.")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=ROUND_S)
    parser.add_argument("--backlog", type=int, default=0, help="Also while so many are read.")
    parser.add_argument("--most", type=float, default=600.0, help="Seconds of that, at most.")
    parser.add_argument("--floor", help=argparse.SUPPRESS)
    parser.add_argument("--ingest", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.floor:
        serve_floor(given.floor)
        return
    if given.ingest:
        ingest(given.ingest[0], Path(given.ingest[1]), 5_000)
        return
    with tempfile.TemporaryDirectory(prefix="vigie-decisions-") as name:
        folder = Path(name)
        for url in given.url or [f"sqlite:///{folder / 'vigie.db'}"]:
            start, key = prepared(url, folder)
            in_turns(url, start, key, given.rounds, given.seconds)
            if given.backlog:
                in_backlog(url, start, key, given.backlog, given.most, folder)


if __name__ == "__main__":
    main()
