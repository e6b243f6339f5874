"""Incidents: one of them with its sign-ins, and the API behind their charts."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from monitor.services.authority import Operation, permits
from monitor.services.review import Review, plain
from monitor.services.tickets import Tickets
from monitor.services.views import IncidentView
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.filters import IDENTIFIER, read_count, read_identifier
from monitor.web.rendering import language_of, render

# Described as a pattern and not held to one here: what is none is simply not found.
Identifier = Annotated[str, PathParameter(json_schema_extra={"pattern": f"^{IDENTIFIER.pattern}$"})]
SIGN_INS_SHOWN = 20


def incident_pages(review: Review, tickets: Tickets) -> APIRouter:
    """The pages: one incident, and the pieces that htmx asks for."""
    router = APIRouter(include_in_schema=False)

    @router.get("/incidents/{uid}")
    def incident(request: Request, uid: str) -> Response:
        actor, language = actor_of(request), language_of(request)
        view = _found(review.incident(actor, _identifier(uid), language))
        rows = review.sign_ins(actor, _identifier(uid)) or []
        may_ask = permits(actor, Operation.MEASURES_REQUEST)
        told = _sign_in_page(rows, 0) | {"uid": uid, "may_ask": may_ask}
        told["ticket"] = tickets.of_incident(actor, _identifier(uid))
        told["may_open"] = permits(actor, Operation.TICKETS_WRITE)
        return render(request, "incident.html", view=view, **told)

    @router.get("/incidents/{uid}/sign-ins")
    def more_sign_ins(request: Request, uid: str) -> Response:
        rows = _found(review.sign_ins(actor_of(request), _identifier(uid)))
        start = read_count(request.query_params, "start")
        return render(request, "sign_ins.html", uid=uid, **_sign_in_page(rows, start))

    return router


def incident_api(review: Review) -> APIRouter:
    """What programs read; the pages' charts are one of them."""
    router = APIRouter(prefix="/api/v1", tags=["incidents"], responses=READ)

    @router.get("/incidents/{uid}")
    def incident(request: Request, uid: Identifier) -> JSONResponse:
        """One incident with its assessment and its findings, worded in the reader's language."""
        actor, language = actor_of(request), language_of(request)
        view: IncidentView = _found(review.incident(actor, _identifier(uid), language))
        return JSONResponse(plain(view))

    @router.get("/incidents/{uid}/sign-ins")
    def sign_ins(request: Request, uid: Identifier) -> JSONResponse:
        """What the map and the time chart of an incident show; times are ms since 1970 UTC."""
        actor, language = actor_of(request), language_of(request)
        return JSONResponse(plain(_found(review.picture(actor, _identifier(uid), language))))

    @router.get("/status")
    def status(request: Request) -> JSONResponse:
        """The counters of the engine and its sources."""
        return JSONResponse(plain(review.status(actor_of(request))))

    return router


def _identifier(uid: str) -> bytes:
    identifier = read_identifier(uid)
    if identifier is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return identifier


def _found(value: Any) -> Any:
    if value is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return value


def _sign_in_page(rows: list[Any], start: int) -> dict[str, Any]:
    newest = rows[::-1]
    shown = newest[start : start + SIGN_INS_SHOWN]
    following = start + SIGN_INS_SHOWN
    return {
        "sign_ins": shown,
        "following": following if following < len(rows) else None,
        "total": len(rows),
        "several_accounts": len({row.event.account for row in rows}) > 1,
    }
