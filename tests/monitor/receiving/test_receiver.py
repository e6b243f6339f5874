"""The receiver: turns for everybody, patience for those who are too fast, and a clean end."""

import contextlib
import errno
import socket
import tracemalloc
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from monitor.receiving.connection import READ_BYTES
from monitor.receiving.framing import CUT_OFF
from monitor.receiving.receiver import SWEEP_S
from monitor.receiving.spool import Spool
from monitor.receiving.streams import Streams
from monitor.store.receipts import Receipts
from tests.monitor.receiving.served import M, Stepped, served

UDP = "syslog+udp://127.0.0.1:0"
TCP = "syslog+tcp://127.0.0.1:0"
EACH = 64 + len(M)


def test_a_stream_that_is_too_fast_is_left_unread_until_it_may_be_read_again() -> None:
    with Stepped(served("gate", TCP, messages_per_second=10)) as stepped:
        fast, other = stepped.connect("gate"), stepped.connect("gate", "127.0.0.2")
        fast.sendall((M + b"\n") * 30)
        stepped.until(lambda: len(stepped.lines) == 30)
        fast.sendall(M + b"1\n")
        other.sendall(M + b"2\n")
        stepped.until(lambda: M + b"2" in stepped.lines)
        stepped.step()
        stepped.pass_by(0.9)
        stepped.step()
        stepped.store()
        assert M + b"1" not in stepped.lines, "it owes ten messages, a second"
        stepped.pass_by(0.2)
        stepped.until(lambda: M + b"1" in stepped.lines)
        assert stepped.refused("gate") == {}
        fast.close()
        other.close()


def test_a_sender_whose_messages_wait_is_left_unread_and_nobody_else() -> None:
    with Stepped(served("gate", TCP), spool=Spool(100 * EACH, EACH)) as stepped:
        full, other = stepped.connect("gate"), stepped.connect("gate", "127.0.0.2")
        full.sendall(M + b"\n")
        stepped.until(lambda: stepped.spool.used == EACH, stored=False)
        full.sendall(M + b"\n")
        other.sendall(M + b"\n")
        stepped.until(lambda: stepped.spool.used == 2 * EACH, stored=False)
        for _ in range(3):
            stepped.step()
        assert stepped.spool.used == 2 * EACH
        stepped.until(lambda: len(stepped.lines) == 3)
        full.close()
        other.close()


def test_a_flood_on_one_connection_does_not_starve_another() -> None:
    """Each is read once in a turn, so much at most: however much one sends, the other's one line
    is there after as many turns as without it."""
    with Stepped(served("gate", TCP, messages_per_second=1_000_000)) as stepped:
        flood, quiet = stepped.connect("gate"), stepped.connect("gate", "127.0.0.2")
        flood.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                flood.send(READ_BYTES * b"\n")
        quiet.sendall(M + b"\n")
        stepped.until(lambda: bool(stepped.lines), stored=True)
        read = {one.sender.address: one.octets for one in stepped.streams("gate")}
        assert read["127.0.0.1"] <= 3 * READ_BYTES
        flood.close()
        quiet.close()


def test_a_flood_of_datagrams_does_not_starve_a_stream() -> None:
    with Stepped(served("gate", UDP), served("vpn", TCP), spool=Spool(10 * EACH, 8 * EACH)) as step:
        stream = step.connect("vpn")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(200):
                sender.sendto(M, ("127.0.0.1", step.port("gate")))
        step.until(lambda: step.refused("gate") == {"no_room": 195}, stored=False)
        stream.sendall(M + b"\n")
        step.until(lambda: step.spool.used == 6 * EACH, stored=False)
        stream.close()


def test_sources_are_added_changed_moved_and_taken_away_while_others_go_on() -> None:
    with Stepped(served("gate", TCP), served("vpn", TCP)) as stepped:
        kept, ended = stepped.connect("gate"), stepped.connect("vpn")
        port = stepped.port("gate")
        now = stepped.clock()
        stepped.receiver.serve(
            [served("gate", TCP, messages_per_second=7), served("crm", UDP)], now
        )
        assert sorted(stepped.receiver.endpoints) == ["crm", "gate"]
        assert stepped.port("gate") == port
        kept.sendall(M + b"\n")
        stepped.until(lambda: stepped.lines)
        ended.settimeout(30)
        assert ended.recv(1) == b""
        stepped.receiver.serve([served("gate", "syslog+tcp://127.0.0.2:0")], now)
        kept.settimeout(30)
        assert kept.recv(1) == b""
        assert [one.source for one in stepped.opened] == ["gate", "vpn", "crm", "gate"]
        kept.close()
        ended.close()


def test_who_may_not_send_any_more_is_not_left_connected() -> None:
    with Stepped(served("gate", TCP)) as stepped:
        ours, other = stepped.connect("gate"), stepped.connect("gate", "127.0.0.2")
        other.sendall(b"<38>half")
        stepped.until(lambda: any(one.octets for one in stepped.streams("gate")))
        stepped.receiver.serve([served("gate", TCP, allow=["127.0.0.1"])], stepped.clock())
        assert stepped.connections("gate") == 1
        other.settimeout(30)
        assert other.recv(1) == b""
        stepped.store()
        assert [one.head for one in stepped.rejects] == [b"<38>half"]
        ours.close()
        other.close()


