"""The directory for programs: tenants and accounts, read in pages and changed by version."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import msgspec
from fastapi import APIRouter, Request
from msgspec import UNSET, Struct, UnsetType, structs
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from detectors.core.context import AccountKind
from detectors.core.identity import as_uuid
from monitor.directory.account import AccountChanges, Mfa, State
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import TenantChanges
from monitor.directory.validity import read_changes
from monitor.services.directory import Directory
from monitor.services.refusal import NotThereError, StaleError, TakenError
from monitor.store.directory import StoredAccount, StoredTenant
from monitor.web.account_query import FILTERS, TEXT, after_of, filter_of, place_of, text_of
from monitor.web.acting import actor_of
from monitor.web.description import CHANGED
from monitor.web.editing import IF_MATCH, body, body_of, tagged, version_given, version_of
from monitor.web.filters import read_account, read_identifier
from monitor.web.paging import PARAMETERS, page, window_of
from monitor.web.problem import Kind, Problem

PATH: Final = "/directory"
R = TypeVar("R")


class Reason(Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is done; it is written down."""

    reason: str = ""


class AccountFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of an account; those that are not named stay. Days are YYYY-MM-DD."""

    kind: AccountKind | UnsetType = UNSET
    state: State | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    email: str | UnsetType = UNSET
    roles: list[str] | UnsetType = UNSET
    privileged: bool | UnsetType = UNSET
    external: dict[str, str | None] | UnsetType = UNSET
    aliases: list[str] | UnsetType = UNSET
    mfa: Mfa | UnsetType = UNSET
    mfa_methods: list[str] | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    started: str | UnsetType | None = UNSET
    ended: str | UnsetType | None = UNSET
    locale: str | UnsetType = UNSET


class NewAccount(AccountFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An account that is to be added."""

    tenant: str
    uid: str


