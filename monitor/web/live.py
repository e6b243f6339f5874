"""What changed for pages that are open: in few words, for as long as their reader is signed in."""

from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from monitor.services.actor import Actor
from monitor.services.changes import Changes, Mark, Portion
from monitor.services.sessions import Sessions
from monitor.web.acting import actor_of
from monitor.web.changes import EVENTS, Line, mark_of

PATH: Final = "/live"
MOST: Final = 200
"""So many changes are told one by one; of more it is only said that much changed."""
NAMED: Final = 40
"""So many ids are named of one kind."""


class Glance:
    """What changed, or that too much did to say what: a page then looks at everything once."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def since(self, actor: Actor, mark: Mark | None) -> Portion:
        """What somebody may see of what changed behind a mark."""
        portion = self._changes.since(actor, mark, MOST)
        if len(portion.changes) < MOST:
            return portion
        return Portion((), self._changes.newest(), is_gap=True)


def live_pages(line: Line) -> APIRouter:
    """`/live`: a stream of server-sent events, else what changed since `after`, for who polls."""
    router = APIRouter(include_in_schema=False)
    glance = Glance(line.changes)

    @router.get(PATH)
    async def live(request: Request) -> Response:
        if EVENTS in request.headers.get("accept", ""):
            return await line.answer(request, glance, written)
        mark, actor = mark_of(request), actor_of(request)
        portion = await run_in_threadpool(glance.since, actor, mark)
        return JSONResponse({"changed": summary(portion), "next": str(portion.mark)})

    return router


def summary(portion: Portion) -> dict[str, Any]:
    """By kind, how many things changed and the ids of some; `gap` alone where that is not known."""
    if portion.is_gap:
        return {"gap": True}
    ids: dict[str, dict[str, None]] = {}
    for one in portion.changes:
        ids.setdefault(one.kind, {})[one.id] = None
    return {kind: {"count": len(found), "ids": list(found)[:NAMED]} for kind, found in ids.items()}


def written(portion: Portion) -> bytes:
    """A portion as one event, also one of nothing: its id is where a page goes on from."""
    told, mark = summary(portion), str(portion.mark).encode()
    return b"id: %s\nevent: changed\ndata: %s\n\n" % (mark, msgspec.json.encode(told))


def is_still(sessions: Sessions, session: str, actor: Actor) -> bool:
    """Whether a session is open, and its reader sees no more and no less than they did. It does
    not count as used by it."""
    visit = sessions.visit(session)
    if visit is None or visit.actor is None:
        return False
    now = visit.actor
    return (now.roles, now.scopes, now.tenant) == (actor.roles, actor.scopes, actor.tenant)
