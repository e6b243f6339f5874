"""How many requests somebody may send: by key, by account, and by address while nobody is known.

It shares one process fairly among those who ask it. Each process counts for itself: several have
as many times the room, and what guards against guessing counts in the database, for all of them.
Whoever is known is counted as themselves, and never with others behind one address, nor is a
session or a key that was good a moment ago looked at again by its address. Who is not known is
counted by address, in IPv6 by its /64; the loopback stands for everybody on this machine, or behind
a proxy on it, and nothing is counted by it. What is refused uses nothing up, so that waiting helps.
"""

import math
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request

from monitor.addresses import address_of, prefix_of
from monitor.clock import monotonic
from monitor.services.actor import Actor
from monitor.services.subscriber_sessions import SubscriberVisit
from monitor.web.client import client_of
from monitor.web.headers import STATIC
from monitor.web.rates import Rate, Rates, Verdict
from monitor.web.subscriber_paths import is_subscribers

KNOWN: Final = Rate(50, 1_000)
"""Requests of one account, or one key."""
SENDING: Final = Rate(2_000, 10_000)
"""Bodies that one key pushes: beyond what a process can take. What waits of it is bounded."""
DECIDING: Final = Rate(500, 2_000)
"""Sign-ins that one key asks about: more than a process can judge. What waits is bounded."""
UNKNOWN: Final = Rate(20, 200)
"""Requests of one address, of nobody who is known."""
FILES: Final = Rate(200, 1_000)
"""Scripts and styles that one address gets."""
KNOCKING: Final = Rate(1, 60)
"""Forms that one address sends before anybody is known."""
PROVING: Final = Rate(5, 300)
"""The same at the pages of subscribers: a whole call centre has one address, and what guesses at a
factor is counted where factors are asked for."""
SUBSCRIBER: Final = Rate(5, 100)
"""Requests of one subscriber."""
COSTLY: Final = 25
"""What an import or an export counts for."""
PROBES: Final = frozenset(("/healthz", "/readyz"))
"""Asked by whoever decides whether this process lives: never refused."""
_COSTLY = frozenset(("copy", "export", "import", "ocsf", "preview", "previews", "verify"))
_SAFE = frozenset(("GET", "HEAD"))
_TOLD = ("/api/", "/scim/")
_PUSHED = "/api/v1/events"
_ASKED = "/api/v1/sign-ins"
_REMEMBERED = 4_096


class Allowance:
    """Counts requests, and refuses those that are too many. Of one event loop."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        """`clock` gives seconds, and never goes back."""
        self._clock = clock
        self._rates = Rates()
        self._good: dict[int, None] = {}

    def look(self, request: Request, credential: str) -> None:
        """Before somebody is looked up by the key or the session they sent, empty for none: an
        address that has used up what it may costs nothing more. Raises HTTPException (429)."""
        if hash(credential) in self._good or request.scope["path"] in PROBES:
            return
        who = source_of(request)
        if who is not None:
            _check(request, self._rates.look(f"unknown {who}", UNKNOWN, self._clock()), UNKNOWN)

    def admit(
        self, request: Request, actor: Actor | SubscriberVisit | None, credential: str
    ) -> None:
        """Count a request of somebody, or of nobody who is known. Raises HTTPException (429)."""
        if actor is None:
            self._admit_stranger(request, credential)
            return
        if isinstance(actor, SubscriberVisit):
            self._remember(hash(credential))
            who = f"subscriber {actor.subscriber.subject}"
            _check(request, self._rates.take(who, SUBSCRIBER, self._clock()), SUBSCRIBER)
            return
        self._remember(hash(credential))
        path = request.scope["path"]
        if path == _PUSHED:
            kind, rate, cost = "sending", SENDING, 1
        elif path == _ASKED or path.startswith(f"{_ASKED}/"):
            kind, rate, cost = "deciding", DECIDING, 1
        else:
            kind, rate = "known", KNOWN
            cost = COSTLY if is_costly(path) else 1
        who = f"{kind} {actor.kind} {actor.uid}"
        _check(request, self._rates.take(who, rate, self._clock(), cost), rate)

    def fail(self, request: Request, credential: str) -> None:
        """Count a request whose sender turned out to be nobody."""
        self._good.pop(hash(credential), None)
        who = source_of(request)
        if who is not None:
            self._rates.take(f"unknown {who}", UNKNOWN, self._clock())

    def _admit_stranger(self, request: Request, credential: str) -> None:
        path, who = request.scope["path"], source_of(request)
        # Of whoever is known, files are given out without asking who it is.
        if who is None or path in PROBES or hash(credential) in self._good:
            return
        kind, rate = "unknown", UNKNOWN
        if request.scope["method"] not in _SAFE:
            kind, rate = "knocking", KNOCKING
            if is_subscribers(path):
                kind, rate = "proving", PROVING
        elif path.startswith(STATIC):
            kind, rate = "files", FILES
        _check(request, self._rates.take(f"{kind} {who}", rate, self._clock()), rate)

    def _remember(self, credential: int) -> None:
        if credential not in self._good and len(self._good) >= _REMEMBERED:
            self._good.pop(next(iter(self._good)))
        self._good[credential] = None


def is_costly(path: str) -> bool:
    """Whether everything is read to answer this address, or to try it."""
    return not _COSTLY.isdisjoint(path.split("/"))


def source_of(request: Request) -> str | None:
    """Who an address stands for; None where it stands for many, or is not known."""
    address = address_of(client_of(request))
    if address is None or address.is_loopback:
        return None
    return prefix_of(str(address))


def headers_of(verdict: Verdict, rate: Rate) -> dict[str, str]:
    """What is told of it (draft-ietf-httpapi-ratelimit-headers-10)."""
    window = math.ceil(rate.burst / rate.per_second)
    return {
        "ratelimit-policy": f'"requests";q={rate.burst};w={window}',
        "ratelimit": f'"requests";r={verdict.left};t={math.ceil(verdict.reset)}',
    }


def _check(request: Request, verdict: Verdict, rate: Rate) -> None:
    if not verdict.is_allowed or request.scope["path"].startswith(_TOLD):
        request.scope["state"]["told"] = headers_of(verdict, rate)
    if not verdict.is_allowed:
        after = {"Retry-After": str(max(1, math.ceil(verdict.retry)))}
        raise HTTPException(HTTPStatus.TOO_MANY_REQUESTS, headers=after)
