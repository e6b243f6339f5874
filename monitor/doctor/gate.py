"""The gate before applications: that what it is told by answers, and what is open while it cannot
tell."""

import asyncio
from collections.abc import Iterator
from secrets import token_urlsafe
from urllib.parse import urlsplit

from alerts.responders.gate import KIND
from monitor.clock import now_ms
from monitor.doctor.check import Check, note
from monitor.gate.known import BusyError, UnsureError
from monitor.gate.opening import introspecting
from monitor.gate.terms import Terms, origin_of
from monitor.oidc.provider import Provider
from monitor.oidc.refusal import RefusedError
from monitor.oidc.terms import Terms as ProviderTerms
from monitor.settings import Settings


def look(settings: Settings) -> Iterator[Check]:
    """Nothing where no application is guarded."""
    terms = settings.gate
    if not terms.is_on:
        return
    if terms.session == "token":
        yield asyncio.run(_provider(terms))
    elif terms.session == "introspection":
        yield asyncio.run(_introspection(settings))
    else:
        yield _cookie(terms)
    yield _orders(settings)
    yield _failure(terms)
    yield _sign_in(terms)


def _cookie(terms: Terms) -> Check:
    if terms.bound_to:
        return Check("gate", good=True, seen=f"cookie {terms.cookie_name}, with {terms.bound_to}")
    advice = (
        "name the application's own session cookie in gate.bound_to, or let the application "
        "compare X-Vigie-Session with its own session at each request"
    )
    return note("gate", f"cookie {terms.cookie_name}, bound to no session", advice)


async def _provider(terms: Terms) -> Check:
    provider = Provider(ProviderTerms(issuer=terms.issuer, client_id="vigie"), "")
    try:
        keys = await provider.keys(None)
    except RefusedError as error:
        remedy = "compare gate.issuer with what the provider is called, and see that it runs"
        return Check("gate", good=False, seen=error.detail, remedy=remedy)
    remedy = "have the provider show its signing keys (RSA of 2,048 bits at least, EC or Ed25519)"
    return Check("gate", bool(keys), f"tokens of {terms.issuer}, {len(keys)} keys", remedy)


async def _introspection(settings: Settings) -> Check:
    """Asked about a token that nobody has."""
    made = introspecting(settings.gate, settings.tenant, now_ms)
    token, cookie = token_urlsafe().encode(), settings.gate.token_cookie.encode()
    bearer = (b"authorization", b"Bearer " + token)
    header = (b"cookie", cookie + b"=" + token) if cookie else bearer
    try:
        await made.know([header])
    except (UnsureError, BusyError) as error:
        remedy = "compare gate.introspection_url, client_id and client_secret with the provider's"
        return Check("gate", good=False, seen=str(error), remedy=remedy)
    finally:
        await made.close()
    return Check("gate", good=True, seen=f"introspection at {settings.gate.introspection_url}")


def _orders(settings: Settings) -> Check:
    names = [entry.name for entry in settings.roster.entries if entry.kind == KIND]
    if names:
        return Check("orders to the gate", good=True, seen=", ".join(names))
    advice = (
        'name it among the responders ([responders.gate], kind = "gate"): without, accounts are '
        "never suspended there, nor all of their sessions ended"
    )
    return note("orders to the gate", "none come to it", advice)


def _failure(terms: Terms) -> Check:
    if terms.on_failure == "closed":
        return Check("a blind gate", good=True, seen="lets nobody pass")
    if terms.closed_paths:
        return Check("a blind gate", good=True, seen=f"closed: {', '.join(terms.closed_paths)}")
    advice = "name the paths that nobody may pass unseen in gate.closed_paths, and in the proxy"
    return note("a blind gate", "lets everybody pass everywhere", advice)


def _sign_in(terms: Terms) -> Check:
    site = urlsplit(terms.sign_in_url or "")
    origins = {origin_of(one) for one in terms.applications}
    if origin_of(f"{site.scheme}://{site.netloc}") in origins:
        return Check("signing in again", good=True, seen=terms.sign_in_url or "")
    advice = "leave it if the provider's own page is meant; else compare it with gate.applications"
    return note("signing in again", f"{terms.sign_in_url}, which is no application's", advice)
