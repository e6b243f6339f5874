"""`POST /api/v1/events`: takes what others send, and answers when it is durable."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from monitor.clock import monotonic
from monitor.services.api_keys import ApiKey, ApiKeys
from monitor.services.authority import Operation
from monitor.services.delivery import DEADLINE_S, Deliveries, Delivery, Room, StoreError
from monitor.store.inbox import Inbox, Parcel, Terms, parcels
from monitor.web.body import coding, lines_of, media_type
from monitor.web.description import PUSHED
from monitor.web.incoming import RETRY_SOON, Hold, check_length, let_go, read_body
from monitor.web.problem import Kind, Problem, answer

PATH: Final = "/api/v1/events"
OPERATION: Final = Operation.EVENTS_WRITE

_TERMS_S = 1.0
_INLINE = 16 << 10
"""Bytes of a body up to which it is decoded at once: a thread would cost more."""
_LINE_COST = 64
_SENDER = "push/"

log = logging.getLogger(__name__)


class Push:
    """Takes what is sent for the sources that the engine announced.

    Bounded: bodies in memory by `room`, what waits in the inbox by the terms, and what waits for
    the one writer by the time that it has waited.
    """

    def __init__(self, inbox: Inbox, deliveries: Deliveries, room: Room) -> None:
        self._inbox = inbox
        self._deliveries = deliveries
        self._room = room
        self._terms: Terms | None = None
        self._asked = -_TERMS_S

    async def take(self, request: Request) -> Response:
        """Store a body and say so, or what is the matter."""
        try:
            return await self._take(request, request.scope["state"]["key"])
        except Problem as problem:
            refusal = answer(problem)
            await let_go(request, refusal)
            return refusal
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)

    async def _take(self, request: Request, key: ApiKey) -> Response:
        media, encoded = media_type(request.headers), coding(request.headers)
        check_length(request)
        terms = await self._known_terms()
        source = _source_of(request, key, terms)
        self._check_room(terms)
        with Hold(self._room, key.name) as hold:
            sent = await read_body(request, hold)
            lines = await _decoded(sent, media, encoded, hold)
            hold.give(len(sent))
            del sent
            size = sum(map(len, lines))
            made = parcels(source, _SENDER + key.name, lines, key.tenant)
            accepted = sum(1 for line in lines if line and not line.isspace())
            del lines
            ids = await self._stored(made, size)
        told = {"accepted": accepted, "source": source, "receipt": ids[0]}
        return JSONResponse(told, HTTPStatus.ACCEPTED)

    async def _known_terms(self) -> Terms:
        if monotonic() - self._asked >= _TERMS_S:
            try:
                self._terms = await run_in_threadpool(self._inbox.terms)
            except SQLAlchemyError as error:
                raise Problem(
                    Kind.STORE_UNAVAILABLE, "The database cannot be read.", {"Retry-After": "5"}
                ) from error
            self._asked = monotonic()
        if self._terms is None:
            raise Problem(
                Kind.STORE_UNAVAILABLE, "The engine has not begun yet.", {"Retry-After": "5"}
            )
        return self._terms

    def _check_room(self, terms: Terms) -> None:
        """Say no before anything is read."""
        if self._deliveries.is_behind():
            raise Problem(Kind.BUSY, "The database is busy.", {"Retry-After": "2"})
        if self._deliveries.waiting() >= terms.most:
            detail = "More waits to be read than may wait: the engine is behind, or stands still."
            raise Problem(Kind.BUSY, detail, {"Retry-After": "10"})
        if self._room.left <= 0:
            raise Problem(Kind.BUSY, "Too much is being sent at this moment.", RETRY_SOON)

    async def _stored(self, made: list[Parcel], size: int) -> list[int]:
        delivery: Delivery = self._deliveries.deliver(made, size)
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await asyncio.wrap_future(delivery.stored)
        except TimeoutError:
            detail = (
                "The database is busy. It may have been stored: send it again, nothing doubles."
            )
            raise Problem(Kind.BUSY, detail, {"Retry-After": "5"}) from None
        except StoreError as error:
            raise Problem(
                Kind.STORE_UNAVAILABLE, f"Nothing was stored: {error}.", {"Retry-After": "5"}
            ) from error
        finally:
            delivery.is_given_up = True


def identifying(keys: ApiKeys) -> Callable[[str], Awaitable[ApiKey | None]]:
    """What says what a key is for, without holding up others; raises Problem where it cannot."""

    async def identify(key: str) -> ApiKey | None:
        try:
            # Most are known; a thread would cost more than all the rest.
            return keys.known(key) or await run_in_threadpool(keys.identify, key)
        except SQLAlchemyError as error:
            log.warning("the database cannot be asked for a key: %s", error)
            detail = "The database cannot be asked for the key."
            raise Problem(Kind.STORE_UNAVAILABLE, detail, {"Retry-After": "5"}) from error

    return identify


def receiver(push: Push) -> APIRouter:
    """The route, with its description."""
    router = APIRouter()
    take: Callable[[Request], Awaitable[Response]] = push.take
    described: dict[str, Any] = PUSHED
    router.add_api_route(PATH, take, methods=["POST"], **described)
    return router


def _source_of(request: Request, key: ApiKey, terms: Terms) -> str:
    unknown = [name for name in request.query_params if name != "source"]
    asked = request.query_params.getlist("source")
    if unknown or len(asked) > 1:
        raise Problem(Kind.SOURCE_MISSING, "Name one source by ?source=NAME, and nothing else.")
    source = asked[0] if asked else key.source
    if source is None:
        raise Problem(Kind.SOURCE_MISSING, "The API key is for any source: name one by ?source=.")
    if key.source is not None and source != key.source:
        raise Problem(Kind.NOT_ALLOWED, f"The API key is for the source {key.source} only.")
    if source not in terms.sources:
        raise Problem(Kind.SOURCE_UNKNOWN, 'No source of this name is pushed (url = "push:").')
    return source


async def _decoded(sent: bytes, media: str, encoded: str, hold: Hold) -> list[bytes]:
    if len(sent) <= _INLINE and encoded == "identity":
        lines = lines_of(sent, media, encoded, hold.take)
    else:
        lines = await run_in_threadpool(lines_of, sent, media, encoded, hold.take)
    hold.take(_LINE_COST * len(lines))
    return lines
