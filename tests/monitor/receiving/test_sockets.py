"""Sockets: bound where they were asked for, with a sentence when that cannot be."""

import socket
from pathlib import Path

import pytest

from monitor.receiving import sockets
from monitor.receiving.sockets import bound, close_all, dropped, keep_alive, named
from monitor.sources.syslog import Address


def test_localhost_is_both_addresses_on_one_port() -> None:
    opened = bound(Address("udp", "localhost", 0))
    assert [one.getsockname()[0] for one in opened][:1] == ["127.0.0.1"]
    assert len({one.getsockname()[1] for one in opened}) == 1
    assert all(one.getblocking() is False for one in opened)
    close_all(opened)


def test_the_unspecified_address_of_ipv6_takes_ipv4_as_well() -> None:
    (opened,) = bound(Address("tcp", "::", 0))
    port = opened.getsockname()[1]
    for host in ("127.0.0.1", "::1"):
        socket.create_connection((host, port)).close()
    assert named(opened) == f"[::]:{port}"
    close_all([opened])


def test_another_address_of_ipv6_does_not() -> None:
    (opened,) = bound(Address("tcp", "::1", 0))
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", opened.getsockname()[1]))
    close_all([opened])


def test_a_port_that_is_taken_is_said() -> None:
    (first,) = bound(Address("udp", "127.0.0.1", 0))
    port = first.getsockname()[1]
    with pytest.raises(OSError, match=rf"syslog\+udp://127.0.0.1:{port}: .* another source"):
        bound(Address("udp", "127.0.0.1", port))
    close_all([first])


def test_a_port_that_takes_a_right_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: socket.socket, address: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(OSError, match="CAP_NET_BIND_SERVICE"):
        bound(Address("udp", "127.0.0.1", 514))


def test_a_right_to_larger_buffers_need_not_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "_FORCED", 99_999)
    (opened,) = bound(Address("udp", "127.0.0.1", 0))
    assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) > 100_000
    close_all([opened])


def test_the_kernel_tells_what_it_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    (opened,) = bound(Address("udp", "127.0.0.1", 0))
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    assert dropped([opened]) == 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(100):
            sender.sendto(1_000 * b"x", opened.getsockname())
    lost = dropped([opened])
    read = 0
    while True:
        try:
            opened.recv(2_000)
        except BlockingIOError:
            break
        read += 1
    assert lost + read == 100
    assert lost > 0
    close_all([opened])


def test_where_the_system_does_not_tell_nothing_is_said(tmp_path: Path) -> None:
    (opened,) = bound(Address("udp", "127.0.0.1", 0))
    assert dropped([opened], (tmp_path / "none",)) == 0
    close_all([opened])


def test_connections_are_kept_alive() -> None:
    with socket.socket() as one:
        keep_alive(one)
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 60
