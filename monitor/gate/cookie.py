"""Sessions known by a cookie that the application itself seals: the third way, and the simplest.

The application has a secret in common with Vigie and sets, where it begins a session, a cookie

    1.BODY.MAC

with BODY = base64url(JSON of `tenant` (may be left out), `account`, `session`, `began` and `until`
in seconds since 1970) and MAC = base64url(HMAC-SHA256(secret, "vigie-gate:1." + BODY + "." +
BOUND)), both without padding. BOUND is the value of the application's own session cookie where the
settings name it: then the two go together only, and nobody shows the gate one session and the
application another. Without it the application compares X-Vigie-Session with its own.
"""

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from monitor.formats.limits import bounded
from monitor.gate.cookies import cookies_of
from monitor.gate.known import Headers, Known, began_at

VERSION: Final = b"1"
PURPOSE: Final = b"vigie-gate:"
MAXIMUM: Final = 4_096
"""Bytes of a cookie (RFC 6265, section 6.1)."""
LONGEST_S: Final = 31 * 86_400
"""For how long one may hold; the application makes a new one at each sign-in."""
LEAST_SECRET: Final = 32
_LATEST = 1 << 40

_Text = Annotated[str, Meta(min_length=1, max_length=256)]
_Seconds = Annotated[float, Meta(gt=0, lt=_LATEST)]


class Body(Struct, frozen=True):
    """What the application says."""

    account: _Text
    session: _Text
    began: _Seconds
    until: _Seconds
    tenant: _Text | None = None


class CookieKnower:
    """Knows sessions by that cookie. `secrets` are those that are taken: the one that holds, and
    the one before it while it is being replaced; `bound_to` names the application's session
    cookie, empty for none; `tenant` is whose an account is where the cookie does not say. `now`
    gives ms since 1970."""

    def __init__(
        self,
        name: str,
        secrets: Sequence[str],
        bound_to: str,
        tenant: str,
        now: Callable[[], int],
    ) -> None:
        self._name = name.encode()
        self._secrets = tuple(secret.encode() for secret in secrets)
        self._bound_to = bound_to.encode()
        self._tenant = tenant
        self._now = now

    async def know(self, headers: Headers) -> Known | None:
        """Whose session it is; None where there is no such cookie that is good."""
        return self.read(headers)

    def read(self, headers: Headers) -> Known | None:
        """The same, at once."""
        sent = cookies_of(headers)
        cookie = sent.get(self._name)
        if not cookie or len(cookie) > MAXIMUM:
            return None
        bound = sent.get(self._bound_to) if self._bound_to else b""
        if bound is None or (self._bound_to and not bound):
            return None
        return self._proved(cookie, bound)

    def _proved(self, cookie: bytes, bound: bytes) -> Known | None:
        signed, _, mac = cookie.rpartition(b".")
        version, _, body = signed.partition(b".")
        if version != VERSION:
            return None
        told = PURPOSE + signed + b"." + bound
        if not any(hmac.compare_digest(mac, _mac(one, told)) for one in self._secrets):
            return None
        try:
            said = _decode(base64.urlsafe_b64decode(body + b"=" * (-len(body) % 4)))
        except (binascii.Error, ValueError, msgspec.DecodeError):
            return None
        # No log can have it, so nothing that stands against an account would be found by it.
        if any(name != bounded(name) for name in (said.account, said.session, said.tenant or "")):
            return None
        now = self._now()
        if not now < said.until * 1_000 <= now + LONGEST_S * 1_000:
            return None
        began = began_at(said.began, now)
        return Known(said.tenant or self._tenant, said.account, said.session, began)


def sealed(secret: str, body: Body, bound: str = "") -> str:
    """The cookie's value, as an application makes it."""
    text = base64.urlsafe_b64encode(msgspec.json.encode(body)).rstrip(b"=")
    signed = VERSION + b"." + text
    mac = _mac(secret.encode(), PURPOSE + signed + b"." + bound.encode())
    return (signed + b"." + mac).decode()


def _mac(secret: bytes, told: bytes) -> bytes:
    return base64.urlsafe_b64encode(hmac.digest(secret, told, sha256)).rstrip(b"=")


_decode = msgspec.json.Decoder(Body).decode
