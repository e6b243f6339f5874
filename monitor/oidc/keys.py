"""The public keys of a provider (RFC 7517), of which only those that can verify are kept."""

import warnings
from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from msgspec import Meta, Struct

from monitor.oidc.refusal import Reason, RefusedError

MAXIMUM_KEYS: Final = 64
LEAST_RSA_BITS: Final = 2_048
_KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}

PublicKey = RSAKey | ECKey | OKPKey


class _Set(Struct):
    keys: Annotated[list[dict[str, Any]], Meta(max_length=MAXIMUM_KEYS)]


class Key(Struct, frozen=True):
    """One key: its id where it has one, its kind, and the one algorithm that it is for, if any."""

    kid: str | None
    kind: str
    algorithm: str | None
    public: PublicKey


def read(raw: bytes) -> tuple[Key, ...]:
    """The keys of a set that can verify signatures; others are left out, as RFC 7517, section 5,
    has it. Raises RefusedError where it is no set, or a large one."""
    try:
        found = msgspec.json.decode(raw, type=_Set)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(Reason.NOT_UNDERSTOOD, f"the provider's keys: {error}") from error
    return tuple(key for one in found.keys if (key := _read(one)) is not None)


def fitting(keys: Sequence[Key], kid: str | None, algorithm: str) -> tuple[Key, ...]:
    """The keys that a signature of this kind may be by; where it names a key, that one only."""
    return tuple(
        key
        for key in keys
        if (kid is None or key.kid == kid)
        and key.kind == _KINDS.get(algorithm[:2])
        and key.algorithm in (None, algorithm)
    )


def _read(given: dict[str, Any]) -> Key | None:
    kid, kind, algorithm = given.get("kid"), given.get("kty"), given.get("alg")
    if given.get("use", "sig") != "sig" or "verify" not in given.get("key_ops", ("verify",)):
        return None
    if kind not in ("RSA", "EC", "OKP") or not isinstance(algorithm, str | None):
        return None
    # Its private part, if a provider should show it, is nothing to hold on to.
    shown = {name: given[name] for name in _PUBLIC if name in given}
    try:
        with warnings.catch_warnings(action="ignore"):
            public = JWKRegistry.import_key(shown)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(public, PublicKey) or _is_weak(public):
        return None
    return Key(kid if isinstance(kid, str) else None, kind, algorithm, public)


def _is_weak(key: PublicKey) -> bool:
    return isinstance(key, RSAKey) and key.raw_value.key_size < LEAST_RSA_BITS


_PUBLIC = ("kty", "n", "e", "crv", "x", "y")
