"""Suppressions: the page that shows what each holds back, and the same for programs."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.incident import Category
from alerts.suppression import LONGEST, SuppressionError
from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.directory.account import midnight
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.values import day_of
from monitor.services.actor import Actor
from monitor.services.authority import Operation, permits
from monitor.services.foresight import Foresight
from monitor.services.refusal import NotThereError, StaleError
from monitor.services.review import plain
from monitor.services.suppressions import Suppressions, Wish
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import IF_MATCH, body, body_of, tagged, version_given, version_of
from monitor.web.filters import BadQueryError, choice
from monitor.web.forms import own_form
from monitor.web.paging import PARAMETERS, page, window_of, write_place
from monitor.web.rendering import language_of, render
from monitor.web.tickets import asked, number_of

PATH: Final = "/suppressions"
_ELSEWHERE: Final = Text(
    "there is no such tenant that you see", "vous ne voyez aucun client de ce nom"
)
_SEVERITIES: Final = {one.name.lower(): one for one in Severity}
_EXTENDED: Final = (7, 30)
"""Days that one is extended by at once."""
_OVER: Final = {
    "name": "over",
    "in": "query",
    "required": False,
    "description": "Those that are over, in place of those that hold.",
    "schema": choice(("yes",)),
}


class Wanted(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be held back: of a tenant, what is concluded (`category`), of an `account` or an
    `address`, up to a severity (1 informational to 5 critical); why, and until when (ms). `owner`
    is who answers for it, whoever asks where it is empty."""

    tenant: str
    reason: str
    until: int
    category: Category | None = None
    account: str = ""
    address: str = ""
    up_to: Severity = Severity.HIGH
    owner: str = ""


class Fields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be different; what is null stays. `until` in ms."""

    until: int | None = None
    reason: str | None = None
    owner: str | None = None


class End(Struct, frozen=True, forbid_unknown_fields=True):
    """Whether the open tickets that it held back call people now."""

    calls: bool = True


def suppression_api(rules: Suppressions) -> APIRouter:
    """`/api/v1/suppressions`."""
    router = APIRouter(prefix="/api/v1/suppressions", tags=["tickets"], responses=CHANGED)

    @router.get("", openapi_extra={"parameters": [*PARAMETERS, _OVER]})
    def every(request: Request) -> JSONResponse:
        """What is held back now, the last first, with how often it was met."""
        window = window_of(request.query_params, (int,))
        before = None if window.after is None else int(window.after[0])
        over = _is_over(request.query_params)
        found, following = rules.page(
            actor_of(request), over=over, before=before, limit=window.limit
        )
        return page(found, None if following is None else (following,))

    @router.post("", status_code=201, openapi_extra=body(Wanted))
    async def add(request: Request) -> JSONResponse:
        """Hold back what people know of, until an end; each match is counted."""
        actor, wanted = actor_of(request), await body_of(request, Wanted)
        wish = Wish(**{name: getattr(wanted, name) for name in wanted.__struct_fields__})
        made = await asked(rules.add, actor, wish)
        return tagged(made, made.version, 201)

    @router.get("/{number}")
    def one(request: Request, number: str) -> JSONResponse:
        """One of them, and the last incidents that it met."""
        found, matches = rules.one(actor_of(request), number_of(number))
        return tagged(plain(found) | {"incidents": plain(matches)}, found.version)

    @router.patch("/{number}", openapi_extra=body(Fields) | {"parameters": [IF_MATCH]})
    async def change(request: Request, number: str) -> JSONResponse:
        """Give one another end, reason or owner."""
        actor, version = actor_of(request), version_of(request)
        wanted, which = await body_of(request, Fields), number_of(number)

        def put() -> Any:
            return rules.change(
                actor,
                which,
                until=wanted.until,
                reason=wanted.reason,
                owner=wanted.owner,
                version=version,
            )

        made = await asked(put)
        return tagged(made, made.version)

    @router.post("/{number}/end", openapi_extra=body(End))
    async def end(request: Request, number: str) -> JSONResponse:
        """End one now; what it held back calls people from now on, unless it is said otherwise."""
        actor, version = actor_of(request), version_given(request)
        wanted, which = await body_of(request, End), number_of(number)

        def put() -> Any:
            return rules.end(actor, which, version=version, calls=wanted.calls)

        made = await asked(put)
        return tagged(made, made.version)

    return router


def suppression_pages(
    rules: Suppressions, foresight: Foresight, now: Callable[[], int]
) -> APIRouter:
    """`/suppressions`: what is held back, by whom and why, and what it met."""
    router = APIRouter(include_in_schema=False)

    def listed(request: Request, code: int = 200, **told: Any) -> Response:
        actor, query = actor_of(request), request.query_params
        window, over = window_of(query, (int,)), _is_over(query)
        before = None if window.after is None else int(window.after[0])
        found, following = rules.page(actor, over=over, before=before, limit=window.limit)
        values = {"why": "", "form": {}, "foreseen": None, **told}
        return render(
            request,
            "suppressions.html",
            code,
            found=found,
            over=over,
            more=None if following is None else write_place((following,)),
            categories=list(Category),
            may=permits(actor, Operation.SUPPRESSIONS_WRITE),
            until=_in_a_month(now()),
            now=now(),
            as_uuid=as_uuid,
            query=query,
            **values,
        )

    def shown(request: Request, number: str, code: int = 200, why: str = "") -> Response:
        actor = actor_of(request)
        one, matches = rules.one(actor, number_of(number))
        return render(
            request,
            "suppression.html",
            code,
            one=one,
            matches=matches,
            until=_day_before(one.until),
            now=now(),
            later={days: _later(one.until, days, now()) for days in _EXTENDED},
            may=permits(actor, Operation.SUPPRESSIONS_WRITE),
            why=why,
        )

    @router.get(PATH)
    def every(request: Request) -> Response:
        return listed(request)

    @router.post(PATH)
    async def add(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            if form.get("do") == "look":
                seen = await run_in_threadpool(foresight.look, actor, _wish(form))
                return await run_in_threadpool(listed, request, foreseen=seen, form=form)
            made = await run_in_threadpool(rules.add, actor, _wish(form))
        except (SuppressionError, DirectoryError) as error:
            why = why_of(error, request)
            return await run_in_threadpool(listed, request, 409, why=why, form=form)
        except NotThereError:
            why = said(_ELSEWHERE, language_of(request))
            return await run_in_threadpool(listed, request, 404, why=why, form=form)
        return RedirectResponse(f"{PATH}/{made.number}", 303)

    @router.get(f"{PATH}/{{number}}")
    def one(request: Request, number: str) -> Response:
        return shown(request, number)

    @router.post(f"{PATH}/{{number}}")
    async def act(request: Request, number: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            await run_in_threadpool(_done, rules, actor, number_of(number), form)
        except (SuppressionError, DirectoryError, StaleError) as error:
            why = why_of(error, request)
            return await run_in_threadpool(shown, request, number, 409, why)
        return RedirectResponse(f"{PATH}/{number}", 303)

    return router


def why_of(error: SuppressionError | DirectoryError | StaleError, request: Request) -> str:
    """Why something was not done, in the reader's language."""
    text = error.why if isinstance(error, DirectoryError) else error.text
    return said(text, language_of(request))


