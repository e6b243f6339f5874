"""No library connects around the wall, from whatever thread, and none keeps us waiting."""

import asyncio
import contextvars
import http.client
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest
import requests
import urllib3

from alerts.egress.outbound import Outbound
from alerts.egress.wall import ForbiddenError, Standing, Wall, forget_proxies

CLOSED = Wall(Outbound())


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Takes connections in its backlog, and answers nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


def port_of(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def has_been_met(listener: socket.socket) -> bool:
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def by_requests(port: int) -> None:
    requests.get(f"http://localhost:{port}/", timeout=5)


def by_urllib3(port: int) -> None:
    urllib3.request("GET", f"http://127.0.0.1:{port}/", retries=False)


def by_httpx(port: int) -> None:
    httpx2.get(f"http://127.0.0.1:{port}/")


def by_http(port: int) -> None:
    http.client.HTTPConnection("localhost", port).connect()


def by_smtp(port: int) -> None:
    smtplib.SMTP("127.0.0.1", port)


def by_name(port: int) -> None:
    with socket.socket() as connection:
        connection.connect(("localhost", port))


def by_error_number(port: int) -> None:
    with socket.socket() as connection:
        connection.connect_ex(("127.0.0.1", port))


def by_mapped_address(port: int) -> None:
    with socket.socket(socket.AF_INET6) as connection:
        connection.connect(("::ffff:127.0.0.1", port))


def by_asyncio(port: int) -> None:
    asyncio.run(asyncio.open_connection("127.0.0.1", port))  # type: ignore[arg-type]


def by_a_thread(port: int) -> None:
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(by_http, [port, port]))


def by_another_context(port: int) -> None:
    contextvars.Context().run(by_http, port)


def by_a_thread_of_before(port: int) -> None:
    asked = contextvars.copy_context()
    BEFORE.submit(asked.run, by_http, port).result()


BEFORE = ThreadPoolExecutor(1)
BEFORE.submit(int).result()
WAYS = [
    *(by_requests, by_urllib3, by_httpx, by_http, by_smtp, by_name, by_error_number),
    *(by_mapped_address, by_asyncio, by_a_thread),
    *(by_another_context, by_a_thread_of_before),
]


@pytest.mark.parametrize("way", WAYS)
def test_no_library_goes_around_it(way: Callable[[int], None], listener: socket.socket) -> None:
    with CLOSED.standing() as standing, pytest.raises((OSError, Exception)) as caught:
        way(port_of(listener))
    assert "refused" in repr(caught.value) or "Refused" in repr(caught.value)
    assert standing.refused
    assert not has_been_met(listener)


def test_a_message_without_a_connection_is_one_too(listener: socket.socket) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as sender, CLOSED.standing():
        with pytest.raises(ForbiddenError):
            sender.sendto(b"x", ("127.0.0.1", 514))
        with pytest.raises(ForbiddenError):
            sender.sendmsg([b"x"], [], 0, ("127.0.0.1", 514))


def test_nor_is_a_socket_of_the_machine_reached() -> None:
    with (
        socket.socket(socket.AF_UNIX) as connection,
        CLOSED.standing(),
        pytest.raises(ForbiddenError),
    ):
        connection.connect("/run/no-such.sock")


def test_what_is_allowed_is_reached(listener: socket.socket) -> None:
    wall = Wall(Outbound(allow=(f"127.0.0.1:{port_of(listener)}",)))
    with wall.standing() as standing:
        socket.create_connection(listener.getsockname()).close()
    assert standing.refused == []
    assert has_been_met(listener)


def test_elsewhere_in_the_process_nothing_is_looked_at(listener: socket.socket) -> None:
    done = threading.Event()
    stands = threading.Event()

    def other() -> None:
        assert stands.wait(240)
        socket.create_connection(listener.getsockname()).close()
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with CLOSED.standing():
        stands.set()
        assert done.wait(240)
    thread.join()
    socket.create_connection(listener.getsockname()).close()


def test_a_thread_that_stays_longer_connects_no_more(listener: socket.socket) -> None:
    wall = Wall(Outbound(allow=("127.0.0.0/8",)))
    go = threading.Event()
    errors: list[BaseException] = []

    def later() -> None:
        assert go.wait(240)
        try:
            socket.create_connection(listener.getsockname()).close()
        except OSError as error:
            errors.append(error)

    with wall.standing():
        thread = threading.Thread(target=later)
        thread.start()
    go.set()
    thread.join(240)
    assert isinstance(errors[0], ForbiddenError)


