"""What changed, as it happens: a list for programs that ask, a stream for those that listen.

The stream is that of the HTML standard (server-sent events). It ends by itself after a while, and
with the session of whoever reads it, and is taken up again where it was, by `Last-Event-ID`: so
that whoever may not see it any more is told so.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, Final, Protocol

import msgspec
from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response, StreamingResponse

from monitor.clock import monotonic
from monitor.services.actor import Actor
from monitor.services.changes import MOST, Changed, Changes, Mark, Portion, read_mark
from monitor.services.review import plain
from monitor.web.acting import actor_of
from monitor.web.description import READ, problem
from monitor.web.filters import BadQueryError
from monitor.web.problem import Kind, Problem

PATH: Final = "/api/v1/changes"
EVENTS: Final = "text/event-stream"
LIFE_S: Final = 120.0
"""How long one stream lasts; its reader comes again, and is looked at again."""
_QUIET_S: Final = 15.0
"""After so long without a change something is said, so that nothing between us takes it for
dead."""
_LOOK_S: Final = 1.0
_HOLDS_S: Final = 5.0
"""How often it is asked whether the reader's session is open still."""
_AGAIN_MS: Final = 1_000
_MOST_STREAMS: Final = 100
_MOST_OF_ONE: Final = 8
_HEADERS: Final = {"X-Accel-Buffering": "no"}

_MARK_SCHEMA: Final = {"type": "string", "pattern": "^([0-9]{1,18}-[0-9]{1,18})?$"}
_PARAMETERS: Final[list[dict[str, Any]]] = [
    {
        "name": "after",
        "in": "query",
        "required": False,
        "description": "`next` of the answer before, or the id of an event of the stream; without "
        "one, nothing is told but from where to go on.",
        "schema": _MARK_SCHEMA,
    },
    {
        "name": "Last-Event-ID",
        "in": "header",
        "required": False,
        "description": "The same, as readers of streams send it by themselves.",
        "schema": _MARK_SCHEMA,
    },
]
_CHANGE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["kind", "id", "tenant", "withdrawn", "time", "mark"],
    "properties": {
        "kind": {
            "type": "string",
            "enum": ["incident", "ticket", "suppression", "measure", "policy", "order"],
        },
        "id": {"type": "string", "description": "Its id, by which it is asked for."},
        "tenant": {"type": "string", "description": "Empty for what is no tenant's."},
        "withdrawn": {"type": "boolean", "description": "Of an incident: nothing of it stands."},
        "time": {"type": ["integer", "null"], "description": "ms since 1970 UTC."},
        "mark": {"type": "string", "description": "The place behind it."},
    },
}
DESCRIBED: Final[dict[str, Any]] = {
    "summary": "Follow what changes",
    "tags": ["changes"],
    "description": f"""What changed among incidents, tickets, suppressions, measures, policies and
orders behind a place, in the order in which it was committed: what of it the reader may see. A
change says what changed, and not how: ask for it by its id.

With `Accept: text/event-stream` it is a stream of events of the names of `kind`, which goes on for
{LIFE_S:.0f} s and is to be taken up again by `Last-Event-ID`, as `EventSource` does. The event
`gap`, and `gap` in the list, say that the place is not kept any more: look at everything once. At
most {_MOST_STREAMS} streams are open in one process, and {_MOST_OF_ONE} of one reader.""",
    "responses": {
        **READ,
        200: {
            "description": "What changed, and where to go on.",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["items", "next", "gap"],
                        "properties": {
                            "items": {"type": "array", "items": _CHANGE, "maxItems": MOST},
                            "next": {"type": "string"},
                            "gap": {"type": "boolean"},
                        },
                    }
                },
                EVENTS: {"schema": {"type": "string"}},
            },
        },
        429: problem("Too many requests, or too many streams.", retry=True),
    },
    "openapi_extra": {"parameters": _PARAMETERS},
}


class Heart:
    """Looks for all streams of this process at once, so that many cost what one does."""

    def __init__(self, newest: Callable[[], Mark], clock: Callable[[], float] = monotonic) -> None:
        self._newest = newest
        self._clock = clock
        self._looked = -_LOOK_S
        self._found = Mark()
        self._turn = asyncio.Lock()

    async def newest(self) -> Mark:
        """The place behind all that changed, as of a second ago at most."""
        async with self._turn:
            if self._clock() - self._looked >= _LOOK_S:
                self._found = await run_in_threadpool(self._newest)
                self._looked = self._clock()
        return self._found


