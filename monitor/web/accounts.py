"""Accounts for programs and for the console's session: what is known of one, masked until it is
said why somebody looks, and the notes on it."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from detectors.core.event import SignIn
from monitor.services.account_notes import LONGEST, AccountNotes, NoteError
from monitor.services.account_views import ActivityPage
from monitor.services.accounts import Accounts
from monitor.services.protection import LONGEST as LONGEST_REASON
from monitor.services.protection import ProtectionError
from monitor.services.review import plain
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import body, body_of
from monitor.web.lists import number_of
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of

Handle = Annotated[str, PathParameter(json_schema_extra={"pattern": "^[0-9a-f]{16}$"})]
Number = Annotated[str, PathParameter(json_schema_extra={"pattern": "^[0-9]{1,9}$"})]
_ONE: Final = "/accounts/{handle}"


class Named(Struct, frozen=True, forbid_unknown_fields=True):
    """An account as the logs have it."""

    tenant: Annotated[str, Meta(max_length=1_024, pattern=r"^[^\u0000]*$")]
    account: Annotated[str, Meta(min_length=1, max_length=1_024, pattern=r"^[^\u0000]*$")]


class Look(Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody looks; it is written down with who they are."""

    reason: Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]


class Written(Struct, frozen=True, forbid_unknown_fields=True):
    """A note. Its person is given it with a copy of their data."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST)]


def account_api(accounts: Accounts, notes: AccountNotes) -> APIRouter:
    """Everything of one account, by its handle."""
    router = APIRouter(prefix="/api/v1", tags=["accounts"], responses=CHANGED)
    _add_looks(router, accounts)
    _add_notes(router, notes)
    return router


def _add_looks(router: APIRouter, accounts: Accounts) -> None:
    @router.post("/accounts/find", openapi_extra=body(Named))
    async def find(request: Request) -> JSONResponse:
        """The handle of an account, by which it is asked for: its names belong in no address."""
        actor, named = actor_of(request), await body_of(request, Named)
        found = await run_in_threadpool(accounts.find, actor, named.tenant, named.account)
        return JSONResponse({"handle": found})

    @router.get(_ONE)
    def one(request: Request, handle: Handle) -> JSONResponse:
        """What is known of an account: incidents, findings, tickets, measures, challenges, proofs,
        hygiene and notes, as far as whoever asks may see them. Names are masked until `looks`."""
        return JSONResponse(plain(accounts.page(actor_of(request), handle, language_of(request))))

    @router.get(f"{_ONE}/activity")
    def activity(request: Request, handle: Handle) -> JSONResponse:
        """What the log shows of its use in the last twelve weeks: places, networks, devices,
        addresses, sessions, weeks and hours (since 1970, UTC, with uses and failed attempts)."""
        return JSONResponse(activity_view(accounts.activity(actor_of(request), handle)))

    @router.get(f"{_ONE}/people")
    def people(request: Request, handle: Handle) -> JSONResponse:
        """How many people seem to use it, day by day: machines at work, and what the learned model
        lets count for several people against one (`odds` of a day, in nats)."""
        return JSONResponse(plain(accounts.people(actor_of(request), handle)[1]))

    @router.post(f"{_ONE}/looks", status_code=201, openapi_extra=body(Look))
    async def look(request: Request, handle: Handle) -> JSONResponse:
        """Say why you look: what you read of this account is whole until the time that is answered
        (ms). It is written down, and the person concerned can be told."""
        actor, asked = actor_of(request), await body_of(request, Look)
        try:
            until = await run_in_threadpool(accounts.show, actor, handle, asked.reason)
        except ProtectionError as error:
            raise Problem(Kind.BODY_UNFIT, f"{error}.") from error
        return JSONResponse({"until": until}, 201)


def _add_notes(router: APIRouter, notes: AccountNotes) -> None:
    @router.get(f"{_ONE}/notes", openapi_extra={"parameters": PARAMETERS})
    def every(request: Request, handle: Handle) -> JSONResponse:
        """Notes on an account, the last first."""
        window = window_of(request.query_params, (int,))
        before = None if window.after is None else int(window.after[0])
        found, place = notes.of(actor_of(request), handle, before, window.limit)
        return page(found, None if place is None else (place,))

    @router.post(f"{_ONE}/notes", status_code=201, openapi_extra=body(Written))
    async def write(request: Request, handle: Handle) -> JSONResponse:
        """Keep a note on an account."""
        actor, asked = actor_of(request), await body_of(request, Written)
        try:
            made = await run_in_threadpool(notes.write, actor, handle, asked.text)
        except NoteError as error:
            raise Problem(Kind.BODY_UNFIT, f"{error}.") from error
        return JSONResponse(plain(made), 201)

    @router.delete(f"{_ONE}/notes/{{number}}", status_code=204)
    def remove(request: Request, handle: Handle, number: Number) -> Response:
        """Take a note away: one's own, or anybody's for an administrator."""
        try:
            notes.remove(actor_of(request), handle, number_of(number))
        except NoteError as error:
            raise Problem(Kind.CONFLICT, f"{error}.") from error
        return Response(status_code=204)


def activity_view(found: ActivityPage) -> dict[str, Any]:
    """What the log shows, without ids of events, which are nobody's to know."""
    told: dict[str, Any] = plain(found)
    told["sign_ins"] = [_sign_in(event) for event in found.sign_ins]
    return told


def _sign_in(event: SignIn) -> dict[str, Any]:
    shown = ("time", "outcome", "failure_reason", "session", "ip", "user_agent", "mfa")
    told: dict[str, Any] = {name: plain(getattr(event, name)) for name in shown}
    for name in ("place", "network", "device"):
        value = getattr(event, name)
        fields = () if value is None else value.__struct_fields__
        told[name] = None if value is None else {f: plain(getattr(value, f)) for f in fields}
    return told
