"""The pages of subscribers' factors and recoveries, as reviewers see them."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from detectors.core.identity import as_uuid
from monitor.directory.account import account_id
from monitor.mfa.lost_factor import LONGEST, STATES, RecoveryError, State
from monitor.services.actor import Actor
from monitor.services.enrolling import EnrolmentError, Issued
from monitor.services.refusal import StaleError
from monitor.services.subscriber_factors import SubscriberFactors
from monitor.web.acting import actor_of
from monitor.web.directory import PATH as DIRECTORY
from monitor.web.directory import account_named
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.mfa import handle_of, mfa_api, states_of
from monitor.web.paging import window_of, write_place
from monitor.web.rendering import language_of, render
from monitor.web.suppressions import version_in

RECOVERIES: Final = "/recoveries"
FACTORS: Final = f"{DIRECTORY}/accounts/{{account}}/factors"
_REFUSALS: Final = (EnrolmentError, RecoveryError, StaleError)


def factor_routes(desk: SubscriberFactors) -> APIRouter:
    """Everything of subscribers' factors for reviewers, as pages and for programs."""
    router = APIRouter()
    join(router, factor_pages(desk))
    join(router, mfa_api(desk))
    return router


def factor_pages(desk: SubscriberFactors) -> APIRouter:
    """What one account has, and `/recoveries`."""
    router = APIRouter(include_in_schema=False)
    _add_factors(router, desk)
    _add_recoveries(router, desk)
    return router


def _add_factors(router: APIRouter, desk: SubscriberFactors) -> None:
    def shown(
        request: Request, account: str, code: int = 200, why: str = "", made: Issued | None = None
    ) -> Response:
        held = desk.look(actor_of(request), account_named(account))
        return render(
            request,
            "account_factors.html",
            code,
            held=held,
            uid=account,
            states=_states(request),
            why=why,
            made=made,
            longest=LONGEST,
        )

    @router.get(FACTORS)
    def look(request: Request, account: str) -> Response:
        return shown(request, account)

    @router.post(FACTORS)
    async def act(request: Request, account: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            made = await run_in_threadpool(_done, desk, actor, account_named(account), form)
        except _REFUSALS as error:
            why = said(error.text, language_of(request))
            return await run_in_threadpool(shown, request, account, 409, why)
        if isinstance(made, Issued):
            # Shown in the answer itself: nothing that could be opened again may have it.
            return await run_in_threadpool(shown, request, account, made=made)
        where = f"{RECOVERIES}/{made}" if made else FACTORS.format(account=account)
        return RedirectResponse(where, 303)


def _add_recoveries(router: APIRouter, desk: SubscriberFactors) -> None:
    def shown(
        request: Request, handle: str, code: int = 200, why: str = "", made: Issued | None = None
    ) -> Response:
        one = desk.recoveries.one(actor_of(request), handle_of(handle))
        return render(
            request,
            "recovery.html",
            code,
            one=one,
            account=as_uuid(account_id(one.tenant, one.account)),
            states=_states(request),
            waits=desk.recoveries.terms.waits,
            why=why,
            made=made,
            longest=LONGEST,
        )

    @router.get(RECOVERIES)
    def every(request: Request) -> Response:
        query = request.query_params
        window, states = window_of(query, (int, int)), states_of(query.get("state", ""))
        before = None if window.after is None else (int(window.after[0]), int(window.after[1]))
        found, place = desk.recoveries.page(actor_of(request), states, before, window.limit)
        return render(
            request,
            "recoveries.html",
            found=found,
            state=query.get("state", ""),
            states=_states(request),
            more=None if place is None else write_place(place),
        )

    @router.get(f"{RECOVERIES}/{{handle}}")
    def one(request: Request, handle: str) -> Response:
        return shown(request, handle)

    @router.post(f"{RECOVERIES}/{{handle}}")
    async def act(request: Request, handle: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            made = await run_in_threadpool(_stepped, desk, actor, handle_of(handle), form)
        except _REFUSALS as error:
            why = said(error.text, language_of(request))
            return await run_in_threadpool(shown, request, handle, 409, why)
        if made is not None:
            return await run_in_threadpool(shown, request, handle, made=made)
        return RedirectResponse(f"{RECOVERIES}/{handle}", 303)


def _states(request: Request) -> dict[State, str]:
    """How far a recovery is, in the reader's language."""
    return {state: said(text, language_of(request)) for state, text in STATES.items()}


def _done(
    desk: SubscriberFactors, actor: Actor, account: bytes, form: Mapping[str, str]
) -> Issued | str | None:
    """Do what the form of an account says: a link that was made, or the name of a recovery."""
    match form.get("do"):
        case "revoke":
            reason = form.get("reason", "")
            desk.revoke(actor, account, handle_of(form.get("handle", "")), reason)
            return None
        case "withdraw":
            desk.enrolments.withdraw(actor, handle_of(form.get("handle", "")))
            return None
        case "recover":
            return desk.recoveries.request(actor, desk.subscriber(actor, account)).handle
    language = "en" if form.get("language") == "en" else "fr"
    return desk.enrolments.issue(actor, desk.subscriber(actor, account), language)


def _stepped(
    desk: SubscriberFactors, actor: Actor, handle: str, form: Mapping[str, str]
) -> Issued | None:
    """Take the step that a form says."""
    version = version_in(form)
    match form.get("do"):
        case "hand_over":
            return desk.recoveries.hand_over(actor, handle)
        case "prove":
            desk.recoveries.note_proof(actor, handle, form.get("proof", ""), version)
        case "approve":
            desk.recoveries.approve(actor, handle, version)
        case _:
            desk.recoveries.refuse(actor, handle, form.get("reason", ""), version)
    return None
