"""Access hygiene: a page of tenants and their accounts, as tables, and the report by mail."""

from collections.abc import Callable
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from sqlalchemy import Engine as Database
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse

from alerts.responders.roster import Roster
from alerts.wording import said
from detectors.core.identity import as_uuid
from monitor.hygiene.facts import Fact
from monitor.hygiene.words import advice_of, title_of
from monitor.services.authority import Operation, permits
from monitor.services.hygiene import MOST_DAYS, Hygiene
from monitor.services.hygiene_exports import HygieneExports, Wish
from monitor.services.hygiene_reports import HygieneReports
from monitor.services.refusal import TakenError
from monitor.services.review import plain
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.filters import TENANT_SCHEMA, BadQueryError, choice, read_tenant
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.language import sentence
from monitor.web.lists import CSV
from monitor.web.paging import PARAMETERS, page, window_of, write_place
from monitor.web.rendering import language_of, render

DAYS_SHOWN: Final = 30
ACCOUNTS: Final = "accounts"
DAYS: Final = "days"
_TABLES: Final = (ACCOUNTS, DAYS)
_FACTS: Final = {fact.value: fact for fact in Fact}
_FILTERS: Final[list[dict[str, Any]]] = [
    {
        "name": "tenant",
        "in": "query",
        "required": False,
        "description": "Only of this tenant.",
        "schema": TENANT_SCHEMA,
    },
    {
        "name": "fact",
        "in": "query",
        "required": False,
        "description": "Only accounts of which this is said.",
        "schema": choice(_FACTS),
    },
]
_WHAT: Final[dict[str, Any]] = {
    "name": "what",
    "in": "query",
    "required": False,
    "description": "Which table; accounts where it is not said.",
    "schema": choice(_TABLES),
}
Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="how many, up to today")]


def hygiene_routes(
    database: Database, roster: Roster, address: str, now: Callable[[], int]
) -> APIRouter:
    """Pages and API over a database; `address` is where browsers find the console, `now` gives ms
    since 1970 UTC."""
    hygiene, router = Hygiene(database, now), APIRouter()
    exports = HygieneExports(hygiene)
    join(router, hygiene_pages(hygiene, exports))
    join(router, report_pages(HygieneReports(database, roster, address, now)))
    join(router, hygiene_api(hygiene, exports))
    return router


def hygiene_pages(hygiene: Hygiene, exports: HygieneExports) -> APIRouter:
    """`/hygiene`: every tenant, or one with its parts, its days and its accounts; and as tables."""
    router = APIRouter(include_in_schema=False)

    @router.get("/hygiene")
    def every(request: Request) -> Response:
        return _shown(request, hygiene)

    @router.get("/hygiene/export")
    def export(request: Request) -> Response:
        return _exported(request, exports, ";" if language_of(request) == "fr" else ",")

    return router


def _shown(request: Request, hygiene: Hygiene) -> Response:
    actor, language = actor_of(request), language_of(request)
    tenant, fact = read_tenant(request.query_params), _fact(request)
    window = window_of(request.query_params, (str,))
    after = str(window.after[0]) if window.after else ""
    days = hygiene.days(actor, tenant, DAYS_SHOWN, language)
    tenants = hygiene.tenants(actor, "" if tenant or fact else after, 50, language)
    accounts = None
    if tenant is not None or fact is not None:
        accounts = hygiene.accounts(actor, tenant, fact, after or None, 50, language)
    following = tenants.next if accounts is None else accounts.next
    asked = {"tenant": tenant or "", "fact": fact.value if fact else ""}
    return render(
        request,
        "hygiene.html",
        tenant=tenant,
        fact=fact,
        days=days,
        trend=[{"day": one.day.isoformat(), "score": one.score} for one in days],
        latest=days[-1] if days else None,
        tenants=tenants,
        accounts=accounts,
        fact_title=title_of(fact, language) if fact else "",
        fact_advice=advice_of(fact, language) if fact else "",
        more=write_place((following,)) if following else "",
        condition=hygiene.condition(actor),
        asked={name: value for name, value in asked.items() if value},
        may_open=permits(actor, Operation.DIRECTORY_READ),
        address=lambda identifier: as_uuid(bytes.fromhex(identifier)),
    )


