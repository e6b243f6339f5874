"""A body has its time and its room, and a refusal reaches whoever is still sending."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Message

from monitor.services.delivery import Room
from monitor.web import incoming
from monitor.web.body import MAXIMUM_SENT
from monitor.web.incoming import DRAINED, Hold, check_length, let_go, read_body
from monitor.web.problem import Kind, Problem

NEVER = {"type": "never"}
GONE = {"type": "http.disconnect"}


class Sender:
    """Gives out messages as they are asked for, and counts."""

    def __init__(self, *messages: Message) -> None:
        self._messages = list(messages)
        self.asked = 0

    async def __call__(self) -> Message:
        self.asked += 1
        message = self._messages.pop(0) if self._messages else NEVER
        if message is NEVER:
            await asyncio.Event().wait()
        return message


def piece(body: bytes, *, more: bool = False) -> Message:
    return {"type": "http.request", "body": body, "more_body": more}


def request(sender: Sender, method: str = "POST", **headers: str) -> Request:
    told = [(k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()]
    scope = {"type": "http", "method": method, "path": "/", "headers": told, "state": {}}
    return Request(scope, sender)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


def problem(work: Callable[[], Any]) -> Problem:
    with pytest.raises(Problem) as raised:
        work()
    return raised.value


def test_a_body_is_its_pieces_and_is_held_until_the_block_ends() -> None:
    room = Room(10)
    with Hold(room) as hold:
        sender = Sender(piece(b"ab", more=True), piece(b"", more=True), piece(b"cd"))
        assert run(read_body(request(sender), hold)) == b"abcd"
        assert room.left == 6
        hold.give(3)
        assert room.left == 9
    assert room.left == 10


def test_what_there_is_no_room_for_is_refused_and_nothing_stays_held() -> None:
    room = Room(10)
    with Hold(room) as hold:
        sender = Sender(piece(b"x" * 8, more=True), piece(b"x" * 8))
        refused = problem(lambda: run(read_body(request(sender), hold)))
    assert refused.kind is Kind.BUSY
    assert (refused.headers or {})["Retry-After"] == "1"
    assert room.left == 10


def test_a_sender_holds_its_share_and_others_theirs() -> None:
    room = Room(10, share=6)
    with Hold(room, "one") as first, Hold(room, "one") as second, Hold(room, "two") as other:
        first.take(4)
        assert problem(lambda: second.take(3)).kind is Kind.BUSY
        other.take(6)
    with Hold(room, "one") as again:
        again.take(6)
    assert room.left == 10


def test_a_body_that_never_ends_is_refused_when_it_is_too_large() -> None:
    chunk = bytes(1 << 20)
    sender = Sender(*[piece(chunk, more=True)] * 1_000)
    with Hold(Room()) as hold:
        refused = problem(lambda: run(read_body(request(sender), hold)))
    assert refused.kind is Kind.BODY_TOO_LARGE
    assert sender.asked == (MAXIMUM_SENT >> 20) + 1


@pytest.mark.parametrize("limit", ["BODY_S", "PIECE_S"])
def test_a_body_that_does_not_come_is_refused(limit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, limit, 0.01)
    with Hold(Room()) as hold:
        refused = problem(lambda: run(read_body(request(Sender(piece(b"a", more=True))), hold)))
    assert refused.kind is Kind.BODY_TOO_SLOW


def test_a_body_that_trickles_is_refused_however_often_something_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(incoming, "BODY_S", 0.05)

    class Trickle(Sender):
        async def __call__(self) -> Message:
            await asyncio.sleep(0.001)
            return piece(b"x", more=True)

    with Hold(Room()) as hold:
        refused = problem(lambda: run(read_body(request(Trickle()), hold)))
    assert refused.kind is Kind.BODY_TOO_SLOW


def test_a_sender_that_goes_away_is_told_nothing() -> None:
    sender = Sender(piece(b"a", more=True), GONE)
    with Hold(Room()) as hold, pytest.raises(ClientDisconnect):
        run(read_body(request(sender), hold))


@pytest.mark.parametrize("told", [str(MAXIMUM_SENT + 1), "9" * 400, "-1", "1.5", "x", "²"])
def test_a_length_too_large_or_none_is_refused_unread(told: str) -> None:
    made = Request(
        {"type": "http", "headers": [(b"content-length", told.encode("latin-1", "replace"))]}
    )
    assert problem(lambda: check_length(made)).kind is Kind.BODY_TOO_LARGE


def test_a_length_within_limits_or_not_told_is_fine() -> None:
    check_length(request(Sender(), content_length=str(MAXIMUM_SENT)))
    check_length(request(Sender()))


def closed(made: Request) -> bool:
    answer = Response()
    run(let_go(made, answer))
    return answer.headers.get("connection") == "close"


def test_what_is_left_of_a_small_body_is_thrown_away() -> None:
    sender = Sender(piece(b"x" * 1_000, more=True), piece(b"x"))
    assert not closed(request(sender, content_length="1001"))
    assert sender.asked == 2


def test_a_large_or_endless_body_is_cut_off() -> None:
    sender = Sender(piece(b""))
    assert closed(request(sender, content_length=str(DRAINED + 1)))
    assert sender.asked == 0
    endless = Sender(*[piece(bytes(64 << 10), more=True)] * 100)
    assert closed(request(endless, transfer_encoding="chunked"))
    assert endless.asked <= 17


def test_a_body_that_stands_still_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "_DRAIN_S", 0.01)
    assert closed(request(Sender(piece(b"x", more=True)), content_length="9"))


def test_who_waits_to_be_asked_for_the_body_is_not_asked() -> None:
    """RFC 9110 section 10.1.1: the answer comes in place of 100 (Continue)."""
    sender = Sender(piece(b"x"))
    assert closed(request(sender, expect="100-continue", content_length="1"))
    assert sender.asked == 0


def test_what_was_read_or_has_no_body_needs_nothing() -> None:
    made = request(Sender())
    made.scope["state"]["is_read"] = True
    assert not closed(made)
    assert not closed(request(Sender(), "GET"))
