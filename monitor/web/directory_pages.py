"""The pages of the directory: accounts, one account, tenants, one tenant."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from msgspec import structs
from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from alerts.wording import said
from detectors.core.context import AccountKind
from detectors.core.event import DAY
from detectors.core.identity import as_uuid
from monitor.directory.account import Account, Mfa, State, midnight
from monitor.directory.refusal import DirectoryError
from monitor.directory.sheet.reading import HEADINGS, Reading, cells_of, changes_of
from monitor.directory.sheet.tenant_cells import tenant_cells_of, tenant_changes_of
from monitor.directory.sheet.values import day_of
from monitor.directory.tenant import tenant_id
from monitor.services.actor import Actor
from monitor.services.authority import Operation, permits
from monitor.services.directory import Directory
from monitor.services.imports import Imports
from monitor.services.refusal import StaleError, TakenError
from monitor.store.directory import AccountFilter, StoredAccount
from monitor.web.account_query import after_of, filter_of, place_of, text_of
from monitor.web.acting import actor_of
from monitor.web.directory import PATH, directory_api, identifier
from monitor.web.forms import own_form
from monitor.web.joining import join
from monitor.web.list_pages import list_pages
from monitor.web.lists import list_api
from monitor.web.paging import window_of, write_place
from monitor.web.rendering import language_of, render

FORM: Final = 16 << 10
"""Bytes of a form: names may be many."""
EDITED: Final = tuple(name for name in HEADINGS if name not in ("uid", "tenant", "sharing_owner"))
_CHOSEN: Final = tuple(kind for kind in AccountKind if kind is not AccountKind.SHARED)


def directory_routes(engine: Engine, now: Callable[[], int]) -> APIRouter:
    """Everything of the directory over a database, for people and for programs. `now` in ms."""
    directory, imports = Directory(engine, now), Imports(engine, now)
    router = APIRouter()
    join(router, directory_pages(directory, now))
    join(router, list_pages(imports))
    join(router, directory_api(directory))
    join(router, list_api(imports))
    return router


def directory_pages(directory: Directory, now: Callable[[], int]) -> APIRouter:
    """`/directory` and what is below it, but for lists."""
    router = APIRouter(include_in_schema=False)
    _add_accounts(router, directory, now)
    _add_tenants(router, directory)
    return router


def _add_accounts(router: APIRouter, directory: Directory, now: Callable[[], int]) -> None:
    def listed(request: Request, code: int = 200, **told: Any) -> Response:
        actor, query = actor_of(request), request.query_params
        window = window_of(query, (str, str))
        wanted, after = filter_of(query), after_of(window)
        page = directory.accounts(actor, wanted, after, window.limit)
        following = place_of(page.next)
        rest = {name: value for name, value in query.items() if name != "cursor"}
        values = {"why": "", "form": {}, **told}
        return render(
            request,
            "directory.html",
            code,
            page=page,
            wanted=wanted,
            conditions=_conditions(wanted),
            more=None if following is None else write_place(following),
            rest=rest,
            is_first=after is None,
            kinds=AccountKind,
            states=State,
            factors=Mfa,
            as_uuid=as_uuid,
            now=now(),
            may=_may(actor),
            **values,
        )

    def shown(request: Request, account: str, code: int = 200, why: str = "") -> Response:
        actor = actor_of(request)
        one = directory.account(actor, identifier(account))
        return render(
            request,
            "directory_account.html",
            code,
            one=one,
            account=one.account,
            uid=as_uuid(one.id),
            tenant=as_uuid(tenant_id(one.account.tenant)),
            cells=_cells(one.account),
            edited=EDITED,
            kinds=_CHOSEN,
            states=State,
            factors=Mfa,
            now=now(),
            until=_in_half_a_year(now()),
            may=_may(actor),
            why=why,
        )

    @router.get(PATH)
    def every(request: Request) -> Response:
        return listed(request)

    @router.post(PATH)
    async def add(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        tenant, uid = form.get("tenant", "").strip(), form.get("uid", "").strip()
        try:
            changes = changes_of({"display_name": form.get("display_name", "").strip()}, Reading())
            made = await run_in_threadpool(directory.create, actor, tenant, uid, changes)
        except (DirectoryError, TakenError) as error:
            why = why_of(error, request)
            return await run_in_threadpool(listed, request, 422, why=why, form=form)
        return RedirectResponse(f"{PATH}/accounts/{as_uuid(made.id)}", 303)

    @router.get(f"{PATH}/accounts/{{account}}")
    def one(request: Request, account: str) -> Response:
        return shown(request, account)

    @router.post(f"{PATH}/accounts/{{account}}")
    async def act(request: Request, account: str) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        try:
            kept = await run_in_threadpool(_done, directory, actor, identifier(account), form)
        except (DirectoryError, StaleError, TakenError) as error:
            why = why_of(error, request)
            return await run_in_threadpool(shown, request, account, 409, why=why)
        return RedirectResponse(f"{PATH}/accounts/{as_uuid(kept.id)}", 303)


def _add_tenants(router: APIRouter, directory: Directory) -> None:
    def shown(request: Request, tenant: str, code: int = 200, **told: Any) -> Response:
        actor = actor_of(request)
        one = directory.tenant(actor, identifier(tenant))
        states = directory.tenants(actor, one.tenant.uid).states.get(one.tenant.uid, {})
        cells = told.pop("cells", None) or tenant_cells_of(one.tenant)
        return render(
            request,
            "directory_tenant.html",
            code,
            one=one,
            tenant=one.tenant,
            uid=as_uuid(one.id),
            cells=cells,
            counts=[(state, states.get(state, 0)) for state in State],
            may=_may(actor),
            why=told.get("why", ""),
        )

    @router.get(f"{PATH}/tenants")
    def every(request: Request) -> Response:
        actor, query = actor_of(request), request.query_params
        window = window_of(query, (str,))
        after = str(window.after[0]) if window.after else ""
        page = directory.tenants(actor, text_of(query), after, window.limit)
        return render(
            request,
            "directory_tenants.html",
            page=page,
            text=text_of(query),
            more=None if page.next is None else write_place((page.next,)),
            states=(State.ACTIVE, State.PROVISIONAL, State.OFFBOARDED),
            as_uuid=as_uuid,
            may=_may(actor),
        )

    @router.get(f"{PATH}/tenants/{{tenant}}")
    def one(request: Request, tenant: str) -> Response:
        return shown(request, tenant)

    @router.post(f"{PATH}/tenants/{{tenant}}")
    async def change(request: Request, tenant: str) -> Response:
        form, actor = await own_form(request, FORM), actor_of(request)
        before = await run_in_threadpool(directory.tenant, actor, identifier(tenant))
        cells = _changed(form, tenant_cells_of(before.tenant))
        try:
            changes = tenant_changes_of(cells)
            version = _version(form)
            await run_in_threadpool(
                directory.change_tenant, actor, identifier(tenant), changes, version
            )
        except (DirectoryError, StaleError) as error:
            kept = {**tenant_cells_of(before.tenant), **cells}
            told = {"why": why_of(error, request), "cells": kept}
            return await run_in_threadpool(shown, request, tenant, 409, **told)
        return RedirectResponse(f"{PATH}/tenants/{tenant}", 303)


def why_of(error: DirectoryError | StaleError | TakenError, request: Request) -> str:
    """Why something was not done, in the reader's language."""
    language = language_of(request)
    if isinstance(error, DirectoryError):
        return said(error.why, language)
    return said(error.text, language)


