"""Sessions known by the `sid` of a token that an OpenID provider signed: an id token, or an access
token that is one (RFC 9068).

What is not signed by the provider's own keys (RFC 7517) proves nothing. A token that was found to
be good is not verified again before it ends; what is judged of its session is asked each time.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Protocol, TypeVar

from msgspec import Struct

from monitor.gate.claims import Names, is_for, known, time_of
from monitor.gate.cookies import bearer_of, cookies_of
from monitor.gate.known import Headers, Known, UnsureError
from monitor.gate.remembering import Remembering
from monitor.oidc.keys import Key
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.tokens import LEEWAY_S, MAXIMUM_TOKEN, header_of, verified

T = TypeVar("T")

TYPES: Final = frozenset(("", "jwt", "at+jwt", "application/at+jwt"))
"""Never a logout token (`logout+jwt`), which names a session as well."""
KEPT_MS: Final = 300_000
"""For how long a good one is not verified again: a provider that withdraws a key is heeded then."""
REFUSED_MS: Final = 30_000
"""For how long one that is not good is not looked at again: as often as keys are read anew."""


class Issuer(Protocol):
    """A provider, as `monitor.oidc.provider.Provider` is one."""

    issuer: str

    async def algorithms(self) -> Sequence[str]:
        """By what it signs. Raises RefusedError."""
        ...

    async def keys(self, kid: str | None) -> Sequence[Key]:
        """Its keys, read again where none is called `kid`. Raises RefusedError."""
        ...


class Expectation(Struct, frozen=True):
    """Whom a token has to be for, the cookie that it comes in (empty: as bearer), and its claims'
    names."""

    audience: frozenset[str]
    cookie: str
    names: Names


class TokenKnower:
    """Knows sessions by such tokens. `now` gives ms since 1970."""

    def __init__(self, issuer: Issuer, expected: Expectation, now: Callable[[], int]) -> None:
        self._issuer = issuer
        self._expected = expected
        self._now = now
        self._remembered: Remembering[Known | None] = Remembering()

    async def know(self, headers: Headers) -> Known | None:
        """Whose session it is; None for no token, or one that is not good. Raises UnsureError
        where the provider's keys cannot be had."""
        token = token_of(headers, self._expected.cookie)
        if token is None:
            return None
        digest, now = self._remembered.digest(token), self._now()
        kept = self._remembered.get(digest, now)
        if kept is not None:
            return kept[0]
        try:
            found, until = await self._read(token.decode("ascii"), now)
        except RefusedError as error:
            if error.reason is not Reason.NOT_PROVED:
                raise UnsureError(f"the provider's keys cannot be had: {error}") from error
            found, until = None, now + REFUSED_MS
        self._remembered.put(digest, until, found)
        return found

    async def _read(self, token: str, now: int) -> tuple[Known | None, int]:
        header = header_of(token)
        algorithms = await _said(self._issuer.algorithms)
        keys = await _said(lambda: self._issuer.keys(header.kid))
        claims = verified(token, keys, algorithms)
        ends = self._good_until(header.typ or "", claims, now)
        if ends is None:
            return None, now + REFUSED_MS
        return known(claims, self._expected.names, now), min(ends, now + KEPT_MS)

    def _good_until(self, kind: str, claims: Mapping[str, Any], now: int) -> int | None:
        """When (ms) a token ends that may stand for a session; None for any other."""
        ends, issued = time_of(claims, "exp"), time_of(claims, "iat")
        if kind.lower() not in TYPES or "events" in claims or ends is None:
            return None
        if claims.get("iss") != self._issuer.issuer or not is_for(claims, self._expected.audience):
            return None
        latest = now / 1_000 + LEEWAY_S
        if (issued or 0) > latest or (time_of(claims, "nbf") or 0) > latest:
            return None
        until = round((ends + LEEWAY_S) * 1_000)
        return until if now < until else None


async def _said(ask: Callable[[], Awaitable[T]]) -> T:
    """What the provider says; where it is silent, what it said before, which is told to whoever
    asks a second time: a key that nobody has must not open what a silent provider opens."""
    try:
        return await ask()
    except RefusedError:
        return await ask()


def token_of(headers: Headers, cookie: str) -> bytes | None:
    """The one token of a request, from the one place where the application looks for it."""
    token = cookies_of(headers).get(cookie.encode()) if cookie else bearer_of(headers)
    return token if token and len(token) <= MAXIMUM_TOKEN and token.isascii() else None
