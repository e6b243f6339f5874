"""The OpenID provider that reviewers sign in by: that it answers, as whom, and with which keys."""

import asyncio
from collections.abc import Iterator

from monitor.doctor.check import Check, note
from monitor.oidc.keys import Key
from monitor.oidc.metadata import Metadata
from monitor.oidc.provider import Provider
from monitor.oidc.refusal import RefusedError
from monitor.oidc.terms import CALLBACK, LOGOUT
from monitor.settings import Settings


def look(settings: Settings) -> Iterator[Check]:
    """Nothing where reviewers sign in by no provider."""
    if not settings.oidc.is_on:
        return
    provider = Provider(settings.oidc, settings.web.address + CALLBACK)
    yield _address(settings)
    try:
        found, keys = asyncio.run(_asked(provider))
    except RefusedError as error:
        remedy = "compare [oidc] issuer with what the provider is called, and see that it runs"
        yield Check("OpenID provider", good=False, seen=error.detail, remedy=remedy)
        return
    seen = f"{found.issuer}, {len(keys)} keys, {', '.join(found.algorithms)}"
    remedy = "have the provider show its signing keys (RSA of 2,048 bits at least, EC or Ed25519)"
    yield Check("OpenID provider", bool(keys), seen, remedy)
    yield _logout(settings, found)


async def _asked(provider: Provider) -> tuple[Metadata, tuple[Key, ...]]:
    return await provider.metadata(), await provider.keys(None)


def _address(settings: Settings) -> Check:
    back = settings.web.address + CALLBACK
    if settings.web.public_url is None:
        advice = "set web.public_url: the provider sends browsers back to this very address"
        return note("address for the provider", back, advice)
    return Check("address for the provider", good=True, seen=back)


def _logout(settings: Settings, found: Metadata) -> Check:
    if found.backchannel_logout_supported:
        where = settings.web.address + LOGOUT
        return Check("leaving at the provider", good=True, seen=f"it tells {where}, once set so")
    advice = (
        "sessions end by themselves only: keep them short, or end them on the page of reviewers"
    )
    return note("leaving at the provider", "it tells nobody (no back-channel logout)", advice)
