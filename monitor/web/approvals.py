"""`/approvals`: what waits for a second person, decided where it is read."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.ladder import rung
from alerts.measure import MeasureError
from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.identity import as_uuid
from monitor.mfa.lost_factor import RecoveryError, State
from monitor.services.actor import Actor
from monitor.services.approvals import Approvals, Pending
from monitor.services.blast import CAUTIONS
from monitor.services.measures import Measures
from monitor.services.recoveries import Recoveries
from monitor.services.refusal import NotThereError, StaleError
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.lists import number_of
from monitor.web.measures import measure_view
from monitor.web.rendering import language_of, render
from monitor.web.suppressions import version_in

PATH: Final = "/approvals"
FORM: Final = 16 << 10
"""Bytes of a form that names many requests."""
CHOSEN: Final = "chosen-"
"""What the fields of those that are chosen begin with; a number follows, and their version is the
value."""
_WAITING: Final = (State.PROVED,)
_GONE: Final = Text(
    "there is no such request that you see", "vous ne voyez aucune demande de ce nom"
)
_NOBODY: Final = Text("choose at least one", "choisissez-en au moins une")
_REFUSALS: Final = (MeasureError, RecoveryError, StaleError)


class Desks(Struct, frozen=True):
    """Who answers for what waits, and for what is decided."""

    approvals: Approvals
    measures: Measures
    recoveries: Recoveries


def approval_routes(desks: Desks) -> APIRouter:
    """For people and for programs."""
    router = APIRouter()
    join(router, approval_pages(desks))
    join(router, approval_api(desks.approvals))
    return router


def approval_api(approvals: Approvals) -> APIRouter:
    """What waits, for programs; nobody but a person decides."""
    router = APIRouter(prefix="/api/v1", tags=["measures"], responses=READ)

    @router.get("/approvals")
    def every(request: Request) -> JSONResponse:
        """Measures that a second person has to agree to, those first that lapse first."""
        found, language = approvals.waiting(actor_of(request)), language_of(request)
        items = [pending_view(one, language) for one in found.items]
        return JSONResponse({"items": items, "more": found.more})

    return router


def approval_pages(desks: Desks) -> APIRouter:
    """The page, and what is decided on it."""
    router = APIRouter(include_in_schema=False)

    def shown(request: Request, code: int = 200, why: Text | None = None) -> Response:
        return _page(request, desks, code, why)

    @router.get(PATH)
    def every(request: Request) -> Response:
        return shown(request)

    @router.post(PATH)
    async def decide(request: Request) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        try:
            refused = await run_in_threadpool(_decided, desks, actor, form)
        except _REFUSALS as error:
            return await run_in_threadpool(shown, request, 409, error.text)
        except NotThereError:
            return await run_in_threadpool(shown, request, 404, _GONE)
        if refused is not None:
            return await run_in_threadpool(shown, request, 409, refused)
        return RedirectResponse(PATH, 303)

    return router


def pending_view(one: Pending, language: str) -> dict[str, Any]:
    """A request as it is told to programs."""
    incident = one.incident
    return measure_view(one.measure, language) | {
        "can": sorted(one.can),
        "is_own": one.is_own,
        "responders": list(one.responders),
        "cautions": [
            {"name": caution.value, "text": said(CAUTIONS[caution], language)}
            for caution in one.cautions
        ],
        "category": None if incident is None else incident.category.value,
        "severity": None if incident is None else int(incident.severity),
        "is_withdrawn": one.is_withdrawn,
    }


def _page(request: Request, desks: Desks, code: int, why: Text | None) -> Response:
    actor, language = actor_of(request), language_of(request)
    found = desks.approvals.waiting(actor)
    cases, further = desks.recoveries.page(actor, _WAITING)
    return render(
        request,
        "approvals.html",
        code,
        theirs=[one for one in found.items if not one.is_own],
        own=[one for one in found.items if one.is_own],
        cases=cases,
        more=found.more > 0 or further is not None,
        why=said(why, language) if why else "",
        say=lambda text: said(text, language),
        rung=rung,
        cautions=CAUTIONS,
        as_uuid=as_uuid,
    )


def _decided(desks: Desks, actor: Actor, form: Mapping[str, str]) -> Text | None:
    """Do what the form says; what was not done of several is told."""
    reason, version = form.get("reason", ""), version_in(form)
    match form.get("do"):
        case "refuse-chosen":
            return _refused_together(desks.measures, actor, form)
        case "agree":
            desks.recoveries.approve(actor, form.get("handle", ""), version)
            return None
        case "end":
            desks.recoveries.refuse(actor, form.get("handle", ""), reason, version)
            return None
        case "withdraw":
            do: Callable[..., object] = desks.measures.withdraw
        case "approve":
            do = desks.measures.approve
        case _:
            do = desks.measures.refuse
    do(actor, number_of(form.get("number", "")), reason, version)
    return None


def _refused_together(measures: Measures, actor: Actor, form: Mapping[str, str]) -> Text | None:
    """Refuse those that are chosen, each by itself: nobody is harmed by a request that is refused,
    and none is agreed to without having been read."""
    chosen = [name.removeprefix(CHOSEN) for name in form if name.startswith(CHOSEN)]
    if not chosen:
        return _NOBODY
    left = []
    for name in chosen:
        version = version_in({"version": form[CHOSEN + name]})
        try:
            measures.refuse(actor, number_of(name), form.get("reason", ""), version)
        except (*_REFUSALS, NotThereError) as error:
            left.append(error)
    if not left:
        return None
    why = getattr(left[0], "text", _GONE)
    return Text(
        f"{len(chosen) - len(left)} refused, {len(left)} not: {why.en}",
        f"{len(chosen) - len(left)} refusées, {len(left)} non : {why.fr}",
    )
