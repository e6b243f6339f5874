"""What every request passes before it reaches a page, and what every answer carries.

Known host names only, against DNS rebinding; bounded addresses; a session for all but the few
open paths; forms only from these pages themselves; headers that leave a browser nothing to
misread.
"""

from collections.abc import Callable
from http import HTTPStatus

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = frozenset(("127.0.0.1", "localhost", "[::1]"))
MAXIMUM_PATH = 512
MAXIMUM_QUERY = 1_024
MAXIMUM_BODY = 4_096
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
_PROBES = frozenset(("/healthz", "/readyz"))
_OPEN = _PROBES | {"/enter", "/preferences", "/metrics"}
"""Who comes to these without a session is let through; `/metrics` looks for a token itself."""
_STATIC = "/static/"
_SAFE = frozenset(("GET", "HEAD"))
_METHODS = _SAFE | {"POST"}

Refusal = Callable[[Request, HTTPException], Response]


def session_cookie(request: Request, *, secure: bool) -> str:
    """The cookie's name; browsers keep cookies of one host apart by name only, not by port."""
    prefix = "__Host-" if secure else ""
    return f"{prefix}vigie_session_{request.url.port or 0}"


class Guard:
    """Stands before the pages. `admits` says whether a session is open, `refuse` how a refusal
    looks, `hosts` which host names besides the loopback's are this console's, `secure` whether
    browsers reach it over HTTPS."""

    def __init__(
        self,
        app: ASGIApp,
        admits: Callable[[str], bool],
        refuse: Refusal,
        hosts: frozenset[str],
        secure: bool,
    ) -> None:
        self._app = app
        self._admits = admits
        self._refuse = refuse
        self._hosts = LOOPBACK | hosts
        self._secure = secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        guarded = _with_headers(send, scope["path"].startswith(_STATIC))
        scope.setdefault("state", {})["session"] = None
        try:
            self._check(request)
            scope["state"]["session"] = await self._session(request)
        except HTTPException as refusal:
            await self._refuse(request, refusal)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)

    def _check(self, request: Request) -> None:
        scope = request.scope
        if host_name(request.headers.get("host", "")) not in self._hosts:
            raise HTTPException(HTTPStatus.MISDIRECTED_REQUEST)
        if scope["method"] not in _METHODS:
            raise HTTPException(HTTPStatus.METHOD_NOT_ALLOWED)
        path = scope.get("raw_path") or scope["path"].encode()
        if len(path) > MAXIMUM_PATH or len(scope["query_string"]) > MAXIMUM_QUERY:
            raise HTTPException(HTTPStatus.REQUEST_URI_TOO_LONG)
        if scope["method"] not in _SAFE and not is_own(
            request.headers, "https" if self._secure else scope["scheme"]
        ):
            raise HTTPException(HTTPStatus.FORBIDDEN)

    async def _session(self, request: Request) -> str | None:
        path = request.scope["path"]
        if path.startswith(_STATIC) or path in _PROBES:
            return None
        session = request.cookies.get(session_cookie(request, secure=self._secure))
        is_open = bool(session) and await run_in_threadpool(self._admits, session or "")
        if is_open:
            return session
        if path not in _OPEN:
            raise HTTPException(HTTPStatus.UNAUTHORIZED)
        return None


def host_name(host: str) -> str:
    """The name in a Host header, without its port, in lower case; empty for a malformed one."""
    if host.startswith("["):
        name, bracket, rest = host.partition("]")
        name += bracket
    else:
        name, colon, port = host.partition(":")
        rest = colon + port
    port_is_fine = not rest or (rest[0] == ":" and rest[1:].isascii() and rest[1:].isdigit())
    return name.lower() if port_is_fine else ""


def is_own(headers: Headers, scheme: str) -> bool:
    """Whether a form was sent by a page of this very origin, as the browser says.

    These pages send no referrer, for which browsers write `null` as the origin too; then, and
    where there is none, `Sec-Fetch-Site` has to say it. A browser that says nothing is refused.
    """
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin == f"{scheme}://{headers.get('host', '')}":
        return site in (None, "same-origin")
    return origin in (None, "null") and site == "same-origin"


def _with_headers(send: Send, is_static: bool) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers["cache-control"] = "private, no-cache" if is_static else "no-store"
        await send(message)

    return guarded
