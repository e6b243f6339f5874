"""`/me`: a subscriber's own sign-ins, sessions and devices, on a map and in a list; what they end,
and which sign-in they say was not theirs."""

import re
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from detectors.core.event import SignIn
from monitor.gate.known import BusyError, Knower, Known, UnsureError
from monitor.services.own import Own
from monitor.services.own_acts import Heard
from monitor.services.subscriber import Subscriber
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.web.acting import client_at
from monitor.web.filters import read_identifier
from monitor.web.own_door import PROVE, door_page
from monitor.web.rendering import render
from monitor.web.subscriber_paths import OWN
from monitor.web.subscribers import (
    SubscriberCookies,
    subscriber_form,
    subscriber_of,
    visit_of_subscriber,
)

PICTURE: Final = f"{OWN}/picture"
SESSIONS: Final = f"{OWN}/sessions"
SIGN_INS: Final = f"{OWN}/sign-ins"
_HANDLE: Final = re.compile(r"[0-9a-f]{32}")


def own_pages(own: Own, cookies: SubscriberCookies) -> APIRouter:
    """The pages."""
    router = APIRouter(include_in_schema=False)

    @router.get(OWN)
    async def activity(request: Request) -> Response:
        known = await known_at_gate(request)
        return await run_in_threadpool(_answered, request, own, cookies, known)

    @router.get(PICTURE)
    def picture(request: Request) -> Response:
        spots = own.activity.spots(subscriber_of(request).subscriber)
        return JSONResponse({"spots": msgspec.to_builtins(spots, enc_hook=str)})

    _add_sessions(router, own)
    _add_denial(router, own)
    return router


def _add_sessions(router: APIRouter, own: Own) -> None:
    @router.post(f"{SESSIONS}/end")
    async def end(request: Request) -> Response:
        form, visit = await subscriber_form(request), subscriber_of(request)
        found = await run_in_threadpool(own.activity.session, visit, form.get("session", ""))
        is_ended = found is not None and await run_in_threadpool(own.acts.sign_out, visit, found)
        return RedirectResponse(f"{OWN}?ended=1" if is_ended else OWN, HTTPStatus.SEE_OTHER)

    @router.post(f"{SESSIONS}/end-all")
    async def end_all(request: Request) -> Response:
        await subscriber_form(request)
        heard = await run_in_threadpool(own.acts.sign_out_all, subscriber_of(request))
        return RedirectResponse(f"{OWN}?all={heard.value}", HTTPStatus.SEE_OTHER)


def _add_denial(router: APIRouter, own: Own) -> None:
    @router.get(SIGN_INS + "/{handle}")
    def ask(request: Request, handle: str) -> Response:
        visit = visit_of_subscriber(request)
        if visit is None:
            return RedirectResponse(OWN, HTTPStatus.SEE_OTHER)
        event = _sign_in(own, visit, handle)
        return render(
            request,
            "subscriber/own_denial.html",
            visit=visit,
            event=event,
            handle=handle,
            heard=None,
            is_proved=_is_proved(own, visit),
            can_end=own.acts.can_end_all(visit.subscriber),
            prove=f"{PROVE}?next={SIGN_INS}/{handle}",
        )

    @router.post(SIGN_INS + "/{handle}")
    async def deny(request: Request, handle: str) -> Response:
        await subscriber_form(request)
        return await run_in_threadpool(_denied, request, own, handle)


async def known_at_gate(request: Request) -> Known | None:
    """Whose session of the application comes along, for whoever comes through the same proxy; None
    where that is not set up, or nobody can tell now."""
    knower: Knower | None = getattr(request.app.state, "knower", None)
    if knower is None:
        return None
    try:
        return await knower.know(request.scope["headers"])
    except (UnsureError, BusyError):
        return None


def _answered(
    request: Request, own: Own, cookies: SubscriberCookies, known: Known | None
) -> Response:
    """The page of whoever is known. Who is in by the application, and is another one there now, is
    that one here: desks are shared."""
    visit = visit_of_subscriber(request)
    if known is not None and not _is_same(visit, known):
        key = own.by_gate(known, client_at(request), visit)
        if key is not None:
            answer = RedirectResponse(OWN, HTTPStatus.SEE_OTHER)
            cookies.admit(request, answer, key)
            return answer
    return door_page(request, own) if visit is None else _page(request, own, visit)


def _is_same(visit: SubscriberVisit | None, known: Known) -> bool:
    if visit is None:
        return False
    return visit.subscriber == Subscriber(known.tenant, known.account)


def _denied(request: Request, own: Own, handle: str) -> Response:
    visit = subscriber_of(request)
    event = _sign_in(own, visit, handle)
    proved = _is_proved(own, visit)
    heard = own.acts.deny(visit, event, proved=proved)
    code = HTTPStatus.TOO_MANY_REQUESTS if heard is Heard.TOO_MANY else HTTPStatus.OK
    return render(
        request,
        "subscriber/own_denial.html",
        code,
        visit=visit,
        event=event,
        handle=handle,
        heard=heard.value,
        is_proved=proved,
        can_end=own.acts.can_end_all(visit.subscriber),
        prove="",
    )


def _is_proved(own: Own, visit: SubscriberVisit) -> bool:
    """Whether what they say of the account counts as its owner's word: they showed a factor, or
    have none to show."""
    return visit.is_fresh(own.now()) or not own.factors.has_any(visit.subscriber.owner)


def _sign_in(own: Own, visit: SubscriberVisit, handle: str) -> SignIn:
    event = None
    if _HANDLE.fullmatch(handle):
        event = own.activity.sign_in(visit.subscriber, handle)
    if event is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return event


def _page(request: Request, own: Own, visit: SubscriberVisit) -> Response:
    before = read_identifier(request.query_params.get("before", ""))
    tenant = visit.subscriber.tenant
    told: dict[str, Any] = {
        "has_ended": "ended" in request.query_params,
        "all_ended": request.query_params.get("all", ""),
        "can_end_one": own.acts.can_end_one(tenant),
        "can_end_all": own.acts.can_end_all(visit.subscriber),
        "before": before,
    }
    activity = own.activity.of(visit, before)
    return render(request, "subscriber/own.html", visit=visit, activity=activity, **told)
