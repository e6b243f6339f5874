"""`GET /gate/verify`: answers a proxy, at each request to an application, whether it may go on.

Before all else that this process serves, and without asking anybody as long as the session's proof
is one that it can check itself: 200 with who it is, 401 with the address where that can be mended,
403 where nobody comes in, 503 where nobody can tell and the settings have that closed.
"""

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import quote

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.gate.asked import Asked, Closed, Ways, asked, program
from monitor.gate.counting import Counting
from monitor.gate.judging import PASSES, Answer, Verdict
from monitor.gate.known import BusyError, Headers, Knower, Known, UnsureError
from monitor.gate.memory import Memory
from monitor.gate.ticket import Ticket, Tickets

PATH: Final = "/gate/verify"
BLIND: Final = "blind"
"""Passed, or turned away, without knowing whether it should be."""
UNKNOWN: Final = "unknown"
"""It proves no session."""
BUSY: Final = "busy"
LONGEST_LOCATION: Final = 3_000
"""Characters of an address in a header. A proxy that finds a head too large (nginx: 4 KiB) takes
us for gone, and may be open then: of names that long one signs in again, and does not pass."""
_NO_STORE: Final = (b"cache-control", b"no-store")
_EMPTY: Final = (b"content-length", b"0")
_SAFE_IN_HEADERS: Final = "-._~@+:/="
_NOBODY: Final = Known("", "", "")
_RETRY_S: Final = b"5"


class Rules(Struct, frozen=True, kw_only=True):
    """What the settings say: the kind of proxy, where browsers are sent (`site` is Vigie's own
    address, `sign_in` the application's, with `{return}` for where to go on), and what is done with
    who proves no session, and where nobody can tell."""

    proxy: str
    site: str
    sign_in: str
    ways: Ways
    passes_unknown: bool
    fails_open: bool
    closed: Closed
    scheme: str


class Told(NamedTuple):
    """One answer: its status, the word for it, and the headers besides."""

    status: int
    word: str
    headers: list[tuple[bytes, bytes]]


class Verify:
    """Answers `/gate/verify`, and hands on everything else."""

    def __init__(
        self,
        app: ASGIApp,
        knower: Knower,
        memory: Memory,
        tickets: Tickets,
        rules: Rules,
        counting: Counting,
        now: Callable[[], int],
        close: Callable[[], None] = lambda: None,
        heard: Callable[[Scope], str] = lambda _: "",
    ) -> None:
        """`close` ends what the memory is kept up by; `heard` is the address of whom a request came
        from, as a proxy says whose word counts, and empty where none does."""
        self._app = app
        self._knower = knower
        self._memory = memory
        self._tickets = tickets
        self._rules = rules
        self._counting = counting
        self._now = now
        self._heard = heard
        self.close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["path"] != PATH:
            await self._app(scope, receive, send)
            return
        if scope["method"] not in ("GET", "HEAD"):
            await _say(send, 405, [(b"allow", b"GET, HEAD"), _EMPTY])
            return
        headers = scope["headers"]
        try:
            known = await self._knower.know(headers)
        except UnsureError as error:
            told = self._blindly(headers, None, str(error))
        except BusyError:
            told = Told(503, BUSY, [(b"retry-after", _RETRY_S), _EMPTY])
        else:
            told = self._told(scope, known)
        self._counting.count(told.word)
        await _say(send, told.status, told.headers, _body(told, scope["method"]))

    def _told(self, scope: Scope, known: Known | None) -> Told:
        """About a request that proves this session, or none."""
        headers = scope["headers"]
        if known is None:
            if self._rules.passes_unknown:
                return Told(200, UNKNOWN, _identity(None, PASSES, UNKNOWN))
            return self._elsewhere(asked(headers, self._rules.proxy), UNKNOWN, None)
        answer = self._memory.ask(known)
        if answer.verdict is Verdict.PASS:
            if self._memory.is_blind:
                return self._blindly(headers, known, f"no news: {self._memory.trouble or 'yet'}")
            return Told(200, answer.verdict, _identity(known, answer, answer.verdict))
        if answer.verdict is Verdict.DENY:
            return Told(403, answer.verdict, [(b"x-vigie-verdict", answer.verdict.encode())])
        wanted = asked(headers, self._rules.proxy)
        ticket = None
        if answer.verdict is Verdict.CHALLENGE:
            back, ip = self._rules.ways.back(wanted), self._heard(scope)
            # A program alone is nobody: what calls an interface opens its pages in a browser.
            agent = program(headers) if ip else ""
            about = (known.tenant, known.account, known.session, answer.order)
            ticket = Ticket(*about, back, self._now(), ip, agent)
        return self._elsewhere(wanted, answer.verdict, ticket)

    def _blindly(self, headers: Headers, known: Known | None, reason: str) -> Told:
        rules = self._rules
        is_open = rules.fails_open and not rules.closed.has(asked(headers, rules.proxy).uri)
        self._counting.blindly(reason, is_open)
        if is_open:
            return Told(200, BLIND, _identity(known, PASSES, BLIND))
        return Told(503, BLIND, [(b"retry-after", _RETRY_S), (b"x-vigie-verdict", BLIND.encode())])

    def _elsewhere(self, wanted: Asked, word: str, ticket: Ticket | None) -> Told:
        """Sent to where it can be mended: a browser that shows pages by itself where the proxy
        hands our answer on, else by the proxy, or by whoever reads the header."""
        rules = self._rules
        address = "" if ticket is None else self._tickets.address(rules.site, ticket)
        if not 0 < len(address) <= LONGEST_LOCATION:
            address = rules.sign_in.replace("{return}", quote(rules.ways.back(wanted), safe=""))
        headers = [(b"x-vigie-verdict", word.encode()), (b"x-vigie-location", address.encode())]
        if rules.proxy == "forwarded" and wanted.is_page:
            return Told(303, word, [*headers, (b"location", address.encode()), _EMPTY])
        return Told(401, word, [*headers, (b"www-authenticate", _challenge(rules, ticket))])


