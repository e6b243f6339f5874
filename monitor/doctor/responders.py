"""What acts elsewhere: that each can be opened, and may connect to where its settings send it."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from alerts.egress.wall import Wall
from alerts.responders import mail
from alerts.responders.kind import read_terms
from alerts.responders.terms import Common
from monitor.doctor.check import Check, note
from monitor.settings import Settings

_ADDRESSES = ("url", "token_url")
_PORTS = {"https": 443, "http": 80}


def look(settings: Settings) -> Iterator[Check]:
    """One check for each place of each responder; nothing is connected to."""
    wall = Wall(settings.outbound)
    for name, table in sorted(settings.responders.items()):
        terms = read_terms(table)
        if not terms.enabled:
            yield note(f"responder {name}", "is asked for nothing", "set enabled = true to use it")
            continue
        for host, port in places(terms):
            yield _checked(wall, name, host, port)


def places(terms: Common) -> list[tuple[str, int]]:
    """The hosts and ports that terms name; those of addresses of Apprise are Apprise's to know."""
    found = []
    for address in filter(None, (getattr(terms, one, None) for one in _ADDRESSES)):
        parts = urlsplit(address)
        if parts.hostname and parts.scheme in _PORTS:
            found.append((parts.hostname, parts.port or _PORTS[parts.scheme]))
    if isinstance(terms, mail.Terms):
        found.append((terms.host, terms.port or mail.PORTS[terms.security]))
    return found


def _checked(wall: Wall, name: str, host: str, port: int) -> Check:
    why = wall.why_not(host, port)
    if why is None:
        return Check(f"responder {name}", good=True, seen=host)
    remedy = (
        "name it in outbound.allow if it is meant" if "not allowed" in why else "see to its DNS"
    )
    return Check(f"responder {name}", good=False, seen=why, remedy=remedy)
