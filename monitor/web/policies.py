"""The policy for programs: read, checked, tried on what stands, adopted on the version read."""

from collections.abc import Callable
from typing import Annotated, Any, Final, TypeVar

from fastapi import APIRouter, Path, Request
from msgspec import Meta, Struct, structs
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from alerts.difference import Difference
from alerts.document import LONGEST, PolicyError, read_text, schema, written
from alerts.outlook import Outlook
from alerts.remarks import Remark
from alerts.trial import Decided, Turn, counts
from detectors.core.identity import as_uuid
from monitor.services.policies import (
    LONGEST_REASON,
    MOST_DAYS,
    Policies,
    Previewed,
    ReasonError,
)
from monitor.services.refusal import StaleError
from monitor.services.rehearsals import BusyError, Rehearsal, Rehearsals
from monitor.store.policies import StoredPolicy
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED, READ
from monitor.web.editing import IF_MATCH, body, body_of, tagged, version_of
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem

MOST: Final = 2 * LONGEST
"""Bytes of a body with a document, as JSON writes it."""
R = TypeVar("R")

Document = Annotated[
    str, Meta(description=f"The policy as TOML, at most {LONGEST >> 10} KiB in UTF-8.")
]
Reason = Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON, description="Why.")]
Number = Annotated[int, Path(ge=0, le=(1 << 53) - 1, description="Of a version; 0: shipped.")]


class Draft(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy that is looked at."""

    document: Document


class Tried(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy that is tried on the incidents of the last days."""

    document: Document
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS)] = 7


class Adoption(Struct, frozen=True, forbid_unknown_fields=True):
    """A policy that is to hold, and why."""

    document: Document
    reason: Reason


class Restoration(Struct, frozen=True, forbid_unknown_fields=True):
    """Why an earlier version is to hold again."""

    reason: Reason


def policy_api(policies: Policies, rehearsals: Rehearsals) -> APIRouter:
    """`/api/v1/policy`: the one that holds, its versions, and what another would change."""
    router = APIRouter(prefix="/api/v1/policy", tags=["policy"], responses=CHANGED)

    @router.get("", responses=READ)
    def current(request: Request) -> JSONResponse:
        """The policy that holds: as it was written, as it is understood, and who adopted it."""
        one = policies.current(actor_of(request))
        return tagged(version_view(one), one.id)

    @router.put("", openapi_extra=body(Adoption) | {"parameters": [IF_MATCH]})
    async def adopt(request: Request) -> JSONResponse:
        """Let a policy hold from now on; by an administrator, never by a key."""
        actor, version = actor_of(request), version_of(request)
        wanted = await body_of(request, Adoption, MOST)
        made = await _asked(policies.adopt, actor, wanted.document, version, wanted.reason)
        return tagged(version_view(made), made.id)

    @router.get("/schema", responses=READ)
    def described(request: Request) -> JSONResponse:
        """What a policy may say, as JSON Schema 2020-12."""
        policies.current(actor_of(request))
        return JSONResponse(schema())

    @router.post("/check", openapi_extra=body(Draft))
    async def check(request: Request) -> JSONResponse:
        """Whether a policy can hold, what it lets be done, what in it comes to nothing, and what
        it changes. Nothing is saved."""
        actor, wanted = actor_of(request), await body_of(request, Draft, MOST)
        found = await _asked(policies.check, actor, wanted.document)
        told = {
            "base": found.base,
            "policy": written(found.policy),
            "remarks": [_remark(one) for one in found.remarks],
            "differences": [difference_view(one) for one in found.differences],
        }
        return JSONResponse(told)

    @router.post("/preview", openapi_extra=body(Tried))
    async def preview(request: Request) -> JSONResponse:
        """What a policy would have done about the incidents of the last days, beside the one that
        holds. Nothing is saved or done."""
        actor, wanted = actor_of(request), await body_of(request, Tried, MOST)
        found = await _asked(policies.preview, actor, wanted.document, wanted.days)
        return JSONResponse(preview_view(found))

    _add_rehearsals(router, rehearsals)
    _add_versions(router, policies)
    return router


def _add_rehearsals(router: APIRouter, rehearsals: Rehearsals) -> None:
    @router.post("/rehearsal", status_code=202, openapi_extra=body(Draft))
    async def begin(request: Request) -> JSONResponse:
        """Try a policy on all that is stored of the last 30 days, beside the console. One at a time
        for each person: it takes the place of what they tried before. Nothing is saved or done."""
        actor, wanted = actor_of(request), await body_of(request, Draft, MOST)
        return JSONResponse(
            rehearsal_view(await _asked(rehearsals.begin, actor, wanted.document)), 202
        )

    @router.get("/rehearsal", responses=READ)
    def own(request: Request) -> JSONResponse:
        """What one tries, how far it is, and what it came to; null where one tries nothing."""
        found = rehearsals.own(actor_of(request))
        return JSONResponse({"rehearsal": None if found is None else rehearsal_view(found)})

    @router.delete("/rehearsal")
    def cancel(request: Request) -> JSONResponse:
        """Let what one tries come to an end."""
        return JSONResponse({"cancelled": rehearsals.cancel(actor_of(request))})