def _done(rules: Suppressions, actor: Actor, number: int, form: Mapping[str, str]) -> None:
    version = version_in(form)
    if form.get("do") == "end":
        rules.end(actor, number, version=version, calls="calls" in form)
        return
    rules.change(
        actor,
        number,
        until=_until(form),
        reason=form.get("reason"),
        owner=form.get("owner"),
        version=version,
    )


def version_in(form: Mapping[str, str]) -> int:
    """The version that a form was filled in on; 0, which nothing is of, where it says none."""
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else 0


def _wish(form: Mapping[str, str]) -> Wish:
    category = form.get("category", "")
    known = {one.value: one for one in Category}
    return Wish(
        tenant=form.get("tenant", "").strip(),
        reason=form.get("reason", "").strip(),
        until=_until(form),
        category=known.get(category),
        account=form.get("account", ""),
        address=form.get("address", ""),
        up_to=_SEVERITIES.get(form.get("up_to", ""), Severity.HIGH),
        owner=form.get("owner", ""),
    )


def _until(form: Mapping[str, str]) -> int:
    """The end of the last day that a form says. Raises DirectoryError."""
    return midnight(day_of("until", form.get("until", ""))) + DAY


def _is_over(query: Mapping[str, str]) -> bool:
    if query.get("over", "") not in ("", "yes"):
        raise BadQueryError("over")
    return query.get("over") == "yes"


def _day_before(until: int) -> str:
    """The last whole day that ends by a time (ms)."""
    return (date(1970, 1, 1) + timedelta(days=(until - 1) // DAY)).isoformat()


def _later(until: int, days: int, now: int) -> str:
    """The last day that one holds when it is extended by so many, within what is allowed."""
    return _day_before(min(max(until, now) + days * DAY, (now + LONGEST) // DAY * DAY))


def _in_a_month(now: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=now // DAY + 30)).isoformat()
