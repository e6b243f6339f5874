"""What every request passes before it reaches a page, and what every answer carries.

Known host names only, against DNS rebinding; bounded addresses; a session for all but the few
open paths, and for programs a key in place of it; forms only from these pages themselves; so many
requests of anybody, and no more; headers that leave a browser nothing to misread.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.gate.ticket import PATH as TICKET
from monitor.services.actor import Actor
from monitor.services.api_keys import ApiKey, actor_of_key
from monitor.services.authority import Operation, permits
from monitor.services.sessions import Client, Visit
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.store.patience import within
from monitor.web.acting import client_at
from monitor.web.allowance import Allowance, is_costly
from monitor.web.client import TrustedProxies
from monitor.web.headers import STATIC, with_headers
from monitor.web.incoming import let_go
from monitor.web.intake import bounded, check_announced, check_framing
from monitor.web.problem import Kind, Problem, answer, refused
from monitor.web.subscriber_paths import is_subscribers
from monitor.web.subscribers import (
    AdmitsSubscriber,
    nobody,
    subscriber_cookie,
)

LOOPBACK = frozenset(("127.0.0.1", "localhost", "[::1]"))
MAXIMUM_PATH = 512
MAXIMUM_QUERY = 1_024
MAXIMUM_ANSWER = 8_192
"""Bytes of what a provider sends back in an address: Entra ID's codes are long."""
MAXIMUM_BODY = 4_096
_PROBES = frozenset(("/healthz", "/readyz"))
_BY_PROVIDER = frozenset(("/oidc/start", "/oidc/callback", "/oidc/finish"))
_LONG = _BY_PROVIDER | {TICKET}
"""What providers send back, and the gate's own addresses."""
_REPORT = frozenset(("/report", "/report/thanks", "/appeal"))
"""Where anybody can report something (AUP, article 10), and contest what was decided (5)."""
_DOOR = frozenset(("/enter", "/sign-in", "/sign-in/passkey", "/sign-in/passkey/offer"))
_OPEN = _PROBES | _DOOR | {"/preferences", "/metrics"} | _BY_PROVIDER | _REPORT
"""Who comes to these without a session is let through; `/metrics` looks for a token itself."""
_OF_PROVIDER = frozenset(("/oidc/logout", "/webhooks/reports"))
"""What a server sends, with a proof of its own in it: of no page and no session."""
_FORMS = frozenset(("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"))
_SETUP = "/setup"
"""Where who cannot sign in yet is led, whatever they ask for."""
_ALWAYS = frozenset(("/leave",)) | _OPEN
_POLLED = frozenset(("/pulse", "/live", "/api/v1/changes"))
"""What pages ask for by themselves: a session is not used by it."""
_BY_ITSELF = "vigie-live"
"""The header by which a page says the same of what it asks for since something changed."""
_SAFE = frozenset(("GET", "HEAD"))
_SENDS = frozenset(("POST",))
_METHODS = _SAFE | _SENDS
_API_METHODS = _METHODS | {"PUT", "PATCH", "DELETE"}
_API = ("/api/v1/", "/scim/v2")
_FOR_PROGRAMS = "/scim/v2"
"""Below it no session opens anything, only a key."""
_ASKED = "/api/v1/sign-ins"
"""The same of what applications ask."""

Refusal = Callable[[Request, HTTPException], Response]
Identify = Callable[[str], Awaitable[ApiKey | None]]
Admits = Callable[[str, Client | None], Visit | None]

_BEARER = "bearer "
_CHALLENGE = 'Bearer realm="vigie"'


def session_cookie(request: Request, *, secure: bool) -> str:
    """The cookie's name; browsers keep cookies of one host apart by name only, not by port."""
    prefix = "__Host-" if secure else ""
    return f"{prefix}vigie_session_{request.url.port or 0}"


