"""One input of the fuzzer: a stream of syslog, framed whole and in pieces, and as a datagram."""

import contextlib
from collections.abc import Iterable
from typing import get_args

from monitor.formats.format import MalformedLine
from monitor.formats.syslog import carried, is_syslog, stamped, unwrapped
from monitor.receiving.framing import Framing, datagram
from monitor.sources.source import KEPT_OF_REJECTED, Rejected
from monitor.sources.syslog import Framing as Way

WAYS: tuple[Way, ...] = get_args(Way)
MAXIMUM = 500
_COUNT_DIGITS = 8

Answer = tuple[list[bytes], list[Rejected]]


def one_input(data: bytes) -> None:
    """Raises AssertionError where a stream is framed otherwise when it is cut otherwise, or where
    what comes out is no single line. The first two bytes say how it is framed, and cut."""
    if len(data) < 2:
        return
    way, size, stream = WAYS[data[0] % len(WAYS)], 1 + data[1], data[2:]
    whole = _framed([stream], way)
    assert whole == _framed((stream[at : at + size] for at in range(0, len(stream), size)), way)
    for message in whole[0]:
        _check(message)
    for reject in whole[1]:
        assert 0 < len(reject.head) <= min(KEPT_OF_REJECTED, reject.length)
    message = datagram(stream, MAXIMUM)
    if isinstance(message, bytes):
        _check(message)


def _framed(blocks: Iterable[bytes], way: Way) -> Answer:
    framing = Framing("192.0.2.7:tcp", MAXIMUM, way)
    messages: list[bytes] = []
    for block in blocks:
        messages += framing.feed(block)
        assert framing.held <= KEPT_OF_REJECTED + _COUNT_DIGITS
    framing.finish()
    assert framing.held == 0
    return messages, framing.take_rejected()


def _check(message: bytes) -> None:
    assert 0 < len(message) <= MAXIMUM
    assert b"\n" not in message
    assert b"\0" not in message
    completed = stamped(message, b"2026-01-05T10:02:03.000Z", b"192.0.2.7")
    assert b"\n" not in completed
    assert completed == message or is_syslog(completed), "what was given a time has one"
    with contextlib.suppress(MalformedLine):
        unwrapped(completed)
    carried(completed)
