"""What a provider signs: id tokens (Core 1.0, section 3.1.3.7) and logout tokens (Back-Channel
Logout 1.0, section 2.6), checked to the last claim, or refused with the reason."""

import base64
import hmac
from collections.abc import Mapping, Sequence
from hashlib import sha256, sha384, sha512
from typing import Any, Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from msgspec import Struct

from monitor.oidc.keys import Key, fitting
from monitor.oidc.refusal import Reason, RefusedError

MAXIMUM_TOKEN: Final = 32_768
"""Characters."""
LEEWAY_S: Final = 60
"""How far a provider's clock may be from ours."""
LOGOUT_LIFETIME_S: Final = 600
"""For how long a logout token may hold at most; the specification recommends two minutes."""
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
_MAXIMUM_SUBJECT = 255
_TRIED = 4
"""Keys that are tried on a signature that names none."""
_NO_TIME = 1e12
_HASHES = {"256": sha256, "384": sha384, "512": sha512}


class Expected(Struct, frozen=True, kw_only=True):
    """What an id token has to say. Times are seconds since 1970 UTC; `begun` is when we asked, and
    `is_fresh` whether the person has to have been asked since then."""

    issuer: str
    client_id: str
    algorithms: Sequence[str]
    now: float
    nonce: str = ""
    begun: float = 0.0
    is_fresh: bool = False


class Header(Struct, frozen=True):
    """What a token says of its signature, which is not believed before it was verified."""

    alg: str = ""
    kid: str | None = None
    typ: str | None = None
    crit: Any = None


class Left(Struct, frozen=True):
    """Who left at the provider: a person in all their sessions, or in one. `until` is when the
    token ends, in seconds; its `jti` is not taken twice before."""

    jti: str
    until: float
    sub: str | None
    sid: str | None


def header_of(token: str) -> Header:
    """What a token says of its signature. Raises RefusedError."""
    if len(token) > MAXIMUM_TOKEN or not token.isascii() or token.count(".") != 2:
        raise _refused("it is no signed token, or too long a one")
    try:
        part = token.partition(".")[0]
        raw = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        return msgspec.json.decode(raw, type=Header)
    except (ValueError, msgspec.DecodeError):
        raise _refused("its header cannot be read") from None


def read_id_token(
    token: str, keys: Sequence[Key], expected: Expected, access_token: str | None = None
) -> dict[str, Any]:
    """The claims of an id token that is for us and of now. Raises RefusedError."""
    claims = verified(token, keys, expected.algorithms)
    _check_parties(claims, expected)
    _check_times(claims, expected)
    if _number(claims, "iat") < expected.begun - LEEWAY_S:
        raise _refused("it was issued before it was asked for")
    nonce = claims.get("nonce")
    if not isinstance(nonce, str) or not hmac.compare_digest(
        nonce.encode("utf-8", "replace"), expected.nonce.encode()
    ):
        raise _refused("its nonce is not the one that was sent")
    if _subject(claims) is None:
        raise _refused("it names nobody")
    if access_token is not None and "at_hash" in claims:
        _check_hash(claims["at_hash"], access_token, header_of(token).alg)
    if expected.is_fresh:
        _check_fresh(claims, expected)
    return claims


def read_logout_token(token: str, keys: Sequence[Key], expected: Expected) -> Left:
    """Who left. Raises RefusedError for a token that is none of those, or not for us."""
    if (header_of(token).typ or "").lower() not in ("", "jwt", "logout+jwt"):
        raise _refused("it is of another type")
    claims = verified(token, keys, expected.algorithms)
    _check_parties(claims, expected)
    _check_times(claims, expected)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise _refused("it tells of no logout")
    if "nonce" in claims:
        raise _refused("it bears a nonce, as id tokens do")
    jti, sid, until = claims.get("jti"), claims.get("sid"), _number(claims, "exp")
    if not isinstance(jti, str) or not 0 < len(jti) <= MAXIMUM_TOKEN:
        raise _refused("it has no id, without which it could be sent again")
    if until > expected.now + LOGOUT_LIFETIME_S + LEEWAY_S:
        raise _refused("it holds for too long")
    sub = _subject(claims)
    if sub is None and not isinstance(sid, str):
        raise _refused("it names neither a person nor a session")
    return Left(jti, until, sub, sid if isinstance(sid, str) else None)


