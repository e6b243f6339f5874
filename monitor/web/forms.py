"""What pages send: forms with a limit, and with the token that only a page of this session has."""

from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.services.admission import is_form_token

MOST: Final = 4_096
"""Bytes of a form."""
WITH_PASSWORD: Final = 8 << 10
"""Bytes of one with the longest password that is taken, twice, in whatever script."""


async def form_of(request: Request, most: int = MOST) -> dict[str, str]:
    """The fields of a form, the last one of each name, at most `most` bytes.

    Raises HTTPException where it is larger, or has a character that no database keeps (NUL): no
    field of a page can be given one.
    """
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    if b"\0" in body or b"%00" in body:
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    # For whoever has to ask for a proof first, and brings the form back then.
    request.scope["state"]["form"] = form
    return form


def check_token(request: Request, form: dict[str, str]) -> None:
    """Raise HTTPException for a form that no page of this session was sent with."""
    session = request.scope["state"]["session"]
    if session is not None and not is_form_token(session, form.get("token", "")):
        raise HTTPException(HTTPStatus.FORBIDDEN)


async def own_form(request: Request, most: int = MOST) -> dict[str, str]:
    """The fields of a form that a page of this session sent. Raises HTTPException."""
    form = await form_of(request, most)
    check_token(request, form)
    return form
