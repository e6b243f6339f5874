"""Measures for programs and for the console's session: what is asked for, decided, done and undone
about accounts; a change is made on the version that was read."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import APIRouter, Request
from msgspec import Meta, Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from alerts.ladder import Step, step_named
from alerts.measure import LONGEST_REASON, STATES, WHY, Measure, MeasureError, State
from alerts.outbox import reason_of
from alerts.rule import LONGEST_SUSPENSION
from alerts.wording import said
from detectors.core.identity import as_uuid
from monitor.services.blast import CAUTIONS, Preview
from monitor.services.measure_checks import MOST, Wanted
from monitor.services.measure_views import Whole
from monitor.services.measures import Measures
from monitor.services.refusal import StaleError
from monitor.store.measures import Filter, Place
from monitor.store.outbox import OrderRow
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import IF_MATCH, body, body_of, tagged, version_of
from monitor.web.filters import (
    IDENTIFIER,
    TENANT_SCHEMA,
    BadQueryError,
    choice,
    read_count,
    read_identifier,
    read_tenant,
)
from monitor.web.lists import number_of
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of

R = TypeVar("R")
Name = Annotated[str, Meta(min_length=1, max_length=1_024)]
Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]
Article = Literal["3.3", "6", "7", "9"]
StepWord = Literal["notify", "challenge", "revoke", "suspend", "deactivate"]
Accounts = Annotated[list[Name], Meta(min_length=1, max_length=MOST)]
Hours = Annotated[int, Meta(ge=1, le=LONGEST_SUSPENSION)]


class Look(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A step about accounts of one tenant, to see what it would reach."""

    tenant: Name
    accounts: Accounts
    step: StepWord


