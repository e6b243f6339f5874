"""Who may sign in to Vigie: the pages where administrators see to it, and the same for programs."""

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal, TypeVar

from fastapi import APIRouter, Request
from msgspec import UNSET, Struct, UnsetType
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from alerts.wording import said
from monitor.services.actor import Role
from monitor.services.admission import link
from monitor.services.person import OutdatedError, ReviewerError
from monitor.services.review import plain
from monitor.services.reviewers import Reviewer, Reviewers
from monitor.services.standing import ACTIVE, DISABLED
from monitor.store.sessions import SessionRow
from monitor.web.acting import actor_of
from monitor.web.description import READ, problem
from monitor.web.editing import IF_MATCH, body, body_of, tagged, version_of
from monitor.web.forms import own_form
from monitor.web.paging import PARAMETERS, page, window_of, write_place
from monitor.web.problem import Kind, Problem
from monitor.web.profile import sessions_view
from monitor.web.rendering import language_of, render
from monitor.web.scopes import DUTIES

PATH: Final = "/reviewers"
_T = TypeVar("_T")
_CHANGES: Final[Mapping[int | str, dict[str, Any]]] = {
    **READ,
    403: problem("The role does not include this, or it must be proved again who asks."),
    404: problem("There is no such reviewer."),
    409: problem("It cannot be done: taken, the last administrator, or in another state."),
    412: problem("It was changed meanwhile."),
    415: problem("The body is no JSON."),
    422: problem("The body does not fit."),
    428: problem("If-Match is missing."),
}


