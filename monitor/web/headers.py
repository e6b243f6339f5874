"""What every answer carries: headers that leave a browser nothing to misread, and nothing to run.

A page's scripts and styles are those that bear its nonce, 128 random bits made for this one
answer; no address is allowed as such, since whatever can be had from this origin (an answer of the
API, an export) could then be named as a script. Nor is 'strict-dynamic': nothing here loads
scripts by scripts, and it would let them. Every other answer may load nothing at all.
"""

import secrets
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import Message, Scope, Send

STATIC: Final = "/static/"
HSTS: Final = "max-age=31536000; includeSubDomains"
"""A year, and for what is below the console's own name."""
NOTHING: Final = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def nonce_of(request: Request) -> str:
    """The nonce of the page that answers a request: made when it is first asked for."""
    state = request.scope.setdefault("state", {})
    if state.get("nonce") is None:
        state["nonce"] = secrets.token_urlsafe(16)
    return str(state["nonce"])


def policy(nonce: str | None) -> str:
    """The content security policy (CSP 3) of a page with this nonce, or of what is no page.

    Trusted Types: markup that a script brings in goes through `static/trusted.js`, and scripts and
    their addresses can be made of texts by nobody.
    """
    if nonce is None:
        return NOTHING
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'nonce-{nonce}'",
            f"style-src 'nonce-{nonce}'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types default vigie",
        )
    )


def with_headers(send: Send, scope: Scope, *, secure: bool) -> Send:
    """`send`, with the headers of each answer to this request, and no body for HEAD. `secure`:
    browsers come by HTTPS."""

    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            headers["content-security-policy"] = policy(scope["state"].get("nonce"))
            headers.update(scope["state"].get("told", {}))
            if secure:
                headers["strict-transport-security"] = HSTS
            is_static = scope["path"].startswith(STATIC)
            headers["cache-control"] = "private, no-cache" if is_static else "no-store"
        elif scope["method"] == "HEAD":
            message = {**message, "body": b""}
        await send(message)

    return guarded
