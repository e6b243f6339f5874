"""What any route is given of a body: so much, within its time, whatever the route itself does.

Routes have tighter limits of their own, and say them better; this one holds for those that forget.
What is pushed is read by `monitor/web/incoming.py`, which counts what is held as well.
"""

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message, Receive, Scope

from monitor.web.incoming import BODY_S, PIECE_S

FORM: Final = 64 << 10
"""Bytes of what a form sends."""
JSON: Final = 1 << 20
"""Bytes of what a program sends to be read as one value."""
FILE: Final = 16 << 20
"""Bytes of a file that is imported."""
_CLOSE: Final = {"Connection": "close"}
"""Whoever is still sending is not listened to."""
_FILES = frozenset(("import", "preview"))
LOG: Final = (256 << 20) + FORM
"""Bytes of a log that is handed in, in its form."""
LOG_S: Final = 900.0
"""How long that may take, by whatever line."""
_LOGS = "/sources/new/file"


def most_of(path: str) -> int:
    """How many bytes of a body an address takes, at most."""
    if path == _LOGS:
        return LOG
    if not _FILES.isdisjoint(path.split("/")):
        return FILE
    return JSON if path.startswith(("/api/", "/scim/")) else FORM


def check_announced(request: Request) -> None:
    """Refuse a body that says beforehand that it is too large, or that says its length in no way
    that is one. Raises HTTPException."""
    told = request.headers.getlist("content-length")
    if not told:
        return
    if len(told) > 1 or not (told[0].isascii() and told[0].isdigit()):
        raise HTTPException(HTTPStatus.BAD_REQUEST, headers=_CLOSE)
    if int(told[0][:20]) > most_of(request.scope["path"]):
        raise _too_large()


def check_framing(request: Request) -> None:
    """Refuse what says in two ways where its body ends: whatever stands before us may have believed
    the other one (RFC 9112, 6.1). Raises HTTPException."""
    headers = request.headers
    if "transfer-encoding" in headers and "content-length" in headers:
        raise HTTPException(HTTPStatus.BAD_REQUEST, headers=_CLOSE)


def bounded(receive: Receive, scope: Scope) -> Receive:
    """`receive`, until a body is larger than its address takes, or slower than anybody needs to be;
    what is raised then (HTTPException, ClientDisconnect) meets whoever reads on."""
    most, size, is_read, until = most_of(scope["path"]), 0, False, 0.0

    async def receiving() -> Message:
        nonlocal size, is_read, until
        if is_read:
            return await receive()
        now = asyncio.get_running_loop().time()
        until = until or now + (LOG_S if scope["path"] == _LOGS else BODY_S)
        try:
            async with asyncio.timeout_at(min(until, now + PIECE_S)):
                message = await receive()
        except TimeoutError:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, headers=_CLOSE) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        size += len(message.get("body", b""))
        if size > most:
            raise _too_large()
        is_read = not message.get("more_body", False)
        return message

    return receiving


def _too_large() -> HTTPException:
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, headers=_CLOSE)
