"""Free ports that stay free until a test's server takes them."""

import os
import socket
from itertools import count
from pathlib import Path
from typing import Final

_LOWEST: Final = 10_000
_RANGE: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")
_STEP: Final = 211
"""Ports between the first of one process and the first of the next."""
_asked = count()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on.

    It is below those that the system gives to whoever connects or listens anywhere, who could have
    it before the server that it is meant for. Each process begins somewhere else.
    """
    there = _given_by_the_system() - _LOWEST
    for _ in range(there):
        port = _LOWEST + (os.getpid() * _STEP + next(_asked)) % there
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free")


def _given_by_the_system() -> int:
    """The first of those."""
    try:
        first = int(_RANGE.read_text().split()[0])
    except OSError:
        first = 32_768
    return first if first > _LOWEST + 1_000 else 32_768
