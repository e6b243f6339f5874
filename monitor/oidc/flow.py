"""One way to the provider and back, held by the browser that began it and by nobody else.

What is needed on the way back stands in a cookie that we can tell from any other by its HMAC. The
state, the nonce and the code verifier (RFC 7636) are derived from a random seed in it with a key
that never leaves the server: whoever sees the cookie cannot make a verifier, whoever sees the
address of a request cannot make the cookie.
"""

import base64
import hmac
import secrets
from enum import StrEnum
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from detectors.core.event import MINUTE, SECOND
from monitor.oidc.refusal import Reason, RefusedError

LIFETIME: Final = 15 * MINUTE
"""How long somebody may take at the provider, in ms."""
MAXIMUM_COOKIE: Final = 2_048
_SEED = 32
_TAG = 32
_AHEAD = 5 * SECOND


class Purpose(StrEnum):
    """What a person goes to the provider for."""

    SIGN_IN = "sign_in"
    RENEW = "renew"
    """To prove again who they are, in a session that is open."""
    LINK = "link"
    """To tie what they are at the provider to the reviewer that they are here."""


class Flow(Struct, frozen=True, array_like=True):
    """One way there and back: `begun` in ms, `following` the local path to go on to. `session` and
    `reviewer` are the ids of those that a renewal or a link is for."""

    seed: bytes
    purpose: Purpose
    begun: int
    following: str
    session: str | None = None
    reviewer: str | None = None


class Flows:
    """Makes flows and knows its own again; `key` are 32 secret bytes."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def begin(
        self,
        purpose: Purpose,
        now: int,
        following: str = "/",
        *,
        session: str | None = None,
        reviewer: str | None = None,
    ) -> Flow:
        """A new one, at `now` (ms)."""
        seed = secrets.token_bytes(_SEED)
        return Flow(seed, purpose, now, following, session, reviewer)

    def sealed(self, flow: Flow) -> str:
        """The cookie's value."""
        body = msgspec.msgpack.encode(flow)
        return base64.urlsafe_b64encode(self._tag(body) + body).decode()

    def opened(self, cookie: str, now: int) -> Flow:
        """What a cookie holds. Raises RefusedError for one that is not ours, or is too old."""
        if not cookie or len(cookie) > MAXIMUM_COOKIE:
            raise RefusedError(Reason.NOT_BEGUN_HERE, "the browser brings no cookie of a sign-in")
        try:
            raw = base64.b64decode(cookie, altchars=b"-_", validate=True)
        except ValueError:
            raise RefusedError(Reason.NOT_BEGUN_HERE, "the cookie is not base64") from None
        tag, body = raw[:_TAG], raw[_TAG:]
        if not hmac.compare_digest(tag, self._tag(body)):
            raise RefusedError(Reason.NOT_BEGUN_HERE, "the cookie was not made here")
        flow = msgspec.msgpack.decode(body, type=Flow)
        if not flow.begun - _AHEAD <= now <= flow.begun + LIFETIME:
            raise RefusedError(Reason.NOT_BEGUN_HERE, "the sign-in was begun too long ago")
        return flow

    def state(self, flow: Flow) -> str:
        """What the provider has to bring back."""
        return self._derived(flow, "state")

    def nonce(self, flow: Flow) -> str:
        """What the id token has to bear."""
        return self._derived(flow, "nonce")

    def verifier(self, flow: Flow) -> str:
        """What the code is exchanged with: 43 characters (RFC 7636, section 4.1)."""
        return self._derived(flow, "verifier")

    def is_answer_to(self, flow: Flow, state: str) -> bool:
        """Whether a state is this flow's; takes as long for any other."""
        return hmac.compare_digest(self.state(flow).encode(), state.encode("utf-8", "replace"))

    def _derived(self, flow: Flow, what: str) -> str:
        made = hmac.digest(self._key, f"oidc:{what}:".encode() + flow.seed, sha256)
        return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

    def _tag(self, body: bytes) -> bytes:
        return hmac.digest(self._key, b"oidc:cookie:" + body, sha256)
