"""Incidents and tickets in OCSF, a record a line: for a SIEM that follows, page by page."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from alerts.ticket import Status
from monitor.services.exports import Exports
from monitor.store.ticket_filter import EVERY, Order, TicketFilter
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.filters import (
    FILTERS,
    BadQueryError,
    choice,
    place_of,
    read_filter,
    read_identifier,
    written_place,
)
from monitor.web.paging import PARAMETERS, Place, window_of, write_place

INCIDENTS: Final = "/api/v1/ocsf/incidents"
TICKETS: Final = "/api/v1/ocsf/tickets"
LINES: Final = "application/x-ndjson"
_ANSWER: Final[dict[str, Any]] = {
    "description": "OCSF 1.6 *Incident Finding* (2005), a JSON object a line; `Link` names the "
    "next page where there is one (RFC 8288, `rel=next`).",
    "content": {LINES: {"schema": {"type": "string"}}},
    "headers": {"Link": {"description": "The next page.", "schema": {"type": "string"}}},
}
_RESPONSES: Final[dict[int | str, dict[str, Any]]] = {**READ, 200: _ANSWER}
_STATUS: Final[dict[str, Any]] = {
    "name": "status",
    "in": "query",
    "required": False,
    "description": "Only tickets that are so.",
    "schema": choice(status.value for status in Status),
}


def export_api(exports: Exports) -> APIRouter:
    """The lists, and one incident."""
    router = APIRouter(tags=["export"], responses=_RESPONSES)

    @router.get(INCIDENTS, openapi_extra={"parameters": [*FILTERS, *PARAMETERS]})
    def incidents(request: Request) -> Response:
        """Incidents that stand, as `GET /api/v1/incidents` lists them, with what people made of
        them: assignee, verdict, ticket. Whoever may look at people; it is written down."""
        query = request.query_params
        window = window_of(query, (int, int, str))
        after = place_of(window.after) if window.after else None
        found = exports.incidents(actor_of(request), read_filter(query), after, window.limit)
        place = None if found.next is None else written_place(found.next)
        return _lines(found.lines, INCIDENTS, query, place)

    @router.get(INCIDENTS + "/{uid}")
    def incident(request: Request, uid: str) -> Response:
        """One incident, as a line of the list."""
        identifier = read_identifier(uid)
        # What is no id is asked for all the same: who may not ask is told that first.
        line = exports.incident(actor_of(request), identifier or b"")
        return _lines((line,), INCIDENTS, {}, None)

    @router.get(TICKETS, openapi_extra={"parameters": [_STATUS, *PARAMETERS]})
    def every_ticket(request: Request) -> Response:
        """Tickets, those that changed last first: of an incident, of a report or an appeal."""
        query = request.query_params
        window = window_of(query, (int, int))
        wanted = TicketFilter(statuses=_statuses(query), held=None, order=Order.NEWEST)
        after = None if window.after is None else tuple(int(part) for part in window.after)
        found = exports.tickets(actor_of(request), wanted, after, window.limit)
        return _lines(found.lines, TICKETS, query, found.next)

    return router


def _statuses(query: Mapping[str, str]) -> frozenset[Status]:
    told = query.get("status", "")
    if not told:
        return EVERY
    try:
        return frozenset((Status(told),))
    except ValueError:
        raise BadQueryError("status") from None


def _lines(
    lines: tuple[bytes, ...], path: str, query: Mapping[str, str], place: Place | None
) -> Response:
    headers = {}
    if place is not None:
        following = urlencode({**query, "cursor": write_place(place)})
        headers["Link"] = f'<{path}?{following}>; rel="next"'
    return Response(b"".join(line + b"\n" for line in lines), media_type=LINES, headers=headers)
