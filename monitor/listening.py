"""A socket that is listened on, made by one process and shared with those that it starts."""

import socket

BACKLOG = 1_024
"""Connections that wait while a process is renewed."""


def listen(host: str, port: int) -> socket.socket:
    """Listen there; port 0 takes any free one. Raises OSError when it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Said to be TCP: asyncio sends without delay only then, and an answer of two pieces would wait
    # for its first one to be acknowledged, 40 ms later.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def shared(number: int) -> socket.socket:
    """The one that was handed down under this number. Raises OSError when it is none."""
    return socket.socket(fileno=number)
