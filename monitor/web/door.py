"""The way in and out: signing in, one-time links, proving again who one is, and preferences."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from monitor.mfa.passwords import BusyError
from monitor.services.actor import ActorKind
from monitor.services.entrance import Entrance, Terms
from monitor.services.interruptions import Interrupted
from monitor.services.sessions import Method, Visit
from monitor.services.sign_in import Entered
from monitor.services.throttling import COOKIE_LIFETIME
from monitor.web.acting import client_at
from monitor.web.forms import WITH_PASSWORD, form_of, own_form
from monitor.web.guard import session_cookie
from monitor.web.language import LANGUAGES
from monitor.web.passkeys import usable
from monitor.web.problem import Kind, Problem, answer
from monitor.web.rendering import (
    KEYS,
    KEYS_COOKIE,
    LANGUAGE_COOKIE,
    THEME_COOKIE,
    THEMES,
    preferred_name,
    refuse,
    render,
)

SIGN_IN: Final = "/sign-in"
CONFIRM: Final = "/confirm"
YEAR: Final = 365 * 24 * 3600
LONGEST: Final = 40 << 10
"""Bytes of a form that brings another one back."""
_SOON = {"Retry-After": "3"}


class Cookies:
    """What browsers keep of us, over HTTPS only where they reach us over it."""

    def __init__(self, *, secure: bool) -> None:
        self._secure = secure

    def admit(self, request: Request, answer: Response, key: str) -> None:
        """Give a browser its session."""
        self._set(answer, session_cookie(request, secure=self._secure), key)

    def dismiss(self, request: Request, answer: Response) -> None:
        """Take it away."""
        name = session_cookie(request, secure=self._secure)
        answer.delete_cookie(name, secure=self._secure, httponly=True, samesite="strict")

    def know(self, request: Request, answer: Response, value: str) -> None:
        """Give a browser what it is known by when it comes again."""
        self._set(answer, self._device(request), value, COOKIE_LIFETIME // 1_000)

    def known(self, request: Request) -> str:
        """What it is known by; empty for a stranger."""
        return request.cookies.get(self._device(request), "")

    def prefer(self, answer: Response, name: str, value: str) -> None:
        """Keep a preference."""
        self._set(answer, preferred_name(name) if self._secure else name, value, YEAR)

    def _device(self, request: Request) -> str:
        return session_cookie(request, secure=self._secure).replace("session", "device")

    def _set(self, answer: Response, name: str, value: str, seconds: int | None = None) -> None:
        answer.set_cookie(
            name, value, seconds, secure=self._secure, httponly=True, samesite="strict"
        )


Farewell = Callable[[Request], Awaitable[Response | None]]
"""Where somebody goes who leaves, if it is not back to the door; asked before they are out."""


def door(entrance: Entrance, cookies: Cookies, farewell: Farewell | None = None) -> APIRouter:
    """The pages."""
    router = APIRouter(include_in_schema=False)

    @router.get(SIGN_IN)
    def ask(request: Request) -> Response:
        if request.scope["state"].get("actor") is not None:
            return RedirectResponse("/", HTTPStatus.SEE_OTHER)
        return sign_in_page(request, entrance.terms)

    @router.post(SIGN_IN)
    async def sign_in(request: Request) -> Response:
        began = asyncio.get_running_loop().time()
        form = await form_of(request, WITH_PASSWORD)
        try:
            entered = await run_in_threadpool(
                entrance.sign_in.enter,
                form.get("email", ""),
                form.get("password", ""),
                form.get("code", ""),
                client_at(request),
                cookies.known(request),
            )
        except BusyError:
            return sign_in_page(request, entrance.terms, 503, form, busy=True)
        if entered is None:
            # So long at least, whatever the reason was.
            await until(began + entrance.terms.pause)
            return sign_in_page(request, entrance.terms, HTTPStatus.FORBIDDEN, form, failed=True)
        return await let_in(request, entrance, cookies, entered, form)

    @router.get("/enter")
    def open_link(request: Request) -> Response:
        return render(request, "enter.html", failed=False)

    @router.post("/enter")
    async def enter(request: Request) -> Response:
        form = await form_of(request)
        key = await run_in_threadpool(
            entrance.admission.enter, form.get("key", ""), client_at(request)
        )
        if key is None:
            return render(request, "enter.html", HTTPStatus.FORBIDDEN, failed=True)
        await _leave_former(request, entrance)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        cookies.admit(request, answer, key)
        return answer

    @router.post("/leave")
    async def leave(request: Request) -> Response:
        await own_form(request)
        visit = visit_of(request)
        onward = None if farewell is None else await farewell(request)
        await run_in_threadpool(entrance.sign_in.leave, visit, client_at(request))
        to = SIGN_IN if visit.reviewer is not None else "/enter"
        answer = onward or RedirectResponse(to, HTTPStatus.SEE_OTHER)
        cookies.dismiss(request, answer)
        return answer

    @router.post("/preferences")
    async def preferences(request: Request) -> Response:
        form = await own_form(request)
        answer = RedirectResponse(local_path(form.get("next", "")), HTTPStatus.SEE_OTHER)
        for field, cookie, values in (
            ("language", LANGUAGE_COOKIE, LANGUAGES),
            ("theme", THEME_COOKIE, THEMES),
            ("keys", KEYS_COOKIE, KEYS),
        ):
            if form.get(field) in values:
                cookies.prefer(answer, cookie, form[field])
        return answer

    return router


def sign_in_page(
    request: Request,
    terms: Terms,
    code: int = 200,
    form: dict[str, str] | None = None,
    *,
    failed: bool = False,
    busy: bool = False,
    trouble: str = "",
) -> Response:
    """The page to sign in on; after a failure with the address that was typed, or with what kept
    the provider from letting somebody in."""
    given = form or {}
    path = request.url.path
    is_door = path == SIGN_IN or path.startswith("/oidc/")
    then = given.get("next", "") or ("" if is_door else _asked(request))
    page = render(
        request,
        "sign_in.html",
        code,
        failed=failed,
        busy=busy,
        email=given.get("email", "")[:254],
        then=local_path(then),
        provider=terms.provider,
        trouble=trouble,
        passkeys=usable(request, terms.relying_party),
        by_code=request.query_params.get("way") == "code",
    )
    if busy:
        page.headers.update(_SOON)
    return page


def refusing(entrance: Entrance) -> Any:
    """How the guard's refusals look: who is not in is asked to sign in where they are."""

    def refused(request: Request, refusal: HTTPException) -> Response:
        if refusal.status_code == HTTPStatus.SEE_OTHER:
            return Response(status_code=refusal.status_code, headers=refusal.headers)
        is_page = not request.url.path.startswith("/api/") and "hx-request" not in request.headers
        is_out = refusal.status_code == HTTPStatus.UNAUTHORIZED
        if is_out and is_page and _is_set_up(entrance):
            return sign_in_page(request, entrance.terms, HTTPStatus.UNAUTHORIZED)
        return refuse(request, refusal)

    return refused