def _challenge(rules: Rules, ticket: Ticket | None) -> bytes:
    """What kind of proof is asked for (RFC 9110, 11.6.1; RFC 6750, 3; RFC 9470, 3)."""
    error = "invalid_token" if ticket is None else "insufficient_user_authentication"
    return f'{rules.scheme} realm="vigie", error="{error}"'.encode()


def _identity(known: Known | None, answer: Answer, word: str) -> list[tuple[bytes, bytes]]:
    """Who it is, for the application. All of these headers are always there, so that whatever a
    client sent under their names is written over by the proxy."""
    who = _NOBODY if known is None else known
    return [
        (b"x-vigie-tenant", _written(who.tenant)),
        (b"x-vigie-account", _written(who.account)),
        (b"x-vigie-session", _written(who.session)),
        (b"x-vigie-assurance", b"aal%d" % answer.level if answer.level else b""),
        (b"x-vigie-verdict", word.encode()),
        _EMPTY,
    ]


@lru_cache(4_096)
def _written(text: str) -> bytes:
    """A text as a header can hold it: percent-encoded UTF-8, but for what is plain."""
    return quote(text, safe=_SAFE_IN_HEADERS).encode()


def _body(told: Told, method: str) -> bytes:
    """What a program or a person reads where the proxy hands it on."""
    if told.status in (200, 303) or _EMPTY in told.headers:
        return b""
    en, fr = _WORDS[told.word]
    location = dict(told.headers).get(b"x-vigie-location")
    body = {"type": "about:blank", "status": told.status, "title": en, "detail": fr}
    if location is not None:
        body["location"] = location.decode()
    raw = json.dumps(body, ensure_ascii=False).encode()
    told.headers.append((b"content-type", b"application/problem+json"))
    told.headers.append((b"content-length", str(len(raw)).encode()))
    return b"" if method == "HEAD" else raw


_WORDS: Final = {
    Verdict.CHALLENGE: ("Prove who you are first.", "Prouvez d'abord qui vous êtes."),
    Verdict.SIGN_IN: ("Sign in again.", "Connectez-vous de nouveau."),
    UNKNOWN: ("Sign in first.", "Connectez-vous d'abord."),
    Verdict.DENY: ("This account is suspended.", "Ce compte est suspendu."),
    BLIND: ("Try again in a moment.", "Réessayez dans un instant."),
}


async def _say(
    send: Send, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes = b""
) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers, _NO_STORE]})
    await send({"type": "http.response.body", "body": body})
