"""A gate of parts that a test holds in its hands, asked as a server asks an application."""

import asyncio
from typing import Any, NamedTuple

from sqlalchemy import Engine
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.gate.cookie import Body, sealed
from monitor.gate.counting import Counting
from monitor.gate.known import Headers, Knower
from monitor.gate.memory import Memory
from monitor.gate.opening import knower, rules
from monitor.gate.ticket import Tickets
from monitor.gate.verify import PATH, Verify
from monitor.mfa.sealing import Seal
from tests.monitor.gate.test_terms import SECRET, terms

NOW = 1_800_000_000_000
SITE = "https://vigie.example.com"


class Answered(NamedTuple):
    """What came back; headers by name."""

    status: int
    headers: dict[str, str]
    body: bytes


class Asking:
    """One gate over a database; `now` (ms) and `seconds` are where the test puts them."""

    def __init__(self, database: Engine, knows: Knower | None = None, **changes: Any) -> None:
        self.now, self.seconds = NOW, 0.0
        given = terms("cookie", **{"unknown": "sign_in", **changes})
        self.memory = Memory(database, 5.0, lambda: self.now, lambda: self.seconds)
        self.tickets = Tickets(Seal(bytes(32)), lambda: self.now)
        self.counting = Counting(now=lambda: self.now)
        self.passed_on: list[str] = []
        self.gate: ASGIApp = Verify(
            self._app,
            knows or knower(given, "acme", lambda: self.now),
            self.memory,
            self.tickets,
            rules(given, SITE),
            self.counting,
            lambda: self.now,
        )

    def ask(self, *headers: tuple[str, str], path: str = PATH, method: str = "GET") -> Answered:
        """Ask once."""
        told = [(name.encode(), value.encode("latin-1")) for name, value in headers]
        return asyncio.run(asked(self.gate, told, path, method))

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.passed_on.append(scope["path"])
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def session(account: str = "u-1", name: str = "s-1", began: int = NOW - 60_000) -> tuple[str, str]:
    """The cookie of a session."""
    body = Body(account, name, began / 1_000, NOW / 1_000 + 3_600, "acme")
    return "cookie", f"vigie_gate={sealed(SECRET, body)}"


async def asked(app: ASGIApp, headers: Headers, path: str = PATH, method: str = "GET") -> Answered:
    """What an application answers to one request."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "scheme": "http",
    }
    await app(scope, receive, send)
    found = {name.decode(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    assert len(found) == len(sent[0]["headers"]), "a header came twice"
    return Answered(sent[0]["status"], found, b"".join(one.get("body", b"") for one in sent[1:]))