def test_at_the_end_what_has_come_is_taken() -> None:
    stepped = Stepped(served("gate", TCP), served("vpn", UDP))
    client = stepped.connect("gate")
    client.sendall((M + b"\n") * 5_000 + b"<38>half")
    late = socket.create_connection(("127.0.0.1", stepped.port("gate")))
    late.sendall(M + b"late\n")
    late.close()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for _ in range(100):
            sender.sendto(M + b"udp", ("127.0.0.1", stepped.port("vpn")))
    stepped.receiver.finish(stepped.clock)
    stepped.store()
    assert Counter(stepped.lines) == {M: 5_000, M + b"late": 1, M + b"udp": 100}
    assert [(one.reason, one.head) for one in stepped.rejects] == [(CUT_OFF, b"<38>half")]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", client.getpeername()[1])).close()
    client.close()


def test_at_the_end_also_those_that_were_too_fast_are_read() -> None:
    stepped = Stepped(served("gate", TCP, messages_per_second=1))
    client = stepped.connect("gate")
    client.sendall((M + b"\n") * 10)
    stepped.until(lambda: len(stepped.lines) == 10)
    client.sendall((M + b"\n") * 10)
    stepped.step()
    stepped.receiver.finish(stepped.clock)
    stepped.store()
    assert len(stepped.lines) == 20
    client.close()


def test_who_stores_wakes_it() -> None:
    with Stepped() as stepped:
        for _ in range(100_000):
            stepped.receiver.wake()
        stepped.step(60.0)
        stepped.receiver.wake()
        stepped.step(60.0)
    stepped.receiver.wake()


def test_counts_go_on_from_those_before() -> None:
    with Stepped(served("gate", UDP), gate=Receipts("x", 5, messages=7)) as stepped:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(M, ("127.0.0.1", stepped.port("gate")))
        stepped.until(lambda: stepped.lines)
        told = stepped.receiver.told(stepped.clock())["gate"]
        assert (told.messages, told.since, told.address) == (8, 5, "syslog+udp://127.0.0.1:0")
        assert told.listening == [f"127.0.0.1:{stepped.port('gate')}"]


def test_both_families_are_received_on_one_socket_and_told_apart() -> None:
    options = {"allow": ["127.0.0.1", "::1"]}
    udp, tcp = (served(kind, f"syslog+{kind}://[::]:0", **options) for kind in ("udp", "tcp"))
    with Stepped(udp, tcp) as stepped:
        for family, host in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
            with socket.socket(family, socket.SOCK_DGRAM) as sender:
                sender.sendto(M, (host, stepped.port("udp")))
            with socket.create_connection((host, stepped.port("tcp"))) as client:
                client.sendall(M + b"\n")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.bind(("127.0.0.2", 0))
            stranger.sendto(M, ("127.0.0.1", stepped.port("udp")))
        stepped.until(lambda: len(stepped.lines) == 4 and stepped.refused("udp"))
        names = {"127.0.0.1:udp", "[::1]:udp", "127.0.0.1:tcp", "[::1]:tcp"}
        assert set(stepped.senders) == names
        assert stepped.refused("udp") == {"not_allowed": 1}


def test_a_port_that_is_taken_is_taken_over_when_it_is_free_and_the_rest_goes_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        stepped = Stepped(served("gate", f"syslog+tcp://127.0.0.1:{port}"), served("vpn", TCP))
        with stepped.connect("vpn") as client:
            client.sendall(M + b"\n")
            stepped.until(lambda: stepped.lines)
        assert stepped.receiver.told(0)["gate"].trouble is not None
    with stepped:
        stepped.pass_by(60.0)
        stepped.connect("gate").close()


def test_when_descriptors_run_out_those_who_are_there_go_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with Stepped(served("gate", TCP)) as stepped:
        client = stepped.connect("gate")
        monkeypatch.setattr(
            Streams, "accept", lambda *_: (_ for _ in ()).throw(OSError(errno.EMFILE, "too many"))
        )
        waiting = socket.create_connection(("127.0.0.1", stepped.port("gate")))
        stepped.step(1.0)
        assert "cannot be accepted" in caplog.text
        monkeypatch.undo()
        client.sendall(M + b"\n")
        stepped.until(lambda: stepped.lines)
        assert stepped.connections("gate") == 1
        stepped.pass_by(SWEEP_S)
        stepped.until(lambda: stepped.connections("gate") == 2)
        client.close()
        waiting.close()


@hypothesis_settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([M + b"\n", b"%d %s" % (len(M), M)])),
        max_size=40,
    ),
    st.integers(1, 60),
)
def test_whatever_the_order_of_sending_each_message_comes_once(
    sent: list[tuple[int, bytes]], cut: int
) -> None:
    with Stepped(served("gate", TCP), spool=Spool(50 * EACH, 3 * EACH)) as stepped:
        clients = [stepped.connect("gate", f"127.0.0.{n + 1}") for n in range(3)]
        streams = [b"".join(frame for to, frame in sent if to == n) for n in range(3)]
        for at in range(0, max(map(len, streams)), cut):
            for client, stream in zip(clients, streams, strict=True):
                client.sendall(stream[at : at + cut])
            stepped.step()
        for client in clients:
            client.close()
        stepped.until(lambda: stepped.connections("gate") == 0)
        assert stepped.lines == [M] * len(sent)
        assert stepped.rejects == []


def test_senders_that_send_nothing_whole_hold_no_more_than_they_may() -> None:
    """What is held of a connection is a message at most, and there are only so many of them."""
    maximum = 4_096
    source = served("gate", TCP, maximum_message=maximum, connections=100, connections_per_sender=1)
    with Stepped(source) as stepped:
        clients = [stepped.connect("gate", f"127.0.1.{n}") for n in range(100)]
        tracemalloc.start()
        for _ in range(20):
            for client in clients:
                client.sendall(2_000 * b"x")
            stepped.step()
        sent = 20 * 2_000
        stepped.until(lambda: all(one.octets == sent for one in stepped.streams("gate")))
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert held < 100 * 2 * maximum
        for client in clients:
            client.close()
