"""Sessions known by an opaque token that its provider is asked about (RFC 7662).

What it says is kept for some seconds, so that it is asked once for many requests, and once by all
who ask at a time. So many questions are under way at most: beyond, nobody is let pass for it.
"""

import asyncio
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import quote_plus

import httpx2
import msgspec
from msgspec import Struct

from monitor.gate.claims import Names, is_for, known, time_of
from monitor.gate.known import BusyError, Headers, Known, UnsureError
from monitor.gate.remembering import Remembering
from monitor.gate.token import token_of

MAXIMUM_ANSWER: Final = 64 << 10
"""Bytes."""
WHOLE_S: Final = 2.0
"""How long a request waits for an answer."""
AT_ONCE: Final = 32
"""Questions under way."""
WAITING: Final = 256
"""Those that wait to be asked; more are refused."""
REFUSED_MS: Final = 10_000
"""For how long a token that is not active is not asked about again."""


class Introspected(Struct, frozen=True, kw_only=True):
    """Where and as whom a provider is asked, what its word is kept for (ms), whom a token has to be
    for (nobody: whom it likes), the cookie that it comes in, and the claims' names."""

    url: str
    client_id: str
    client_secret: str
    kept: int
    audience: frozenset[str]
    cookie: str
    names: Names


class IntrospectionKnower:
    """Knows sessions by asking. Of one event loop at a time; `now` gives ms since 1970."""

    def __init__(self, terms: Introspected, now: Callable[[], int]) -> None:
        self._terms = terms
        self._now = now
        self._remembered: Remembering[Known | None] = Remembering()
        self._asking: dict[bytes, asyncio.Task[Known | None]] = {}
        self._opened_in: _Opened | None = None

    async def know(self, headers: Headers) -> Known | None:
        """Whose session it is; None for no token, or one that is not active. Raises UnsureError
        where the provider does not answer, BusyError where too many ask."""
        token = token_of(headers, self._terms.cookie)
        if token is None:
            return None
        digest = self._remembered.digest(token)
        kept = self._remembered.get(digest, self._now())
        return kept[0] if kept is not None else await self._once(digest, token.decode("ascii"))

    async def close(self) -> None:
        """Let go of connections; the next question makes new ones."""
        opened, self._opened_in = self._opened_in, None
        if opened is not None:
            await opened.client.aclose()

    async def _once(self, digest: bytes, token: str) -> Known | None:
        asking = self._asking.get(digest)
        if asking is None or asking.get_loop() is not asyncio.get_running_loop():
            if len(self._asking) >= AT_ONCE + WAITING:
                raise BusyError("too many tokens are asked about")
            asking = asyncio.ensure_future(self._asked(digest, token))
            self._asking[digest] = asking
            asking.add_done_callback(lambda _: self._asking.pop(digest, None))
        # Whoever goes away does not take it from the others.
        return await asyncio.shield(asking)

    async def _asked(self, digest: bytes, token: str) -> Known | None:
        opened = self._opened()
        async with opened.room:
            now = self._now()
            said = await _answer(opened.client, self._terms.url, token)
        found, until = self._read(said, now)
        self._remembered.put(digest, until, found)
        return found

    def _read(self, said: Mapping[str, Any], now: int) -> tuple[Known | None, int]:
        terms = self._terms
        ends = time_of(said, "exp")
        is_good = said.get("active") is True and (ends is None or now < ends * 1_000)
        is_ours = not terms.audience or is_for(said, terms.audience)
        found = known(said, terms.names, now) if is_good and is_ours else None
        if found is None:
            return None, now + REFUSED_MS
        until = now + terms.kept
        return found, until if ends is None else min(until, round(ends * 1_000))

    def _opened(self) -> "_Opened":
        loop = asyncio.get_running_loop()
        if self._opened_in is None or self._opened_in.loop is not loop:
            room = asyncio.Semaphore(AT_ONCE)
            self._opened_in = _Opened(loop, _client(self._terms), room)
        return self._opened_in


class _Opened(NamedTuple):
    """What is of one event loop."""

    loop: asyncio.AbstractEventLoop
    client: httpx2.AsyncClient
    room: asyncio.Semaphore


def _client(terms: Introspected) -> httpx2.AsyncClient:
    pair = f"{quote_plus(terms.client_id)}:{quote_plus(terms.client_secret)}"
    headers = {
        "Authorization": f"Basic {b64encode(pair.encode()).decode()}",
        "Accept": "application/json",
        # Not packed: a bound on what comes is then one on what it becomes.
        "Accept-Encoding": "identity",
        "User-Agent": "vigie",
    }
    return httpx2.AsyncClient(headers=headers, timeout=WHOLE_S, follow_redirects=False)


async def _answer(client: httpx2.AsyncClient, url: str, token: str) -> Mapping[str, Any]:
    try:
        async with asyncio.timeout(WHOLE_S), client.stream("POST", url, data={"token": token}) as a:
            if a.status_code != httpx2.codes.OK:
                raise UnsureError(f"the provider answers {a.status_code} to an introspection")
            if a.headers.get("content-encoding", "identity") != "identity":
                raise UnsureError("the provider packs what it answers to an introspection")
            raw = await _bounded(a)
        return msgspec.json.decode(raw, type=dict[str, Any])
    except TimeoutError:
        why = f"the provider does not answer an introspection within {WHOLE_S:g} s"
        raise UnsureError(why) from None
    except httpx2.HTTPError as error:
        raise UnsureError(f"the provider cannot be asked: {type(error).__name__}") from error
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise UnsureError("the provider's answer to an introspection is not understood") from None


async def _bounded(answer: httpx2.Response) -> bytes:
    came = bytearray()
    async for part in answer.aiter_raw():
        came += part
        if len(came) > MAXIMUM_ANSWER:
            raise UnsureError(f"the provider answers more than {MAXIMUM_ANSWER} bytes")
    return bytes(came)
