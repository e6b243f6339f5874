"""The way in and out of a subscriber's own pages: handed over by the application, through the gate,
by a passkey; and showing a factor for what is not done without one."""

import json
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.wording import said
from monitor.mfa.passkeys import MOST as LONGEST_PASSKEY
from monitor.mfa.passwords import BusyError
from monitor.services.factors import FactorError, Offer, Shown
from monitor.services.hand_offs import is_asked_by
from monitor.services.own import Own
from monitor.services.own_proofs import Trouble
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.web.acting import client_at
from monitor.web.forms import form_of
from monitor.web.passkeys import usable
from monitor.web.rendering import language_of, render
from monitor.web.subscriber_language import back_to
from monitor.web.subscriber_paths import OWN
from monitor.web.subscribers import (
    SubscriberCookies,
    subscriber_form,
    subscriber_of,
    visit_of_subscriber,
)

ENTER: Final = f"{OWN}/enter"
BEGIN: Final = f"{OWN}/begin"
PASSKEY: Final = f"{OWN}/passkey"
PROVE: Final = f"{OWN}/prove"
LEAVE: Final = f"{OWN}/leave"
LONGEST: Final = 3 * LONGEST_PASSKEY
"""Bytes of a form that brings a credential, percent-encoded."""
HAND_OFF: Final = "hand_off"
"""The parameter that an application puts its token in."""
_FORBIDDEN: Final = HTTPStatus.FORBIDDEN


def own_door(own: Own, cookies: SubscriberCookies) -> APIRouter:
    """The pages."""
    router = APIRouter(include_in_schema=False)
    _add_entering(router, own, cookies)
    _add_passkeys(router, own, cookies)
    _add_proving(router, own, cookies)

    @router.post(LEAVE)
    async def leave(request: Request) -> Response:
        await subscriber_form(request)
        await run_in_threadpool(own.sessions.end, subscriber_of(request).key)
        request.scope["state"]["subscriber"] = None
        answer = door_page(request, own, left=True)
        cookies.dismiss(request, answer)
        return answer

    return router


def _add_entering(router: APIRouter, own: Own, cookies: SubscriberCookies) -> None:
    @router.get(BEGIN)
    def begin(request: Request) -> Response:
        """Ask the application who is signed in there."""
        if not own.hand_offs.is_asked:
            return RedirectResponse(OWN, HTTPStatus.SEE_OTHER)
        address, state = own.hand_offs.ask()
        answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
        cookies.note_asked(request, answer, state)
        return answer

    @router.get(ENTER)
    def handed_over(request: Request) -> Response:
        """What this browser asked for lets it in at once. What it did not ask for might be another
        person's, sent to be mistaken for one's own: it is named, and taken by a button."""
        token = request.query_params.get(HAND_OFF, "")
        found = own.hand_offs.read(token)
        if found is None:
            return door_page(request, own, _FORBIDDEN, late=True)
        if is_asked_by(found, cookies.asked(request)):
            return _enter(request, own, cookies, token)
        return render(request, "subscriber/own_enter.html", found=found, hand_off=token)

    @router.post(ENTER)
    async def enter(request: Request) -> Response:
        form = await form_of(request, 2 * LONGEST_PASSKEY)
        return await run_in_threadpool(_enter, request, own, cookies, form.get(HAND_OFF, ""))


def _add_passkeys(router: APIRouter, own: Own, cookies: SubscriberCookies) -> None:
    @router.post(f"{PASSKEY}/offer")
    def offer(request: Request) -> Response:
        return offered(request, lambda: own.factors.ask_passkey(None))

    @router.post(PASSKEY)
    async def come_in(request: Request) -> Response:
        shown = shown_by(await form_of(request, LONGEST))
        key = await run_in_threadpool(own.proofs.come_in, shown, client_at(request))
        if key is None:
            return door_page(request, own, _FORBIDDEN, failed=True)
        return await run_in_threadpool(_admitted, request, own, cookies, key, OWN)


