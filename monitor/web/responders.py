"""The page of the responders, and the same for programs."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Engine as Database
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.outbox import State
from alerts.responders.roster import Roster
from alerts.wording import said
from monitor.services.authority import Operation, permits
from monitor.services.order_views import ACTIONS
from monitor.services.outbox import Outbox
from monitor.services.protection import ProtectionError
from monitor.services.refusal import TakenError
from monitor.services.responders import Responders
from monitor.services.review import plain
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.language import sentence
from monitor.web.rendering import language_of, render

PATH = "/responders"


def responder_routes(database: Database, roster: Roster, now: Callable[[], int]) -> APIRouter:
    """Page and API over a database; `now` gives ms since 1970 UTC."""
    responders, router = Responders(database, roster, now), APIRouter()
    join(router, _pages(responders, Outbox(database, now)))
    join(router, _api(responders))
    return router


def _pages(responders: Responders, outbox: Outbox) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    def shown(request: Request, code: int = 200, why: str = "", name: str = "") -> Response:
        actor, language = actor_of(request), language_of(request)
        return render(
            request,
            "responders.html",
            code,
            responders=responders.all(actor, language),
            actions=ACTIONS,
            say=lambda text: said(text, language),
            may=permits(actor, Operation.OUTBOX_DRIVE),
            why=why,
            refused=name,
        )

    @router.get(PATH)
    def every(request: Request) -> Response:
        return shown(request)

    @router.post(PATH)
    async def drive(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        name, reason = form.get("responder", ""), form.get("reason", "")
        state = State.PARKED if form.get("state") == State.PARKED else State.DEAD
        try:
            await run_in_threadpool(outbox.drive_all, actor, state, reason, name)
        except (ProtectionError, TakenError) as error:
            why = sentence(said(error.text, language_of(request)))
            return await run_in_threadpool(shown, request, 409, why, name)
        return RedirectResponse(PATH, 303)

    return router


def _api(responders: Responders) -> APIRouter:
    router = APIRouter(prefix="/api/v1", tags=["outbox"], responses=READ)

    @router.get("/responders")
    def every(request: Request) -> JSONResponse:
        """Each responder: what it can do, whether it answers, and how many orders are in which
        state; those that need somebody first. Times are ms since 1970 UTC."""
        found: Any = responders.all(actor_of(request), language_of(request))
        return JSONResponse(plain(found))

    return router
