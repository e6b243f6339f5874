"""What a user of a Keycloak realm says of an account: pure, after Keycloak's Admin REST API.

A user's representation, its credentials, groups, realm roles and identities at other providers, as
`GET /admin/realms/{realm}/users` and what lies below each of them give them.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from detectors.core.context import AccountKind
from detectors.core.detector import Text
from monitor.directory.account import (
    MAXIMUM_LIST,
    MAXIMUM_NAME,
    Account,
    AccountChanges,
    Mfa,
    Name,
    Names,
    State,
    fold,
)
from monitor.directory.importing import Missing
from monitor.directory.refusal import DirectoryError
from monitor.directory.validity import read_changes, settled

OF_THE_REALM: Final = frozenset(("offline_access", "uma_authorization"))
"""Roles that every user has, beside `default-roles-REALM`: they say nothing."""
_STRONG: Final = frozenset(("otp", "webauthn", "webauthn-passwordless"))
_NO_FACTOR: Final = frozenset(("password",))


class Uid(StrEnum):
    """Which of a user's names is what logs call the account by."""

    ID = "id"
    USERNAME = "username"


class RealmTerms(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A realm whose users are taken into the directory, with which rights, and how.

    `url` is its address, `tenant` whose accounts they are. Rights as for a source: `client_id`
    with `client_secret`, or `username` and `password`; `token_realm` where the token is of another
    realm, `ca` certificates (PEM) to trust. `uid` is what logs call an account by. `privileged` are
    roles and groups that make it privileged. `roles`, `groups`, `credentials` and `identities` are
    a request for each user and each of them. `missing`: what becomes of accounts that the realm
    gave once and has not any more. `every_minutes`: how often it is read, 0 for only when asked.
    """

    url: str
    tenant: Name
    client_id: str | None = None
    client_secret: str | None = None
    username: str | None = None
    password: str | None = None
    token_realm: str | None = None
    ca: str | None = None
    insecure_http: bool = False
    timeout_seconds: Annotated[float, Meta(gt=0, le=600)] = 30.0
    page: Annotated[int, Meta(ge=2, le=1_000)] = 100
    uid: Uid = Uid.ID
    privileged: Names = ()
    roles: bool = True
    groups: bool = True
    credentials: bool = True
    identities: bool = True
    missing: Missing = Missing.KEEP
    every_minutes: Annotated[float, Meta(ge=0, le=60 * 24 * 31)] = 0.0


class Identity(Struct, frozen=True, rename="camel"):
    """What a user is called at another provider (FederatedIdentityRepresentation)."""

    identity_provider: str = ""
    user_id: str = ""


class Typed(Struct, frozen=True):
    """A credential, of which only its type is looked at (CredentialRepresentation)."""

    type: str = ""


class Named(Struct, frozen=True):
    """A role or a group (RoleRepresentation, GroupRepresentation)."""

    name: str = ""


class RealmUser(Struct, frozen=True, rename="camel"):
    """A user (UserRepresentation), of which only what is needed is read."""

    id: str = ""
    username: str = ""
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    enabled: bool = True
    totp: bool | None = None
    service_account_client_id: str | None = None
    attributes: dict[str, Any] | None = None


class Told(Struct, frozen=True):
    """A user of the realm that the settings call `realm`, and what lies below it; None where it
    was not asked for."""

    realm: str
    user: RealmUser
    roles: tuple[Named, ...] | None = None
    groups: tuple[Named, ...] | None = None
    credentials: tuple[Typed, ...] | None = None
    identities: tuple[Identity, ...] | None = None


def provider_of(realm: str) -> str:
    """By what name the directory keeps a realm's own ids of accounts."""
    return f"keycloak:{realm}"


def uid_of(user: RealmUser, terms: RealmTerms) -> str:
    """What logs call the account by. Raises DirectoryError for a user that has no such name."""
    uid = user.id if terms.uid is Uid.ID else user.username
    if not uid.strip() or uid != _clean(uid) or len(uid) > MAXIMUM_NAME:
        why = Text("the realm gives it no such name", "le royaume ne lui donne pas ce nom")
        raise DirectoryError("uid", why)
    return uid


def changes_of(told: Told, terms: RealmTerms, account: Account) -> AccountChanges:
    """What a user says of an account that is so far. Raises DirectoryError."""
    user = told.user
    said: dict[str, Any] = {
        "state": State.ACTIVE if user.enabled else State.SUSPENDED,
        "kind": AccountKind.SERVICE if user.service_account_client_id else None,
        "display_name": _display_name(user),
        "email": _fitting("email", user.email),
        "locale": _fitting("locale", _first(user.attributes, "locale")),
        "aliases": _aliases(user, uid_of(user, terms), account),
        "external": _external(told),
        **_roles(told, terms),
        **_factors(told),
    }
    return read_changes(
        AccountChanges, {name: value for name, value in said.items() if value not in (None, "")}
    )


def _display_name(user: RealmUser) -> str:
    names = [_clean(part).strip() for part in (user.first_name, user.last_name) if part]
    return " ".join(names)[:MAXIMUM_NAME]


def _clean(text: str) -> str:
    """Without what no name has: control characters, and halves of characters."""
    return "".join(
        c for c in text if c >= " " and not "\x7f" <= c < "\xa0" and not "\ud800" <= c < "\ue000"
    )


def _aliases(user: RealmUser, uid: str, account: Account) -> tuple[str, ...]:
    told = [*account.aliases, uid, user.username, user.email or ""]
    clean = [name.strip() for name in told if name == _clean(name)]
    fit = [name for name in clean if 0 < len(name) <= MAXIMUM_NAME]
    names: dict[str, str] = {}
    for name in fit:
        if name != account.uid:
            names.setdefault(fold(name), name)
    return tuple(names.values())[:MAXIMUM_LIST]


def _roles(told: Told, terms: RealmTerms) -> dict[str, Any]:
    if told.roles is None and told.groups is None:
        return {}
    names = [_clean(role.name) for role in told.roles or () if not _is_of_everybody(role.name)]
    names += [_clean(group.name) for group in told.groups or ()]
    found = tuple(dict.fromkeys(name[:MAXIMUM_NAME] for name in names if name.strip()))
    said: dict[str, Any] = {"roles": found[:MAXIMUM_LIST]}
    if terms.privileged:
        known = {fold(name) for name in terms.privileged}
        said["privileged"] = any(fold(name) in known for name in names)
    return said


def _is_of_everybody(role: str) -> bool:
    return role in OF_THE_REALM or role.startswith("default-roles-")


def _factors(told: Told) -> dict[str, Any]:
    if told.credentials is None:
        # The flag knows one-time codes alone: without them there may be a key all the same.
        return {"mfa": Mfa.STRONG, "mfa_methods": ("otp",)} if told.user.totp else {}
    types = dict.fromkeys(_clean(each.type)[:MAXIMUM_NAME] for each in told.credentials)
    methods = tuple(kind for kind in types if kind and kind not in _NO_FACTOR)
    is_strong = not _STRONG.isdisjoint(methods)
    factor = Mfa.STRONG if is_strong else Mfa.WEAK if methods else Mfa.NONE
    return {"mfa": factor, "mfa_methods": methods[:MAXIMUM_LIST]}


def _external(told: Told) -> dict[str, str]:
    ids = {provider_of(told.realm): told.user.id}
    for each in told.identities or ():
        if _is_name(each.identity_provider) and _is_name(each.user_id):
            ids.setdefault(each.identity_provider, each.user_id)
    return dict(list(ids.items())[:MAXIMUM_LIST])


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MAXIMUM_NAME and text == _clean(text)


def _first(attributes: Mapping[str, Any] | None, name: str) -> str | None:
    values = (attributes or {}).get(name)
    first = values[0] if isinstance(values, list) and values else values
    return first if isinstance(first, str) else None


def _fitting(field: str, value: str | None) -> str:
    """A value that the directory takes, else nothing."""
    if value is None or not _is_name(value):
        return ""
    given: dict[str, Any] = {field: value}
    try:
        settled(Account(tenant="-", uid="-", **given))
    except DirectoryError:
        return ""
    return value
