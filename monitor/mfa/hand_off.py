"""What an application signs to hand over whoever is signed in there: a JSON Web Token (RFC 7519)
under a secret that both know (HS256), good for a moment and once.
"""

import base64
import hmac
from hashlib import sha256
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

LIFETIME_S: Final = 120
"""For how long one may hold at most; a minute is plenty."""
LEEWAY_S: Final = 60
"""How far the application's clock may be from ours."""
LONGEST: Final = 4_096
"""Characters."""
AUDIENCE: Final = "vigie:me"
SHORTEST_SECRET: Final = 32
"""Bytes (RFC 7518, section 3.2)."""
_PARTS: Final = 3
_HEADER: Final = b'{"alg":"HS256","typ":"JWT"}'
Name = Annotated[str, Meta(min_length=1, max_length=256)]


class HandOffError(ValueError):
    """It lets nobody in; why is for the log of whoever runs this, and names nobody."""


class Header(Struct, frozen=True):
    """How it is signed: in one way only."""

    alg: str


class HandOff(Struct, frozen=True, kw_only=True):
    """Who is handed over: tenant, account (`sub`) and session (`sid`) as the application's log has
    them. `jti` is another one each time; `state` is what our own page asked with, if it did. Times
    are seconds since 1970 UTC."""

    aud: str
    tenant: Annotated[str, Meta(max_length=256)]
    sub: Name
    iat: int
    exp: int
    jti: Annotated[str, Meta(min_length=16, max_length=128)]
    sid: Annotated[str, Meta(min_length=1, max_length=256)] | None = None
    state: Annotated[str, Meta(max_length=128)] = ""


def read(token: str, secret: bytes, now: int) -> HandOff:
    """Who is handed over at `now` (ms). Raises HandOffError; that it is used once is not known
    here."""
    if len(token) > LONGEST or not token.isascii() or token.count(".") != _PARTS - 1:
        raise HandOffError("it is no signed token, or too long a one")
    told, _, proof = token.rpartition(".")
    if not hmac.compare_digest(_proof(told, secret), proof):
        raise HandOffError("the signature is another one: is the secret the same on both sides?")
    head, _, claims = told.partition(".")
    try:
        header = msgspec.json.decode(_bytes(head), type=Header)
        found = msgspec.json.decode(_bytes(claims), type=HandOff)
    except (ValueError, msgspec.DecodeError) as error:
        raise HandOffError(f"it cannot be read: {error}") from None
    if header.alg != "HS256":
        raise HandOffError("it is not signed by HS256")
    _check(found, now // 1_000)
    return found


def write(found: HandOff, secret: bytes) -> str:
    """The token, as an application signs it."""
    claims: dict[str, Any] = {k: v for k, v in msgspec.to_builtins(found).items() if v}
    told = f"{_text(_HEADER)}.{_text(msgspec.json.encode(claims))}"
    return f"{told}.{_proof(told, secret)}"


def _check(found: HandOff, now: int) -> None:
    if found.aud != AUDIENCE:
        raise HandOffError(f"its audience (aud) is not {AUDIENCE}")
    if not found.iat - LEEWAY_S <= now:
        raise HandOffError("it was issued later than now: are both clocks right?")
    if not now < min(found.exp, found.iat + LIFETIME_S) + LEEWAY_S:
        raise HandOffError("it is too old")


def _proof(told: str, secret: bytes) -> str:
    return _text(hmac.digest(secret, told.encode(), sha256))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
