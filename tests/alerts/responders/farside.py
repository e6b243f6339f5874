"""A server of somebody else's, on a socket of this machine: it answers as it is told to, well or
badly, and keeps every request."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Request(NamedTuple):
    """What came: header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class Answer(NamedTuple):
    """What is sent back. `stalls`: nothing is, until the server closes; `cuts`: the connection is
    closed instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    stalls: bool = False
    cuts: bool = False


Behaviour = Callable[[Request], Answer]


def fine(_request: Request) -> Answer:
    """All is well."""
    return Answer()


class FarSide:
    """The server; `behave` may be changed at any time."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.behave: Behaviour = fine
        self._closing = threading.Event()
        self._server = _Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    @property
    def address(self) -> str:
        """Where it is: no slash at its end."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, request: Request) -> Answer | None:
        """What is sent back to a request; None for nothing at all."""
        self.requests.append(request)
        told = self.behave(request)
        if told.stalls:
            self._closing.wait(30)
        return None if told.cuts or told.stalls else told

    def close(self) -> None:
        """Let go of whoever waits, and end."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def far_side() -> Iterator[FarSide]:
    """A server while in the block."""
    made = FarSide()
    try:
        yield made
    finally:
        made.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, side: FarSide) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.side = side

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(length))
        told = self.server.side.answer(request)
        if told is None:
            self.close_connection = True
            return
        self.send_response(told.status)
        for name, value in told.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(told.body)))
        self.end_headers()
        self.wfile.write(told.body)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def log_message(self, *_: Any) -> None:
        """Nothing on the tests' output."""