class Contact(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom to speak to at a tenant."""

    name: str
    email: str = ""
    phone: str = ""
    about: str = ""


class TenantFields(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fields of a tenant; those that are not named stay."""

    name: str | UnsetType = UNSET
    zone: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    contacts: list[Contact] | UnsetType = UNSET
    plan: str | UnsetType = UNSET
    seats: int | UnsetType | None = UNSET
    countries: list[str] | UnsetType = UNSET
    mfa_required: bool | UnsetType = UNSET


class NewTenant(TenantFields, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A tenant that is to be added."""

    uid: str


class Share(Struct, frozen=True, forbid_unknown_fields=True):
    """That several people may use an account: who answers for it, why, until when (ms)."""

    owner: str
    reason: str
    until: int


class Merge(Struct, frozen=True, forbid_unknown_fields=True):
    """The id of an account that is the same as this one, and becomes a name of it."""

    duplicate: str
    reason: str = ""


class Release(Struct, frozen=True, forbid_unknown_fields=True):
    """Fields of which a person's word is taken back."""

    fields: list[str]


def directory_api(directory: Directory) -> APIRouter:
    """Tenants, accounts, and what is done with them."""
    router = APIRouter(prefix="/api/v1/directory", tags=["directory"], responses=CHANGED)
    _add_tenants(router, directory)
    _add_accounts(router, directory)
    _add_deeds(router, directory)
    return router


def _add_tenants(router: APIRouter, directory: Directory) -> None:
    @router.get("/tenants", openapi_extra={"parameters": [*PARAMETERS, TEXT]})
    def tenants(request: Request) -> JSONResponse:
        """Tenants by uid."""
        window = window_of(request.query_params, (str,))
        after = str(window.after[0]) if window.after else ""
        text = text_of(request.query_params)
        found = directory.tenants(actor_of(request), text, after, window.limit)
        items = [tenant_view(one) for one in found.items]
        return page(items, None if found.next is None else (found.next,))

    @router.post("/tenants", status_code=201, openapi_extra=body(NewTenant))
    async def add(request: Request) -> JSONResponse:
        """Add a tenant."""
        actor, wanted = actor_of(request), await body_of(request, NewTenant)
        changes = told(read_changes, TenantChanges, named(wanted, "uid"))
        made = await asked(directory.create_tenant, actor, wanted.uid, changes)
        return tagged(tenant_view(made), made.version, 201)

    @router.get("/tenants/{tenant}")
    def one(request: Request, tenant: str) -> JSONResponse:
        """One tenant, by its id."""
        found = directory.tenant(actor_of(request), identifier(tenant))
        return tagged(tenant_view(found), found.version)

    extra = body(TenantFields) | {"parameters": [IF_MATCH]}

    @router.patch("/tenants/{tenant}", openapi_extra=extra)
    async def change(request: Request, tenant: str) -> JSONResponse:
        """Set fields of a tenant."""
        actor, version = actor_of(request), version_of(request)
        wanted = await body_of(request, TenantFields)
        changes = told(read_changes, TenantChanges, named(wanted))
        made = await asked(directory.change_tenant, actor, identifier(tenant), changes, version)
        return tagged(tenant_view(made), made.version)


def _add_accounts(router: APIRouter, directory: Directory) -> None:
    @router.get("/accounts", openapi_extra={"parameters": [*PARAMETERS, *FILTERS]})
    def accounts(request: Request) -> JSONResponse:
        """Accounts by tenant and uid."""
        window = window_of(request.query_params, (str, str))
        wanted, after = filter_of(request.query_params), after_of(window)
        found = directory.accounts(actor_of(request), wanted, after, window.limit)
        return page([account_view(one) for one in found.items], place_of(found.next))

    @router.post("/accounts", status_code=201, openapi_extra=body(NewAccount))
    async def add(request: Request) -> JSONResponse:
        """Add an account."""
        actor, wanted = actor_of(request), await body_of(request, NewAccount)
        changes = told(read_changes, AccountChanges, named(wanted, "tenant", "uid"))
        made = await asked(directory.create, actor, wanted.tenant, wanted.uid, changes)
        return tagged(account_view(made), made.version, 201)

    @router.get("/accounts/{account}")
    def one(request: Request, account: str) -> JSONResponse:
        """One account, by its id, and who said each of its fields."""
        found = directory.account(actor_of(request), identifier(account))
        return tagged(account_view(found), found.version)

    extra = body(AccountFields) | {"parameters": [IF_MATCH]}

    @router.patch("/accounts/{account}", openapi_extra=extra)
    async def change(request: Request, account: str) -> JSONResponse:
        """Set fields of an account. What a stronger origin said stays as it is: the answer shows
        what holds."""
        actor, version = actor_of(request), version_of(request)
        wanted = await body_of(request, AccountFields)
        changes = told(read_changes, AccountChanges, named(wanted))
        made = await asked(directory.change, actor, identifier(account), changes, version)
        return tagged(account_view(made.stored), made.stored.version)


def _add_deeds(router: APIRouter, directory: Directory) -> None:
    path = "/accounts/{account}"

    @router.post(f"{path}/offboard", openapi_extra=body(Reason))
    async def offboard(request: Request, account: str) -> JSONResponse:
        """Say that whoever had the account has left: sign-ins with it are findings from now on."""
        actor, wanted = actor_of(request), await body_of(request, Reason)
        which, version = identifier(account), version_given(request)
        made = await asked(directory.offboard, actor, which, wanted.reason, version)
        return tagged(account_view(made), made.version)

    @router.post(f"{path}/share", openapi_extra=body(Share))
    async def share(request: Request, account: str) -> JSONResponse:
        """Authorise that several people use the account; by an approver, never by a key."""
        actor, wanted = actor_of(request), await body_of(request, Share)
        version = version_given(request)

        def allow() -> StoredAccount:
            return directory.authorise_sharing(
                actor,
                identifier(account),
                owner=wanted.owner,
                reason=wanted.reason,
                until=wanted.until,
                version=version,
            )

        made = await asked(allow)
        return tagged(account_view(made), made.version)

    @router.post(f"{path}/unshare", openapi_extra=body(Reason))
    async def unshare(request: Request, account: str) -> JSONResponse:
        """End that several people may use the account."""
        actor, wanted = actor_of(request), await body_of(request, Reason)
        which, version = identifier(account), version_given(request)
        made = await asked(directory.end_sharing, actor, which, wanted.reason, version)
        return tagged(account_view(made), made.version)

    @router.post(f"{path}/merge", openapi_extra=body(Merge))
    async def merge(request: Request, account: str) -> JSONResponse:
        """Make one account of two that are one person's; this one stays."""
        actor, wanted = actor_of(request), await body_of(request, Merge)
        # What is no id is nobody's, which is told as of one that is not there.
        other = read_identifier(wanted.duplicate) or b""
        which, version = identifier(account), version_given(request)
        made = await asked(directory.merge, actor, which, other, wanted.reason, version)
        return tagged(account_view(made), made.version)

    @router.post(f"{path}/release", openapi_extra=body(Release))
    async def release(request: Request, account: str) -> JSONResponse:
        """Take back a person's word on fields: the next source that speaks of them is heard."""
        actor, wanted = actor_of(request), await body_of(request, Release)
        which, version = identifier(account), version_given(request)
        made = await asked(directory.release, actor, which, tuple(wanted.fields), version)
        return tagged(account_view(made), made.version)


def account_view(one: StoredAccount) -> dict[str, Any]:
    """An account as it is told: its fields, its id and version, and who said what."""
    plain: dict[str, Any] = msgspec.to_builtins(structs.asdict(one.account))
    return {"id": as_uuid(one.id)} | plain | _kept(one)


def tenant_view(one: StoredTenant) -> dict[str, Any]:
    """A tenant as it is told."""
    plain: dict[str, Any] = msgspec.to_builtins(structs.asdict(one.tenant))
    return {"id": as_uuid(one.id)} | plain | _kept(one)


def identifier(text: str) -> bytes:
    """The id in an address. Raises NotThereError for what is none."""
    found = read_identifier(text)
    if found is None:
        raise NotThereError("there is nothing of this id")
    return found


def account_named(text: str) -> bytes:
    """The id or the handle of an account in an address. Raises NotThereError for neither."""
    found = read_account(text)
    if found is None:
        raise NotThereError("there is nothing of this id")
    return found


def named(wanted: Struct, *but: str) -> dict[str, Any]:
    """The fields that a body names, as plain values."""
    plain: dict[str, Any] = msgspec.to_builtins(wanted)
    return {name: value for name, value in plain.items() if name not in but}


def told(ask: Callable[..., R], *given: Any) -> R:
    """What the directory answers; what it does not take is told as a problem."""
    try:
        return ask(*given)
    except DirectoryError as error:
        raise Problem(Kind.BODY_UNFIT, f"{error}.") from error
    except StaleError as error:
        raise Problem(Kind.VERSION_OTHER, f"{error}.") from error
    except TakenError as error:
        raise Problem(Kind.CONFLICT, f"{error}.") from error


async def asked(ask: Callable[..., R], *given: Any) -> R:
    """The same, in a thread of its own."""
    return await run_in_threadpool(told, ask, *given)


def _kept(one: StoredAccount | StoredTenant) -> dict[str, Any]:
    return {"version": one.version, "created": one.created, "updated": one.updated}