class Asked(Look, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same, to be done: why (the person concerned reads it), on which article it rests, for how
    many hours a suspension lasts; `seen` is that of the preview."""

    reason: Reason
    aup: Article
    hours: Hours | None = None
    incident: Annotated[str, Meta(pattern=f"^{IDENTIFIER.pattern}$")] | None = None
    ticket: Annotated[int, Meta(ge=1, le=1 << 53)] | None = None
    seen: Annotated[str, Meta(max_length=64)] = ""


class Adopted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule proposes, made one's own."""

    reason: Reason
    aup: Article
    hours: Hours | None = None


class Why(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is done; it is written down."""

    reason: Reason


class Decision(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody who agrees wants to add."""

    decision: Annotated[str, Meta(max_length=LONGEST_REASON)] = ""


class Answer(Struct, frozen=True, forbid_unknown_fields=True):
    """What is answered to whoever contests a measure, and whether they were right."""

    answer: Reason
    upheld: bool


class Nothing(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing more has to be said."""


def _parameter(name: str, text: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": text, "schema": schema}


FILTERS: Final = [
    _parameter("state", "Only in this state.", choice(state.value for state in State)),
    _parameter("step", "Only of this step.", choice(step.word for step in Step)),
    _parameter("tenant", "Only of this tenant, by its uid.", TENANT_SCHEMA),
    _parameter("ticket", "Only of this ticket.", {"type": "string", "pattern": "^[0-9]{1,9}$"}),
    _parameter(
        "incident",
        "Only about this incident.",
        {"type": "string", "pattern": f"^{IDENTIFIER.pattern}$"},
    ),
]


def measure_api(desk: Measures) -> APIRouter:
    """Everything that is done about measures."""
    router = APIRouter(prefix="/api/v1", tags=["measures"], responses=CHANGED)
    _add_looks(router, desk)
    _add_deeds(router, desk)
    return router


def _add_looks(router: APIRouter, desk: Measures) -> None:
    @router.get("/measures", openapi_extra={"parameters": [*FILTERS, *PARAMETERS]})
    def every(request: Request) -> JSONResponse:
        """Measures, changed last first."""
        window = window_of(request.query_params, (int, int))
        after = None if window.after is None else Place(*map(int, window.after))
        found = desk.page(actor_of(request), filter_of(request.query_params), after, window.limit)
        language = language_of(request)
        place = None if found.next is None else (found.next.updated, found.next.id)
        return page([measure_view(one, language) for one in found.items], place)

    @router.get("/measures/{number}")
    def one(request: Request, number: str) -> JSONResponse:
        """One measure with its orders, and what whoever asks may do about it now."""
        found = desk.one(actor_of(request), number_of(number))
        return tagged(whole_view(found, language_of(request)), found.measure.version)

    @router.post("/measures/previews", openapi_extra=body(Look))
    async def look(request: Request) -> JSONResponse:
        """What a step would reach, and what speaks against it."""
        actor, wanted = actor_of(request), await body_of(request, Look)
        step = step_of(wanted.step)
        found = await asked(desk.preview, actor, wanted.tenant, wanted.accounts, step)
        return JSONResponse(preview_view(found, language_of(request)))

    @router.post("/measures", status_code=201, openapi_extra=body(Asked))
    async def ask(request: Request) -> JSONResponse:
        """Ask for a step about accounts; each has a measure of its own."""
        actor, told = actor_of(request), await body_of(request, Asked)
        wanted = Wanted(
            tenant=told.tenant,
            accounts=tuple(told.accounts),
            step=step_of(told.step),
            reason=told.reason,
            aup=told.aup,
            hours=told.hours,
            incident=None if told.incident is None else read_identifier(told.incident),
            ticket=told.ticket,
            seen=told.seen,
        )
        made = await asked(desk.request, actor, wanted)
        language = language_of(request)
        return JSONResponse({"items": [measure_view(one, language) for one in made]}, 201)


def _add_deeds(router: APIRouter, desk: Measures) -> None:
    def deed(name: str, kind: type[Struct], do: Callable[..., Measure], text: str) -> None:
        extra = body(kind) | {"parameters": [IF_MATCH]}

        @router.post(
            f"/measures/{{number}}/{name}",
            openapi_extra=extra,
            description=text,
            name=f"{name}_measure",
        )
        async def act(request: Request, number: str) -> JSONResponse:
            actor, version = actor_of(request), version_of(request)
            told = await body_of(request, kind)
            given = {field: getattr(told, field) for field in told.__struct_fields__}
            which = number_of(number)
            made = await asked(lambda: do(actor, which, **given, version=version))
            return tagged(measure_view(made, language_of(request)), made.version)

    deed("adopt", Adopted, desk.adopt, "Make what a rule proposes one's own.")
    deed("dismiss", Why, desk.dismiss, "Turn down what a rule proposes.")
    deed("withdraw", Why, desk.withdraw, "Take back what one asked for oneself.")
    deed("approve", Decision, desk.approve, "Agree to what another person asked for.")
    deed("refuse", Why, desk.refuse, "Refuse what was asked for.")
    deed("undo", Why, desk.undo, "Take back what is in force, or on its way.")
    deed("answer", Answer, desk.answer, "Answer whoever contests it.")
    deed("again", Nothing, desk.again, "Order anew what is stuck.")


def filter_of(query: Mapping[str, str]) -> Filter:
    """The measures that a query asks for. Raises BadQueryError."""
    incident = query.get("incident", "")
    found = read_identifier(incident) if incident else None
    if incident and found is None:
        raise BadQueryError("incident")
    state, step = query.get("state", ""), query.get("step", "")
    if state and state not in set(State):
        raise BadQueryError("state")
    if step and step_named(step) is None:
        raise BadQueryError("step")
    return Filter(
        tenant=read_tenant(query),
        ticket=read_count(query, "ticket") if "ticket" in query else None,
        incident=found,
        states=frozenset((State(state),)) if state else frozenset(),
        step=step_named(step) if step else None,
    )


def measure_view(one: Measure, language: str) -> dict[str, Any]:
    """A measure as it is told; times are ms since 1970 UTC."""
    return {
        "id": one.id,
        "tenant": one.tenant,
        "account": one.account,
        "step": one.step.word,
        "state": one.state.value,
        "state_text": said(STATES[one.state], language),
        "incident": None if one.incident is None else as_uuid(one.incident),
        "ticket": one.ticket,
        "rule": one.rule or None,
        "policy": one.policy,
        "because": one.because or None,
        "aup": one.aup,
        "reason": one.reason,
        "requested": _act(one.requested_by, one.requested_name, one.requested),
        "approvals": one.approvals,
        "expires": one.expires,
        "decided": _act(one.decided_by, one.decided_name, one.decided),
        "decision": one.decision,
        "until": one.until,
        "ordered": one.ordered,
        "carried": one.carried,
        "confirmed": one.confirmed,
        "unfinished": None if one.unfinished is None else one.unfinished.value,
        "unfinished_text": None if one.unfinished is None else said(WHY[one.unfinished], language),
        "undone": _act(one.undone_by, one.undone_name, one.undo_asked),
        "undo_reason": one.undo_reason,
        "appeal": one.appeal,
        "appealed": one.appealed,
        "answered": one.answered,
        "upheld": one.upheld,
        "created": one.created,
        "ended": one.ended,
        "version": one.version,
    }


def whole_view(found: Whole, language: str) -> dict[str, Any]:
    """A measure with all that belongs to it."""
    return {
        **measure_view(found.measure, language),
        "updated": found.updated,
        "is_restricted": found.is_restricted,
        "is_withdrawn": found.is_withdrawn,
        "can": sorted(found.can),
        "orders": [order_view(row, language) for row in found.orders],
        "others": [measure_view(one, language) for one in found.others],
    }


def order_view(row: OrderRow, language: str) -> dict[str, Any]:
    """One of its orders."""
    seen = None if row.carried is None else row.carried.seen
    return {
        "id": row.id,
        "responder": row.responder,
        "action": row.action.value,
        "state": row.state.value,
        "attempts": row.attempts,
        "reason": said(reason_of(row.reason), language) or None,
        "seen": None if seen is None else seen.value,
        "updated": row.updated,
    }


def preview_view(found: Preview, language: str) -> dict[str, Any]:
    """What a step would reach."""
    return {
        "tenant": found.tenant,
        "step": found.step.word,
        "of": found.of,
        "responders": list(found.responders),
        "approvals": found.approvals,
        "cautions": _cautions(found.cautions, language),
        "forbidden": found.is_forbidden,
        "seen": found.seen,
        "accounts": [
            {
                "account": one.account,
                "name": one.name,
                "kind": one.kind.value,
                "privileged": one.privileged,
                "last_used": one.last_used,
                "standing": [each.id for each in one.standing],
                "cautions": _cautions(one.cautions, language),
            }
            for one in found.accounts
        ],
    }


def step_of(word: str) -> Step:
    """The step of this name. Raises Problem for what is none."""
    found = step_named(word)
    if found is None:
        raise Problem(Kind.BODY_UNFIT, "There is no such step.")
    return found


async def asked(ask: Callable[..., R], *given: Any) -> R:
    """What the desk answers, asked in a thread of its own; what it does not do is told as a
    problem."""

    def told() -> R:
        try:
            return ask(*given)
        except MeasureError as error:
            raise Problem(Kind.CONFLICT, f"{error}.") from error
        except StaleError as error:
            raise Problem(Kind.VERSION_OTHER, f"{error}.") from error

    return await run_in_threadpool(told)


def _act(by: str, name: str, at: int | None) -> dict[str, Any] | None:
    return {"by": by, "name": name, "at": at} if by else None


def _cautions(found: Any, language: str) -> list[dict[str, str]]:
    return [{"name": one.value, "text": said(CAUTIONS[one], language)} for one in found]
