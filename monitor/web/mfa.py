"""Subscribers' factors, links and recoveries for programs and for the console's session: names and
times are read, links are given, recoveries go from step to step."""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Request
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from monitor.mfa.enrolment_terms import LONGEST as LONGEST_LINK
from monitor.mfa.enrolment_terms import SHORTEST
from monitor.mfa.lost_factor import LONGEST, RecoveryError, State
from monitor.services.enrolling import EnrolmentError
from monitor.services.recoveries import RecoveryView
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.review import plain
from monitor.services.subscriber_factors import SubscriberFactors
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.directory import PATH as DIRECTORY
from monitor.web.directory import identifier
from monitor.web.editing import IF_MATCH, body, body_of, tagged, version_of
from monitor.web.filters import BadQueryError, choice
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem

R = TypeVar("R")
HANDLE: Final = "^[0-9a-f]{32}$"
Words = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
Minutes = Annotated[int, Meta(ge=SHORTEST, le=LONGEST_LINK)]
Language = Annotated[str, Meta(pattern="^(en|fr)$")]
ACCOUNT: Final = f"{DIRECTORY}/accounts/{{account}}"


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A link to set up a first factor: in which language its pages begin, and for how many minutes
    it can be opened (None: as the settings say)."""

    language: Language = "fr"
    minutes: Minutes | None = None


class Why(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is done; it is written down."""

    reason: Words


class Proof(Struct, frozen=True, forbid_unknown_fields=True):
    """By what somebody proved who they are, as a reviewer saw it."""

    proof: Words


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more has to be said."""


STATE: Final[dict[str, Any]] = {
    "name": "state",
    "in": "query",
    "required": False,
    "description": "Only in this state.",
    "schema": choice(state.value for state in State),
}


def mfa_api(desk: SubscriberFactors) -> APIRouter:
    """All of it."""
    router = APIRouter(prefix="/api/v1", tags=["factors"], responses=CHANGED)
    _add_factors(router, desk)
    _add_recoveries(router, desk)
    _add_steps(router, desk)
    return router


def _add_factors(router: APIRouter, desk: SubscriberFactors) -> None:
    @router.get(f"{ACCOUNT}/factors")
    def held(request: Request, account: str) -> JSONResponse:
        """What somebody proves who they are with: names and times; their links and recoveries, and
        what their tenant's policy asks of them."""
        return JSONResponse(plain(desk.look(actor_of(request), identifier(account))))

    @router.post(f"{ACCOUNT}/enrolment-links", status_code=201, openapi_extra=body(Wanted))
    async def give(request: Request, account: str) -> JSONResponse:
        """Give a link to set up a first factor; `link` is shown this once. Hand it over by a way
        that only they read."""
        actor, wanted = actor_of(request), await body_of(request, Wanted)
        whose = await run_in_threadpool(desk.subscriber, actor, identifier(account))
        made = await asked(desk.enrolments.issue, actor, whose, wanted.language, wanted.minutes)
        return JSONResponse(plain(made), 201)

    @router.delete("/enrolment-links/{handle}", status_code=204)
    def withdraw(request: Request, handle: str) -> Response:
        """Let a link hold no longer."""
        desk.enrolments.withdraw(actor_of(request), handle_of(handle))
        return Response(status_code=204)

    @router.post(f"{ACCOUNT}/factors/{{handle}}/revoke", status_code=204, openapi_extra=body(Why))
    async def revoke(request: Request, account: str, handle: str) -> Response:
        """Take a factor away; whose it is is told."""
        actor, told = actor_of(request), await body_of(request, Why)
        name = handle_of(handle)
        await asked(desk.revoke, actor, identifier(account), name, told.reason)
        return Response(status_code=204)


def _add_recoveries(router: APIRouter, desk: SubscriberFactors) -> None:
    @router.get("/recoveries", openapi_extra={"parameters": [STATE, *PARAMETERS]})
    def every(request: Request) -> JSONResponse:
        """Recoveries of those who lost every factor, the last first."""
        query = request.query_params
        window = window_of(query, (int, int))
        before = None if window.after is None else (int(window.after[0]), int(window.after[1]))
        states = states_of(query.get("state", ""))
        found, place = desk.recoveries.page(actor_of(request), states, before, window.limit)
        return page(found, place)

    @router.post(f"{ACCOUNT}/recoveries", status_code=201, openapi_extra=body(Nothing))
    async def begin(request: Request, account: str) -> JSONResponse:
        """Begin the recovery of somebody who says that they lost every factor; the one that is open
        where there is one."""
        actor = actor_of(request)
        await body_of(request, Nothing)
        whose = await run_in_threadpool(desk.subscriber, actor, identifier(account))
        made = await asked(desk.recoveries.request, actor, whose)
        return tagged(made, made.version, 201)

    @router.get("/recoveries/{handle}")
    def one(request: Request, handle: str) -> JSONResponse:
        """One recovery, and what whoever asks may do about it now."""
        found = desk.recoveries.one(actor_of(request), handle_of(handle))
        return tagged(found, found.version)


def _add_steps(router: APIRouter, desk: SubscriberFactors) -> None:
    def step(name: str, kind: type[Struct], do: Callable[..., RecoveryView], text: str) -> None:
        extra = body(kind) | {"parameters": [IF_MATCH]}

        @router.post(
            f"/recoveries/{{handle}}/{name}",
            openapi_extra=extra,
            description=text,
            name=f"{name}_recovery",
        )
        async def act(request: Request, handle: str) -> JSONResponse:
            actor, version = actor_of(request), version_of(request)
            told = await body_of(request, kind)
            words = [getattr(told, field) for field in kind.__struct_fields__]
            made = await asked(do, actor, handle_of(handle), *words, version)
            return tagged(made, made.version)

    desks = desk.recoveries
    step("proof", Proof, desks.note_proof, "Note by what somebody proved who they are.")
    step("approve", Nothing, desks.approve, "Agree, as a second person; then its wait begins.")
    step("refuse", Why, desks.refuse, "Refuse a recovery that is open.")

    @router.post("/recoveries/{handle}/link", status_code=201, openapi_extra=body(Nothing))
    async def hand_over(request: Request, handle: str) -> JSONResponse:
        """Take the link of a recovery whose wait is over, to hand it on to somebody without mail;
        the one that was sent holds no more."""
        actor = actor_of(request)
        await body_of(request, Nothing)
        made = await asked(desk.recoveries.hand_over, actor, handle_of(handle))
        return JSONResponse(plain(made), 201)


def handle_of(text: str) -> str:
    """A handle in an address. Raises NotThereError for what is none."""
    if len(text) != 32 or not all(one in "0123456789abcdef" for one in text):
        raise NotThereError("there is nothing of this name")
    return text


def states_of(text: str) -> tuple[State, ...]:
    """The states that a query asks for. Raises BadQueryError."""
    if not text:
        return ()
    if text not in {state.value for state in State}:
        raise BadQueryError("state")
    return (State(text),)


async def asked(do: Callable[..., R], *given: Any) -> R:
    """What a service answers, its refusals as problems."""
    try:
        return await run_in_threadpool(do, *given)
    except StaleError as error:
        raise Problem(Kind.VERSION_OTHER, f"{error}.") from error
    except (EnrolmentError, RecoveryError) as error:
        raise Problem(Kind.CONFLICT, f"{error}.") from error
