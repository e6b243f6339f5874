"""Proxies: whether those who come through one are told apart."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from monitor.doctor.check import Check, note
from monitor.settings import Settings


def look(settings: Settings) -> Iterator[Check]:
    """Whether the settings name the proxy that a public address stands for."""
    web = settings.web
    if web.public_url is None or urlsplit(web.public_url).scheme != "https":
        return
    named = ", ".join(web.trusted_proxies)
    if named:
        yield Check("proxies", True, named, "")
        return
    remedy = "set web.trusted_proxies to the proxy's address (docs/operations.md)"
    yield note("proxies", "none is named: everybody who is not signed in is one address", remedy)
