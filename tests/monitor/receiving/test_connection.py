"""One connection: what comes out of it, and the ways in which it ends."""

import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest
import trustme

from monitor.receiving.connection import HANDSHAKE_S, READ_BYTES, STALLED_S, Connection, State
from monitor.receiving.framing import CUT_OFF, Framing
from monitor.receiving.senders import Sender
from monitor.sources.source import Rejected
from monitor.sources.syslog import Options
from tests.monitor.receiving.served import M, client_context, pem_options, wait_for

AUTHORITY = trustme.CA()
IDLE_S = 3_600.0
Pair = tuple[Connection, socket.socket]
Making = Callable[[ssl.SSLContext | None], Pair]


@pytest.fixture
def made() -> Iterator[Making]:
    opened: list[socket.socket | Connection] = []

    def make(context: ssl.SSLContext | None = None) -> Pair:
        listener = socket.create_server(("127.0.0.1", 0))
        client = socket.create_connection(listener.getsockname())
        accepted, _ = listener.accept()
        sender = Sender("127.0.0.1", "tcp", Options(), 0.0)
        connection = Connection(accepted, sender, Framing(sender.name, 1_000), context, 0.0)
        opened.extend((listener, client, connection))
        return connection, client

    yield make
    for one in opened:
        one.close()


def read(connection: Connection) -> tuple[list[bytes], list[Rejected]]:
    """What comes until nothing does for the moment, or the end."""
    lines: list[bytes] = []
    rejects: list[Rejected] = []
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        while not connection.is_over() and selector.select(0.2):
            found = connection.read(1.0)
            lines += found[0]
            rejects += found[1]
    return lines, rejects


def test_messages_come_out_and_the_end_is_seen(made: Making) -> None:
    connection, client = made(None)
    assert connection.read(0.0) == ([], []), "it does not wait"
    client.sendall(M + b"\n" + M)
    assert read(connection) == ([M], [])
    client.sendall(b"!\n<38>cut")
    client.close()
    lines, (reject,) = read(connection)
    assert lines == [M + b"!"]
    assert (reject.position, reject.reason, reject.head) == ("127.0.0.1:tcp", CUT_OFF, b"<38>cut")
    assert connection.state is State.ENDED
    assert connection.octets == 2 * len(M) + 3 + 7


def test_so_much_is_read_at_once(made: Making) -> None:
    connection, client = made(None)
    writer = threading.Thread(target=client.sendall, args=(5 * READ_BYTES * b"\n",))
    writer.start()
    wait_for(lambda: connection.read(0.0) == ([], []) and connection.octets > 0)
    assert connection.octets <= READ_BYTES
    read(connection)
    writer.join()


def test_a_reset_is_an_end(made: Making) -> None:
    connection, client = made(None)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    wait_for(lambda: connection.read(0.0) == ([], []) and connection.is_over())
    assert connection.state is State.ENDED


def test_a_stream_without_any_end_is_ended(made: Making) -> None:
    connection, client = made(None)
    writer = threading.Thread(target=_send, args=(client, 2 << 20))
    writer.start()
    _, rejects = read(connection)
    assert connection.is_over()
    assert len(rejects) == 1
    connection.close()
    writer.join()


def _send(client: socket.socket, size: int) -> None:
    try:
        client.sendall(size * b"x")
    except OSError:
        return


def test_one_that_is_silent_ends_when_its_time_is_up(made: Making) -> None:
    connection, _ = made(None)
    connection.read(0.0)
    assert connection.end_if_due(IDLE_S - 1, IDLE_S) == []
    assert not connection.is_over()
    assert connection.end_if_due(IDLE_S, IDLE_S) == []
    assert connection.state is State.STALLED


def test_one_that_stands_still_within_a_message_ends_sooner(made: Making) -> None:
    connection, client = made(None)
    client.sendall(b"<38>half")
    read(connection)
    assert connection.end_if_due(STALLED_S, IDLE_S) == []
    connection.touch(10.0)
    assert connection.end_if_due(STALLED_S + 9, IDLE_S) == []
    (reject,) = connection.end_if_due(STALLED_S + 10, IDLE_S)
    assert reject.head == b"<38>half"
    assert connection.state is State.STALLED


def test_our_own_end_puts_aside_what_is_not_whole(made: Making) -> None:
    connection, client = made(None)
    client.sendall(b"<38>half")
    read(connection)
    (reject,) = connection.end()
    assert reject.head == b"<38>half"
    assert connection.state is State.ENDED


def test_nothing_is_lost_of_an_encrypted_one_whose_sender_writes_and_leaves(made: Making) -> None:
    connection, client = made(Options(**pem_options(AUTHORITY)).context())
    assert connection.state is State.GREETING

    def talk() -> None:
        with client_context(AUTHORITY).wrap_socket(client, server_hostname="127.0.0.1") as secure:
            secure.sendall(M + b"\n" + 40_000 * b"x" + b"\n" + M + b"\n")

    writer = threading.Thread(target=talk)
    writer.start()
    lines: list[bytes] = []
    wait_for(lambda: lines.extend(read(connection)[0]) or connection.is_over())
    writer.join()
    assert lines == [M, M]
    assert connection.state is State.ENDED


def test_who_does_not_speak_tls_is_no_connection(made: Making) -> None:
    connection, client = made(Options(**pem_options(AUTHORITY)).context())
    client.sendall(M + b"\n")
    assert read(connection) == ([], [])
    assert connection.state is State.NO_HANDSHAKE
    assert connection.problem


def test_who_says_nothing_is_none_either(made: Making) -> None:
    connection, _ = made(Options(**pem_options(AUTHORITY)).context())
    connection.read(0.0)
    assert connection.end_if_due(HANDSHAKE_S - 1, IDLE_S) == []
    assert not connection.is_over()
    connection.end_if_due(HANDSHAKE_S, IDLE_S)
    assert connection.state is State.NO_HANDSHAKE
