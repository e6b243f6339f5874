"""Datagrams: one message each; whatever is dropped is counted."""

import socket

from monitor.receiving.datagrams import AT_ONCE
from monitor.receiving.framing import too_long
from monitor.receiving.spool import Spool
from tests.monitor.receiving.served import M, Stepped, served

URL = "syslog+udp://127.0.0.1:0"


def send(stepped: Stepped, *datagrams: bytes, host: str = "127.0.0.1") -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((host, 0))
        for one in datagrams:
            sender.sendto(one, ("127.0.0.1", stepped.port("gate")))


def test_each_is_a_message_and_an_empty_one_none() -> None:
    with Stepped(served("gate", URL)) as stepped:
        send(stepped, M, b"", M + b"\n", b"\n", M + b"\nx\0")
        stepped.until(lambda: len(stepped.lines) == 3)
        assert stepped.lines == [M, M, M + b" x"]
        assert stepped.senders == ["127.0.0.1:udp"]


def test_one_without_a_time_is_given_ours_and_its_sender_s_name() -> None:
    with Stepped(served("gate", URL)) as stepped:
        send(stepped, b"<38>sshd[7]: x", host="127.0.0.9")
        stepped.until(lambda: stepped.lines)
        stamp, host, rest = stepped.lines[0].split(b" ", 2)
        assert (host, rest) == (b"127.0.0.9", b"sshd[7]: x")
        assert stamp.startswith(b"<38>20")
        assert stamp.endswith(b"Z")


def test_one_that_is_too_long_is_put_aside() -> None:
    with Stepped(served("gate", URL, maximum_message=500)) as stepped:
        send(stepped, 501 * b"x", M)
        stepped.until(lambda: stepped.lines)
        (reject,) = stepped.rejects
        assert (reject.position, reject.length) == ("127.0.0.1:udp", 501)
        assert reject.reason == too_long(500)


def test_who_may_not_send_is_counted_and_not_read() -> None:
    with Stepped(served("gate", URL, allow=["127.0.0.2"])) as stepped:
        send(stepped, M, M)
        send(stepped, M + b"!", host="127.0.0.2")
        stepped.until(lambda: stepped.lines)
        assert stepped.lines == [M + b"!"]
        assert stepped.refused("gate") == {"not_allowed": 2}


def test_who_sends_too_fast_loses_what_is_too_much_and_nobody_else_does() -> None:
    with Stepped(served("gate", URL, messages_per_second=5)) as stepped:
        send(stepped, *[M] * 30)
        send(stepped, *[M] * 9, host="127.0.0.2")
        stepped.until(lambda: len(stepped.lines) == 19)
        assert stepped.refused("gate") == {"too_fast": 20}
        stepped.clock.now += 1.0
        send(stepped, *[M] * 30)
        stepped.until(lambda: len(stepped.lines) == 24)
        assert stepped.refused("gate") == {"too_fast": 45}


def test_what_finds_no_room_is_counted() -> None:
    each = len(M) + 64
    with Stepped(served("gate", URL), spool=Spool(100 * each, 3 * each)) as stepped:
        send(stepped, *[M] * 5)
        send(stepped, M, host="127.0.0.2")
        stepped.until(lambda: sum(stepped.refused("gate").values()) == 2, stored=False)
        stepped.store()
        assert len(stepped.lines) == 4
        assert sorted(stepped.senders) == ["127.0.0.1:udp", "127.0.0.2:udp"]
        assert stepped.refused("gate") == {"no_room": 2}


def test_what_the_kernel_drops_is_counted_once() -> None:
    with Stepped(served("gate", URL)) as stepped:
        opened = stepped.receiver.endpoints["gate"].served
        assert opened is not None
        opened.sockets[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        send(stepped, *[500 * b"x"] * 100)
        lost = stepped.refused("gate")["kernel"]
        assert 0 < lost < 100
        stepped.until(lambda: len(stepped.lines) == 100 - lost)
        assert stepped.refused("gate") == {"kernel": lost}


def test_a_flood_leaves_a_turn_to_the_others() -> None:
    with Stepped(served("gate", URL), served("vpn", URL)) as stepped:
        send(stepped, *[b"x"] * (2 * AT_ONCE))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(M, ("127.0.0.1", stepped.port("vpn")))
        stepped.step()
        taken = stepped.spool.take(0)
        assert {one.source: len(one.lines) for one in taken} == {"gate": AT_ONCE, "vpn": 1}
