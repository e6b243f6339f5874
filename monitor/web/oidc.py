"""Signing in by the OpenID provider: going there, coming back, leaving, and being told of leaving.

Sessions are in cookies that browsers send to no page which another site led to. So what comes back
from the provider is a page of our own that goes on by itself, and only what it leads to looks at
cookies. Going there from a form is a page that goes on too: a form's answer may lead nowhere else.
"""

import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, RedirectResponse, Response

from monitor.oidc.errand import Answer, Errands
from monitor.oidc.flow import LIFETIME, Flow, Flows, Purpose
from monitor.oidc.provider import Provider
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import CALLBACK, LOGOUT
from monitor.oidc.wording import told
from monitor.services.actor import Actor
from monitor.services.authority import Operation, authorise
from monitor.services.entrance import Entrance
from monitor.services.federation import DOUBTFUL
from monitor.services.sessions import Client, Visit
from monitor.web.acting import actor_of, client_at
from monitor.web.door import (
    LONGEST,
    Cookies,
    going_on,
    local_path,
    reviewer_of,
    sign_in_page,
)
from monitor.web.forms import form_of, own_form
from monitor.web.guard import session_cookie
from monitor.web.rendering import language_of, render

START: Final = "/oidc/start"
FINISH: Final = "/oidc/finish"
RENEW: Final = "/oidc/confirm"
LINK: Final = "/oidc/link"
UNLINK: Final = "/oidc/unlink"
PROFILE: Final = "/profile"
MAXIMUM_TOKEN: Final = 48 << 10
_ANSWER = ("state", "code", "iss", "error", "error_description")
_STATUS = {Reason.UNREACHABLE: 503, Reason.NOT_UNDERSTOOD: 502, Reason.PROVIDER_ERROR: 502}

_log = logging.getLogger(__name__)


