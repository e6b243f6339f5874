"""A provider is asked once about a token for a while, and its silence is no answer."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from monitor.gate import introspection
from monitor.gate.claims import Names
from monitor.gate.introspection import (
    MAXIMUM_ANSWER,
    REFUSED_MS,
    Introspected,
    IntrospectionKnower,
)
from monitor.gate.known import BusyError, Known, UnsureError

NOW = 1_790_000_000_000
GOOD = {"active": True, "sub": "u-1", "sid": "s-1", "auth_time": NOW / 1_000 - 60}
KNOWN = Known("acme", "u-1", "s-1", NOW - 60_000)


class Server:
    """Answers as a test wants it, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: Callable[[str], tuple[int, dict[str, str], bytes]] = lambda _: said(GOOD)
        self.asked: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        mine = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["content-length"]))
                form = {name: values[0] for name, values in parse_qs(raw.decode()).items()}
                mine.asked.append(form)
                mine.headers.append({k.lower(): v for k, v in self.headers.items()})
                status, headers, body = mine.answer(form.get("token", ""))
                self.send_response(status)
                for name, value in {"content-length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}/introspect"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    # This machine may be a crowded one.
    monkeypatch.setattr(introspection, "WHOLE_S", 30.0)
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join(timeout=240)


def said(claims: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {}, json.dumps(claims).encode()


def terms(url: str, **changes: Any) -> Introspected:
    given: dict[str, Any] = {
        "url": url,
        "client_id": "vigie:1",
        "client_secret": "a secret & more",
        "kept": 30_000,
        "audience": frozenset(),
        "cookie": "",
        "names": Names("sid", "sub", None, "acme"),
    }
    return Introspected(**{**given, **changes})


class World:
    def __init__(self, url: str, **changes: Any) -> None:
        self.now = NOW
        self.knower = IntrospectionKnower(terms(url, **changes), lambda: self.now)

    def know(self, *tokens: str) -> list[Known | None]:
        async def all_of_them() -> list[Known | None]:
            told = [[(b"authorization", f"Bearer {token}".encode())] for token in tokens]
            found = await asyncio.gather(*map(self.knower.know, told), return_exceptions=True)
            await self.knower.close()
            for one in found:
                if isinstance(one, BaseException):
                    raise one
            return [one for one in found if not isinstance(one, BaseException)]

        return asyncio.run(all_of_them())


def test_it_is_asked_as_the_specification_has_it(server: Server) -> None:
    assert World(server.url).know("t-1") == [KNOWN]
    assert server.asked == [{"token": "t-1"}]
    # vigie%3A1:a+secret+%26+more, each half encoded by itself (RFC 6749, 2.3.1)
    assert server.headers[0]["authorization"] == ("Basic dmlnaWUlM0ExOmErc2VjcmV0KyUyNittb3Jl")


def test_many_who_ask_at_once_are_one_question_and_it_is_kept_for_a_while(server: Server) -> None:
    world = World(server.url)
    assert world.know(*["t-1"] * 20) == [KNOWN] * 20
    world.now += 29_999
    assert world.know("t-1") == [KNOWN]
    assert len(server.asked) == 1
    world.now += 1
    world.know("t-1")
    assert len(server.asked) == 2


def test_a_word_is_not_kept_beyond_the_tokens_end(server: Server) -> None:
    world = World(server.url)
    server.answer = lambda _: said({**GOOD, "exp": NOW / 1_000 + 10})
    assert world.know("t-1") == [KNOWN]
    world.now += 10_000
    assert world.know("t-1") == [None]


@pytest.mark.parametrize(
    "claims",
    [
        {"active": False},
        {**GOOD, "active": "true"},
        {**GOOD, "active": 1},
        {**GOOD, "sid": None},
        {**GOOD, "exp": NOW / 1_000 - 1},
        {},
    ],
)
def test_what_is_not_active_is_nobodys_and_not_asked_about_at_every_request(
    server: Server, claims: dict[str, Any]
) -> None:
    world = World(server.url)
    server.answer = lambda _: said(claims)
    assert world.know("t-1") == [None]
    world.now += REFUSED_MS - 1
    assert world.know("t-1") == [None]
    assert len(server.asked) == 1


def test_a_token_for_somebody_else_is_none_where_the_settings_say_for_whom(server: Server) -> None:
    world = World(server.url, audience=frozenset(("app",)))
    assert world.know("t-1") == [None]
    server.answer = lambda _: said({**GOOD, "client_id": "app"})
    assert world.know("t-2") == [KNOWN]


@pytest.mark.parametrize(
    "answer",
    [
        (500, {}, b"{}"),
        (401, {}, b"{}"),
        (302, {"location": "/elsewhere"}, b""),
        (200, {}, b"no json"),
        (200, {}, b"[]"),
        (200, {"content-encoding": "gzip"}, b"{}"),
        (200, {}, b'{"a":"' + b"x" * MAXIMUM_ANSWER + b'"}'),
    ],
)
def test_what_is_no_answer_says_nothing_of_a_session(
    server: Server, answer: tuple[int, dict[str, str], bytes]
) -> None:
    world = World(server.url)
    server.answer = lambda _: answer
    with pytest.raises(UnsureError):
        world.know("t-1")
    server.answer = lambda _: said(GOOD)
    assert world.know("t-1") == [KNOWN]


def test_nobody_at_the_other_end_and_one_who_does_not_answer(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(UnsureError, match="cannot be asked"):
        World("http://127.0.0.1:9/introspect").know("t-1")
    monkeypatch.setattr(introspection, "WHOLE_S", 0.05)
    go = threading.Event()
    server.answer = lambda _: (go.wait(20), said(GOOD))[1]
    with pytest.raises(UnsureError):
        World(server.url).know("t-1")
    go.set()


def test_a_flood_of_tokens_is_refused_and_lets_nobody_pass(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(introspection, "AT_ONCE", 2)
    monkeypatch.setattr(introspection, "WAITING", 3)
    with pytest.raises(BusyError):
        World(server.url).know(*[f"t-{number}" for number in range(6)])
    assert World(server.url).know(*[f"t-{number}" for number in range(5)]) == [KNOWN] * 5


def test_no_token_no_question(server: Server) -> None:
    world = World(server.url)
    assert asyncio.run(world.knower.know([])) is None
    assert server.asked == []