def _add_versions(router: APIRouter, policies: Policies) -> None:
    @router.get("/versions", openapi_extra={"parameters": PARAMETERS}, responses=READ)
    def every(request: Request) -> JSONResponse:
        """Versions, the newest first: when, by whom and why each was adopted."""
        window = window_of(request.query_params, (int,))
        before = None if window.after is None else int(window.after[0])
        found = policies.versions(actor_of(request), before, window.limit)
        shown = [_adopted(one) for one in found.items]
        return page(shown, None if found.next is None else (found.next,))

    @router.get("/versions/{number}", responses=READ)
    def one(request: Request, number: Number) -> JSONResponse:
        """One version."""
        return JSONResponse(version_view(policies.version(actor_of(request), number)))

    @router.get("/versions/{number}/differences", responses=READ)
    def differences(request: Request, number: Number) -> JSONResponse:
        """What the policy that holds says otherwise than this version."""
        actor = actor_of(request)
        held = policies.current(actor).id
        found = told(policies.compare, actor, number, held)
        items = [difference_view(one) for one in found]
        return JSONResponse({"version": held, "differences": items})

    @router.post(
        "/versions/{number}/restore",
        openapi_extra=body(Restoration) | {"parameters": [IF_MATCH]},
    )
    async def restore(request: Request, number: Number) -> JSONResponse:
        """Let an earlier version hold again: it is adopted anew, as the next one."""
        actor, version = actor_of(request), version_of(request)
        wanted = await body_of(request, Restoration)
        made = await _asked(policies.restore, actor, number, version, wanted.reason)
        return tagged(version_view(made), made.id)


def version_view(one: StoredPolicy) -> dict[str, Any]:
    """A version as it is told; `policy` is None where this program cannot read it."""
    try:
        policy: dict[str, Any] | None = written(read_text(one.document))
    except PolicyError:
        policy = None
    return _adopted(one) | {"document": one.document, "policy": policy}


def difference_view(one: Difference) -> dict[str, Any]:
    """A difference as it is told."""
    return {
        "where": one.where,
        "before": one.before,
        "after": one.after,
        "course": one.course.value,
    }


def preview_view(found: Previewed) -> dict[str, Any]:
    """A preview as it is told: counts, and incidents by their ids; it names nobody."""
    return {
        "since": found.since,
        "incidents": len(found.before),
        "is_cut": found.is_cut,
        "before": steps_view(found.before),
        "after": steps_view(found.after),
        "changed": [_turn(one) for one in found.comparison.turns],
    }


def rehearsal_view(one: Rehearsal) -> dict[str, Any]:
    """A rehearsal as it is told: counts, and incidents by their ids; it names nobody."""
    found = one.outlook
    return {
        "digest": one.digest,
        "base": one.base,
        "is_current": one.is_current,
        "state": one.state.value,
        "trouble": None if one.trouble is None else one.trouble.en,
        "begun": one.begun,
        "events": {"done": one.done, "total": one.total},
        "outlook": None if found is None else outlook_view(found),
        "examples": [
            {
                "incident": as_uuid(each.incident),
                "category": each.category.value,
                "before": None if each.before is None else int(each.before),
                "after": None if each.after is None else int(each.after),
                "reached": each.reached,
            }
            for each in one.examples
        ],
    }


def outlook_view(found: Outlook) -> dict[str, Any]:
    """What holds and a draft, in numbers: pairs of what is before and after."""
    pairs = ("findings", "incidents", "called", "accounts")
    return {
        "since": found.since,
        "until": found.until,
        **{name: list(structs.astuple(getattr(found, name))) for name in pairs},
        "categories": {
            one.category.value: {
                "incidents": list(structs.astuple(one.incidents)),
                "called": list(structs.astuple(one.called)),
                "added": one.added,
                "removed": one.removed,
                "changed": one.changed,
                "answered": one.answered,
            }
            for one in found.kinds
        },
        "steps": [
            {
                "step": one.step.word,
                "outcome": one.outcome.value,
                "times": list(structs.astuple(one.times)),
            }
            for one in found.steps
        ],
        "same": found.same,
    }


def steps_view(decided: tuple[Decided, ...]) -> dict[str, dict[str, int]]:
    """How often each step comes to what, by their words."""
    return {
        step.word: {outcome.value: number for outcome, number in of.items()}
        for step, of in counts(decided).items()
    }


def told(ask: Callable[..., R], *given: Any) -> R:
    """What the service answers; what it does not take is told as a problem."""
    try:
        return ask(*given)
    except PolicyError as error:
        raise Problem(Kind.BODY_UNFIT, f"{error}.", where=error.where, why=error.why.en) from error
    except ReasonError as error:
        raise Problem(Kind.BODY_UNFIT, f"{error}.", where="reason") from error
    except StaleError as error:
        raise Problem(Kind.VERSION_OTHER, f"{error}.") from error
    except BusyError as error:
        raise Problem(Kind.CONFLICT, f"{error}.") from error


async def _asked(ask: Callable[..., R], *given: Any) -> R:
    return await run_in_threadpool(told, ask, *given)


def _adopted(one: StoredPolicy) -> dict[str, Any]:
    return {
        "version": one.id,
        "digest": one.digest.hex(),
        "actor": one.actor,
        "actor_name": one.actor_name,
        "reason": one.reason,
        "adopted": one.created,
    }


def _remark(one: Remark) -> dict[str, Any]:
    text = {"en": one.text.en, "fr": one.text.fr}
    return {"where": one.where, "weight": one.weight.name.lower(), "text": text}


def _turn(one: Turn) -> dict[str, Any]:
    responses = {
        name: [
            {"step": r.step.word, "outcome": r.outcome.value, "because": r.because, "rule": r.rule}
            for r in some
        ]
        for name, some in (("added", one.added), ("removed", one.removed))
    }
    return {"incident": as_uuid(one.incident.id), **responses}
