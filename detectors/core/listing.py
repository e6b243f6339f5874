"""What a directory says of accounts, judged at the time of an event: facts with validity times."""

from bisect import bisect_right
from collections.abc import Iterable
from enum import Enum
from operator import attrgetter
from typing import Protocol

from msgspec import Struct, field

from detectors.core.event import DAY
from detectors.core.identity import Subject
from detectors.core.place import NetworkKind

REMEMBERED = 16
"""Listings of one account that are kept: the latest ones."""
DELAY = DAY
"""What is found so long (ms) after the end of an authorisation may be about the time before it."""

_since = attrgetter("since")


class AccountKind(Enum):
    """What an account is for, as the directory says."""

    PERSON = "person"
    SERVICE = "service"
    KIOSK = "kiosk"
    SHARED = "shared"
    BREAK_GLASS = "break_glass"


class Listing(Struct, frozen=True, array_like=True, gc=False, kw_only=True):
    """What the directory says of an account from `since` on, until its next listing.

    All times are event times in ms. `is_listed`: it is in the directory at all. `kind` None: not
    said. `left` is since when nobody is to use it any more, and may lie ahead; None while it is in
    force; `left_at_once` that somebody said so there and then, and no day was named for it. Several
    people may use it from `shared_from` to before `shared_until`, None for without
    an end. Stored as an array: new fields go last and have a default.
    """

    since: int
    is_listed: bool = True
    kind: AccountKind | None = None
    is_privileged: bool = False
    left: int | None = None
    shared_from: int | None = None
    shared_until: int | None = None
    left_at_once: bool = False

    def has_left(self, at: int) -> bool:
        """Whether nobody is to use it at `at` (ms)."""
        return self.left is not None and self.left <= at

    def allows_sharing(self, at: int) -> bool:
        """Whether several people may use it at `at` (ms), or might shortly before it."""
        if self.shared_from is None or at < self.shared_from:
            return False
        return self.shared_until is None or at < self.shared_until + DELAY

    def says_the_same(self, other: "Listing | None") -> bool:
        """Whether the two say the same, whenever they began to."""
        return other is not None and _said(self) == _said(other)


class Rules(Struct, frozen=True):
    """What a tenant allows, as far as anybody said so.

    `countries` are ISO 3166-1 alpha-2 codes that people may sign in from, empty for any; `seats`
    is how many sessions an account may have at once, None for any number; `networks` are kinds of
    networks to sign in from, empty for any; `mfa_required`: nobody without a second factor.
    """

    countries: frozenset[str] = frozenset()
    seats: int | None = None
    networks: frozenset[NetworkKind] = frozenset()
    mfa_required: bool = False


class TenantListing(Struct, frozen=True, array_like=True, kw_only=True):
    """What the directory says of a tenant from `since` on (event time in ms): whether all of its
    accounts should be listed, and what it allows, None where that is not said."""

    since: int
    is_complete: bool = False
    rules: Rules | None = None


def _said(listing: Listing) -> tuple[object, ...]:
    return (
        listing.is_listed,
        listing.kind,
        listing.is_privileged,
        listing.left,
        listing.left_at_once,
        listing.shared_from,
        listing.shared_until,
    )


class Directory(Protocol):
    """What is said of accounts; read-only to detectors.

    The answers for a time that was asked about change only together with what was found from it:
    the engine folds an account again from when a new listing begins.
    """

    def of(self, subject: Subject, at: int) -> Listing | None:
        """What is said of an account at event time `at` (ms); None when nothing is."""
        ...

    def complete_since(self, tenant: str, at: int) -> int | None:
        """Since when (ms) every account of the tenant should be listed, as of event time `at`
        (ms); None: that is not known, and no account is unknown for not being there."""
        ...

    def rules(self, tenant: str, at: int) -> Rules | None:
        """What the tenant allows at event time `at` (ms); None where the directory does not say."""
        ...

    def services(self, tenant: str) -> Iterable[Subject]:
        """The tenant's accounts that were said to be a program's at some time."""
        ...


class Listings(Struct):
    """A directory held in memory: of each account and each tenant its listings in order of time.
    `aliases` are other names of an account, case-folded, as (tenant, name)."""

    told: dict[Subject, tuple[Listing, ...]] = field(default_factory=dict)
    tenants: dict[str, tuple[TenantListing, ...]] = field(default_factory=dict)
    aliases: dict[tuple[str, str], Subject] = field(default_factory=dict)

    def of(self, subject: Subject, at: int) -> Listing | None:
        """What is said of an account, or of the one that has this for another name."""
        told = self.told.get(subject)
        if told is None:
            if not self.aliases:
                return None
            other = self.aliases.get((subject.tenant, subject.uid.casefold()))
            told = None if other is None else self.told.get(other)
            if told is None:
                return None
        return at_time(told, at)

    def complete_since(self, tenant: str, at: int) -> int | None:
        """As it was told."""
        return complete_since(self.tenants.get(tenant, ()), at)

    def rules(self, tenant: str, at: int) -> Rules | None:
        """As it was told."""
        return rules_at(self.tenants.get(tenant, ()), at)

    def services(self, tenant: str) -> Iterable[Subject]:
        """Looks through all of them: only a failing program makes anybody ask."""
        return [
            subject
            for subject, told in self.told.items()
            if subject.tenant == tenant and any(one.kind is AccountKind.SERVICE for one in told)
        ]


def complete_since(told: tuple[TenantListing, ...], at: int) -> int | None:
    """Since when (ms) a tenant's accounts are all listed, as of `at` (ms); None: they are not."""
    since = None
    for one in told:
        if one.since > at:
            break
        since = None if not one.is_complete else one.since if since is None else since
    return since


def rules_at(told: tuple[TenantListing, ...], at: int) -> Rules | None:
    """What a tenant allows at `at` (ms); None where it is not said."""
    rules = None
    for one in told:
        if one.since > at:
            break
        rules = one.rules
    return rules


def with_tenant_listing(
    told: Iterable[TenantListing], new: TenantListing
) -> tuple[TenantListing, ...]:
    """The same of a tenant's listings as `with_listing`."""
    before = [one for one in told if one.since < new.since]
    if not before or _said_of_tenant(before[-1]) != _said_of_tenant(new):
        before.append(new)
    return tuple(before[-REMEMBERED:])


def _said_of_tenant(listing: TenantListing) -> tuple[bool, Rules | None]:
    return listing.is_complete, listing.rules


def at_time(told: tuple[Listing, ...], at: int) -> Listing | None:
    """The one of these listings, in order of time, that holds at `at` (ms)."""
    last = told[-1]
    if last.since <= at:
        return last
    index = bisect_right(told, at, key=_since)
    return told[index - 1] if index else None


def with_listing(told: Iterable[Listing], new: Listing) -> tuple[Listing, ...]:
    """These listings with one more: it replaces what was said from its time on, and is left out
    where it says what was said before. The latest `REMEMBERED` are kept."""
    before = [one for one in told if one.since < new.since]
    if not before or not new.says_the_same(before[-1]):
        before.append(new)
    return tuple(before[-REMEMBERED:])


def begin_of_change(former: tuple[Listing, ...], now: tuple[Listing, ...]) -> int | None:
    """The earliest time (ms) at which the two say something else of an account; None: never.

    A departure or an authorisation that both know of is no difference, wherever it lies.
    """
    marks = sorted({one.since for one in (*former, *now)})
    for mark in marks:
        one = at_time(former, mark) if former else None
        other = at_time(now, mark) if now else None
        if (one is None) != (other is None):
            return mark
        if one is not None and not one.says_the_same(other):
            return mark
    return None
