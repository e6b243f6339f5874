"""What an identity provider's user says of an account of the directory, and the other way round."""

from collections.abc import Iterable, Mapping
from typing import Any, Final
from unicodedata import normalize

import msgspec
from msgspec import UNSET, Struct

from detectors.core.context import AccountKind
from monitor.directory.account import (
    MAXIMUM_LIST,
    MAXIMUM_NAME,
    Account,
    AccountChanges,
    State,
    fold,
)
from monitor.directory.origin import Origin, Provenance
from monitor.directory.refusal import DirectoryError
from monitor.directory.validity import read_changes, settled
from monitor.scim.resources import EnterpriseUser, User, VigieUser
from monitor.scim.rules import Identifier, PushRules

PROVIDER: Final = "scim"
"""By what name the directory keeps a provider's own id of an account."""
EMPLOYER: Final = "employee_number"
_KINDS: Final[Mapping[str, AccountKind]] = {
    VigieUser.Kind.PERSON.value: AccountKind.PERSON,
    VigieUser.Kind.SERVICE.value: AccountKind.SERVICE,
}
_CLOSED: Final = (State.SUSPENDED, State.OFFBOARDED)


def name_key(name: str) -> str:
    """A name as names are told apart: two that a filter takes for equal have one key (RFC 8265,
    section 3.3, as far as case and composition go)."""
    return normalize("NFC", normalize("NFC", name.strip()).lower().casefold())


def uids(user: User[Any], rules: PushRules) -> tuple[str, ...]:
    """What logs may call the account by, the likeliest first: the first is for a new account."""
    told = user.external_id if rules.identifier is Identifier.EXTERNAL_ID else None
    name = (user.user_name or "").strip()
    return tuple(dict.fromkeys((told or name, name, name.lower())))


def names(user: User[Any]) -> tuple[str, ...]:
    """Other names that logs may know the account by: the user's, and addresses."""
    told = [user.user_name, *(email.value for email in user.emails or ())]
    fit = [name.strip() for name in told if name and 0 < len(name.strip()) <= MAXIMUM_NAME]
    return _once(fit)


def is_active(user: User[Any], account: Account) -> bool | None:
    """Whether the account may be used, as the directory has it: its word stands before the
    provider's. None where nobody says so but the provider once, which took it back."""
    if account.state in _CLOSED and (user.active is not None or not _is_scims("state", account)):
        return False
    return None if user.active is None else True


def changes(
    user: User[Any],
    groups: Iterable[str],
    account: Account,
    former: Iterable[str],
    rules: PushRules,
) -> AccountChanges:
    """What a user, and the names of its groups, say of an account that is so far.

    `former` are the names that the same user had before. What is not said any more is taken back
    only where SCIM had said it. Raises DirectoryError.
    """
    roles = tuple(dict.fromkeys((*_roles(user), *groups)))
    told: dict[str, Any] = {
        "state": _state(user, account),
        "kind": _kind(user),
        "display_name": _display_name(user),
        "email": _email(user),
        "locale": _fitting("locale", user.locale),
        "roles": roles[:MAXIMUM_LIST],
        "aliases": _aliases(user, account, former),
    }
    told["privileged"] = _privileged(user, roles, account, rules)
    told["external"] = _external(user, account)
    said = {name: value for name, value in told.items() if _counts(name, value, account)}
    return read_changes(AccountChanges, said)


def offboarding() -> AccountChanges:
    """What the end of a user says of its account."""
    return AccountChanges(state=State.OFFBOARDED)


def bare(account: Account, at: int) -> Account:
    """The account as if only logs had shown it, at a time (ms)."""
    said = {"uid": Provenance(Origin.LOG, at)}
    return Account(tenant=account.tenant, uid=account.uid, origins=said)


def _counts(name: str, value: Any, account: Account) -> bool:
    if value is UNSET:
        return False
    return bool(value) or name == "privileged" or _is_scims(name, account)


def _is_scims(field: str, account: Account) -> bool:
    said = account.origins.get(field)
    return said is not None and said.origin is Origin.SCIM


def _state(user: User[Any], account: Account) -> Any:
    if user.active is None:
        return State.ACTIVE if account.state is State.PROVISIONAL else UNSET
    if user.active:
        return State.ACTIVE
    # Whoever was offboarded is not merely suspended because a provider says "not active" again.
    return State.OFFBOARDED


def _kind(user: User[Any]) -> Any:
    extension = user[VigieUser]
    return UNSET if extension is None else _KINDS.get(str(extension.kind), UNSET)


def _display_name(user: User[Any]) -> str:
    if user.display_name:
        return user.display_name.strip()
    name = user.name
    if name is None:
        return ""
    return (name.formatted or f"{name.given_name or ''} {name.family_name or ''}").strip()


def _email(user: User[Any]) -> str:
    emails = sorted(user.emails or (), key=lambda email: not email.primary)
    return next((email.value for email in emails if _fitting("email", email.value)), None) or ""


def _fitting(field: str, value: str | None) -> str:
    """A value that the directory takes, else nothing: a provider's field may mean more."""
    told: dict[str, Any] = {field: value or ""}
    try:
        settled(Account(tenant="-", uid="-", **told))
    except DirectoryError:
        return ""
    return value or ""


def _roles(user: User[Any]) -> list[str]:
    told = (_role(role.value or role.display or "") for role in user.roles or ())
    return [role for role in told if role]


def _role(told: str) -> str:
    """A role's name; Entra ID's function `AppRoleAssignmentsComplex` tells it within JSON."""
    if not told.startswith("{"):
        return told.strip()
    try:
        given = msgspec.json.decode(told, type=_AppRole)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return told.strip()
    return (given.display_name or given.value).strip() or told.strip()


class _AppRole(Struct, frozen=True, rename="camel"):
    display_name: str = ""
    value: str = ""


def _aliases(user: User[Any], account: Account, former: Iterable[str]) -> tuple[str, ...]:
    past = {fold(name) for name in former}
    kept = [alias for alias in account.aliases if fold(alias) not in past]
    mine = [name for name in names(user) if name != account.uid]
    return _once([*kept, *mine])[:MAXIMUM_LIST]


def _once(told: Iterable[str]) -> tuple[str, ...]:
    """Each name as it was told first, letter case aside."""
    met: dict[str, str] = {}
    for name in told:
        met.setdefault(fold(name), name)
    return tuple(met.values())


def _privileged(user: User[Any], roles: Iterable[str], account: Account, rules: PushRules) -> Any:
    extension = user[VigieUser]
    if extension is not None and extension.privileged is not None:
        return extension.privileged
    if rules.privileged or _is_scims("privileged", account):
        return rules.is_privileged(roles)
    return UNSET


def _external(user: User[Any], account: Account) -> Any:
    employer = user[EnterpriseUser]
    told: Mapping[str, str | None] = {
        PROVIDER: user.external_id,
        EMPLOYER: None if employer is None else employer.employee_number,
    }
    said = {
        provider: value or None
        for provider, value in told.items()
        if value or _is_scims(f"external.{provider}", account)
    }
    return said or UNSET