class Guard:
    """Stands before the pages. `admits` says whose a session is, if it is open, `refuse` how a
    refusal looks, `hosts` which host names besides the loopback's are this console's, `secure`
    whether browsers reach it over HTTPS. `programs` are the paths that no session opens, only a
    key for the operation that stands beside the path; all of the API takes a key in place of a
    session. `identify` says what a key is for. `proxies` are those whose word counts for who a
    client is; `allowance` is how often somebody may ask. `subscribers` says whose a session at the
    pages of subscribers is: there it is the only one that is looked at, and whoever has none is let
    through, for those pages say themselves what they want. `patience` is how long (ms) reading may
    take for a page, None for any time."""

    def __init__(
        self,
        app: ASGIApp,
        admits: Admits,
        refuse: Refusal,
        hosts: frozenset[str],
        secure: bool,
        programs: Mapping[str, Operation],
        identify: Identify,
        proxies: TrustedProxies,
        allowance: Allowance | None = None,
        subscribers: AdmitsSubscriber = nobody,
        patience: int | None = None,
    ) -> None:
        self._app = app
        self._patience = patience
        self._admits = admits
        self._refuse = refuse
        self._hosts = LOOPBACK | hosts
        self._secure = secure
        self._programs = programs
        self._identify = identify
        self._proxies = proxies
        self._allowance = allowance or Allowance()
        self._subscribers = subscribers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        self._proxies.apply(scope)
        request = Request(scope, receive)
        state = scope.setdefault("state", {})
        state["session"], state["actor"], state["visit"] = None, None, None
        state["subscriber"] = None
        guarded = with_headers(send, scope, secure=self._secure)
        needed = self._programs.get(scope["path"])
        is_of_program = needed is not None or _is_of_program(request)
        credential = ""
        try:
            self._check(request, _methods(scope["path"], needed))
            if needed is None:
                check_announced(request)
            credential = self._credential(request, is_of_program)
            self._allowance.look(request, credential)
            if is_of_program:
                key = await self._key(request, needed)
                state["key"], state["actor"] = key, actor_of_key(key)
            elif is_subscribers(scope["path"]):
                self._check_form(request)
                state["subscriber"] = await self._subscriber(request, credential)
            elif scope["path"] not in _OF_PROVIDER:
                self._check_form(request)
                state["session"], state["actor"] = await self._session(request, credential)
            self._allowance.admit(request, state["actor"] or state["subscriber"], credential)
        except HTTPException as refusal:
            if refusal.status_code == HTTPStatus.UNAUTHORIZED:
                self._allowance.fail(request, credential)
            if not is_of_program:
                # It may have to ask the database whether anybody could sign in.
                told = await run_in_threadpool(self._refuse, request, refusal)
            else:
                told = _answer(request, refused(refusal))
                await let_go(request, told)
            await told(scope, receive, guarded)
            return
        # Whatever can be got can be asked about (RFC 9110, 9.3.2).
        asked = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
        with within(self._patience if is_waited_for(request, is_of_program) else None):
            await self._app(asked, receive if needed else bounded(receive, scope), guarded)

    def _check(self, request: Request, methods: frozenset[str]) -> None:
        scope = request.scope
        if host_name(request.headers.get("host", "")) not in self._hosts:
            raise HTTPException(HTTPStatus.MISDIRECTED_REQUEST)
        check_framing(request)
        if scope["method"] not in methods:
            allow = {"Allow": ", ".join(sorted(methods))}
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED, headers=allow)
        if "\0" in scope["path"]:
            # No database keeps it: nothing can be called so.
            raise HTTPException(HTTPStatus.NOT_FOUND)
        path = scope.get("raw_path") or scope["path"].encode()
        most = MAXIMUM_ANSWER if scope["path"] in _LONG else MAXIMUM_QUERY
        if len(path) > MAXIMUM_PATH or len(scope["query_string"]) > most:
            raise HTTPException(HTTPStatus.REQUEST_URI_TOO_LONG)

    def _check_form(self, request: Request) -> None:
        scope = request.scope
        if scope["method"] in _SAFE:
            return
        if not is_own(request.headers, "https" if self._secure else scope["scheme"]):
            raise HTTPException(HTTPStatus.FORBIDDEN)
        if scope["path"].startswith(_API) and is_of_form(request.headers):
            raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)

    async def _key(self, request: Request, needed: Operation | None) -> ApiKey:
        if is_of_browser(request.headers):
            raise Problem(Kind.NOT_ALLOWED, "This is for programs, not for pages in a browser.")
        told = request.headers.get("authorization", "")
        if told[: len(_BEARER)].lower() != _BEARER:
            detail = "Send a key by `Authorization: Bearer vgk_…`; `vigie key create` makes one."
            raise Problem(Kind.KEY_REQUIRED, detail, {"WWW-Authenticate": _CHALLENGE})
        key = await self._identify(told[len(_BEARER) :].strip())
        if key is None:
            challenge = f'{_CHALLENGE}, error="invalid_token"'
            detail = "The API key is not known, or does not hold any more."
            raise Problem(Kind.KEY_REQUIRED, detail, {"WWW-Authenticate": challenge})
        if needed is not None and not permits(actor_of_key(key), needed):
            challenge = f'{_CHALLENGE}, error="insufficient_scope", scope="{needed.scope}"'
            detail = f"The API key has not the scope {needed.scope}."
            raise Problem(Kind.NOT_ALLOWED, detail, {"WWW-Authenticate": challenge})
        return key

    def _credential(self, request: Request, is_of_program: bool) -> str:
        """The key or the session that was sent; empty for none."""
        if is_of_program:
            return request.headers.get("authorization", "")
        if is_subscribers(request.scope["path"]):
            return request.cookies.get(subscriber_cookie(request, secure=self._secure), "")
        return request.cookies.get(session_cookie(request, secure=self._secure), "")

    async def _subscriber(self, request: Request, session: str) -> SubscriberVisit | None:
        if not session:
            return None
        return await run_in_threadpool(self._subscribers, session, client_at(request))

    async def _session(self, request: Request, session: str) -> tuple[str | None, Actor | None]:
        path = request.scope["path"]
        if path.startswith(STATIC) or path in _PROBES:
            return None, None
        is_polled = path in _POLLED or _BY_ITSELF in request.headers
        client = None if is_polled else client_at(request)
        visit = await run_in_threadpool(self._admits, session, client) if session else None
        request.scope["state"]["visit"] = visit
        if visit is None:
            if path not in _OPEN:
                raise HTTPException(HTTPStatus.UNAUTHORIZED)
            return None, None
        if visit.actor is None:
            _lead_to_setup(request)
        return session, visit.actor


