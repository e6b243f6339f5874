"""What the settings say of the gate: how it knows a session, and what it does when it cannot."""

import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

from monitor.gate.cookie import LEAST_SECRET
from monitor.oidc.terms import is_endpoint, is_issuer

_Text = Annotated[str, Meta(min_length=1, max_length=256)]
_Claim = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"\A[!-~]+\Z")]
_Cookie = Annotated[str, Meta(max_length=128, pattern=r"\A[!#$%&'*+.^_`|~0-9A-Za-z-]*\Z")]
_Secret = Annotated[str, Meta(min_length=LEAST_SECRET, max_length=1_024)]
_PATH = re.compile(r"/[A-Za-z0-9/_.~-]*\Z")
DEFAULT_COOKIE = "vigie_gate"


class Terms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How applications are guarded; without `session` they are not.

    `session` is how one is known: by a `cookie` that the application seals, by a `token` that an
    OpenID provider signed, or by `introspection` of an opaque one (RFC 7662). `applications` are
    the addresses that a browser may be sent back to, `sign_in_url` is where it signs in. `proxy` is
    whose headers say what is asked for: nginx's `X-Original-URI`, or `X-Forwarded-Uri` of Traefik
    and Caddy. `unknown` is what becomes of a request that proves no session.

    `on_failure` is what is done where nobody can tell, below `closed_paths` always "closed"; the
    answers count as blind after `stale_seconds` without news from the database. `tenant` is whose
    an account is where nothing says it, None for the settings' own.

    Cookie: its name, the secret in common with the application and the one before it, and the name
    of the application's session cookie that it is bound to. Token and introspection: it comes as
    bearer, or in `token_cookie`; `issuer`, who it has to be for, and the claims that name session,
    account and tenant. `introspection_url` is asked as `client_id`, its word kept for
    `cache_seconds`.
    """

    session: Literal["cookie", "token", "introspection"] | None = None
    applications: tuple[str, ...] = ()
    sign_in_url: str | None = None
    proxy: Literal["nginx", "forwarded"] = "nginx"
    unknown: Literal["sign_in", "pass"] = "sign_in"
    on_failure: Literal["open", "closed"] = "open"
    closed_paths: tuple[str, ...] = ()
    stale_seconds: Annotated[float, Meta(ge=1, le=600)] = 5.0
    tenant: _Text | None = None
    cookie_name: _Cookie = DEFAULT_COOKIE
    cookie_secret: _Secret | None = None
    cookie_former_secret: _Secret | None = None
    bound_to: _Cookie = ""
    token_cookie: _Cookie = ""
    issuer: str | None = None
    audience: tuple[_Text, ...] = ()
    session_claim: _Claim = "sid"
    account_claim: _Claim = "sub"
    tenant_claim: _Claim | None = None
    introspection_url: str | None = None
    client_id: _Text | None = None
    client_secret: Annotated[str, Meta(min_length=1, max_length=1_024)] | None = None
    cache_seconds: Annotated[float, Meta(ge=0, le=300)] = 30.0

    @property
    def is_on(self) -> bool:
        """Whether anything is guarded."""
        return self.session is not None


def fault(terms: Terms) -> tuple[str, str] | None:
    """The first thing that types cannot say: the setting's name, and what was expected."""
    if not terms.is_on:
        return None if terms == Terms() else ("session", f"expected {_WAYS}")
    for name, is_met, what in (*_common(terms), *_own(terms)):
        if not is_met:
            return name, f"expected {what}"
    return None


def origin_of(address: str) -> str | None:
    """The origin that an address is, as a browser writes it; None for what is none."""
    try:
        site = urlsplit(address)
        port = site.port
    except ValueError:
        return None
    if (
        not _is_plain(address)
        or site.scheme not in ("http", "https")
        or not site.hostname
        or site.username
    ):
        return None
    if site.path not in ("", "/") or site.query or site.fragment:
        return None
    host = f"[{site.hostname}]" if ":" in site.hostname else site.hostname
    usual = {"http": 80, "https": 443}[site.scheme]
    return f"{site.scheme}://{host}" + ("" if port in (None, usual) else f":{port}")


def _common(terms: Terms) -> tuple[tuple[str, object, str], ...]:
    return (
        (
            "applications",
            terms.applications and all(map(origin_of, terms.applications)),
            "addresses of applications, such as https://app.example.com, without a path",
        ),
        (
            "sign_in_url",
            terms.sign_in_url and _is_page(terms.sign_in_url),
            "where users sign in, such as https://app.example.com/login",
        ),
        (
            "closed_paths",
            all(map(_PATH.match, terms.closed_paths)),
            "paths such as /admin, of letters, digits and /_.~-",
        ),
    )


def _own(terms: Terms) -> tuple[tuple[str, object, str], ...]:
    if terms.session == "cookie":
        return (
            ("cookie_name", terms.cookie_name, "the cookie's name"),
            ("cookie_secret", terms.cookie_secret, "a secret that the application has as well"),
        )
    if terms.session == "token":
        return (
            ("issuer", terms.issuer and is_issuer(terms.issuer), "the provider's address: https"),
            ("audience", terms.audience, "whom tokens are for: the application's client id"),
        )
    return (
        (
            "introspection_url",
            terms.introspection_url and is_endpoint(terms.introspection_url),
            "where tokens are introspected: https, or on this machine",
        ),
        ("client_id", terms.client_id, "what the provider calls Vigie"),
        ("client_secret", terms.client_secret, "the secret that Vigie shows the provider"),
    )


def _is_page(address: str) -> bool:
    site = address.partition("?")[0].split("/", 3)
    return len(site) >= 3 and _is_plain(address) and origin_of("/".join(site[:3])) is not None


def _is_plain(address: str) -> bool:
    return address.isascii() and address.isprintable() and not set(address) & set(' "<>\\')


_WAYS = "how a session is known: cookie, token or introspection"
