"""The outbox: what responders are told, how far that is, and what people do about it; for programs
too."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import Struct
from sqlalchemy import Engine as Database
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.outbox import SETTLED, State
from alerts.wording import said
from detectors.core.detector import Text
from monitor.services.order_views import ACTIONS, SEEN, STATES
from monitor.services.outbox import Outbox
from monitor.services.protection import ProtectionError
from monitor.services.refusal import TakenError
from monitor.services.review import plain
from monitor.store.outbox import Wanted
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import body, body_of
from monitor.web.filters import BadQueryError, choice
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of, render

SHOWN: Final = 50
OPEN: Final = "open"
"""Everything of which something may still come, or that people have to look at."""
_OPEN: Final = frozenset(State) - SETTLED | {State.DEAD}
_CHOICES: Final = (OPEN, *(state.value for state in State))
_LONGEST: Final = 64
_MOST_NUMBER: Final = 10**12
_FILTERS: Final[list[dict[str, Any]]] = [
    {
        "name": "state",
        "in": "query",
        "required": False,
        "description": "Only orders in this state; `open` for all of which something may come.",
        "schema": choice(_CHOICES),
    },
    {
        "name": "responder",
        "in": "query",
        "required": False,
        "description": "Only orders to this responder.",
        "schema": {"type": "string", "maxLength": _LONGEST, "pattern": "^[A-Za-z0-9_.-]*$"},
    },
]


class Reason(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is done; it goes into the audit."""

    reason: str


class Several(Struct, frozen=True, forbid_unknown_fields=True):
    """Which orders are driven again, `dead` or `parked`, of one responder or of all; and why."""

    state: State
    reason: str
    responder: str | None = None


def outbox_routes(database: Database, now: Callable[[], int]) -> APIRouter:
    """Pages and API over a database; `now` gives ms since 1970 UTC."""
    outbox, router = Outbox(database, now), APIRouter()
    join(router, outbox_pages(outbox))
    join(router, outbox_api(outbox))
    return router


