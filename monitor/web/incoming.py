"""Reads a request's body within its time and its room; lets go of one that nobody wants."""

import asyncio
from types import TracebackType
from typing import Final, Self

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from monitor.services.delivery import Room
from monitor.web.body import MAXIMUM_SENT
from monitor.web.problem import Kind, Problem

BODY_S: Final = 30.0
"""How long a body may take."""
PIECE_S: Final = 10.0
"""How long nothing of it may come."""
DRAINED: Final = 1 << 20
"""Bytes of a refused body that are read and thrown away: a sender that is still writing may never
read the answer."""
_DRAIN_S = 1.0
RETRY_SOON: Final = {"Retry-After": "1"}


class Hold:
    """What one request holds of its sender's share of the room; all of it is given back when the
    block is left."""

    def __init__(self, room: Room, sender: str = "") -> None:
        self._room = room
        self._sender = sender
        self._held = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give(self._held)

    def take(self, size: int) -> None:
        """Hold so many bytes more. Raises Problem when there is no room."""
        if not self._room.take(size, self._sender):
            raise Problem(Kind.BUSY, "Too much is being sent at this moment.", RETRY_SOON)
        self._held += size

    def give(self, size: int) -> None:
        """Hold so many bytes less."""
        self._held -= size
        self._room.give(size, self._sender)


async def read_body(request: Request, hold: Hold) -> bytes:
    """A body as it was sent. Raises Problem when it is too large, too slow, or there is no room,
    and ClientDisconnect when its sender went away."""
    loop = asyncio.get_running_loop()
    until = loop.time() + BODY_S
    pieces: list[bytes] = []
    size = 0
    while True:
        try:
            async with asyncio.timeout_at(min(until, loop.time() + PIECE_S)):
                message = await request.receive()
        except TimeoutError:
            raise Problem(
                Kind.BODY_TOO_SLOW, f"Send it within {BODY_S:.0f} s, and never pause for long."
            ) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        piece = message.get("body", b"")
        size += len(piece)
        if size > MAXIMUM_SENT:
            raise too_large()
        hold.take(len(piece))
        pieces.append(piece)
        if not message.get("more_body", False):
            request.scope["state"]["is_read"] = True
            return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def check_length(request: Request) -> None:
    """Raises Problem for a body that says beforehand that it is too large."""
    told = request.headers.get("content-length", "0")
    if not told.isascii() or not told.isdigit() or int(told[:20]) > MAXIMUM_SENT:
        raise too_large()


def too_large() -> Problem:
    """A body larger than what is taken."""
    return Problem(
        Kind.BODY_TOO_LARGE,
        f"A body is at most {MAXIMUM_SENT >> 20} MiB as it is sent: send it in parts.",
    )


async def let_go(request: Request, answer: Response) -> None:
    """See to it that a refusal reaches its sender: throw away what is left of a small body, or
    close the connection behind the answer."""
    if request.method != "POST" or request.scope["state"].get("is_read"):
        return
    if "expect" in request.headers or not await _is_drained(request):
        answer.headers["connection"] = "close"


async def _is_drained(request: Request) -> bool:
    told = request.headers.get("content-length")
    if told is not None and int(told) > DRAINED:
        return False
    size = 0
    try:
        async with asyncio.timeout(_DRAIN_S):
            while size <= DRAINED:
                message = await request.receive()
                size += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return True
    except TimeoutError:
        pass
    return False
