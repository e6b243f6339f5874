"""Opens the sockets that are listened on, and asks the kernel what it dropped unread."""

import errno
import os
import socket
from pathlib import Path
from typing import Final

from monitor.sources.syslog import Address

BUFFER: Final = 8 << 20
"""Bytes asked for, for datagrams that come while we are busy; the kernel gives what it may."""
_OF_A_STREAM: Final = 256 << 10
_BACKLOG = 256
_KEEPALIVE_S = 60
_TABLES = (Path("/proc/net/udp"), Path("/proc/net/udp6"))
_FORCED = getattr(socket, "SO_RCVBUFFORCE", 33)


def bound(address: Address) -> list[socket.socket]:
    """Sockets bound to it, not waiting: two for `localhost` where it has two addresses.

    `[::]` takes IPv4 as well. Raises OSError, with a sentence, when one cannot be had.
    """
    hosts = ["127.0.0.1", "::1"] if address.host == "localhost" else [address.host]
    opened: list[socket.socket] = []
    port = address.port
    for index, host in enumerate(hosts):
        try:
            opened.append(_bound(address, host, port))
        except OSError as error:
            if index and address.host == "localhost":
                continue
            close_all(opened)
            raise OSError(error.errno, f"{address}: {_reason(error, address)}") from None
        port = opened[0].getsockname()[1]
    return opened


def close_all(opened: list[socket.socket]) -> None:
    """Close them."""
    for one in opened:
        one.close()


def named(opened: socket.socket) -> str:
    """Address and port of a socket, as people write them."""
    host, port = opened.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def keep_alive(connection: socket.socket) -> None:
    """Let the kernel find out that the other end is gone without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in (("TCP_KEEPIDLE", _KEEPALIVE_S), ("TCP_KEEPINTVL", _KEEPALIVE_S // 4)):
        if hasattr(socket, name):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)


def dropped(opened: list[socket.socket], tables: tuple[Path, ...] = _TABLES) -> int:
    """Datagrams that came for these sockets since they were opened, and found no room.

    0 where the system does not tell.
    """
    wanted = {str(os.fstat(one.fileno()).st_ino) for one in opened}
    count = 0
    for table in tables:
        try:
            rows = table.read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            columns = row.split()
            if len(columns) > 12 and columns[9] in wanted:
                count += int(columns[-1])
    return count


def _bound(address: Address, host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    kind = socket.SOCK_DGRAM if address.transport == "udp" else socket.SOCK_STREAM
    opened = socket.socket(family, kind | socket.SOCK_NONBLOCK)
    try:
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(host != "::"))
        if kind == socket.SOCK_DGRAM:
            _enlarge(opened)
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _OF_A_STREAM)
        opened.bind((host, port))
        if kind == socket.SOCK_STREAM:
            opened.listen(_BACKLOG)
    except OSError:
        opened.close()
        raise
    return opened


def _enlarge(opened: socket.socket) -> None:
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    try:
        opened.setsockopt(socket.SOL_SOCKET, _FORCED, BUFFER)
    except OSError:
        return  # it takes a right that we need not have


def _reason(error: OSError, address: Address) -> str:
    if isinstance(error, PermissionError):
        return (
            f"port {address.port} may not be opened; take one from 1024 on, "
            "or give the service CAP_NET_BIND_SERVICE"
        )
    if error.errno == errno.EADDRINUSE:
        return "cannot be listened on: another source or another program does already"
    return f"cannot be listened on: {error.strerror or error}"