def outbox_pages(outbox: Outbox) -> APIRouter:
    """`/outbox`: how responders do and their orders; one page for each of them."""
    router = APIRouter(include_in_schema=False)

    @router.get("/outbox")
    def every(request: Request) -> Response:
        return _listed(request, outbox)

    @router.post("/outbox")
    async def drive_all(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        state = State.PARKED if form.get("state") == State.PARKED else State.DEAD
        responder, reason = form.get("responder") or None, form.get("reason", "")
        try:
            await run_in_threadpool(outbox.drive_all, actor, state, reason, responder)
        except (ProtectionError, TakenError) as error:
            return await run_in_threadpool(_listed, request, outbox, error.text)
        return RedirectResponse("/outbox", 303)

    @router.get("/outbox/{number}")
    def one(request: Request, number: str) -> Response:
        return _whole(request, outbox, _number(number))

    @router.post("/outbox/{number}")
    async def act(request: Request, number: str) -> Response:
        form, actor, which = await own_form(request), actor_of(request), _number(number)
        do = outbox.cancel if form.get("do") == "cancel" else outbox.drive
        try:
            await run_in_threadpool(do, actor, which, form.get("reason", ""))
        except (ProtectionError, TakenError) as error:
            return await run_in_threadpool(_whole, request, outbox, which, error.text)
        return RedirectResponse(f"/outbox/{which}", 303)

    return router


def outbox_api(outbox: Outbox) -> APIRouter:
    """What the pages show and do, for programs."""
    router = APIRouter(prefix="/api/v1", tags=["outbox"], responses=CHANGED)

    @router.get("/outbox", openapi_extra={"parameters": [*_FILTERS, *PARAMETERS]})
    def every(request: Request) -> JSONResponse:
        """Orders to responders, the newest first; times are ms since 1970 UTC."""
        window = window_of(request.query_params, (int,))
        before = int(window.after[0]) if window.after else None
        wanted, actor = _wanted(request.query_params), actor_of(request)
        found = outbox.page(actor, wanted, before, window.limit + 1, language_of(request))
        shown = found[: window.limit]
        return page(shown, (shown[-1].id,) if len(found) > window.limit else None)

    @router.get("/outbox/responders")
    def responders(request: Request) -> JSONResponse:
        """How each responder does, and how many of its orders are in which state."""
        return JSONResponse(plain(outbox.overview(actor_of(request)).responders))

    @router.get("/outbox/{number}")
    def one(request: Request, number: str) -> JSONResponse:
        """One order."""
        found = outbox.one(actor_of(request), _number(number), language_of(request))
        return JSONResponse(plain(found))

    @router.post("/outbox/drive", openapi_extra=body(Several))
    async def drive_all(request: Request) -> JSONResponse:
        """Let all orders that were given up or parked be tried again; those of which the contrary
        was ordered since are cancelled."""
        actor, wanted = actor_of(request), await body_of(request, Several)
        given = (actor, wanted.state, wanted.reason, wanted.responder)
        return JSONResponse(plain(await run_in_threadpool(_told, outbox.drive_all, *given)))

    @router.post("/outbox/{number}/drive", openapi_extra=body(Reason))
    async def drive(request: Request, number: str) -> JSONResponse:
        """Let an order that was given up or parked be tried again, one that waits at once."""
        actor, why = actor_of(request), await body_of(request, Reason)
        given = (actor, _number(number), why.reason)
        return JSONResponse(plain(await run_in_threadpool(_told, outbox.drive, *given)))

    @router.post("/outbox/{number}/cancel", openapi_extra=body(Reason))
    async def cancel(request: Request, number: str) -> JSONResponse:
        """Let nothing more be done for an order."""
        actor, why = actor_of(request), await body_of(request, Reason)
        given = (actor, _number(number), why.reason)
        return JSONResponse(plain(await run_in_threadpool(_told, outbox.cancel, *given)))

    return router


def _listed(request: Request, outbox: Outbox, why: Text | None = None) -> Response:
    query, actor, language = request.query_params, actor_of(request), language_of(request)
    state = query.get("state", OPEN)
    wanted = _wanted({**query, "state": state})
    before = _number(query["before"]) if query.get("before") else None
    found = outbox.page(actor, wanted, before, SHOWN + 1, language)
    return render(
        request,
        "outbox.html",
        200 if why is None else 409,
        overview=outbox.overview(actor),
        orders=found[:SHOWN],
        older=found[SHOWN - 1].id if len(found) > SHOWN else None,
        state=state,
        responder=wanted.responder or "",
        choices=("", *_CHOICES),
        why=said(why, language) if why else "",
        **_words(language),
    )


def _whole(request: Request, outbox: Outbox, number: int, why: Text | None = None) -> Response:
    language = language_of(request)
    return render(
        request,
        "outbox_order.html",
        200 if why is None else 409,
        order=outbox.one(actor_of(request), number, language),
        why=said(why, language) if why else "",
        **_words(language),
    )


def _words(language: str) -> dict[str, Any]:
    return {
        "actions": ACTIONS,
        "states": STATES,
        "seen": SEEN,
        "say": lambda text: said(text, language),
    }


def _wanted(query: Mapping[str, str]) -> Wanted:
    told, responder = query.get("state", ""), query.get("responder", "")
    if told not in ("", *_CHOICES):
        raise BadQueryError("state")
    is_name = responder.isascii() and responder.replace("_", "").replace(".", "").replace("-", "")
    if responder and (len(responder) > _LONGEST or not (is_name and is_name.isalnum())):
        raise BadQueryError("responder")
    states = _OPEN if told == OPEN else frozenset((State(told),)) if told else frozenset()
    return Wanted(states=states, responder=responder or None)


def _number(told: str) -> int:
    """Which order; 404 for what is no number of any."""
    if not (told.isascii() and told.isdigit() and int(told[:13]) < _MOST_NUMBER):
        raise HTTPException(404)
    return int(told)


def _told(ask: Any, *given: Any) -> Any:
    try:
        return ask(*given)
    except (ProtectionError, TakenError) as error:
        raise Problem(Kind.CONFLICT, f"{error}.") from error