class Wanted(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody to be invited; `tenant` is the only one that they will see, null for all."""

    email: str
    name: str
    role: Role
    tenant: str | None = None


class Change(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be different. `tenant`, beside a role, is the only one that they will see, null
    for all; it stays where it is left out."""

    name: str | None = None
    role: Role | None = None
    tenant: str | UnsetType | None = UNSET
    state: Literal["active", "disabled"] | None = None


class Reset(Struct, frozen=True, forbid_unknown_fields=True):
    """What is taken away, to be chosen anew."""

    password: bool = False
    second_factor: bool = False


class SessionView(Struct, frozen=True):
    """An open session. Times are ms since 1970 UTC."""

    uid: str
    method: str
    created: int
    last_seen: int
    expires: int
    ip: str
    user_agent: str


def reviewer_pages(reviewers: Reviewers, public_url: str | None) -> APIRouter:
    """`/reviewers`, and one page for each of them. `public_url` is what links begin with."""
    router = APIRouter(include_in_schema=False)

    def listed(request: Request, code: int = 200, **told: Any) -> Response:
        window = window_of(request.query_params, (str, str))
        after = None if window.after is None else (str(window.after[0]), str(window.after[1]))
        rows, following = reviewers.page(actor_of(request), window.limit, after)
        more = None if following is None else write_place(following)
        shown = {"why": None, "link": None, "form": {}, **told}
        return render(
            request,
            "reviewers.html",
            code,
            rows=rows,
            more=more,
            roles=Role,
            duties=[*DUTIES.items()],
            **shown,
        )

    def shown(request: Request, uid: str, code: int = 200, **told: Any) -> Response:
        actor = actor_of(request)
        one = reviewers.get(actor, uid)
        open_ = sessions_view(reviewers.sessions(actor, one.uid), "")
        values = {"why": None, "link": None, **told}
        return render(request, "reviewer.html", code, one=one, sessions=open_, roles=Role, **values)

    @router.get(PATH)
    def every(request: Request) -> Response:
        return listed(request)

    @router.post(PATH)
    async def invite(request: Request) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            made, key = await run_in_threadpool(
                reviewers.invite,
                actor,
                form.get("email", ""),
                form.get("name", ""),
                _role(form.get("role", "")),
                form.get("tenant") or None,
            )
        except ReviewerError as error:
            return await run_in_threadpool(
                listed, request, 422, why=said(error.text, language_of(request)), form=form
            )
        address = _link(request, public_url, key)
        return await run_in_threadpool(shown, request, made.uid, 201, link=address)

    @router.get(f"{PATH}/{{uid}}")
    def one(request: Request, uid: str) -> Response:
        return shown(request, uid)

    @router.post(f"{PATH}/{{uid}}")
    async def act(request: Request, uid: str) -> Response:
        form, actor = await own_form(request), actor_of(request)
        try:
            key = await run_in_threadpool(_done, reviewers, actor, uid, form)
        except ReviewerError as error:
            return await run_in_threadpool(
                shown, request, uid, 409, why=said(error.text, language_of(request))
            )
        if form.get("do") == "remove":
            return RedirectResponse(PATH, 303)
        if key is None:
            return RedirectResponse(f"{PATH}/{uid}", 303)
        address = _link(request, public_url, key)
        return await run_in_threadpool(shown, request, uid, 200, link=address)

    return router


def reviewer_api(reviewers: Reviewers) -> APIRouter:
    """What the pages do, for programs; changes by an administrator's session, for no key makes
    administrators."""
    router = APIRouter(prefix="/api/v1", tags=["reviewers"], responses=dict(_CHANGES))
    path = f"{PATH}/{{uid}}"
    versioned = {"parameters": [IF_MATCH]}

    @router.get(PATH, openapi_extra={"parameters": PARAMETERS})
    def every(request: Request) -> JSONResponse:
        """Every reviewer by address: role, state, and what they sign in with."""
        window = window_of(request.query_params, (str, str))
        after = None if window.after is None else (str(window.after[0]), str(window.after[1]))
        return page(*reviewers.page(actor_of(request), window.limit, after))

    @router.post(PATH, status_code=201, openapi_extra=body(Wanted))
    async def invite(request: Request) -> JSONResponse:
        """Invite somebody; `key` opens `/enter` once, for 72 hours, and is shown this once."""
        actor, wanted = actor_of(request), await body_of(request, Wanted)
        made, key = await run_in_threadpool(
            _told, reviewers.invite, actor, wanted.email, wanted.name, wanted.role, wanted.tenant
        )
        answer: dict[str, Any] = {"reviewer": plain(made), "key": key}
        return JSONResponse(answer, 201, {"ETag": f'"{made.version}"'})

    @router.get(path)
    def one(request: Request, uid: str) -> JSONResponse:
        """One reviewer, by id."""
        found = reviewers.get(actor_of(request), uid)
        return tagged(found, found.version)

    @router.patch(path, openapi_extra={**body(Change), **versioned})
    async def change(request: Request, uid: str) -> JSONResponse:
        """Change name, role and tenant, or let in no more; sessions end with role and state."""
        actor, version = actor_of(request), version_of(request)
        wanted = await body_of(request, Change)
        found = await run_in_threadpool(_told, _changed, reviewers, actor, uid, version, wanted)
        return tagged(found, found.version)

    @router.delete(path, status_code=204, openapi_extra=versioned)
    def remove(request: Request, uid: str) -> Response:
        """Forget a reviewer."""
        _told(reviewers.remove, actor_of(request), uid, version_of(request))
        return Response(status_code=204)

    @router.post(f"{path}/reset", status_code=201, openapi_extra=body(Reset))
    async def reset(request: Request, uid: str) -> JSONResponse:
        """Take away password, second factor or both; `key` opens `/enter` once, for 72 hours."""
        actor, wanted = actor_of(request), await body_of(request, Reset)

        def done() -> str:
            return reviewers.reset(
                actor, uid, password=wanted.password, second_factor=wanted.second_factor
            )

        return JSONResponse({"key": await run_in_threadpool(_told, done)}, 201)

    @router.post(f"{path}/invite", status_code=201)
    def invite_again(request: Request, uid: str) -> JSONResponse:
        """A new key for somebody who has not used theirs; that one is void."""
        return JSONResponse({"key": _told(reviewers.invite_again, actor_of(request), uid)}, 201)

    @router.get(f"{path}/sessions")
    def sessions(request: Request, uid: str) -> JSONResponse:
        """A reviewer's open sessions, the one used last first."""
        rows = reviewers.sessions(actor_of(request), uid)
        return page([_session_view(row) for row in rows], None)

    @router.delete(f"{path}/sessions", status_code=204)
    def sign_out(request: Request, uid: str) -> Response:
        """End all of a reviewer's sessions."""
        reviewers.sign_out(actor_of(request), uid)
        return Response(status_code=204)

    @router.delete(f"{path}/sessions/{{session}}", status_code=204)
    def sign_out_one(request: Request, uid: str, session: str) -> Response:
        """End one of them."""
        reviewers.sign_out(actor_of(request), uid, session)
        return Response(status_code=204)

    return router


def _done(reviewers: Reviewers, actor: Any, uid: str, form: Mapping[str, str]) -> str | None:
    """Do what a page asks for; the key of a link where there is one to be handed on."""
    deed, version = form.get("do", ""), _version(form)
    if deed == "change":
        reviewers.change(
            actor,
            uid,
            version=version,
            name=form.get("name"),
            role=_role(form.get("role", "")),
            tenant=form.get("tenant") or None,
        )
    elif deed in ("disable", "enable", "remove"):
        getattr(reviewers, deed)(actor, uid, version)
    elif deed == "sign-out":
        reviewers.sign_out(actor, uid, form.get("session") or None)
    elif deed == "invite":
        return reviewers.invite_again(actor, uid)
    elif deed == "reset":
        what = form.get("what", "")
        return reviewers.reset(
            actor,
            uid,
            password=what in ("password", "both"),
            second_factor=what in ("factor", "both"),
        )
    else:
        raise ReviewerError("nothing of the kind is done here", "cela ne se fait pas ici")
    return None


def _changed(reviewers: Reviewers, actor: Any, uid: str, version: int, wanted: Change) -> Reviewer:
    if wanted.tenant is not UNSET and wanted.role is None:
        raise ReviewerError(
            "a tenant is given beside the role that goes with it",
            "un client se donne avec le rôle qui va avec",
        )
    found: Reviewer | None = None
    if wanted.name is not None or wanted.role is not None:
        found = reviewers.change(
            actor, uid, version=version, name=wanted.name, role=wanted.role, tenant=wanted.tenant
        )
    before = version if found is None else found.version
    if wanted.state == DISABLED:
        found = reviewers.disable(actor, uid, before)
    elif wanted.state == ACTIVE:
        found = reviewers.enable(actor, uid, before)
    if found is None:
        raise ReviewerError("say what is to be different", "dites ce qui doit changer")
    return found


def _told(do: Callable[..., _T], *arguments: Any) -> _T:
    """What it gives; a refusal as a problem."""
    try:
        return do(*arguments)
    except OutdatedError as error:
        raise Problem(Kind.VERSION_OTHER, f"{error}.") from None
    except ReviewerError as error:
        raise Problem(Kind.CONFLICT, f"{error}.") from None


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        known = ", ".join(role.value for role in Role)
        raise ReviewerError(f"a role is one of {known}", f"un rôle est l'un de {known}") from None


def _version(form: Mapping[str, str]) -> int | None:
    told = form.get("version", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 10 else None


def _link(request: Request, public_url: str | None, key: str) -> str:
    return link(public_url or str(request.base_url), key)


def _session_view(row: SessionRow) -> SessionView:
    return SessionView(
        row.uid, row.method, row.created, row.last_seen, row.expires, row.ip, row.user_agent
    )
