"""Whoever begins a request and does not go on is not waited for; whoever goes on is served."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.web import connection
from monitor.web.connection import BoundedConnection

SOON_S = 0.3
PATIENCE_S = 120.0
GET = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n"


def answered(request: Request) -> Response:
    return PlainTextResponse("here")


async def refused(request: Request) -> Response:
    return PlainTextResponse("unread")


@pytest.fixture
def head_s() -> float:
    """How long a head is waited for."""
    return SOON_S


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch, head_s: float) -> Iterator[int]:
    monkeypatch.setattr(connection, "HEAD_S", head_s)
    app = Starlette(routes=[Route("/", answered), Route("/refused", refused, methods=["POST"])])
    config = uvicorn.Config(
        app, http=BoundedConnection, log_config=None, lifespan="off", timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join(PATIENCE_S)


def opened(port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port))
    made.settimeout(PATIENCE_S)
    return made


def read(one: socket.socket, until: bytes) -> bytes:
    told = b""
    while not told.endswith(until) and (part := one.recv(4_096)):
        told += part
    return told


def trickle(one: socket.socket, data: bytes) -> None:
    """Send a little all the time, until that fails or patience ends."""
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        one.sendall(data)
        time.sleep(0.02)


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: here\r\nA:"])
def test_a_head_that_does_not_come_ends_the_connection(port: int, said: bytes) -> None:
    with opened(port) as one:
        one.sendall(said)
        assert one.recv(100) == b""


def test_a_head_that_trickles_ends_the_connection_all_the_same(port: int) -> None:
    with opened(port) as one, pytest.raises(OSError, match=r"reset|Broken|closed"):
        trickle(one, b"X")


# A crowded machine may pause between a connection and the head that is to be served.
served_in_time = pytest.mark.parametrize("head_s", [1.5])


@served_in_time
def test_requests_one_after_another_are_served_with_pauses_between(
    port: int, head_s: float
) -> None:
    with opened(port) as one:
        for pause_s in (0.0, head_s * 1.2):
            time.sleep(pause_s)
            one.sendall(GET)
            assert read(one, b"here").startswith(b"HTTP/1.1 200")


@served_in_time
def test_the_second_request_is_not_waited_for_either(port: int) -> None:
    with opened(port) as one:
        one.sendall(GET)
        assert read(one, b"here")
        one.sendall(b"GET / HT")
        assert one.recv(100) == b""


@served_in_time
def test_a_body_that_nobody_reads_does_not_go_on_for_ever(port: int) -> None:
    head = b"POST /refused HTTP/1.1\r\nHost: here\r\nContent-Length: 100000000\r\n\r\n"
    with opened(port) as one:
        one.sendall(head)
        assert read(one, b"unread").startswith(b"HTTP/1.1 200")
        with pytest.raises(OSError, match=r"reset|Broken|closed"):
            trickle(one, bytes(1_000))