def test_a_name_that_answers_otherwise_the_second_time_gets_nowhere(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rebinding: whoever asked first saw a public address; what counts is where it connects to."""
    answers = iter(["9.9.9.9", "127.0.0.1"])

    def rebinding(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        found = (next(answers), port)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", found)]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    assert socket.getaddrinfo("evil.example", 80)[0][4][0] == "9.9.9.9"
    with CLOSED.standing() as standing, pytest.raises(requests.ConnectionError):
        requests.get(f"http://evil.example:{port_of(listener)}/", timeout=5)
    assert "127.0.0.1" in standing.refused[0]
    assert not has_been_met(listener)


def test_it_says_beforehand_what_it_would_refuse() -> None:
    assert "127.0.0.1 is not allowed" in str(CLOSED.why_not("localhost", 443))
    assert Wall(Outbound(allow=("localhost",))).why_not("localhost", 443) is None
    assert CLOSED.why_not("9.9.9.9", 443) is None
    assert "not known" in str(CLOSED.why_not("no-such-host.invalid", 443))


def test_an_allowed_host_is_asked_for(listener: socket.socket) -> None:
    with Wall(Outbound(allow=("localhost",))).standing():
        socket.create_connection(("127.0.0.1", port_of(listener))).close()
    assert has_been_met(listener)
    with Wall(Outbound(allow=("no-such-host.invalid",))).standing(), pytest.raises(ForbiddenError):
        socket.create_connection(("127.0.0.1", port_of(listener)))


def test_no_process_is_begun_from_within() -> None:
    with CLOSED.standing() as standing, pytest.raises(ForbiddenError):
        subprocess.run([sys.executable, "-c", ""], check=False)
    assert standing.refused == ["another process"]


def test_the_inner_wall_opens_nothing_in_the_outer(listener: socket.socket) -> None:
    inner = Wall(Outbound(allow=("127.0.0.0/8",)))
    with CLOSED.standing() as outer, inner.standing() as within, pytest.raises(ForbiddenError):
        socket.create_connection(listener.getsockname())
    assert outer.refused
    assert within.refused == outer.refused
    with inner.standing() as outer, CLOSED.standing() as within, pytest.raises(ForbiddenError):
        socket.create_connection(listener.getsockname())
    assert within.refused == outer.refused != []


def test_a_server_that_never_ends_is_cut(listener: socket.socket) -> None:
    """A library's own time-out begins again with each byte: here there is none at all."""
    wall = Wall(Outbound(allow=("127.0.0.0/8",)))
    with wall.standing(whole_s=0.1) as standing:
        connection = http.client.HTTPConnection("127.0.0.1", port_of(listener))
        with pytest.raises((OSError, http.client.HTTPException)):
            _asked(connection)
        assert standing.is_late
        with pytest.raises(TimeoutError):
            socket.create_connection(listener.getsockname())


def test_the_time_of_the_outer_wall_holds_within(listener: socket.socket) -> None:
    wall = Wall(Outbound(allow=("127.0.0.0/8",)))
    with wall.standing(whole_s=0.1), wall.standing(whole_s=60) as inner:
        with pytest.raises((OSError, http.client.HTTPException)):
            _asked(http.client.HTTPConnection("127.0.0.1", port_of(listener)))
        assert inner.is_late


def _asked(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/")
    connection.getresponse()


def test_what_was_done_in_time_is_not_late(listener: socket.socket) -> None:
    listener.settimeout(10)
    with Wall(Outbound(allow=("127.0.0.0/8",))).standing(whole_s=30) as standing:
        connection = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        connection.close()
    # The copy that the wall holds is closed: the end of the connection is seen on the other side.
    assert accepted.recv(1) == b""
    accepted.close()
    standing.cut()
    assert not standing.is_late


def test_refusals_are_told_up_to_a_number(listener: socket.socket) -> None:
    with CLOSED.standing() as standing:
        for _ in range(30):
            _fails(standing, listener)
    assert len(standing.refused) == 20


def _fails(standing: Standing, listener: socket.socket) -> None:
    with pytest.raises(ForbiddenError):
        socket.create_connection(listener.getsockname())


def test_proxies_of_the_environment_are_forgotten() -> None:
    environment = {"HTTP_PROXY": "http://p:3128", "https_proxy": "x", "All_Proxy": "y", "PATH": "z"}
    forget_proxies(environment)
    assert environment == {"PATH": "z", "NO_PROXY": "*", "no_proxy": "*"}