class Roads:
    """All that the ways to one provider and back need: `address` is ours, as browsers have it, and
    `secure` whether they reach it over HTTPS. `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        entrance: Entrance,
        cookies: Cookies,
        now: Callable[[], int],
        address: str,
        *,
        secure: bool,
    ) -> None:
        self.entrance = entrance
        self.federation = entrance.federation
        self.cookies = cookies
        self.now = now
        self.address = address.rstrip("/")
        self.flows = Flows(entrance.keyring.flows)
        provider = Provider(entrance.terms.provider, self.address + CALLBACK)
        self.errands = Errands(provider, self.flows, self._take, now)
        self._secure = secure

    async def _take(self, digest: bytes, expires: int) -> bool:
        return await run_in_threadpool(self.federation.take, digest, expires)

    async def begun(self, request: Request, flow: Flow, *, redirect: bool) -> Response:
        """Send a browser to the provider. Raises RefusedError."""
        url = await self.errands.address(flow, language_of(request))
        if redirect:
            answer: Response = RedirectResponse(url, HTTPStatus.SEE_OTHER)
        else:
            answer = onward(request, url)
        answer.set_cookie(
            self._cookie(request),
            self.flows.sealed(flow),
            LIFETIME // 1_000,
            secure=self._secure,
            httponly=True,
            samesite="strict",
        )
        return answer

    def opened(self, request: Request) -> Flow:
        """The flow that a browser holds. Raises RefusedError."""
        return self.flows.opened(request.cookies.get(self._cookie(request), ""), self.now())

    def forget(self, request: Request, answer: Response) -> None:
        """Have a browser hold none."""
        name = self._cookie(request)
        answer.delete_cookie(name, secure=self._secure, httponly=True, samesite="strict")

    async def farewell(self, request: Request) -> Response | None:
        """Where somebody goes who leaves here, to leave the provider too; asked for before their
        session ends. None where it does not rest on the provider."""
        visit = request.scope["state"]["visit"]
        rests, hint = await run_in_threadpool(self.federation.hint, visit)
        url = await self.errands.farewell(hint, f"{self.address}/sign-in") if rests else None
        return None if url is None else onward(request, url)

    async def doubt(self, refusal: RefusedError, client: Client) -> None:
        """Have the detectors hear of it, as often as of any other refusal."""
        if refusal.reason not in DOUBTFUL:
            return
        if await run_in_threadpool(self.entrance.throttle.may_tell):
            await run_in_threadpool(self.federation.doubted, refusal, client)
        else:
            self.entrance.told.withheld()

    def refused(
        self, request: Request, refusal: RefusedError, flow: Flow | None = None
    ) -> Response:
        """The page that says why, and lets somebody try again."""
        _log.warning("a sign-in by the provider was refused: %s", refusal)
        text = told(refusal.reason, self.federation.terms.name, language_of(request))
        status = _STATUS.get(refusal.reason, HTTPStatus.FORBIDDEN)
        if flow is None or flow.purpose is Purpose.SIGN_IN:
            page = sign_in_page(request, self.entrance.terms, status, trouble=text)
        else:
            page = render(request, "provider.html", status, trouble=text, url=None)
        self.forget(request, page)
        return page

    def _cookie(self, request: Request) -> str:
        return session_cookie(request, secure=self._secure).replace("session", "oidc")


def oidc_pages(roads: Roads) -> APIRouter:
    """The pages, and what the provider itself calls."""
    router = APIRouter(include_in_schema=False)

    @router.get(START)
    async def start(request: Request) -> Response:
        following = local_path(request.query_params.get("next", ""))
        flow = roads.flows.begin(Purpose.SIGN_IN, roads.now(), following)
        return await _telling(roads, request, flow, redirect=True)

    @router.get(CALLBACK)
    async def came_back(request: Request) -> Response:
        given = {name: request.query_params.get(name) for name in _ANSWER}
        query = urlencode({name: value for name, value in given.items() if value is not None})
        return onward(request, f"{FINISH}?{query}")

    @router.get(FINISH)
    async def finish(request: Request) -> Response:
        return await _finished(roads, request)

    @router.post(RENEW)
    async def renew(request: Request) -> Response:
        form = await own_form(request, LONGEST)
        visit = reviewer_of(request)
        held = form.get("held", "").encode("ascii", "replace")
        await run_in_threadpool(roads.entrance.sessions.keep_draft, visit, held)
        flow = roads.flows.begin(
            Purpose.RENEW,
            roads.now(),
            local_path(form.get("next", "")),
            session=visit.uid,
            reviewer=visit.reviewer,
        )
        return await _telling(roads, request, flow)

    @router.post(LINK)
    async def link(request: Request) -> Response:
        await own_form(request)
        visit = reviewer_of(request)
        authorise(actor_of(request), Operation.PROFILE_WRITE, roads.now())
        flow = roads.flows.begin(
            Purpose.LINK, roads.now(), PROFILE, session=visit.uid, reviewer=visit.reviewer
        )
        return await _telling(roads, request, flow)

    @router.post(UNLINK)
    async def unlink(request: Request) -> Response:
        await own_form(request)
        try:
            await run_in_threadpool(roads.federation.unlink, actor_of(request))
        except RefusedError as refusal:
            text = told(refusal.reason, roads.federation.terms.name, language_of(request))
            return render(request, "provider.html", HTTPStatus.CONFLICT, trouble=text, url=None)
        return RedirectResponse(PROFILE, HTTPStatus.SEE_OTHER)

    @router.post(LOGOUT)
    async def left(request: Request) -> Response:
        form = await form_of(request, MAXIMUM_TOKEN)
        try:
            who = await roads.errands.left(form.get("logout_token", ""))
        except RefusedError as refusal:
            _log.warning("a logout token was refused: %s", refusal)
            told_as = {"error": "invalid_request", "error_description": refusal.reason.value}
            return JSONResponse(told_as, HTTPStatus.BAD_REQUEST)
        ended = await run_in_threadpool(roads.federation.left, who)
        _log.info("the provider ended %d sessions", ended)
        return Response(status_code=HTTPStatus.OK)

    return router


def onward(request: Request, url: str) -> Response:
    """A page that goes on by itself."""
    site = urlsplit(url).hostname or ""
    return render(request, "provider.html", url=url, site=site, trouble=None)


async def _telling(
    roads: Roads, request: Request, flow: Flow, *, redirect: bool = False
) -> Response:
    try:
        return await roads.begun(request, flow, redirect=redirect)
    except RefusedError as refusal:
        return roads.refused(request, refusal, flow)


async def _finished(roads: Roads, request: Request) -> Response:
    flow = None
    try:
        flow = roads.opened(request)
        given = {name: request.query_params.get(name) for name in _ANSWER}
        answer = Answer(**{name: value for name, value in given.items() if value is not None})
        return await _ENDS[flow.purpose](roads, request, flow, answer)
    except RefusedError as refusal:
        await roads.doubt(refusal, client_at(request))
        return roads.refused(request, refusal, flow)


async def _entered(roads: Roads, request: Request, flow: Flow, answer: Answer) -> Response:
    vouched = await roads.errands.brought(flow, answer)
    key = await run_in_threadpool(roads.federation.enter, vouched, client_at(request))
    visit = request.scope["state"]["visit"]
    if visit is not None:
        await run_in_threadpool(roads.entrance.sessions.end, visit.key)
    page = RedirectResponse(local_path(flow.following), HTTPStatus.SEE_OTHER)
    roads.cookies.admit(request, page, key)
    roads.forget(request, page)
    return page


async def _renewed(roads: Roads, request: Request, flow: Flow, answer: Answer) -> Response:
    visit, _ = _same(request, flow)
    vouched = await roads.errands.brought(flow, answer)
    held = await run_in_threadpool(roads.entrance.sessions.draft, visit)
    client = client_at(request)
    key = await run_in_threadpool(roads.federation.renew, visit, vouched, client)
    kept = roads.entrance.interruptions.open(visit.reviewer or "", (held or b"").decode("ascii"))
    page = going_on(request, key, kept, local_path(flow.following))
    roads.cookies.admit(request, page, key)
    roads.forget(request, page)
    return page


async def _linked(roads: Roads, request: Request, flow: Flow, answer: Answer) -> Response:
    _, actor = _same(request, flow)
    vouched = await roads.errands.brought(flow, answer)
    await run_in_threadpool(roads.federation.link, actor, vouched)
    page = RedirectResponse(local_path(flow.following), HTTPStatus.SEE_OTHER)
    roads.forget(request, page)
    return page


def _same(request: Request, flow: Flow) -> tuple[Visit, Actor]:
    """The session that a flow was begun in, and whose it is. Raises RefusedError for another one,
    or none."""
    visit: Visit | None = request.scope["state"]["visit"]
    if visit is None or visit.actor is None or visit.uid != flow.session:
        raise RefusedError(Reason.NOT_BEGUN_HERE, "the session is not the one it was begun in")
    return visit, visit.actor


_ENDS: dict[Purpose, Callable[[Roads, Request, Flow, Answer], Awaitable[Response]]] = {
    Purpose.SIGN_IN: _entered,
    Purpose.RENEW: _renewed,
    Purpose.LINK: _linked,
}
