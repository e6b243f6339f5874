"""Every route is given so much of a body, and so long, whatever it does with it."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
import uvicorn
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from monitor.oidc.terms import LOGOUT
from monitor.web import intake
from monitor.web.connection import BoundedConnection
from monitor.web.intake import FILE, FORM, JSON, bounded, check_announced, most_of
from tests.monitor.web.addresses import paths_of, routes_of
from tests.monitor.web.conftest import Console

PATIENCE_S = 120.0


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def giving(*messages: Message | None) -> Callable[[], Any]:
    """A sender of these messages; None for one that never comes."""
    left = list(messages)

    async def receive() -> Message:
        message = left.pop(0) if left else None
        if message is None:
            await asyncio.Event().wait()
        assert message is not None
        return message

    return receive


async def read(*messages: Message | None, path: str = "/enter") -> bytes:
    receive = bounded(giving(*messages), {"path": path})
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message.get("more_body"):
            return body


def test_a_body_as_large_as_it_may_be() -> None:
    half = b"x" * (FORM // 2)
    assert len(asyncio.run(read(piece(half, more=True), piece(half)))) == FORM
    with pytest.raises(HTTPException, match="413"):
        asyncio.run(read(piece(half, more=True), piece(half, more=True), piece(b"x")))


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/enter", FORM),
        ("/api/v1/tenants", JSON),
        ("/scim/v2/Users", JSON),
        ("/directory/import", FILE),
        ("/api/v1/directory/import/preview", FILE),
        ("/imported", FORM),
    ],
)
def test_how_much_an_address_takes(path: str, most: int) -> None:
    assert most_of(path) == most


def test_who_pauses_or_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "PIECE_S", 0.02)
    with pytest.raises(HTTPException, match="408"):
        asyncio.run(read(piece(b"a", more=True), None))
    monkeypatch.setattr(intake, "PIECE_S", 9.0)
    monkeypatch.setattr(intake, "BODY_S", 0.02)
    with pytest.raises(HTTPException, match="408"):
        asyncio.run(read(piece(b"a", more=True), None))


def test_who_went_away_is_gone() -> None:
    with pytest.raises(ClientDisconnect):
        asyncio.run(read(piece(b"a", more=True), {"type": "http.disconnect"}))


def test_after_the_body_nobody_is_hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes then is only that the sender leaves, whenever that is."""
    monkeypatch.setattr(intake, "PIECE_S", 0.0)

    async def leave() -> Message:
        receive = bounded(giving(piece(b""), {"type": "http.disconnect"}), {"path": "/"})
        await receive()
        await asyncio.sleep(0.01)
        message: Message = await receive()
        return message

    monkeypatch.setattr(intake, "PIECE_S", 1.0)
    assert asyncio.run(leave())["type"] == "http.disconnect"


@pytest.mark.parametrize("told", ["-1", "1e3", "٣", "0x10", "1, 1", "", str(10**30), str(FORM + 1)])
def test_a_length_that_is_none_or_too_much_is_refused_unread(told: str) -> None:
    scope = {"type": "http", "path": "/enter", "headers": [(b"content-length", told.encode())]}
    with pytest.raises(HTTPException, match=r"400|413"):
        check_announced(Request(scope))


def test_two_lengths_are_none() -> None:
    twice = [(b"content-length", b"1"), (b"content-length", b"1")]
    with pytest.raises(HTTPException, match="400"):
        check_announced(Request({"type": "http", "path": "/", "headers": twice}))


def test_no_route_takes_more_than_there_is_room_for(console: Console) -> None:
    """Announced or not, by whoever comes in: never a failure of ours, never taken."""
    client = console.signed_in()
    changing = {(m, p) for m, p in routes_of(console.app) if m not in ("GET", "HEAD")}
    assert len(changing) > 3
    for path in paths_of(console.app):
        if path == "/api/v1/events":
            continue  # tests/monitor/web/test_push.py
        most = min(most_of(path), 2 << 20)
        methods = {m for m, p in changing if p.partition("{")[0] == path} or {"POST"}
        for method in methods:
            announced = client.request(method, path, content=b"x" * (most_of(path) + 1))
            assert 400 <= announced.status_code < 500, (method, path, announced.status_code)
            # Where it is not announced, a route that reads no body has none to refuse.
            pieces = (b"x" * most for _ in range(9))
            assert client.request(method, path, content=pieces).status_code < 500, (method, path)


