"""Senders: who may, how much, and how many are remembered."""

import pytest

from monitor.receiving.senders import SHOWN, Bucket, Sender, Senders, plain
from monitor.sources.syslog import Options
from monitor.store.receipts import Receipts, Refusal

OPTIONS = Options(allow=("10.0.0.0/8", "2001:db8::/32"), messages_per_second=10)


def senders(options: Options = OPTIONS, *, most: int = 1_000, kept: int = 0) -> Senders:
    refused = {Refusal.TOO_FAST.value: kept} if kept else {}
    return Senders("udp", options, Receipts("x", 1, messages=kept, refused=refused), most=most)


def sender(of: Senders, peer: str, now: float = 0.0) -> Sender:
    found = of.find(peer, now)
    assert isinstance(found, Sender)
    return found


def test_a_bucket_gives_a_burst_and_then_so_many_a_second() -> None:
    bucket = Bucket(10.0, 20.0, 0.0)
    assert [bucket.take(0.0) for _ in range(21)] == [True] * 20 + [False]
    assert [bucket.take(0.25) for _ in range(3)] == [True, True, False]
    assert sum(bucket.take(1_000.0) for _ in range(100)) == 20
    assert not bucket.take(999.0), "a clock that goes back gives nothing"


def test_what_a_bucket_does_not_have_is_owed() -> None:
    bucket = Bucket(10.0, 20.0, 0.0)
    assert bucket.charge(20, 0.0) == 0.0
    assert bucket.charge(5, 0.0) == pytest.approx(0.5)
    assert bucket.charge(0, 0.4) == pytest.approx(0.1)
    assert bucket.charge(0, 0.6) == 0.0


def test_who_is_in_no_network_is_a_stranger() -> None:
    known = senders()
    assert sender(known, "10.1.2.3").name == "10.1.2.3:udp"
    assert sender(known, "2001:db8::7").name == "[2001:db8::7]:udp"
    for peer in ("192.0.2.7", "192.0.2.7", "::1", "127.0.0.1", "::ffff:192.0.2.7"):
        assert known.find(peer, 0.0) is Refusal.NOT_ALLOWED


def test_addresses_are_written_as_people_write_them() -> None:
    assert plain("::ffff:10.1.2.3") == "10.1.2.3"
    assert plain("fe80::1%eth0") == "fe80::1"
    assert plain("2001:DB8:0:0::7") == "2001:db8::7"
    assert sender(senders(), "::ffff:10.1.2.3").host == b"10.1.2.3"


def test_those_who_are_silent_for_longest_are_forgotten_and_nobody_who_is_connected() -> None:
    known = senders(most=3)
    first = sender(known, "10.0.0.1")
    first.connections = 1
    second, third = sender(known, "10.0.0.2"), sender(known, "10.0.0.3")
    sender(known, "10.0.0.2")
    sender(known, "10.0.0.4")
    assert sender(known, "10.0.0.1") is first
    assert sender(known, "10.0.0.2") is second
    assert sender(known, "10.0.0.3") is not third


def test_when_nobody_can_be_forgotten_nobody_new_is_taken() -> None:
    known = senders(most=2)
    for peer in ("10.0.0.1", "10.0.0.2"):
        sender(known, peer).waiting = 1
    assert known.find("10.0.0.3", 0.0) is Refusal.NO_ROOM


def test_strangers_are_remembered_only_so_many() -> None:
    known = senders(most=10)
    for number in range(1_000):
        assert known.find(f"192.0.{number // 250}.{number % 250}", 0.0) is Refusal.NOT_ALLOWED
    assert len(known._strangers) == 10


def test_other_limits_hold_for_those_who_are_known_too() -> None:
    known = senders()
    one, other = sender(known, "10.0.0.1"), sender(known, "2001:db8::7")
    assert known.find("192.0.2.7", 0.0) is Refusal.NOT_ALLOWED
    known.limit(Options(allow=("10.0.0.0/8", "192.0.2.0/24"), messages_per_second=1), 0.0)
    assert sender(known, "10.0.0.1") is one
    assert [one.bucket.take(0.0) for _ in range(3)] == [True, True, False]
    assert known.find("2001:db8::7", 0.0) is Refusal.NOT_ALLOWED
    assert not known.may_send(other.address)
    assert sender(known, "192.0.2.7").messages == 0


def test_counts_are_told_and_counted_on() -> None:
    known = senders(kept=5)
    quiet, loud = sender(known, "10.0.0.1", 1.0), sender(known, "10.0.0.2", 2.0)
    known.took(quiet, 3, 300, 1)
    loud.connections = 2
    known.refuse(Refusal.TOO_FAST, loud, 7)
    known.refuse(Refusal.NOT_ALLOWED)
    told = known.told(4.0, 10_000)
    assert (told.messages, told.octets, told.rejected, told.connections) == (8, 300, 1, 2)
    assert told.refused == {"too_fast": 12, "not_allowed": 1}
    assert [one.name for one in told.senders] == ["10.0.0.2", "10.0.0.1"]
    assert told.senders[0].refused == {"too_fast": 7}
    assert (told.senders[0].last, told.senders[1].last) == (8_000, 7_000)


def test_only_so_many_senders_are_told() -> None:
    known = senders()
    for number in range(2 * SHOWN):
        sender(known, f"10.0.0.{number}")
    assert len(known.told(0.0, 0).senders) == SHOWN