def _exported(request: Request, exports: HygieneExports, delimiter: str) -> Response:
    actor, tenant = actor_of(request), read_tenant(request.query_params)
    what = request.query_params.get("what") or ACCOUNTS
    if what not in _TABLES:
        raise BadQueryError("what")
    wish = Wish(
        tenant=tenant, fact=_fact(request), language=language_of(request), delimiter=delimiter
    )
    is_days = what == DAYS
    pieces = exports.days(actor, wish, MOST_DAYS) if is_days else exports.accounts(actor, wish)
    headers = {
        "content-disposition": f'attachment; filename="vigie-hygiene-{what}.csv"',
        "cache-control": "no-store",
    }
    return StreamingResponse(pieces, media_type=f"{CSV}; charset=utf-8", headers=headers)


def report_pages(reports: HygieneReports) -> APIRouter:
    """`/hygiene/report`: what a tenant's contacts are written, and what is done about it."""
    router = APIRouter(include_in_schema=False)

    def shown(request: Request, tenant: str | None, code: int = 200, **told: Any) -> Response:
        actor = actor_of(request)
        values = {"why": "", "sent": 0, **told}
        return render(
            request,
            "hygiene_report.html",
            code,
            view=reports.preview(actor, tenant, language_of(request)),
            may=permits(actor, Operation.HYGIENE_REPORT),
            **values,
        )

    @router.get("/hygiene/report")
    def look(request: Request) -> Response:
        return shown(request, read_tenant(request.query_params))

    @router.post("/hygiene/report")
    async def act(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        tenant, do = form.get("tenant", ""), form.get("do", "")
        if do == "send":
            try:
                sent = await run_in_threadpool(reports.send_now, actor, tenant)
            except TakenError as error:
                why = sentence(said(error.text, language_of(request)))
                return await run_in_threadpool(shown, request, tenant, 409, why=why)
            return await run_in_threadpool(shown, request, tenant, sent=sent)
        await run_in_threadpool(reports.stop if do == "stop" else reports.go_on, actor, tenant)
        return RedirectResponse(f"/hygiene/report?{urlencode({'tenant': tenant})}", 303)

    return router


def hygiene_api(hygiene: Hygiene, exports: HygieneExports) -> APIRouter:
    """What the page shows, as JSON; times are ms since 1970 UTC."""
    router = APIRouter(prefix="/api/v1", tags=["hygiene"], responses=READ)

    @router.get("/hygiene", openapi_extra={"parameters": PARAMETERS})
    def tenants(request: Request) -> JSONResponse:
        """The last day of each tenant: how many accounts, what is said of how many, the score."""
        window = window_of(request.query_params, (str,))
        after = str(window.after[0]) if window.after else ""
        actor, language = actor_of(request), language_of(request)
        found = hygiene.tenants(actor, after, window.limit, language)
        return page(found.items, (found.next,) if found.next else None)

    @router.get("/hygiene/days", openapi_extra={"parameters": _FILTERS[:1]})
    def days(request: Request, days: Days = DAYS_SHOWN) -> JSONResponse:
        """The last days of a tenant, or of all as one, the oldest first."""
        actor, language = actor_of(request), language_of(request)
        found: Any = hygiene.days(actor, read_tenant(request.query_params), days, language)
        return JSONResponse(plain(found))

    @router.get("/hygiene/accounts", openapi_extra={"parameters": [*_FILTERS, *PARAMETERS]})
    def accounts(request: Request) -> JSONResponse:
        """Accounts of which anything is said, by tenant and uid; each fact in a sentence."""
        window = window_of(request.query_params, (str,))
        after = str(window.after[0]) if window.after else None
        actor, language = actor_of(request), language_of(request)
        found = hygiene.accounts(
            actor, read_tenant(request.query_params), _fact(request), after, window.limit, language
        )
        return page(found.items, (found.next,) if found.next else None)

    @router.get(
        "/hygiene/export",
        response_class=StreamingResponse,
        responses={200: {"description": "The table.", "content": {CSV: {"schema": {}}}}},
        openapi_extra={"parameters": [_WHAT, *_FILTERS]},
    )
    def export(request: Request) -> Response:
        """Accounts with what is said of them, or days with their parts, as CSV in UTF-8; cells that
        spreadsheets would take for formulas begin with an apostrophe."""
        return _exported(request, exports, ",")

    return router


def _fact(request: Request) -> Fact | None:
    told = request.query_params.get("fact", "")
    if told and told not in _FACTS:
        raise BadQueryError("fact")
    return _FACTS[told] if told else None
