"""A socket is made once, and listened on by whoever has it."""

import os
import socket

import pytest

from monitor.listening import listen, shared


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_any_free_port_is_taken(host: str) -> None:
    try:
        listener = listen(host, 0)
    except OSError:
        assert host == "::1", "there is no IPv6 here"
        pytest.skip("there is no IPv6 here")
    address = listener.getsockname()
    assert address[1] > 0
    # Else asyncio lets small answers wait.
    assert listener.proto == socket.IPPROTO_TCP
    with socket.create_connection(address[:2], timeout=10):
        pass
    listener.close()


def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_open() -> None:
    listener = listen("127.0.0.1", 0)
    with pytest.raises(OSError, match="in use"):
        listen(*listener.getsockname())
    listener.close()


def test_one_that_was_handed_down_is_the_same() -> None:
    listener = listen("127.0.0.1", 0)
    other = shared(os.dup(listener.fileno()))
    assert other.getsockname() == listener.getsockname()
    listener.close()
    with socket.create_connection(other.getsockname(), timeout=10):
        pass
    other.close()


def test_a_number_that_is_no_socket_is_an_error() -> None:
    read, write = os.pipe()
    with pytest.raises(OSError, match="socket"):
        shared(read)
    os.close(read)
    os.close(write)
