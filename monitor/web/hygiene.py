"""Access hygiene: a page of tenants and their accounts, and the same for programs."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from monitor.hygiene.facts import Fact
from monitor.hygiene.words import title_of
from monitor.services.hygiene import MOST_DAYS, Hygiene
from monitor.services.review import plain
from monitor.web.acting import actor_of
from monitor.web.description import READ
from monitor.web.filters import TENANT_SCHEMA, BadQueryError, choice, read_tenant
from monitor.web.paging import PARAMETERS, page, window_of, write_place
from monitor.web.rendering import language_of, render

DAYS_SHOWN: Final = 30
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
Days = Annotated[int, Query(ge=1, le=MOST_DAYS, description="how many, up to today")]


def hygiene_pages(hygiene: Hygiene) -> APIRouter:
    """`/hygiene`: every tenant, or one with its parts, its days and its accounts."""
    router = APIRouter(include_in_schema=False)

    @router.get("/hygiene")
    def every(request: Request) -> Response:
        actor, language = actor_of(request), language_of(request)
        query = request.query_params
        tenant, fact = read_tenant(request.query_params), _fact(request)
        window = window_of(query, (str,))
        after = str(window.after[0]) if window.after else ""
        days = hygiene.days(actor, tenant, DAYS_SHOWN, language)
        tenants = hygiene.tenants(actor, "" if tenant or fact else after, 50, language)
        accounts = None
        if tenant is not None or fact is not None:
            accounts = hygiene.accounts(actor, tenant, fact, after or None, 50, language)
        following = tenants.next if accounts is None else accounts.next
        return render(
            request,
            "hygiene.html",
            tenant=tenant,
            fact=fact,
            days=days,
            latest=days[-1] if days else None,
            tenants=tenants,
            accounts=accounts,
            fact_title=title_of(fact, language) if fact else "",
            more=write_place((following,)) if following else "",
            condition=hygiene.condition(actor),
        )

    return router


def hygiene_api(hygiene: Hygiene) -> APIRouter:
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

    return router


def _fact(request: Request) -> Fact | None:
    told = request.query_params.get("fact", "")
    if told and told not in _FACTS:
        raise BadQueryError("fact")
    return _FACTS[told] if told else None
