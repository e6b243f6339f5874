"""What the gate costs at each request, against an endpoint that does nothing; and how soon a
suspension bites."""

import argparse
import asyncio
import json
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from joserfc import jws
from joserfc.jwk import RSAKey
from msgspec import Struct
from sqlalchemy import insert

from detectors.core.identity import Subject, SubjectKind
from monitor.clock import now_ms
from monitor.gate.cookie import Body, sealed
from monitor.gate.verify import PATH
from monitor.settings import Settings, load, to_json
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.gate_list import GateTable
from monitor.store.migration import upgrade

WAYS = ("cookie", "token", "introspection")
ACCOUNTS = 10_000
REQUESTS = 3_000
WARM = 300
SUSPENSIONS = 20
_SECRET = "0123456789abcdef0123456789abcdef"
_KEY = RSAKey.generate_key(2048, {"kid": "bench", "use": "sig"})


class Found(Struct):
    """What one way came to: milliseconds within which half, and 99 of 100, were answered, by side;
    and from a suspension's commit to the first request that was turned away."""

    way: str
    accounts: int
    empty_p50: float
    gate_p50: float
    empty_p99: float
    gate_p99: float
    ratio: float
    bites_p50: float = 0.0
    bites_most: float = 0.0


class Connection:
    """One open connection to a server, that asks the same again and again."""

    def __init__(self, port: int, path: str, header: str = "") -> None:
        self._port = port
        extra = f"{header}\r\n" if header else ""
        self._sent = (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Original-URI: /calls/7\r\n{extra}\r\n"
        ).encode()

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)

    async def ask(self) -> tuple[int, float]:
        """The status of an answer, and the seconds that it took."""
        began = time.perf_counter()
        self._writer.write(self._sent)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r")[0])
        if length:
            await self._reader.readexactly(length)
        return int(head[9:12]), time.perf_counter() - began

    def close(self) -> None:
        """Let it go."""
        self._writer.close()


