"""What a provider says of a session, read the same way from a token and from an introspection."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from monitor.formats.limits import bounded
from monitor.gate.known import Known, began_at

_NO_TIME: Final = 1e12


class Names(Struct, frozen=True):
    """The claims that name session, account and tenant; `tenant` is whose an account is where no
    claim says it."""

    session: str
    account: str
    tenant_claim: str | None
    tenant: str


def known(claims: Mapping[str, Any], names: Names, now: int) -> Known | None:
    """Whose session it is at `now` (ms); None where a claim is missing, or is none that a log could
    have. It began when somebody signed in (`auth_time`); a provider that does not say it is taken
    by when it issued this (`iat`), which it does again when a token is renewed."""
    session, account = _text(claims, names.session), _text(claims, names.account)
    tenant = names.tenant if names.tenant_claim is None else _text(claims, names.tenant_claim)
    if session is None or account is None or tenant is None:
        return None
    began = time_of(claims, "auth_time") or time_of(claims, "iat") or 0.0
    return Known(tenant, account, session, began_at(began, now))


def time_of(claims: Mapping[str, Any], name: str) -> float | None:
    """A time in seconds since 1970; None where there is none."""
    value = claims.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < _NO_TIME:
        return float(value)
    return None


def is_for(claims: Mapping[str, Any], audience: frozenset[str]) -> bool:
    """Whether a token is for one of these, or was issued to one: `aud`, or else `azp` (OpenID
    Connect) or `client_id` (RFC 9068), where providers write only resources into `aud`."""
    told = claims.get("aud")
    many = told if isinstance(told, list) else [told]
    named = (*many, claims.get("azp"), claims.get("client_id"))
    return any(isinstance(one, str) and one in audience for one in named)


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    """A claim by its name; else, step by step, what is inside others."""
    found: Any = claims.get(name)
    if found is None and "." in name:
        found = claims
        for step in name.split("."):
            found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found and found == bounded(found) else None
