"""The pages of the sources and of what is not well, and the same for programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from monitor.services.actor import Actor
from monitor.services.adding import Adding
from monitor.services.authority import Operation, permits
from monitor.services.review import plain
from monitor.services.sources import REJECTS, Sources, SourceView
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.filters import read_count
from monitor.web.rendering import language_of, render

_MAXIMUM_ID = 10**9
Before = Annotated[
    int, Query(ge=0, le=_MAXIMUM_ID, description="only lines with smaller ids; 0 for the last")
]


def source_pages(sources: Sources, adding: Adding | None = None) -> APIRouter:
    """`/sources`, and one page for each of them with its last rejected lines."""
    router = APIRouter(include_in_schema=False)

    @router.get("/sources")
    def every(request: Request) -> Response:
        actor = actor_of(request)
        view = sources.overview(actor, language_of(request))
        return render(request, "sources.html", view=view, may_add=_may_add(actor))

    @router.get("/sources/{number}")
    def one(request: Request, number: str) -> Response:
        actor, language = actor_of(request), language_of(request)
        view = _found(sources, actor, number, language)
        before = read_count(request.query_params, "before") or None
        rejects = sources.rejects(actor, view.id, before, REJECTS + 1)
        return render(
            request,
            "source.html",
            view=view,
            rejects=rejects[:REJECTS],
            older=rejects[REJECTS - 1].id if len(rejects) > REJECTS else None,
            is_first=before is None,
            past=sources.past(actor, view.name, language),
            added=None if adding is None else adding.added(actor).get(view.name),
            may_add=_may_add(actor),
        )

    return router


def source_api(sources: Sources) -> APIRouter:
    """What the pages show, as JSON."""
    router = APIRouter(prefix="/api/v1", tags=["sources"], responses=READ)

    @router.get("/sources")
    def every(request: Request) -> JSONResponse:
        """Every source with its counters and what is wrong with it; times are ms since 1970 UTC."""
        return JSONResponse(plain(sources.overview(actor_of(request), language_of(request))))

    @router.get("/sources/{number}/rejects")
    def rejects(request: Request, number: str, before: Before = 0) -> JSONResponse:
        """The last lines of a source that could not be read, redacted, the last one first."""
        actor = actor_of(request)
        view = _found(sources, actor, number, language_of(request))
        found: Any = sources.rejects(actor, view.id, before or None)
        return JSONResponse(plain(found))

    return router


def _may_add(actor: Actor) -> bool:
    return permits(actor, Operation.SOURCES_WRITE)


def _found(sources: Sources, actor: Actor, number: str, language: str) -> SourceView:
    is_number = number.isascii() and number.isdigit() and int(number[:12]) <= _MAXIMUM_ID
    view = sources.source(actor, int(number), language) if is_number else None
    if view is None:
        raise HTTPException(404)
    return view