def _is_set_up(entrance: Entrance) -> bool:
    """Whether there is somebody who could sign in; not where that cannot be asked."""
    try:
        return entrance.terms.provider.is_on or entrance.sessions.has_administrator()
    except SQLAlchemyError:
        return False


def not_fresh(entrance: Entrance) -> Any:
    """What somebody gets who has to prove again who they are: a form to do it with, which keeps
    what they sent."""

    def asked(request: Request, _error: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            detail = f"Prove again who you are at {CONFIRM}, then send the same again."
            return answer(Problem(Kind.NOT_FRESH, detail))
        if "hx-request" in request.headers:
            return Response(status_code=HTTPStatus.FORBIDDEN)
        form: dict[str, str] | None = request.scope["state"].get("form")
        if request.method == "GET" or form is None:
            return confirm_page(request, HTTPStatus.FORBIDDEN, then=_asked(request))
        who = visit_of(request).reviewer or ""
        held = entrance.interruptions.seal(who, request.url.path, form)
        return confirm_page(request, HTTPStatus.FORBIDDEN, held=held, then="/")

    return asked


def visit_of(request: Request) -> Visit:
    """The session that a request is of. Raises HTTPException where there is none."""
    visit: Visit | None = request.scope["state"].get("visit")
    if visit is None:
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    return visit


def reviewer_of(request: Request) -> Visit:
    """The session of a reviewer. Raises HTTPException for anybody else's."""
    visit = visit_of(request)
    if visit.actor is None or visit.actor.kind is not ActorKind.REVIEWER:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    return visit


def local_path(text: str) -> str:
    """The path to go back to; `/` for anything that could lead away from here."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_local and text.isascii() and text.isprintable() else "/"


def confirm_page(
    request: Request,
    code: int = 200,
    *,
    held: str = "",
    then: str = "/",
    failed: bool = False,
    busy: bool = False,
) -> Response:
    """The page to prove again on who one is, with the form that was interrupted by it."""
    visit: Visit | None = request.scope["state"].get("visit")
    by_provider = visit is not None and visit.method is Method.OIDC
    page = render(
        request,
        "confirm.html",
        code,
        held=held,
        then=then,
        failed=failed,
        busy=busy,
        by_provider=by_provider,
    )
    if busy:
        page.headers.update(_SOON)
    return page


def going_on(request: Request, key: str, held: Interrupted | None, then: str) -> Response:
    """On with what was interrupted, in a session whose key is a new one."""
    if held is None:
        return RedirectResponse(then, HTTPStatus.SEE_OTHER)
    # The forms of this page are those of the session's new key.
    request.scope["state"]["session"] = key
    return render(request, "go_on.html", path=local_path(held.path), fields=held.fields)


def _asked(request: Request) -> str:
    if request.method not in ("GET", "HEAD"):
        return "/"
    query = request.url.query
    return local_path(request.url.path + (f"?{query}" if query else ""))


async def _leave_former(request: Request, entrance: Entrance) -> None:
    """End the session that a browser had before another one takes its place there."""
    visit: Visit | None = request.scope["state"].get("visit")
    if visit is not None:
        await run_in_threadpool(entrance.sessions.end, visit.key)


async def let_in(
    request: Request, entrance: Entrance, cookies: Cookies, entered: Entered, form: dict[str, str]
) -> Response:
    """Somebody is in: on to where they wanted to go."""
    await _leave_former(request, entrance)
    answer = RedirectResponse(local_path(form.get("next", "")), HTTPStatus.SEE_OTHER)
    cookies.admit(request, answer, entered.key)
    cookies.know(request, answer, entered.cookie)
    return answer


async def until(time: float) -> None:
    """Answer at this time (of the loop) at the earliest."""
    await asyncio.sleep(max(0.0, time - asyncio.get_running_loop().time()))