def _done(
    directory: Directory, actor: Actor, account: bytes, form: Mapping[str, str]
) -> StoredAccount:
    """Do what the form of an account says; the account as it is then."""
    reason, version = form.get("reason", ""), _version(form)
    match form.get("do"):
        case "offboard":
            return directory.offboard(actor, account, reason, version)
        case "share":
            return directory.authorise_sharing(
                actor,
                account,
                owner=form.get("owner", ""),
                reason=reason,
                until=midnight(day_of("sharing_until", form.get("until", ""))) + DAY,
                version=version,
            )
        case "unshare":
            return directory.end_sharing(actor, account, reason, version)
        case "release":
            return directory.release(actor, account, (form.get("field", ""),))
        case "merge":
            one = directory.account(actor, account)
            other = directory.find(actor, one.account.tenant, form.get("duplicate", "").strip())
            return directory.merge(actor, account, other.id, reason)
    before = directory.account(actor, account)
    cells = _changed(form, _cells(before.account))
    changes = changes_of(cells, Reading(clears=True))
    return directory.change(actor, account, changes, version).stored


def _cells(account: Account) -> dict[str, str]:
    """What the form of an account shows."""
    told = dict(zip(HEADINGS, cells_of(account, ()), strict=True))
    return told | {f"external.{provider}": uid for provider, uid in account.external.items()}


def _changed(form: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form that say something else than what there is: what nobody touched is not
    taken for a person's word."""
    return {
        name: form[name].strip()
        for name, cell in before.items()
        if name in form and form[name].strip() != cell.strip()
    }


def _version(form: Mapping[str, str]) -> int:
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _conditions(wanted: AccountFilter) -> int:
    usual = structs.asdict(AccountFilter())
    return sum(value != usual[name] for name, value in structs.asdict(wanted).items())


def _may(actor: Actor) -> dict[str, bool]:
    """What of the directory somebody may do, so that pages offer nothing else."""
    return {
        "write": permits(actor, Operation.DIRECTORY_WRITE),
        "authorise": permits(actor, Operation.DIRECTORY_AUTHORISE),
        "import": permits(actor, Operation.DIRECTORY_IMPORT),
        "export": permits(actor, Operation.DIRECTORY_EXPORT),
        "measure": permits(actor, Operation.MEASURES_REQUEST),
        "factors": permits(actor, Operation.MFA_READ),
    }


def _in_half_a_year(now: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=now // DAY + 182)).isoformat()
