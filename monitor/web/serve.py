"""Runs the console's web server, on the loopback unless told otherwise, until told to stop."""

import ipaddress
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import IO

import uvicorn

from monitor.web.app import create_app

GRACE_S = 5
"""How long requests under way may take to end."""
_LIMIT_CONCURRENCY = 200


class NotLoopbackError(ValueError):
    """The console was asked to listen beyond this machine without being told that it may."""


def serve(
    database_url: str,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    public_url: str | None = None,
    beyond_loopback: bool = False,
    watched: IO[bytes] | None = None,
    ready: Callable[[str, int], None] | None = None,
) -> None:
    """Serve the console until SIGTERM or SIGINT, or until `watched` ends.

    `watched` is the reading end of a pipe whose other end only the parent holds: when the parent
    dies, however it does, the console ends too. `ready` is called with the address and port once
    connections are accepted; port 0 takes any free one. Raises NotLoopbackError, StoreUrlError
    for `database_url`, ValueError for `public_url`, and OSError when the port is taken.
    """
    if not (beyond_loopback or is_loopback(host)):
        raise NotLoopbackError(
            f"{host} is not a loopback address: the console would be open to the network"
        )
    app = create_app(database_url, public_url=public_url)
    with _listening(host, port) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=GRACE_S,
                limit_concurrency=_LIMIT_CONCURRENCY,
                lifespan="off",
            )
        )
        if watched is not None:
            threading.Thread(target=_end_with, args=(watched, server), daemon=True).start()
        if ready is not None:
            address = listener.getsockname()
            ready(address[0], address[1])
        server.run(sockets=[listener])


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def _end_with(watched: IO[bytes], server: uvicorn.Server) -> None:
    while os.read(watched.fileno(), 4_096):
        pass
    server.should_exit = True


def main(arguments: list[str]) -> None:
    """`python -m monitor.web.serve DATABASE_URL HOST PORT`, ending with standard input.

    Says `HOST PORT` on standard output once it can be reached.
    """
    url, host, port = arguments

    def ready(address: str, number: int) -> None:
        sys.stdout.write(f"{address} {number}\n")
        sys.stdout.flush()

    serve(url, host, int(port), watched=sys.stdin.buffer, ready=ready)


if __name__ == "__main__":
    main(sys.argv[1:])