def session_of(claims: Mapping[str, Any]) -> str | None:
    """What the provider calls the person's session there, if it says."""
    sid = claims.get("sid")
    return sid if isinstance(sid, str) and 0 < len(sid) <= _MAXIMUM_SUBJECT else None


def verified(token: str, keys: Sequence[Key], algorithms: Sequence[str]) -> dict[str, Any]:
    """The claims of a token that is signed by one of these keys, whatever it is for. Raises
    RefusedError."""
    header = header_of(token)
    if header.alg not in algorithms:
        raise _refused(f"it is signed by {header.alg[:20]!r}, which is not taken")
    if header.crit is not None:
        raise _refused("it asks for extensions")
    for key in fitting(keys, header.kid, header.alg)[:_TRIED]:
        payload = _payload(token, key, header.alg)
        if payload is not None:
            return payload
    raise _refused("its signature is by no key of the provider")


def _payload(token: str, key: Key, algorithm: str) -> dict[str, Any] | None:
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length = registry.max_signature_length = MAXIMUM_TOKEN
    try:
        found = jws.deserialize_compact(token, key.public, registry=registry)
    except (JoseError, ValueError, TypeError):
        return None
    try:
        return msgspec.json.decode(found.payload, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _refused("its claims cannot be read") from None


def _check_parties(claims: Mapping[str, Any], expected: Expected) -> None:
    if claims.get("iss") != expected.issuer:
        raise RefusedError(Reason.OTHER_PROVIDER, "the token is of another issuer")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or expected.client_id not in audiences:
        raise _refused("it is for somebody else")
    authorised = claims.get("azp")
    if authorised not in (None, expected.client_id):
        raise _refused("it was issued to somebody else")
    if any(one != expected.client_id for one in audiences) and authorised is None:
        raise _refused("it is for others too, and does not say whom it was issued to")


def _check_times(claims: Mapping[str, Any], expected: Expected) -> None:
    if _number(claims, "exp") <= expected.now - LEEWAY_S:
        raise _refused("it has expired")
    if _number(claims, "iat") > expected.now + LEEWAY_S:
        raise _refused("it was issued in the future: compare the clocks")
    if "nbf" in claims and _number(claims, "nbf") > expected.now + LEEWAY_S:
        raise _refused("it does not hold yet: compare the clocks")


def _check_fresh(claims: Mapping[str, Any], expected: Expected) -> None:
    if "auth_time" not in claims:
        raise RefusedError(Reason.NOT_FRESH, "the token does not say when the person signed in")
    at = _number(claims, "auth_time")
    if not expected.begun - LEEWAY_S <= at <= expected.now + LEEWAY_S:
        raise RefusedError(Reason.NOT_FRESH, "the person was not asked again")


def _check_hash(given: Any, access_token: str, algorithm: str) -> None:
    digest = _HASHES.get(algorithm[-3:])
    if digest is None:
        return  # of EdDSA, no specification says by which
    whole = digest(access_token.encode("utf-8", "replace")).digest()
    half = base64.urlsafe_b64encode(whole[: len(whole) // 2]).rstrip(b"=")
    if not isinstance(given, str) or not hmac.compare_digest(
        given.encode("utf-8", "replace"), half
    ):
        raise _refused("the access token beside it is another one")


def _number(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _NO_TIME:
        return float(value)
    raise _refused(f"its {name} is no time")


def _subject(claims: Mapping[str, Any]) -> str | None:
    """As Core 1.0, section 2, bounds it."""
    sub = claims.get("sub")
    is_good = isinstance(sub, str) and 0 < len(sub) <= _MAXIMUM_SUBJECT and sub.isascii()
    return sub if is_good else None


def _refused(why: str) -> RefusedError:
    return RefusedError(Reason.NOT_PROVED, f"the token is not taken: {why}")