def serve_empty() -> None:
    """The endpoint that does nothing, on a free port that it announces as the web process does."""
    app = FastAPI()

    @app.get("/")
    async def nothing() -> dict[str, str]:
        return {}

    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    # Named, so that the event loop sends each part of an answer at once (TCP_NODELAY).
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    sys.stdout.write(f"127.0.0.1 {listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def served(told: bytes, *arguments: str) -> Iterator[int]:
    """The port of a process that announces it, once it was told something."""
    process = subprocess.Popen(  # noqa: S603 - our own modules
        [sys.executable, "-m", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(told)
        process.stdin.flush()
        yield int(process.stdout.readline().split()[-1])
    finally:
        process.kill()
        process.communicate()


@contextmanager
def provider() -> Iterator[str]:
    """A provider's address: it shows a key, and says of any token that it is active."""

    site = ""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys = {"keys": [_KEY.as_dict(private=False)]}
            told = {
                "issuer": site,
                "authorization_endpoint": f"{site}/a",
                "token_endpoint": f"{site}/t",
                "jwks_uri": f"{site}/jwks",
            }
            self._say(keys if self.path == "/jwks" else told)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self._say({"active": True, "sub": "u-bench", "sid": "s", "auth_time": now_ms() / 1_000})

        def _say(self, told: object) -> None:
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site
    server.shutdown()
    server.server_close()


def settings_of(way: str, folder: Path, issuer: str) -> Settings:
    """A web process with a gate that knows sessions in this way."""
    (folder / "vigie.toml").write_text(
        f"""data = "{folder}"
[web]
port = 0
[gate]
session = "{way}"
applications = ["https://app.example.com"]
sign_in_url = "https://app.example.com/login"
cookie_secret = "{_SECRET}"
issuer = "{issuer}"
audience = ["app"]
introspection_url = "{issuer}/introspect"
client_id = "app"
client_secret = "bench"
"""
    )
    text = (folder / "vigie.toml").read_text()
    if way == "introspection":
        (folder / "vigie.toml").write_text(text.replace('audience = ["app"]\n', ""))
    return load(folder / "vigie.toml", {})


def header_of(way: str, issuer: str) -> str:
    """What a request proves its session by."""
    now = now_ms() / 1_000
    if way == "cookie":
        return f"Cookie: vigie_gate={sealed(_SECRET, Body('u-bench', 's', now, now + 3_600))}"
    claims = {"iss": issuer, "aud": "app", "sub": "u-bench", "sid": "s", "auth_time": now}
    claims |= {"iat": now, "exp": now + 3_600}
    token = jws.serialize_compact(
        {"alg": "RS256", "kid": "bench"}, json.dumps(claims).encode(), _KEY
    )
    return f"Authorization: Bearer {token}"


def furnished(settings: Settings, accounts: int) -> GateTable:
    """The database, with so many accounts that something stands against; the table of those."""
    upgrade(settings.database_url)
    database = connect(settings.database_url)
    names = [f"u-{number}" for number in range(accounts)]
    with database.begin() as connection:
        if names:
            connection.execute(
                insert(tables.gate_list),
                [
                    {
                        "tenant": settings.tenant,
                        "account": name,
                        "verdict": ("challenge", "disabled")[number % 2],
                        "subject_key": Subject(SubjectKind.ACCOUNT, settings.tenant, name).key(),
                        "since": 1,
                        "until": None,
                        "key": f"order {number}",
                    }
                    for number, name in enumerate(names)
                ],
            )
    return GateTable(database, now_ms)


async def in_turns(empty: Connection, gate: Connection, requests: int) -> list[list[float]]:
    """One request to the one, one to the other, who goes first alternating: seconds by side."""
    times: list[list[float]] = [[], []]
    for number in range(requests):
        sides = (empty, gate) if number % 2 else (gate, empty)
        for side in sides:
            status, took = await side.ask()
            assert status == 200, status
            times[side is gate].append(took)
    return times


async def bite(gate: Connection, table: GateTable, tenant: str, number: int) -> float:
    """Seconds from a suspension's commit to the first request that is turned away."""
    table.put(tenant, "u-bench", "disabled", number, None, f"bench {number}")
    began = time.perf_counter()
    while (await gate.ask())[0] != 403:
        await asyncio.sleep(0.002)
    took = time.perf_counter() - began
    table.remove(tenant, "u-bench", frozenset(("disabled",)), "bench")
    while (await gate.ask())[0] != 200:
        await asyncio.sleep(0.002)
    return took


async def _measured(
    ports: tuple[int, int], header: str, table: GateTable, tenant: str, sizes: tuple[int, int]
) -> tuple[list[list[float]], list[float]]:
    empty, gate = Connection(ports[0], "/"), Connection(ports[1], PATH, header)
    for one in (empty, gate):
        await one.open()
    await in_turns(empty, gate, min(WARM, sizes[0]))
    times = await in_turns(empty, gate, sizes[0])
    bites = [await bite(gate, table, tenant, number + 1) for number in range(sizes[1])]
    for one in (empty, gate):
        one.close()
    return times, bites


def measured(way: str, accounts: int, requests: int, suspensions: int) -> Found:
    """The endpoint that does nothing and the gate in turns, request by request; milliseconds."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vigie-gate-")))
        issuer = stack.enter_context(provider())
        settings = settings_of(way, folder, issuer)
        table = furnished(settings, accounts)
        told = to_json(settings, lambda _: False) + b"\n"
        ports = (
            stack.enter_context(served(b"", "benchmarks.gate", "--empty")),
            stack.enter_context(served(told, "monitor.web.serve", "--announce")),
        )
        header = header_of(way, issuer)
        times, bites = asyncio.run(
            _measured(ports, header, table, settings.tenant, (requests, suspensions))
        )
    empty, gate = ([1_000 * one for one in sorted(side)] for side in times)
    half = [statistics.median(side) for side in (empty, gate)]
    return Found(
        way=way,
        accounts=accounts,
        empty_p50=round(half[0], 3),
        gate_p50=round(half[1], 3),
        empty_p99=round(empty[int(0.99 * len(empty))], 3),
        gate_p99=round(gate[int(0.99 * len(gate))], 3),
        ratio=round(half[1] / half[0], 2),
        bites_p50=round(1_000 * statistics.median(bites)) if bites else 0,
        bites_most=round(1_000 * max(bites)) if bites else 0,
    )


def main() -> None:
    """Measure each way; exit 1 where one costs more than 1.5 times the endpoint."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--way", action="append", choices=WAYS)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--requests", type=int, default=REQUESTS)
    parser.add_argument("--suspensions", type=int, default=SUSPENSIONS)
    parser.add_argument("--empty", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.empty:
        serve_empty()
        return
    worst = 0.0
    for way in given.way or WAYS:
        found = measured(way, given.accounts, given.requests, given.suspensions)
        worst = max(worst, found.ratio)
        print(json.dumps({name: getattr(found, name) for name in Found.__struct_fields__}))
    sys.exit(1 if worst > 1.5 else 0)


if __name__ == "__main__":
    main()
