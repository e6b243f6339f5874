"""The API behind incidents and behind the charts of one of them."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from monitor.services.review import Review, plain
from monitor.services.views import IncidentView
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.filters import IDENTIFIER, read_identifier
from monitor.web.rendering import language_of

# Described as a pattern and not held to one here: what is none is simply not found.
Identifier = Annotated[str, PathParameter(json_schema_extra={"pattern": f"^{IDENTIFIER.pattern}$"})]
SIGN_INS_SHOWN = 12
"""Of a table, at once."""


def incident_api(review: Review) -> APIRouter:
    """What programs read; the pages' charts are one of them."""
    router = APIRouter(prefix="/api/v1", tags=["incidents"], responses=READ)

    @router.get("/incidents/{uid}")
    def incident(request: Request, uid: Identifier) -> JSONResponse:
        """One incident with its assessment and its findings, worded in the reader's language."""
        actor, language = actor_of(request), language_of(request)
        view: IncidentView = found_or_404(review.incident(actor, identifier_of(uid), language))
        return JSONResponse(plain(view))

    @router.get("/incidents/{uid}/sign-ins")
    def sign_ins(request: Request, uid: Identifier) -> JSONResponse:
        """What the map and the time chart of an incident show; times are ms since 1970 UTC."""
        actor, language = actor_of(request), language_of(request)
        return JSONResponse(
            plain(found_or_404(review.picture(actor, identifier_of(uid), language)))
        )

    @router.get("/status")
    def status(request: Request) -> JSONResponse:
        """The counters of the engine and its sources."""
        return JSONResponse(plain(review.status(actor_of(request))))

    return router


def identifier_of(uid: str) -> bytes:
    """An incident's id as an address has it. Raises HTTPException for what is none."""
    identifier = read_identifier(uid)
    if identifier is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return identifier


def found_or_404(value: Any) -> Any:
    """What was found. Raises HTTPException where it is nothing."""
    if value is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return value


def sign_in_page(rows: list[Any], start: int) -> dict[str, Any]:
    """What a table of sign-ins is told: so many of them from a place on, the newest first."""
    newest = rows[::-1]
    shown = newest[start : start + SIGN_INS_SHOWN]
    following = start + SIGN_INS_SHOWN
    return {
        "sign_ins": shown,
        "following": following if following < len(rows) else None,
        "total": len(rows),
        "several_accounts": len({row.event.account for row in rows}) > 1,
    }