def is_waited_for(request: Request, is_of_program: bool) -> bool:
    """Whether a person waits for what is read here, and rather is told that it takes too long;
    whoever has a file made of everything waits for that."""
    is_read = request.scope["method"] in _SAFE and not is_of_program
    return is_read and not is_costly(request.scope["path"])


def _lead_to_setup(request: Request) -> None:
    """Raise HTTPException where somebody who is only to be set up asks for something else."""
    path = request.scope["path"]
    if path == _SETUP or path.startswith(f"{_SETUP}/") or path in _ALWAYS:
        return
    if request.scope["method"] not in _SAFE or path.startswith(_API):
        raise HTTPException(HTTPStatus.UNAUTHORIZED)
    raise HTTPException(HTTPStatus.SEE_OTHER, headers={"Location": _SETUP})


def _answer(request: Request, refusal: Problem) -> Response:
    """To a program, as it expects to be spoken to."""
    if not request.scope["path"].startswith(_FOR_PROGRAMS):
        return answer(refusal)
    # Its models take long to load, and few instances are pushed to.
    from monitor.web.scim_answer import refusal_answer  # noqa: PLC0415

    return refusal_answer(refusal)


def _methods(path: str, needed: Operation | None) -> frozenset[str]:
    if needed is not None:
        return _SENDS
    return _API_METHODS if path.startswith(_API) else _METHODS


def _is_of_program(request: Request) -> bool:
    """Whether a key is what opens this: where it is sent, in place of a session."""
    path = request.scope["path"]
    if path.startswith(_FOR_PROGRAMS) or path == _ASKED or path.startswith(f"{_ASKED}/"):
        return True
    return path.startswith(_API) and "authorization" in request.headers


def host_name(host: str) -> str:
    """The name in a Host header, without its port, in lower case; empty for a malformed one."""
    if host.startswith("["):
        name, bracket, rest = host.partition("]")
        name += bracket
    else:
        name, colon, port = host.partition(":")
        rest = colon + port
    is_port = re.fullmatch(r"(:[0-9]{0,5})?", rest) is not None
    return name.lower() if is_port and int(rest[1:] or 0) < 1 << 16 else ""


def is_own(headers: Headers, scheme: str) -> bool:
    """Whether a form was sent by a page of this very origin, as the browser says.

    These pages send no referrer, for which browsers write `null` as the origin too; then, and
    where there is none, `Sec-Fetch-Site` has to say it. A browser that says nothing is refused.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin == f"{scheme}://{headers.get('host', '')}":
        return site in (None, "same-origin")
    return origin in (None, "null") and site == "same-origin"


def is_of_form(headers: Headers) -> bool:
    """Whether a body is of a kind that any page can have sent, without its browser asking first
    (the Fetch standard's safelisted types); the API takes none of them from a browser."""
    told = headers.get("content-type", "").partition(";")[0].strip().lower()
    return told in _FORMS


def is_of_browser(headers: Headers) -> bool:
    """Whether a page in a browser sent a request: a program has neither origin nor site."""
    return "origin" in headers or headers.get("sec-fetch-site", "none") != "none"
