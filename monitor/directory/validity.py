"""What makes sense of an account or a tenant: checked whoever says it, before it is kept."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import structs

from detectors.core.context import AccountKind
from detectors.core.detector import Text
from detectors.core.event import DAY
from monitor.directory.account import Account, AccountChanges, Sharing, fold
from monitor.directory.refusal import DirectoryError
from monitor.directory.tenant import Tenant, TenantChanges

LONGEST_SHARING: Final = 366 * DAY
"""How long sharing may be authorised at once: it is looked at again at least once a year."""

_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,190}\Z")
_TAG: Final = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,5}\Z")
_EARLIEST: Final = date(1900, 1, 1)
_LATEST: Final = date(2200, 1, 1)
_LENGTH: Final = re.compile(r"Expected `(?:str|array|object|int)` (?:of length )?(<=|>=) ([0-9]+)")
_Changes = TypeVar("_Changes", AccountChanges, TenantChanges)


def read_changes(kind: type[_Changes], told: Mapping[str, Any]) -> _Changes:
    """The fields that somebody named, checked one by one. Raises DirectoryError."""
    for name in told:
        if name not in kind.__struct_fields__:
            raise DirectoryError(name[:80], Text("there is no such field", "champ inconnu"))
    try:
        return msgspec.convert(dict(told), kind)
    except msgspec.ValidationError as error:
        reason, _, path = str(error).partition(" - at ")
        field = path.strip("`").removeprefix("$").lstrip(".").partition("[")[0] or next(iter(told))
        raise DirectoryError(field, _said(reason)) from error


def settled(account: Account) -> Account:
    """The account as it is kept, if it makes sense: sharing only with its kind, and each name
    once. Raises DirectoryError."""
    if account.kind is not AccountKind.SHARED and account.sharing is not None:
        account = structs.replace(account, sharing=None)
    aliases = _once(account.aliases, but=account.uid)
    account = structs.replace(
        account, aliases=aliases, roles=_once(account.roles), tags=_once(account.tags)
    )
    if account.kind is AccountKind.SHARED:
        _check_sharing(account.sharing)
    if account.email and not _EMAIL.match(account.email):
        raise DirectoryError("email", Text("this is no address", "ce n'est pas une adresse"))
    _check_tag("locale", account.locale)
    _check_dates(account.started, account.ended)
    return account


def settled_tenant(tenant: Tenant) -> Tenant:
    """The tenant as it is kept, if it makes sense. Raises DirectoryError."""
    if tenant.zone and not _is_zone(tenant.zone):
        why = Text(
            "no such time zone: expected one such as Europe/Paris",
            "fuseau inconnu\u00a0: attendu par exemple Europe/Paris",
        )
        raise DirectoryError("zone", why)
    _check_tag("language", tenant.language)
    for contact in tenant.contacts:
        if contact.email and not _EMAIL.match(contact.email):
            why = Text("a contact's address is none", "l'adresse d'un contact n'en est pas une")
            raise DirectoryError("contacts", why)
    return structs.replace(tenant, countries=tuple(sorted(set(tenant.countries))))


def _check_sharing(sharing: Sharing | None) -> None:
    if sharing is None:
        why = Text(
            "sharing is authorised with an owner, a reason and an end date",
            "un partage s'autorise avec un responsable, un motif et une date de fin",
        )
        raise DirectoryError("sharing", why)
    if not sharing.owner.strip() or not sharing.reason.strip():
        why = Text("owner and reason must say something", "responsable et motif sont à préciser")
        raise DirectoryError("sharing", why)
    if not sharing.since < sharing.until <= sharing.since + LONGEST_SHARING:
        why = Text(
            "the end date must be after the beginning, and within a year",
            "la date de fin doit suivre le début, à un an au plus",
        )
        raise DirectoryError("sharing", why)


def _check_dates(started: date | None, ended: date | None) -> None:
    for name, day in (("started", started), ("ended", ended)):
        if day is not None and not _EARLIEST <= day <= _LATEST:
            raise DirectoryError(name, Text("no such year is meant", "année invraisemblable"))
    if started and ended and ended < started:
        why = Text("the last day is before the first", "le dernier jour précède le premier")
        raise DirectoryError("ended", why)


def _check_tag(name: str, tag: str) -> None:
    if tag and not _TAG.match(tag):
        why = Text(
            "no language: expected such as fr or fr-CA", "langue attendue, comme fr ou fr-CA"
        )
        raise DirectoryError(name, why)


def _once(names: tuple[str, ...], but: str | None = None) -> tuple[str, ...]:
    met: dict[str, str] = {}
    for name in names:
        if name.strip() and name != but:
            met.setdefault(fold(name), name.strip())
    return tuple(met.values())


def _said(reason: str) -> Text:
    """What is wrong with a value's type, for people."""
    if "length" in reason or _LENGTH.match(reason):
        return Text(f"too long, too short or out of range ({reason})", "longueur ou borne dépassée")
    if "regex" in reason:
        return Text("has characters that it may not have", "caractères non admis")
    return Text(reason, f"valeur non admise ({reason})")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