def test_the_api_takes_from_a_browser_only_what_it_asks_about_first(console: Console) -> None:
    """A form of another site could send these types without a preflight."""
    client = console.signed_in()
    for told in (
        "text/plain",
        "application/x-www-form-urlencoded; charset=x",
        "Multipart/Form-Data",
    ):
        answer = client.post("/api/v1/nothing", content=b"{}", headers={"content-type": told})
        assert answer.status_code == 415
    answer = client.post("/api/v1/nothing", json={})
    assert answer.status_code in (404, 405)


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
        {"origin": "http://localhost:8320", "sec-fetch-site": "same-site"},
        {"origin": "null", "sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": ""},
        {"origin": "http://127.0.0.1:8320.evil.example", "sec-fetch-site": ""},
    ],
)
def test_a_session_changes_nothing_for_another_site(
    console: Console, headers: dict[str, str]
) -> None:
    client = console.signed_in()
    client.headers.pop("sec-fetch-site")
    changing = [(m, p) for m, p in routes_of(console.app) if m not in ("GET", "HEAD")]
    assert {"POST", "PATCH", "DELETE"} <= {method for method, _ in changing}
    for method, path in [*changing, ("PUT", "/api/v1/nothing"), ("POST", "/nothing")]:
        if path in (LOGOUT, "/api/v1/events") or path.startswith("/api/v1/sign-ins"):
            continue  # for the provider, by its signature; for programs, by a key
        answer = client.request(
            method, path.replace("{", "").replace("}", ""), json={}, headers=headers
        )
        assert answer.status_code in (403, 405), (path, answer.status_code)


@pytest.fixture
def port(console: Console) -> Iterator[int]:
    """The console as its own server reads requests."""
    config = uvicorn.Config(
        console.app,
        http=BoundedConnection,
        log_config=None,
        lifespan="off",
        proxy_headers=False,
        timeout_keep_alive=1,
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE_S)


def exchange(port: int, request: bytes) -> bytes:
    """All that the server answers to these bytes until it closes, or has answered once."""
    with closing(socket.create_connection(("127.0.0.1", port), PATIENCE_S)) as one:
        told = b""
        with suppress(ConnectionResetError, BrokenPipeError):
            one.sendall(request)
            while part := one.recv(1 << 16):
                told += part
        return told


HIDDEN = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
ASIDE = (b"421", b"404")
"""Whoever asks another host, or for the address of one, is refused, and has ended its request."""
SMUGGLED = {
    "length and chunks": b"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Length: 6\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n"
    b"Content-Length: 51\r\n\r\n",
    "a list of lengths": b"POST /enter HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length: 0, 51\r\n\r\n",
    "a signed length": b"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Length: +0\r\n\r\n",
    "chunks of another name": b"POST /enter HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: xchunked\r\n\r\n",
    "chunks twice": b"POST /enter HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
    "a blank before the colon": b"POST /enter HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Length : 51\r\n\r\n",
    "a bare return in a value": b"GET /enter HTTP/1.1\r\nHost: localhost\r\nX: a\rb\r\n\r\n",
    "a zero byte in a value": b"GET /enter HTTP/1.1\r\nHost: localhost\r\nX: a\0b\r\n\r\n",
    "two hosts": b"GET /enter HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n",
    "no host": b"GET /enter HTTP/1.1\r\n\r\n",
    "an absolute address elsewhere": b"GET http://evil.example/enter HTTP/1.1\r\n"
    b"Host: evil.example\r\n\r\n",
    "another host": b"GET /enter HTTP/1.1\r\nHost: localhost.evil.example\r\n\r\n",
    "a host with a user": b"GET /enter HTTP/1.1\r\nHost: localhost@evil.example\r\n\r\n",
    "a huge chunk size": b"POST /enter HTTP/1.1\r\nHost: localhost\r\n"
    b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffffffff\r\n",
    "a head without end": b"GET /enter HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 200_000,
    "HTTP/0.9": b"GET /enter\r\n",
}


@pytest.mark.parametrize("name", SMUGGLED)
def test_what_two_readers_could_read_in_two_ways_is_not_served(port: int, name: str) -> None:
    """Neither the request nor what hides behind it."""
    told = exchange(port, SMUGGLED[name] + HIDDEN)
    assert b" 200 " not in told.partition(b"\r\n")[0]
    if not any(status in told[:16] for status in ASIDE):
        assert b'{"status":"ok"}' not in told, told
    assert b"Traceback" not in told


def test_a_folded_line_is_one_value(port: int) -> None:
    folded = b"POST /enter HTTP/1.1\r\nHost: localhost\r\nX: y\r\n Content-Length: 51\r\n\r\n"
    told = exchange(port, folded + HIDDEN)
    assert b" 403 " in told.partition(b"\r\n")[0]
    assert b'{"status":"ok"}' in told


def test_what_is_between_the_lines_of_a_header_is_no_header(port: int) -> None:
    told = exchange(
        port,
        b"GET /enter?%0d%0aX-Made:%20up HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    )
    head = told.partition(b"\r\n\r\n")[0].lower()
    assert b"200 ok" in head
    assert b"x-made" not in head


def test_whoever_announces_too_much_is_told_before_sending_it(port: int) -> None:
    head = f"POST /enter HTTP/1.1\r\nHost: localhost\r\nContent-Length: {FORM + 1}\r\n"
    told = exchange(port, f"{head}Sec-Fetch-Site: same-origin\r\n\r\n".encode())
    assert b" 413 " in told.partition(b"\r\n")[0]
    assert b"connection: close" in told.lower()
