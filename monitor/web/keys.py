"""API keys: the page where they are made and ended, and the same for programs."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.wording import said
from detectors.core.detector import Text
from detectors.core.event import DAY
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.api_keys import ApiKeyError, ApiKeys, State, state_of
from monitor.services.authority import Operation, named
from monitor.store.api_keys import ApiKeyRow
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import body, body_of
from monitor.web.forms import own_form
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem
from monitor.web.rendering import language_of, render
from monitor.web.scopes import grouped

SCOPES: Final = tuple(operation.scope for operation in Operation if operation.for_keys)
LIFETIMES: Final = (30, 90, 365)
"""Days, of which the page offers to choose."""
GRACE: Final = DAY
"""How long a key that was replaced still holds, in ms, unless something else is said."""


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """A key that is to be made; `days` is how long it holds, None for ever."""

    name: str
    scopes: frozenset[str]
    tenant: str | None = None
    source: str | None = None
    days: int | None = None


class Rotation(Struct, frozen=True, forbid_unknown_fields=True):
    """How long (s) the former key still holds."""

    grace: int = GRACE // 1_000


class KeyView(Struct, frozen=True, kw_only=True):
    """One key without itself. Times are ms since 1970 UTC, None for never."""

    name: str
    state: State
    scopes: list[str]
    tenant: str | None
    source: str | None
    created: int
    expires: int | None
    last_used: int | None
    revoked: int | None


def key_pages(keys: ApiKeys) -> APIRouter:
    """`/keys`: every key, and what is done with it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/keys")
    def every(request: Request) -> Response:
        return _listed(request, keys)

    @router.post("/keys")
    async def change(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            made = await run_in_threadpool(_changed, keys, actor, form)
        except ApiKeyError as error:
            return await run_in_threadpool(_listed, request, keys, why=error.text, code=409)
        if made is None:
            return RedirectResponse("/keys", 303)
        # Shown in the answer itself: nothing that could be opened again may have it.
        return await run_in_threadpool(_listed, request, keys, made=made)

    return router


def key_api(keys: ApiKeys) -> APIRouter:
    """What the page does, for programs; by a reviewer's session, for no key makes keys."""
    router = APIRouter(prefix="/api/v1", tags=["keys"], responses=CHANGED)

    @router.get("/keys", openapi_extra={"parameters": PARAMETERS})
    def every(request: Request) -> JSONResponse:
        """Every key by name: what it is for, and when it was used last."""
        window = window_of(request.query_params, (str,))
        after = window.after[0] if window.after else ""
        rows = [row for row in keys.all(actor_of(request)) if row[0].name > str(after)]
        shown = [view_of(row) for row, _ in rows[: window.limit]]
        return page(shown, (shown[-1].name,) if len(rows) > window.limit else None)

    @router.post("/keys", status_code=201, openapi_extra=body(Wanted))
    async def create(request: Request) -> JSONResponse:
        """Make a key; `key` in the answer is shown this once."""
        actor, wanted = actor_of(request), await body_of(request, Wanted)
        made = await run_in_threadpool(_told, _create, keys, actor, wanted)
        return JSONResponse({"name": wanted.name, "key": made}, 201)

    @router.post("/keys/{name}/rotate", status_code=201, openapi_extra=body(Rotation))
    async def rotate(request: Request, name: str) -> JSONResponse:
        """Make a new key of this name; the former one holds a while more."""
        actor, wanted = actor_of(request), await body_of(request, Rotation)
        if not 0 <= wanted.grace <= 366 * DAY // 1_000:
            raise Problem(Kind.BODY_UNFIT, "grace is seconds, up to a year.")
        made, former = await run_in_threadpool(
            _told, keys.rotate, actor, name, wanted.grace * 1_000
        )
        return JSONResponse({"name": name, "key": made, "former": former}, 201)

    @router.post("/keys/{name}/revoke", status_code=204)
    def revoke(request: Request, name: str) -> Response:
        """End a key: within a second nothing is taken by it any more."""
        _told(keys.revoke, actor_of(request), name)
        return Response(status_code=204)

    @router.delete("/keys/{name}", status_code=204)
    def remove(request: Request, name: str) -> Response:
        """Forget a key that was revoked or has expired."""
        _told(keys.remove, actor_of(request), name)
        return Response(status_code=204)

    return router


def view_of(row: ApiKeyRow) -> KeyView:
    """A key as it is shown."""
    return KeyView(
        name=row.name,
        state=state_of(row, now_ms()),
        scopes=sorted(row.scopes),
        tenant=row.tenant,
        source=row.source,
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
        revoked=row.revoked,
    )


def _listed(
    request: Request,
    keys: ApiKeys,
    *,
    made: tuple[str, str] | None = None,
    why: Text | None = None,
    code: int = 200,
) -> Response:
    found = [view_of(row) for row, _ in keys.all(actor_of(request))]
    return render(
        request,
        "keys.html",
        code,
        keys=found,
        scopes=grouped(),
        lifetimes=LIFETIMES,
        states=State,
        made=made,
        why=said(why, language_of(request)) if why else "",
    )


def _changed(keys: ApiKeys, actor: Actor, form: Mapping[str, str]) -> tuple[str, str] | None:
    """Do what a form says: the name and the key where one was made."""
    name = form.get("name", "").strip()
    match form.get("do"):
        case "rotate":
            return name, keys.rotate(actor, name, GRACE)[0]
        case "revoke":
            keys.revoke(actor, name)
        case "remove":
            keys.remove(actor, name)
        case _:
            days = form.get("days", "")
            wanted = Wanted(
                name=name,
                scopes=frozenset(scope for scope in SCOPES if f"scope:{scope}" in form),
                tenant=form.get("tenant", "").strip() or None,
                source=form.get("source", "").strip() or None,
                days=int(days) if days in {str(one) for one in LIFETIMES} else None,
            )
            return name, _create(keys, actor, wanted)
    return None


def _create(keys: ApiKeys, actor: Actor, wanted: Wanted) -> str:
    scopes = [_operation(scope) for scope in wanted.scopes]
    if wanted.days is not None and not 1 <= wanted.days <= 3_660:
        raise ApiKeyError(
            "a key holds for 1 to 3660 days, or for ever",
            "une clé vaut de 1 à 3660 jours, ou pour toujours",
        )
    until = None if wanted.days is None else now_ms() + wanted.days * DAY
    return keys.create(
        actor,
        wanted.name,
        scopes,
        tenant=wanted.tenant,
        source=wanted.source,
        expires=until,
    )


def _operation(scope: str) -> Operation:
    found = named(scope)
    if found is None:
        raise ApiKeyError(
            f"{scope[:80]!r} is nothing that a key can be for",
            f"{scope[:80]!r} n'est rien qu'une clé puisse permettre",
        )
    return found


def _told(ask: Any, *given: Any) -> Any:
    try:
        return ask(*given)
    except ApiKeyError as error:
        raise Problem(Kind.CONFLICT, f"{error}.") from error