def _add_proving(router: APIRouter, own: Own, cookies: SubscriberCookies) -> None:
    @router.get(PROVE)
    def ask(request: Request) -> Response:
        then = back_to(request.query_params.get("next", ""))
        visit = visit_of_subscriber(request)
        if visit is None:
            return RedirectResponse(OWN, HTTPStatus.SEE_OTHER)
        return prove_page(request, own, visit, then)

    @router.post(f"{PROVE}/offer")
    async def offer(request: Request) -> Response:
        await subscriber_form(request)
        owner = subscriber_of(request).subscriber.owner
        return await run_in_threadpool(offered, request, lambda: own.factors.ask_passkey(owner))

    @router.post(PROVE)
    async def prove(request: Request) -> Response:
        form, visit = await subscriber_form(request, LONGEST), subscriber_of(request)
        then = back_to(request.query_params.get("next", ""))
        try:
            key = await run_in_threadpool(own.proofs.step_up, visit, shown_by(form))
        except BusyError:
            code = HTTPStatus.SERVICE_UNAVAILABLE
            return await run_in_threadpool(prove_page, request, own, visit, then, code, busy=True)
        if isinstance(key, Trouble):
            told = {key.value: True}
            return await run_in_threadpool(
                prove_page, request, own, visit, then, _FORBIDDEN, **told
            )
        answer = RedirectResponse(then, HTTPStatus.SEE_OTHER)
        cookies.admit(request, answer, key)
        return answer


def offered(request: Request, ask: Any) -> Response:
    """What a page asks an authenticator with, as JSON; where it cannot, why."""
    try:
        made: Offer = ask()
    except FactorError as error:
        return JSONResponse({"detail": said(error.text, language_of(request))}, HTTPStatus.CONFLICT)
    return JSONResponse({"options": json.loads(made.options), "state": made.state})


def shown_by(form: dict[str, str]) -> Shown:
    """What somebody shows by a form."""
    return Shown(
        code=form.get("code", "").strip(),
        passkey=form.get("passkey", ""),
        state=form.get("state", ""),
    )


def door_page(request: Request, own: Own, code: int = HTTPStatus.OK, **told: bool) -> Response:
    """Where whoever is not known finds how to come in; `told` is what happened before."""
    values: dict[str, Any] = {"left": False, "late": False, "failed": False} | told
    return render(
        request,
        "subscriber/own_door.html",
        code,
        is_asked=own.hand_offs.is_asked,
        has_passkeys=usable(request, own.factors.relying_party),
        **values,
    )


def prove_page(
    request: Request,
    own: Own,
    visit: SubscriberVisit,
    then: str,
    code: int = HTTPStatus.OK,
    **told: bool,
) -> Response:
    """Where somebody shows a factor; who has none is led to where one is set up."""
    if not own.factors.has_any(visit.subscriber.owner):
        return RedirectResponse(f"{OWN}/factors", HTTPStatus.SEE_OTHER)
    values: dict[str, Any] = {"wrong": False, "too_many": False, "busy": False} | told
    has_passkeys = own.factors.relying_party is not None
    return render(
        request, "subscriber/own_prove.html", code, then=then, has_passkeys=has_passkeys, **values
    )


def _enter(request: Request, own: Own, cookies: SubscriberCookies, token: str) -> Response:
    key = own.hand_offs.take(token, client_at(request))
    if key is None:
        return door_page(request, own, _FORBIDDEN, late=True)
    return _admitted(request, own, cookies, key, OWN)


def _admitted(
    request: Request, own: Own, cookies: SubscriberCookies, key: str, to: str
) -> Response:
    """In, in a session of a new key; the one that the browser had before ends."""
    before = visit_of_subscriber(request)
    if before is not None:
        own.sessions.end(before.key)
    answer = RedirectResponse(to, HTTPStatus.SEE_OTHER)
    cookies.admit(request, answer, key)
    cookies.forget_asked(request, answer)
    return answer
