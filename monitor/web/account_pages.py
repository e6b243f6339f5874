"""The page of one account, its pieces that come after it, its notes, and its export."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.incident import Hypothesis
from alerts.ladder import rung
from alerts.measure import STATES as MEASURE_STATES
from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.identity import SubjectKind
from monitor.mfa.challenge import STATES as CHALLENGE_STATES
from monitor.mfa.lost_factor import STATES as RECOVERY_STATES
from monitor.services.account_notes import LONGEST, AccountNotes, NoteError
from monitor.services.account_views import Head
from monitor.services.accounts import Accounts
from monitor.services.actor import Actor
from monitor.services.authority import Operation, permits
from monitor.services.protection import ProtectionError
from monitor.services.review import plain
from monitor.web import account_charts
from monitor.web.accounts import activity_view
from monitor.web.acting import actor_of
from monitor.web.forms import own_form
from monitor.web.rendering import language_of, render

PATH: Final = "/accounts/{handle}"
FORM: Final = 32 << 10
"""Bytes of a form with a note."""
FILE: Final = 'attachment; filename="account.json"'


def account_pages(accounts: Accounts, notes: AccountNotes) -> APIRouter:
    """`/accounts/…`: whoever it is, listed or not."""
    router = APIRouter(include_in_schema=False)
    _add_page(router, accounts, notes)
    _add_pieces(router, accounts)
    return router


def _add_page(router: APIRouter, accounts: Accounts, notes: AccountNotes) -> None:
    def shown(request: Request, handle: str, code: int = 200, **told: Any) -> Response:
        actor, language, masked = actor_of(request), language_of(request), _masked(request)
        page = accounts.page(actor, handle, language, masked=masked)
        values = {"why": "", "noted": "", "looked": "", **told}
        return render(
            request,
            "account.html",
            code,
            page=page,
            head=page.head,
            handle=handle,
            masked=masked,
            risk=account_charts.risk_drawn(page),
            may=may_of(actor, page.head),
            longest=LONGEST,
            is_account=SubjectKind.ACCOUNT,
            **_words(language),
            **values,
        )

    @router.get(PATH)
    def one(request: Request, handle: str) -> Response:
        return shown(request, handle)

    @router.post(f"{PATH}/look")
    async def look(request: Request, handle: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        reason = form.get("reason", "")
        try:
            await run_in_threadpool(accounts.show, actor, handle, reason)
        except ProtectionError as error:
            told = {"why": said(error.text, language_of(request)), "looked": reason[:500]}
            return await run_in_threadpool(shown, request, handle, 422, **told)
        return RedirectResponse(PATH.format(handle=handle), 303)

    @router.post(f"{PATH}/notes")
    async def note(request: Request, handle: str) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        try:
            await run_in_threadpool(_noted, notes, actor, handle, form)
        except NoteError as error:
            text = form.get("text", "")[: LONGEST * 2]
            told = {"why": said(error.text, language_of(request)), "noted": text}
            return await run_in_threadpool(shown, request, handle, 422, **told)
        return RedirectResponse(f"{PATH.format(handle=handle)}#notes", 303)

    @router.get(f"{PATH}/export")
    def export(request: Request, handle: str) -> Response:
        actor, masked = actor_of(request), _masked(request)
        page = accounts.page(actor, handle, language_of(request), masked=masked)
        told: dict[str, Any] = {"account": plain(page)}
        if not page.head.is_restricted:
            told["activity"] = activity_view(accounts.activity(actor, handle, masked=masked))
            told["people"] = plain(accounts.people(actor, handle, masked=masked)[1])
        return JSONResponse(told, headers={"content-disposition": FILE})


def _add_pieces(router: APIRouter, accounts: Accounts) -> None:
    def piece(request: Request, name: str, head: Head, **values: Any) -> Response:
        """A piece by itself for htmx; a page of its own for who has no script."""
        whole = "hx-request" not in request.headers
        return render(
            request,
            "account_alone.html" if whole else name,
            piece=name,
            head=head,
            handle=head.handle,
            masked=_masked(request),
            charts=account_charts,
            **values,
        )

    @router.get(f"{PATH}/activity")
    def activity(request: Request, handle: str) -> Response:
        found = accounts.activity(actor_of(request), handle, masked=_masked(request))
        zone = account_charts.zone_of(found.head.zone)
        return piece(
            request,
            "account_activity.html",
            found.head,
            page=found,
            zone="UTC" if zone is None else zone.key,
            grid=account_charts.grid_of(found.hours, zone),
        )

    @router.get(f"{PATH}/people")
    def people(request: Request, handle: str) -> Response:
        actor = actor_of(request)
        head, weighed = accounts.people(actor, handle, masked=_masked(request))
        return piece(request, "account_people.html", head, weighed=weighed)


def may_of(actor: Actor, head: Head) -> dict[str, bool]:
    """What somebody may do about an account, so that its page offers nothing else."""
    return {
        "look": head.may_look and not head.is_restricted,
        "measure": permits(actor, Operation.MEASURES_REQUEST),
        "challenge": permits(actor, Operation.MFA_CHALLENGE),
        "factors": permits(actor, Operation.MFA_READ),
        "directory": permits(actor, Operation.DIRECTORY_READ),
        "note": permits(actor, Operation.NOTES_WRITE),
        "rights": permits(actor, Operation.PERSON_READ),
    }


def _masked(request: Request) -> bool:
    return "masked" in request.query_params


def _noted(notes: AccountNotes, actor: Actor, handle: str, form: Mapping[str, str]) -> None:
    if form.get("do") == "remove":
        told = form.get("note", "")
        number = int(told) if told.isascii() and told.isdigit() and len(told) < 10 else 0
        notes.remove(actor, handle, number)
    else:
        notes.write(actor, handle, form.get("text", ""))


def _words(language: str) -> dict[str, Any]:
    def of(texts: Mapping[Any, Text]) -> dict[Any, str]:
        return {key: said(text, language) for key, text in texts.items()}

    return {
        "measure_states": of(MEASURE_STATES),
        "challenge_states": of(CHALLENGE_STATES),
        "recovery_states": of(RECOVERY_STATES),
        "step": lambda one: said(rung(one).title, language),
        "explanations": list(Hypothesis),
    }
