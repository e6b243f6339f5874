"""Framing: the same messages however the bytes are cut, and nothing endless is held."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.detector import Text
from monitor.receiving.framing import (
    CUT_OFF,
    LOST,
    LOST_AFTER,
    NOT_COUNTED,
    Framing,
    datagram,
    too_long,
)
from monitor.sources.source import KEPT_OF_REJECTED, Rejected
from monitor.sources.syslog import Framing as Way

M = b"<38>Jan  5 10:02:03 gate sshd[7]: hello"


def counted(message: bytes) -> bytes:
    return b"%d %s" % (len(message), message)


def framed(
    *blocks: bytes, maximum: int = 100, way: Way = "auto", finished: bool = True
) -> tuple[list[bytes], list[Rejected]]:
    framing = Framing("192.0.2.7:tcp", maximum, way)
    messages = [message for block in blocks for message in framing.feed(block)]
    if finished:
        framing.finish()
    return messages, framing.take_rejected()


def reasons(rejects: list[Rejected]) -> list[tuple[Text, int, bytes]]:
    return [(one.reason, one.length, one.head) for one in rejects]


@pytest.mark.parametrize(
    "sent",
    [
        M + b"\n" + M + b"\n",
        M + b"\r\n" + M + b"\r\n",
        M + b"\0" + M + b"\0",
        M + b"\n\0" + M + b"\r\n\0",
        counted(M) + counted(M),
        counted(M + b"\n") + counted(M + b"\0"),
        counted(M) + b"\n" + counted(M) + b"\n",
        counted(M) + M + b"\n",
        M + b"\n" + counted(M),
        b"\n\n\0\r\n" + M + b"\n" + counted(M),
    ],
)
def test_all_the_ways_in_which_senders_frame(sent: bytes) -> None:
    assert framed(sent) == ([M, M], [])


def test_lines_without_pri_that_begin_with_a_number_are_lines() -> None:
    lines = [b"2026-01-05T10:02:03Z gate sshd[7]: x", b"1767607323 gate sshd[7]: x", b"12 x", b"7"]
    assert framed(b"\n".join([*lines, b""])) == (lines, [])


def test_counts_only_where_they_are_asked_for() -> None:
    plain = b"Jan  5 10:02:03 gate sshd[7]: x"
    assert framed(counted(plain) + counted(plain), way="octets") == ([plain, plain], [])
    assert framed(counted(M) + b"\n", way="lines") == ([counted(M)], [])


def test_a_line_feed_inside_a_counted_message_begins_no_other_one() -> None:
    forged = M + b"\n<38>Jan  5 10:02:03 gate sshd[7]: Accepted\0password"
    (message,), rejects = framed(counted(forged))
    assert message == forged.replace(b"\n", b" ").replace(b"\0", b" ")
    assert rejects == []


def test_one_that_is_too_long_is_put_aside_and_the_stream_goes_on() -> None:
    for long in (b"<38>" + 97 * b"x", b"<38>" + 10_000 * b"x"):
        for frame in (long + b"\n", counted(long)):
            messages, rejects = framed(M + b"\n" + frame + M + b"\n" + counted(M))
            assert messages == [M, M, M]
            assert reasons(rejects) == [(too_long(100), len(long), long[:KEPT_OF_REJECTED])]
    assert framed(b"<38>" + 96 * b"x" + b"\n")[1] == []


@pytest.mark.parametrize("head", [b"052", b"0", b"-7", b"+7", b"0x34", b"99999999", b"1048577"])
def test_a_count_that_is_none_is_a_line(head: bytes) -> None:
    assert framed(head + b" " + M + b"\n" + counted(M)) == ([head + b" " + M, M], [])


def test_a_believable_count_beyond_the_limit_is_passed_over() -> None:
    messages, rejects = framed(b"1048576 <38>" + (1_048_576 - 4) * b"x" + counted(M))
    assert messages == [M]
    assert [(one.reason, one.length) for one in rejects] == [(too_long(100), 1_048_576)]


def test_a_wrong_count_spoils_no_more_than_up_to_the_next_line() -> None:
    short = b"%d %s" % (len(M) - 5, M)
    assert framed(short + b"\n" + counted(M)) == ([M[:-5], M[-5:], M], [])


def test_without_counts_where_there_must_be_some() -> None:
    messages, rejects = framed(M + b"\n" + counted(M) + b"12x\n" + counted(M), way="octets")
    assert messages == [M, M]
    assert reasons(rejects) == [(NOT_COUNTED, len(M), M), (NOT_COUNTED, 3, b"12x")]


@pytest.mark.parametrize("sent", [M, counted(M)[:-1], b"12", b"<", b"1048576 <38>"])
def test_what_the_end_of_the_connection_cuts_off_is_put_aside(sent: bytes) -> None:
    messages, rejects = framed(M + b"\n" + sent)
    assert messages == [M]
    assert reasons(rejects) == [(CUT_OFF, len(sent), sent)]


def test_a_long_one_that_ends_with_the_connection() -> None:
    messages, rejects = framed(b"<38>" + 200 * b"x")
    assert messages == []
    assert [(one.reason, one.length) for one in rejects] == [(too_long(100), 204)]
    assert framed(b"200 <38>" + 50 * b"x")[1][0].reason == CUT_OFF


def test_a_stream_without_any_end_is_given_up() -> None:
    framing = Framing("192.0.2.7:tcp", 100)
    for _ in range(LOST_AFTER // 65_536):
        assert framing.feed(65_536 * b"x") == []
        assert framing.held <= KEPT_OF_REJECTED
    assert framing.is_lost
    assert framing.feed(b"\n" + M + b"\n") == []
    (reject,) = framing.take_rejected()
    assert (reject.reason, reject.length) == (LOST, LOST_AFTER)


def test_whether_a_message_began() -> None:
    framing = Framing("192.0.2.7:tcp", 100)
    for sent, inside in ((b"\n", False), (M, True), (b"\n", False), (b"200 <" + 99 * b"x", True)):
        framing.feed(sent)
        assert framing.is_inside_message() is inside


def test_a_datagram_is_one_message() -> None:
    assert datagram(M, 100) == datagram(M + b"\n\0", 100) == M
    assert datagram(M + b"\n" + M, 100) == M + b" " + M
    assert datagram(M + b"\0a", 100) == M + b" a"
    assert datagram(b"\r\n", 100) is None
    assert datagram(b"", 100) is None
    assert datagram(101 * b"x", 100) == too_long(100)
    assert datagram(100 * b"x" + b"\n", 100) == 100 * b"x"


pieces = st.sampled_from(
    [M, b"\n", b"\r\n", b"\0", b" ", b"<38>", counted(M), b"12 <", b"7", b"3 ", b"104 <", b"0",
     300 * b"x", 5_000 * b"y", b"9999999 <", b"6000 <38>", b"\xff\xfe"]
)  # fmt: skip
streams = st.lists(st.one_of(pieces, st.binary(max_size=30)), max_size=30).map(b"".join)


@given(
    streams,
    st.lists(st.integers(0, 2_000), max_size=30),
    st.sampled_from(["auto", "octets", "lines"]),
)
def test_however_it_is_cut_it_is_the_same(stream: bytes, cuts: list[int], way: Way) -> None:
    at = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    blocks = [stream[start:end] for start, end in pairwise(at)]
    whole = framed(stream, way=way)
    assert framed(*blocks, way=way) == whole
    assert framed(*(stream[i : i + 1] for i in range(len(stream))), way=way) == whole
    for message in whole[0]:
        assert 0 < len(message) <= 100
        assert b"\n" not in message
        assert b"\0" not in message


@given(st.lists(st.binary(max_size=60).map(lambda text: b"<38>" + text), max_size=20), st.data())
def test_well_framed_messages_come_out_as_they_went_in(
    sent: list[bytes], data: st.DataObject
) -> None:
    stream, wanted = b"", []
    for message in sent:
        is_line = b"\n" not in message and b"\0" not in message and data.draw(st.booleans())
        stream += message + b"\n" if is_line else counted(message)
        wanted.append(message.replace(b"\0", b"\n").strip(b"\r\n").replace(b"\n", b" "))
    assert framed(stream) == (wanted, [])


@given(streams, st.integers(1, 500))
def test_no_more_is_held_than_one_message(stream: bytes, size: int) -> None:
    framing = Framing("192.0.2.7:tcp", 100)
    for at in range(0, len(stream), size):
        framing.feed(stream[at : at + size])
        assert framing.held <= KEPT_OF_REJECTED + 10
