"""The queue for programs: incidents by the same filters, several handled at once, views kept."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from monitor.services.questions import Questions
from monitor.services.queue import Queue
from monitor.services.ticket_acts import MOST
from monitor.services.triage import Triage
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import body, body_of
from monitor.web.filters import (
    FILTERS,
    IDENTIFIER,
    place_of,
    read_filter,
    read_identifier,
    written_place,
)
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.rendering import language_of
from monitor.web.tickets import MOST_NUMBER, Fields, Kept, asked, done_view, number_of, told

Identifier = Annotated[str, Meta(pattern=f"^{IDENTIFIER.pattern}$")]
PATH: Final = "/api/v1/incidents"


class ChosenIncident(Struct, frozen=True, forbid_unknown_fields=True):
    """One of several incidents, and the version of its ticket that was looked at; null for
    whichever it is, or for none."""

    id: Identifier
    version: Annotated[int, Meta(ge=1, le=MOST_NUMBER)] | None = None


class SeveralIncidents(Fields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same change of the tickets of several incidents."""

    incidents: Annotated[list[ChosenIncident], Meta(min_length=1, max_length=MOST)]


def queue_api(queue: Queue, triage: Triage, views: Questions, now: Callable[[], int]) -> APIRouter:
    """`/api/v1/incidents`, but for single ones. `now` gives ms since 1970 UTC."""
    router = APIRouter(prefix=PATH, tags=["incidents"], responses=CHANGED)
    _add_list(router, queue, now)
    _add_acts(router, triage)
    _add_views(router, views)
    return router


def _add_list(router: APIRouter, queue: Queue, now: Callable[[], int]) -> None:
    @router.get("", openapi_extra={"parameters": [*FILTERS, *PARAMETERS]})
    def incidents(request: Request) -> JSONResponse:
        """Incidents that stand, the newest first, each with its reason in a sentence and how far
        people are with it (`handling`, null where it has no ticket)."""
        query, actor = request.query_params, actor_of(request)
        window, wanted = window_of(query, (int, int, str)), read_filter(query, now())
        campaign = query.get("campaign", "")
        if campaign:
            wanted = queue.within_campaign(actor, wanted, read_identifier(campaign) or b"")
        after = place_of(window.after) if window.after else None
        found = queue.page(actor, wanted, after, language_of(request), window.limit)
        return page(found.rows, written_place(found.next) if found.next else None)


def _add_acts(router: APIRouter, triage: Triage) -> None:
    @router.post("/acts", openapi_extra=body(SeveralIncidents))
    async def change(request: Request) -> JSONResponse:
        """Change the tickets of several incidents at once, which are opened where there are none;
        those that cannot go there, or are of another version, are left as they are and told."""
        actor, wanted = actor_of(request), await body_of(request, SeveralIncidents)
        given = {read_identifier(one.id) or b"": one.version for one in wanted.incidents}
        done = await asked(triage.change, actor, given, wanted.change, wanted.reason)
        return JSONResponse(done_view(done, language_of(request)))

    @router.post("/acts/{act}/undo")
    def undo(request: Request, act: str) -> JSONResponse:
        """Put back what was changed at once, but for tickets that were changed since; a ticket
        that was opened by it stays."""
        done = told(triage.undo, actor_of(request), act)
        return JSONResponse(done_view(done, language_of(request)))


def _add_views(router: APIRouter, views: Questions) -> None:
    @router.get("/filters")
    def every(request: Request) -> JSONResponse:
        """Filters of the list that are kept: one's own, and those that are shared."""
        return page(views.all(actor_of(request)), None)

    @router.post("/filters", status_code=204, openapi_extra=body(Kept))
    async def keep(request: Request) -> Response:
        """Keep a filter, in place of one's own of the same name."""
        actor, wanted = actor_of(request), await body_of(request, Kept)
        # Whoever opens one that others share is to find a list behind it.
        read_filter(dict(parse_qsl(wanted.query.removeprefix("?"))))

        def put() -> Any:
            return views.keep(actor, wanted.name, wanted.query, shared=wanted.shared)

        await run_in_threadpool(told, put)
        return Response(status_code=204)

    @router.delete("/filters/{question}", status_code=204)
    def forget(request: Request, question: str) -> Response:
        """Forget one of one's own filters."""
        views.forget(actor_of(request), number_of(question))
        return Response(status_code=204)
