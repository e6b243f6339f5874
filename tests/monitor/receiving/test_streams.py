"""Streams: who may connect, how often, and what happens to those that do harm."""

import socket
import threading

import pytest
import trustme

from monitor.receiving.connection import HANDSHAKE_S, STALLED_S
from monitor.receiving.framing import CUT_OFF
from monitor.receiving.spool import Spool
from tests.monitor.receiving.served import M, Stepped, client_context, pem_options, served

TCP = "syslog+tcp://127.0.0.1:0"
TLS = "syslog+tls://127.0.0.1:0"
AUTHORITY = trustme.CA()


def is_closed(client: socket.socket) -> bool:
    client.settimeout(30)
    try:
        return client.recv(1) == b""
    except ConnectionError:
        return True


def test_messages_of_many_connections_are_kept_by_sender() -> None:
    with Stepped(served("gate", TCP)) as stepped:
        for host in ("127.0.0.1", "127.0.0.2"):
            for frame in (M + b"\n", b"%d %s" % (len(M), M)):
                with stepped.connect("gate", host) as client:
                    client.sendall(frame)
        stepped.until(lambda: len(stepped.lines) == 4 and stepped.connections("gate") == 0)
        assert set(stepped.lines) == {M}
        assert set(stepped.senders) == {"127.0.0.1:tcp", "127.0.0.2:tcp"}
        told = stepped.receiver.told(stepped.clock())["gate"]
        assert (told.messages, told.rejected, told.refused) == (4, 0, {})


def test_who_may_not_send_is_not_let_in() -> None:
    with Stepped(served("gate", TCP, allow=["127.0.0.2"])) as stepped:
        client = socket.create_connection(("127.0.0.1", stepped.port("gate")))
        stepped.until(lambda: stepped.refused("gate") == {"not_allowed": 1})
        assert is_closed(client)
        client.close()


def test_so_many_connections_of_one_sender_and_in_all() -> None:
    source = served("gate", TCP, connections=3, connections_per_sender=2)
    with Stepped(source) as stepped:
        first = [stepped.connect("gate") for _ in range(2)]
        third = socket.create_connection(("127.0.0.1", stepped.port("gate")))
        stepped.until(lambda: stepped.refused("gate") == {"too_many": 1})
        assert is_closed(third)
        other = stepped.connect("gate", "127.0.0.2")
        fourth = socket.create_connection(
            ("127.0.0.1", stepped.port("gate")), source_address=("127.0.0.3", 0)
        )
        stepped.until(lambda: stepped.refused("gate") == {"too_many": 2})
        first[0].close()
        stepped.until(lambda: stepped.connections("gate") == 2)
        again = stepped.connect("gate")
        for client in (*first, third, other, fourth, again):
            client.close()


def test_who_comes_and_goes_too_often_is_refused_and_nobody_else() -> None:
    with Stepped(served("gate", TCP, connections_per_sender=1)) as stepped:
        for _ in range(2):
            stepped.connect("gate").close()
            stepped.until(lambda: stepped.connections("gate") == 0)
        with socket.create_connection(("127.0.0.1", stepped.port("gate"))) as third:
            stepped.until(lambda: stepped.refused("gate") == {"too_many": 1})
            assert is_closed(third)
        stepped.connect("gate", "127.0.0.2").close()
        stepped.clock.now += 1.0
        stepped.connect("gate").close()


def test_what_stands_still_is_closed_and_what_it_left_is_put_aside() -> None:
    with Stepped(served("gate", TCP, idle_hours=1)) as stepped:
        idle, half = stepped.connect("gate"), stepped.connect("gate")
        half.sendall(M)
        stepped.until(lambda: any(one.octets for one in stepped.streams("gate")))
        stepped.pass_by(STALLED_S)
        stepped.store()
        (reject,) = stepped.rejects
        assert (reject.reason, reject.head) == (CUT_OFF, M)
        assert stepped.refused("gate") == {"stalled": 1}
        stepped.pass_by(3_600)
        assert stepped.refused("gate") == {"stalled": 2}
        assert stepped.connections("gate") == 0
        assert is_closed(idle)
        assert is_closed(half)
        for client in (idle, half):
            client.close()


def test_one_that_is_not_read_for_our_sake_is_not_called_silent() -> None:
    each = 64 + len(M)
    with Stepped(served("gate", TCP), spool=Spool(100 * each, each)) as stepped:
        client = stepped.connect("gate")
        client.sendall(M + b"\n" + M)
        stepped.until(lambda: stepped.spool.used == each, stored=False)
        client.sendall(b"\n")
        for _ in range(10):
            stepped.pass_by(STALLED_S - 1)
        assert stepped.refused("gate") == {}
        stepped.until(lambda: len(stepped.lines) == 2)
        client.close()


@pytest.mark.parametrize("is_speaking", [False, True])
def test_who_comes_to_no_session_holds_nobody_up(is_speaking: bool) -> None:
    with Stepped(served("gate", TLS, **pem_options(AUTHORITY))) as stepped:
        bad = stepped.connect("gate")
        if is_speaking:
            bad.sendall(M + b"\n")
        good = socket.create_connection(("127.0.0.1", stepped.port("gate")))
        writer = threading.Thread(target=say, args=(good,))
        writer.start()
        stepped.until(lambda: stepped.lines)
        writer.join()
        stepped.pass_by(HANDSHAKE_S)
        assert stepped.refused("gate") == {"handshake": 1}
        assert stepped.lines == [M]
        assert is_closed(bad)
        bad.close()


def say(client: socket.socket) -> None:
    with client_context(AUTHORITY).wrap_socket(client, server_hostname="127.0.0.1") as secure:
        secure.sendall(M + b"\n")


def test_with_an_authority_who_has_no_certificate_of_it_is_refused() -> None:
    options = pem_options(AUTHORITY, client_ca=AUTHORITY.cert_pem.bytes().decode())
    with Stepped(served("gate", TLS, **options)) as stepped:
        for authority in (None, trustme.CA(), AUTHORITY):
            context = client_context(AUTHORITY)
            if authority is not None:
                authority.issue_cert("gate.example.com").configure_cert(context)
            client = socket.create_connection(("127.0.0.1", stepped.port("gate")))
            writer = threading.Thread(target=attempt, args=(context, client))
            writer.start()
            stepped.until(lambda: not writer.is_alive())  # noqa: B023 - of this turn
        stepped.until(lambda: stepped.lines)
        assert stepped.lines == [M]
        assert stepped.refused("gate") == {"handshake": 2}


def attempt(context: object, client: socket.socket) -> None:
    try:
        with context.wrap_socket(client, server_hostname="127.0.0.1") as secure:  # type: ignore[attr-defined]
            secure.sendall(M + b"\n")
    except OSError:
        return
