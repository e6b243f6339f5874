"""The spool: nobody fills it alone, and datagrams leave room for streams."""

import threading

import pytest

from monitor.receiving.senders import Sender
from monitor.receiving.spool import Spool
from monitor.sources.source import CUT_OFF, Rejected
from monitor.sources.syslog import Options

OF_ONE = 64 + 36
LINE = 36 * b"x"
REJECT = Rejected("10.0.0.1:udp", CUT_OFF, 36, LINE)


def sender(address: str = "10.0.0.1") -> Sender:
    return Sender(address, "udp", Options(), 0.0)


def test_what_is_put_in_is_taken_by_source_and_sender() -> None:
    spool = Spool()
    one, other = sender(), sender("10.0.0.2")
    spool.add("a", one, [b"1"])
    spool.add("a", other, [b"2"], [REJECT])
    spool.add("b", one, [b"3"])
    spool.add("a", one, [b"4", b"5"])
    spool.add("a", one, [])
    taken = spool.take(0)
    assert [(t.source, t.sender, t.lines, t.rejects) for t in taken] == [
        ("a", one, [b"1", b"4", b"5"], []),
        ("a", other, [b"2"], [REJECT]),
        ("b", one, [b"3"], []),
    ]
    assert spool.take(0) == []
    assert spool.used == 6 * 64 + 5 + 36
    spool.release(taken)
    assert (spool.used, one.waiting, other.waiting) == (0, 0, 0)


def test_datagrams_are_taken_as_far_as_there_is_room_for_their_sender() -> None:
    spool = Spool(most=100 * OF_ONE, of_one=3 * OF_ONE)
    one, other = sender(), sender("10.0.0.2")
    assert spool.offer("a", one, 5 * [LINE]) == 3
    assert spool.offer("a", one, [LINE]) == 0
    assert not spool.has_room(one)
    assert spool.offer("a", other, 2 * [LINE]) == 2
    assert spool.has_room(other)
    spool.release(spool.take(0))
    assert spool.offer("a", one, 2 * [LINE], [REJECT]) == 3
    assert spool.offer("a", other, 3 * [LINE], [REJECT]) == 3, "the reject finds no room"


def test_datagrams_leave_half_to_streams() -> None:
    spool = Spool(most=10 * OF_ONE, of_one=100 * OF_ONE)
    flood, stream = sender(), sender("10.0.0.2")
    assert spool.offer("a", flood, 20 * [LINE]) == 5
    assert spool.has_room(stream)
    spool.add("b", stream, 5 * [LINE])
    assert not spool.has_room(stream)
    assert not spool.has_room(sender("10.0.0.3"))


def test_room_is_free_only_once_it_is_released() -> None:
    spool = Spool(of_one=OF_ONE)
    one = sender()
    spool.add("a", one, [LINE])
    taken = spool.take(0)
    assert not spool.has_room(one)
    spool.release(taken)
    assert spool.has_room(one)


def test_one_forgotten_and_met_again_is_another() -> None:
    spool = Spool()
    former, now = sender(), sender()
    spool.add("a", former, [b"1"])
    spool.add("a", now, [b"2"])
    spool.release(spool.take(0))
    assert (former.waiting, now.waiting) == (0, 0)


@pytest.mark.parametrize("act", ["add", "close"])
def test_who_takes_is_woken(act: str) -> None:
    spool = Spool()
    found: list[int] = []
    taker = threading.Thread(target=lambda: found.append(len(spool.take(60.0))))
    taker.start()
    if act == "add":
        spool.add("a", sender(), [b"1"])
    else:
        spool.close()
    taker.join(240)
    assert found == [int(act == "add")]


def test_who_lingers_is_woken_by_the_end() -> None:
    spool = Spool()
    spool.add("a", sender(), [b"1"])
    found: list[int] = []
    taker = threading.Thread(target=lambda: found.append(len(spool.take(0, 60.0))))
    taker.start()
    spool.add("a", sender("10.0.0.2"), [b"2"])
    spool.close()
    taker.join(240)
    assert found == [2]
