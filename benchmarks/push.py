"""What it costs to push: requests and lines a second, against an endpoint that keeps nothing."""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from msgspec import Struct
from sqlalchemy import Engine, delete
from starlette.responses import JSONResponse, Response

from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.inbox import Inbox, Terms
from monitor.store.migration import upgrade
from monitor.web.push import PATH

SENDERS = 40
ROUND_S = 3.0
ROUNDS = 4
SIZES = (1, 100)
_LINE = (
    '{"class_uid":3002,"activity_id":1,"status_id":1,"time":%d,"metadata":{"uid":"%d",'
    '"tenant_uid":"acme","version":"1.6.0"},"user":{"uid":"u-%d","name":"user%d@example.com"},'
    '"src_endpoint":{"ip":"198.51.100.%d"},"session":{"uid":"s-%d"},'
    '"http_request":{"user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) Firefox/149.0"}}'
)


class Taken(Struct):
    """What one round came to; `times` are seconds from sending a body to its answer."""

    seconds: float
    answers: int
    refused: int
    times: list[float]

    @property
    def rate(self) -> float:
        """Bodies a second that were taken."""
        return (self.answers - self.refused) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share was answered."""
        return 1_000 * sorted(self.times)[min(len(self.times) - 1, int(share * len(self.times)))]


def body(lines: int, first: int) -> bytes:
    """So many lines, all different from those of another first number."""
    numbers = range(first, first + lines)
    made = [_LINE % (1_790_000_000_000 + n, n, n % 997, n % 997, n % 250, n) for n in numbers]
    return "\n".join(made).encode() + b"\n"


def request(content: bytes, key: str) -> bytes:
    """A request as it goes over the wire."""
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/x-ndjson\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def load(port: int, key: str, lines: int, senders: int, seconds: float) -> Taken:
    """Send from so many connections at once, each the next when the last is answered."""
    until = time.monotonic() + seconds
    taken = Taken(0.0, 0, 0, [])

    async def send(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        sent = [request(body(lines, (number * 50 + n) * lines), key) for n in range(50)]
        count = 0
        while time.monotonic() < until:
            began = time.monotonic()
            writer.write(sent[count % len(sent)])
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
            await reader.readexactly(length)
            taken.times.append(time.monotonic() - began)
            taken.answers += 1
            taken.refused += not head.startswith(b"HTTP/1.1 202")
            count += 1
        writer.close()

    began = time.monotonic()
    await asyncio.gather(*(send(number) for number in range(senders)))
    taken.seconds = time.monotonic() - began
    return taken


def floor() -> FastAPI:
    """An endpoint that reads a body and keeps nothing of it."""
    app = FastAPI()

    @app.post(PATH, status_code=202)
    async def take(received: Request) -> Response:
        return JSONResponse({"size": len(await received.body())}, 202)

    return app


def serve_floor() -> None:
    """The floor on a free port, which it announces as the web process does."""
    config = uvicorn.Config(floor(), log_level="warning", access_log=False, lifespan="off")
    listener = config.bind_socket()
    sys.stdout.write(f"127.0.0.1 {listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def served(*arguments: str) -> Iterator[int]:
    """The port of a process that announces it."""
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline().split()[-1])
    finally:
        process.kill()
        process.communicate()


def emptied(database: Engine) -> None:
    """As an engine would leave the inbox."""
    with database.begin() as connection:
        connection.execute(delete(tables.inbox))


def measured(url: str, lines: int, senders: int, rounds: int, seconds: float) -> dict[str, float]:
    """The floor and the endpoint in turns, so many rounds of so many seconds; medians."""
    upgrade(url)
    database = connect(url)
    Inbox(database).announce(Terms(("bench",)))
    keys = ApiKeys(database)
    key = keys.create(
        operator(), f"bench-{time.monotonic_ns()}", [Operation.EVENTS_WRITE], source="bench"
    )
    sides: dict[str, list[Taken]] = {"floor": [], "push": []}
    with ExitStack() as stack:
        ports = {
            "floor": stack.enter_context(served("benchmarks.push", "--floor")),
            "push": stack.enter_context(served("monitor.web.serve", url, "--announce")),
        }
        for port in ports.values():
            asyncio.run(load(port, key, lines, senders, 1.0))
        for number in range(rounds):
            for side in sorted(sides, reverse=bool(number % 2)):
                emptied(database)
                sides[side].append(asyncio.run(load(ports[side], key, lines, senders, seconds)))
    emptied(database)
    database.dispose()
    told: dict[str, float] = {"lines": lines, "senders": senders}
    for side, taken in sides.items():
        told[f"{side} requests/s"] = round(statistics.median(one.rate for one in taken))
        told[f"{side} lines/s"] = round(statistics.median(one.rate * lines for one in taken))
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            values = [one.percentile(share) for one in taken]
            told[f"{side} {name} ms"] = round(statistics.median(values), 1)
        told[f"{side} refused"] = sum(one.refused for one in taken)
    told["ratio"] = round(told["push requests/s"] / max(1.0, told["floor requests/s"]), 2)
    return told


def main() -> None:
    """Measure each size on each database that is named; SQLite in a new folder when none is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.push", description=__doc__)
    parser.add_argument("--url", action="append", help="A database; several may be named.")
    parser.add_argument("--senders", type=int, default=SENDERS)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=ROUND_S)
    parser.add_argument("--lines", type=int, action="append")
    parser.add_argument("--floor", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.floor:
        serve_floor()
        return
    with tempfile.TemporaryDirectory(prefix="vigie-push-") as folder:
        for url in given.url or [f"sqlite:///{Path(folder) / 'vigie.db'}"]:
            for lines in given.lines or SIZES:
                found = measured(url, lines, given.senders, given.rounds, given.seconds)
                print(json.dumps({"database": url.partition(":")[0], **found}), flush=True)


if __name__ == "__main__":
    main()