class Streams:
    """Counts the streams that are open, in all and of each reader. Of one event loop."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}

    def check(self, reader: str) -> None:
        """Raise Problem where there are too many for one more."""
        mine = self._open.get(reader, 0)
        if mine >= _MOST_OF_ONE or sum(self._open.values()) >= _MOST_STREAMS:
            detail = "Too many streams are open: close one, or ask for the list instead."
            raise Problem(Kind.TOO_OFTEN, detail, {"Retry-After": "10"})

    def open(self, reader: str) -> None:
        """One more."""
        self._open[reader] = self._open.get(reader, 0) + 1

    def close(self, reader: str) -> None:
        """One less."""
        left = self._open.get(reader, 1) - 1
        if left:
            self._open[reader] = left
        else:
            self._open.pop(reader, None)


class Following(Protocol):
    """Says what changed behind a mark; from several threads."""

    def since(self, actor: Actor, mark: Mark | None) -> Portion:
        """What somebody may see of it."""


class Stream:
    """One stream: tells somebody what changed behind a mark, until its time is over.

    `write` gives the bytes of a portion; `holds` says whether its reader may still be told.
    """

    def __init__(
        self,
        changes: Following,
        heart: Heart,
        streams: Streams,
        actor: Actor,
        write: Callable[[Portion], bytes] | None = None,
        holds: Callable[[], bool] | None = None,
    ) -> None:
        self._changes = changes
        self._heart = heart
        self._streams = streams
        self._actor = actor
        self._write = write or _events
        self._holds = holds

    async def first(self, mark: Mark | None) -> Portion:
        """What is told at once. Raises as `Changes.since`, and Problem where there are too many
        streams."""
        self._streams.check(self._actor.reference)
        return await self._since(mark)

    async def told(self, portion: Portion, life_s: float = LIFE_S) -> AsyncIterator[bytes]:
        """The events, from what `first` found on."""
        # Not before: what is never begun is never ended either.
        self._streams.open(self._actor.reference)
        try:
            until = said = held = monotonic()
            until += life_s
            yield b"retry: %d\n\n" % _AGAIN_MS + self._write(portion)
            mark = portion.mark
            while (now := monotonic()) < until:
                if self._holds and now - held >= _HOLDS_S:
                    held = now
                    if not await run_in_threadpool(self._holds):
                        return
                if len(portion.changes) < MOST:
                    await asyncio.sleep(min(_LOOK_S, until - now))
                    if await self._heart.newest() == mark:
                        if now - said >= _QUIET_S:
                            said = now
                            yield b": nothing yet\n\n"
                        continue
                portion = await self._since(mark)
                mark, said = portion.mark, now
                yield self._write(portion)
        except SQLAlchemyError:
            # Its reader comes again, and is told then what is the matter.
            return
        finally:
            self._streams.close(self._actor.reference)

    async def _since(self, mark: Mark | None) -> Portion:
        return await run_in_threadpool(self._changes.since, self._actor, mark)


class Line:
    """What all streams of this process share. `holds` says of a session's key whether it is open
    still, and its reader may what they might."""

    def __init__(self, changes: Changes, holds: Callable[[str, Actor], bool] | None = None) -> None:
        self.changes = changes
        self._heart = Heart(changes.newest)
        self._streams = Streams()
        self._holds = holds

    async def answer(
        self, request: Request, following: Following, write: Callable[[Portion], bytes] | None
    ) -> Response:
        """The stream that a request asks for, from the place that it names."""
        # Read to its end, so that a reader who leaves is one, and no fault of a body.
        await request.body()
        mark, actor = mark_of(request), actor_of(request)
        holds = self._asking(request.scope["state"].get("session"), actor)
        stream = Stream(following, self._heart, self._streams, actor, write, holds)
        portion = await stream.first(mark)
        return StreamingResponse(stream.told(portion), media_type=EVENTS, headers=_HEADERS)

    def _asking(self, session: str | None, actor: Actor) -> Callable[[], bool] | None:
        holds = self._holds
        if holds is None or session is None:
            return None
        return lambda: holds(session, actor)


def changes_api(line: Line) -> APIRouter:
    """The list and the stream."""
    router = APIRouter()

    async def follow(request: Request) -> Response:
        if EVENTS in request.headers.get("accept", ""):
            return await line.answer(request, line.changes, None)
        mark, actor = mark_of(request), actor_of(request)
        return _listed(await run_in_threadpool(line.changes.since, actor, mark))

    router.add_api_route(PATH, follow, methods=["GET"], **DESCRIBED)
    return router


def _listed(portion: Portion) -> JSONResponse:
    items = [_plain(one) for one in portion.changes]
    return JSONResponse({"items": items, "next": str(portion.mark), "gap": portion.is_gap})


def mark_of(request: Request) -> Mark | None:
    """Where the reader goes on, by the header first: its browser sends that by itself."""
    told = (request.headers.get("last-event-id"), request.query_params.get("after"))
    marks = [read_mark(one) for one in told if one]
    if None in marks:
        raise BadQueryError("after")
    return marks[0] if marks else None


def _events(portion: Portion) -> bytes:
    """Also a portion of nothing has an id, from which its reader goes on."""
    told = [
        _event(str(one.mark), one.kind, msgspec.json.encode(_plain(one))) for one in portion.changes
    ]
    if portion.is_gap:
        told.append(_event(str(portion.mark), "gap", b"{}"))
    elif not portion.changes or portion.changes[-1].mark != portion.mark:
        told.append(b"id: %s\n\n" % str(portion.mark).encode())
    return b"".join(told)


def _event(mark: str, name: str, data: bytes) -> bytes:
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (mark.encode(), name.encode(), data)


def _plain(one: Changed) -> dict[str, Any]:
    told: dict[str, Any] = plain(one)
    return {**told, "mark": str(one.mark)}
