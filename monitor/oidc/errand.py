"""Sends somebody to the provider, and believes what they bring back once it is proved.

The order is that of RFC 9700 and Core 1.0, section 3.1.2: whose errand it is, from which provider
the answer comes (RFC 9207), that it is taken this once, and only then the code and the tokens.
"""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any, Final
from urllib.parse import urlencode

from msgspec import Struct

from monitor.oidc.flow import LIFETIME, Flow, Flows, Purpose
from monitor.oidc.person import joined, needs
from monitor.oidc.provider import Provider
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.tokens import (
    Expected,
    Left,
    header_of,
    read_id_token,
    read_logout_token,
    session_of,
)

MAXIMUM_CODE: Final = 4_096
"""Characters; Entra ID's are well above a thousand."""
_BROKE_OFF = frozenset(("access_denied", "interaction_required", "login_required"))
_SHOWN = 200

Take = Callable[[bytes, int], Awaitable[bool]]
"""Takes what must not be taken again, by its digest, before it expires (ms); False where it was."""


class Answer(Struct, frozen=True):
    """What a browser brings back from the provider, as it was sent."""

    state: str = ""
    code: str = ""
    iss: str | None = None
    error: str = ""
    error_description: str = ""


class Vouched(Struct, frozen=True):
    """What the provider vouches for: the claims, the id token itself, and when the person last
    signed in there (ms), where that is said."""

    claims: dict[str, Any]
    id_token: str
    sid: str | None
    authenticated: int | None


class Errands:
    """To one provider. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self, provider: Provider, flows: Flows, take: Take, now: Callable[[], int]
    ) -> None:
        self.provider = provider
        self.flows = flows
        self._take = take
        self._now = now

    async def address(self, flow: Flow, language: str) -> str:
        """Where the browser is sent. Raises RefusedError."""
        flows = self.flows
        return await self.provider.authorization_url(
            flows.state(flow),
            flows.nonce(flow),
            flows.verifier(flow),
            # A tie that lasts is made by who is there now, and not by who left a browser open.
            is_fresh=flow.purpose is not Purpose.SIGN_IN,
            language=language,
        )

    async def brought(self, flow: Flow, answer: Answer) -> Vouched:
        """What comes of an answer. Raises RefusedError."""
        if not self.flows.is_answer_to(flow, answer.state):
            raise RefusedError(Reason.NOT_BEGUN_HERE, "the state is not the one that was sent")
        found = await self.provider.metadata()
        issuer = answer.iss
        if issuer is None and found.authorization_response_iss_parameter_supported:
            raise RefusedError(Reason.OTHER_PROVIDER, "the answer does not say whose it is")
        if issuer is not None and issuer != self.provider.issuer:
            raise RefusedError(Reason.OTHER_PROVIDER, "the answer is another provider's")
        if not await self._taken("state", answer.state, self._now() + LIFETIME):
            raise RefusedError(Reason.USED_BEFORE, "the answer was taken before")
        if answer.error or not answer.code:
            raise _broken_off(answer)
        if not answer.code.isascii() or len(answer.code) > MAXIMUM_CODE:
            raise RefusedError(Reason.NOT_UNDERSTOOD, "the code is not one")
        return await self._exchanged(flow, answer.code)

    async def left(self, token: str) -> Left:
        """Who left, as the provider tells us itself. Raises RefusedError, also for a token that
        was sent before."""
        keys = await self.provider.keys(header_of(token).kid)
        told = read_logout_token(token, keys, await self._expected())
        if not await self._taken("jti", told.jti, round(told.until * 1_000) + LIFETIME):
            raise RefusedError(Reason.USED_BEFORE, "the logout token was taken before")
        return told

    async def farewell(self, hint: str | None, back: str) -> str | None:
        """Where a browser is sent to leave the provider too (RP-Initiated Logout 1.0); None where
        the provider has no such place, or cannot be asked."""
        try:
            endpoint = (await self.provider.metadata()).end_session_endpoint
        except RefusedError:
            return None
        if endpoint is None:
            return None
        query = {"client_id": self.provider.client_id, "post_logout_redirect_uri": back}
        if hint is not None:
            query["id_token_hint"] = hint
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}"

    async def _exchanged(self, flow: Flow, code: str) -> Vouched:
        tokens = await self.provider.exchange(code, self.flows.verifier(flow))
        keys = await self.provider.keys(header_of(tokens.id_token).kid)
        expected = await self._expected(flow)
        claims = read_id_token(tokens.id_token, keys, expected, tokens.access_token)
        whole = claims
        if tokens.access_token is not None and needs(claims, self.provider.terms):
            told = await self.provider.userinfo(tokens.access_token, claims["sub"])
            whole = joined(claims, told)
        return Vouched(whole, tokens.id_token, session_of(claims), self._since(claims))

    async def _expected(self, flow: Flow | None = None) -> Expected:
        found = await self.provider.metadata()
        return Expected(
            issuer=self.provider.issuer,
            client_id=self.provider.client_id,
            algorithms=found.algorithms,
            now=self._now() / 1_000,
            nonce="" if flow is None else self.flows.nonce(flow),
            begun=0.0 if flow is None else flow.begun / 1_000,
            is_fresh=flow is not None and flow.purpose is not Purpose.SIGN_IN,
        )

    def _since(self, claims: dict[str, Any]) -> int | None:
        at = claims.get("auth_time")
        if not isinstance(at, int | float) or isinstance(at, bool) or not 0 < at < 1e12:
            return None
        return min(round(at * 1_000), self._now())

    async def _taken(self, kind: str, what: str, expires: int) -> bool:
        told = f"{kind}\0{self.provider.issuer}\0{what}".encode("utf-8", "surrogatepass")
        return await self._take(sha256(told).digest(), expires)


def _broken_off(answer: Answer) -> RefusedError:
    told = f"{answer.error} {answer.error_description}".strip()[:_SHOWN]
    plain = "".join(c if c.isprintable() else "?" for c in told)
    reason = Reason.CANCELLED if answer.error in _BROKE_OFF else Reason.PROVIDER_ERROR
    return RefusedError(reason, f"the provider says {plain or 'nothing'}")
