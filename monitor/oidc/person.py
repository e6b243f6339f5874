"""Who signed in, as the provider's claims and the settings have it: what role, of which tenant."""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from monitor.formats.limits import bounded
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import RoleName, Terms

MAXIMUM_VALUES: Final = 2_000
"""Groups of one person that are looked at."""
LONGEST_NAME: Final = 100
_CONTACT: Final = "tenant_contact"
RANKS: Final[tuple[RoleName, ...]] = ("administrator", "approver", "analyst", "viewer", _CONTACT)
"""The farthest-reaching first: whoever is on the staff too is no tenant's contact."""
_OF_THE_TOKEN = frozenset(("iss", "sub", "aud", "azp", "acr", "amr", "auth_time", "sid", "nonce"))


class Person(Struct, frozen=True, kw_only=True):
    """Somebody whom the provider vouches for, with the farthest-reaching of their roles. `tenant`
    is that of a tenant's contact."""

    issuer: str
    sub: str
    name: str
    email: str | None
    role: RoleName
    tenant: str | None


def person_of(claims: Mapping[str, Any], terms: Terms) -> Person:
    """Who this is, if they may sign in. Raises RefusedError."""
    _check_second_factor(claims, terms)
    _check_email(claims, terms)
    _check_groups(claims, terms)
    role = _role(claims, terms)
    return Person(
        issuer=str(claims["iss"]),
        sub=str(claims["sub"]),
        name=_name(claims),
        email=_email(claims),
        role=role,
        tenant=_tenant(claims, terms) if role == _CONTACT else None,
    )


def joined(claims: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of an id token, and what userinfo tells besides: nothing that the token says, and
    nothing of how somebody signed in, for which only the signed token counts. That an address is
    verified is said of the address beside it, and of no other."""
    added = {name: told[name] for name in told if name not in _OF_THE_TOKEN}
    if claims.get("email", told.get("email")) != told.get("email"):
        added.pop("email_verified", None)
    return {**added, **claims}


def needs(claims: Mapping[str, Any], terms: Terms) -> bool:
    """Whether the id token lacks a claim that the settings go by, so that userinfo is asked."""
    wanted = [terms.roles_claim]
    wanted += [terms.tenant_claim] if terms.tenant_claim else []
    wanted += [terms.groups_claim] if terms.groups else []
    wanted += ["email", "email_verified"] if terms.email_domains else []
    return any(_at(claims, name) is None for name in wanted) or "name" not in claims


def _check_second_factor(claims: Mapping[str, Any], terms: Terms) -> None:
    if terms.second_factor == "provider":
        return
    shown = claims.get("acr") in terms.acr or not set(terms.amr).isdisjoint(_values(claims, "amr"))
    if not shown:
        raise RefusedError(Reason.NO_SECOND_FACTOR, "neither acr nor amr shows a second factor")


def _check_email(claims: Mapping[str, Any], terms: Terms) -> None:
    by_address = terms.roles_claim == "email" or terms.groups_claim == "email"
    if not terms.email_domains and not by_address:
        return
    email = _email(claims)
    verified = claims.get("email_verified")
    if email is None or not (verified is True or verified == "true"):
        raise RefusedError(Reason.NOT_ALLOWED, "the provider vouches for no e-mail address")
    domain = email.rpartition("@")[2].lower()
    if terms.email_domains and domain not in {one.lower() for one in terms.email_domains}:
        raise RefusedError(Reason.NOT_ALLOWED, "the e-mail address is of another domain")


def _check_groups(claims: Mapping[str, Any], terms: Terms) -> None:
    if terms.groups and set(terms.groups).isdisjoint(_values(claims, terms.groups_claim)):
        raise RefusedError(Reason.NOT_ALLOWED, f"no value of {terms.groups_claim} is allowed")


def _role(claims: Mapping[str, Any], terms: Terms) -> RoleName:
    given = {terms.roles.get(value) for value in _values(claims, terms.roles_claim)}
    for role in RANKS:
        if role in given:
            return role
    raise RefusedError(Reason.NO_ROLE, f"no value of {terms.roles_claim} gives a role")


def _tenant(claims: Mapping[str, Any], terms: Terms) -> str:
    values = _values(claims, terms.tenant_claim or "")
    if len(values) != 1 or values[0] != bounded(values[0]):
        raise RefusedError(Reason.NO_TENANT, f"{terms.tenant_claim} does not name one tenant")
    return values[0]


def _values(claims: Mapping[str, Any], name: str) -> list[str]:
    """A claim's texts: one, or a list."""
    found = _at(claims, name)
    many = found if isinstance(found, list) else [found]
    return [one for one in many[:MAXIMUM_VALUES] if isinstance(one, str) and one]


def _at(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name; else, step by step, what is inside others."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for step in name.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _name(claims: Mapping[str, Any]) -> str:
    """One that can be shown in a line, whatever it was."""
    for claim in ("name", "preferred_username", "email", "sub"):
        value = claims.get(claim)
        if isinstance(value, str):
            shown = "".join(c if c.isprintable() else " " for c in value[: 4 * LONGEST_NAME])
            name = " ".join(shown.split())[:LONGEST_NAME].strip()
            if name:
                return name
    return "?"


def _email(claims: Mapping[str, Any]) -> str | None:
    email = claims.get("email")
    is_one = isinstance(email, str) and email.isprintable() and 3 <= len(email) <= 254
    return email if is_one and str(email).count("@") == 1 else None
