"""The directory as detectors see it: taken up by the engine, with the times from which it holds.

What the directory says is kept beside the events as facts with a beginning in event time, and an
event is judged by what holds at its time. So the same events and the same listings give the same
findings, whenever they are folded. What is said of an account that nothing was heard of yet holds
from the beginning. Else what is new holds from one lateness window before it was taken up: like an
event that comes late, it makes the account be folded again from there, and no further back.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec import structs

from detectors.core.event import MINUTE
from detectors.core.identity import Subject, SubjectKind
from detectors.core.listing import (
    AccountKind,
    Listing,
    Rules,
    TenantListing,
    at_time,
    begin_of_change,
    complete_since,
    rules_at,
    with_listing,
    with_tenant_listing,
)
from monitor.directory.account import fold
from monitor.directory.listed import listing_of
from monitor.store.directory import DirectoryTable
from monitor.store.listings import Entry, ListingRow, ListingsTable
from monitor.store.writing import Writing

AT_ONCE: Final = 500
"""Accounts taken up in one step."""
_OVERLAP: Final = 10 * MINUTE
"""A change may be committed so long after it says that it was made."""
_KIND = SubjectKind.ACCOUNT


class Change(NamedTuple):
    """An account of which something else is said from event time `begin` (ms) on, and whether
    that may be who is allowed to use it together."""

    subject: Subject
    begin: int
    shares: bool = False


class Taken(NamedTuple):
    """What a step took up: accounts of which something else is said, names that stand for accounts
    as (tenant, name, uid), and how many entries it looked at."""

    changes: list[Change]
    names: list[tuple[str, str, str]]
    looked: int


class StoredListings:
    """The listings of one database in memory, as `detectors.core.listing.Directory`.

    Accounts are known by a hash of tenant and uid: of most of a hundred thousand no more is kept
    than since when they are listed.
    """

    def __init__(self) -> None:
        self._told: dict[int, tuple[Listing, ...]] = {}
        self._plain: dict[int, Listing] = {}
        self._aliases: dict[int, int] = {}
        self._named: dict[int, tuple[int, ...]] = {}
        self._services: dict[str, dict[str, None]] = {}
        self._tenants: dict[str, tuple[TenantListing, ...]] = {}
        self._known: set[str] = set()
        self._listed: dict[int, Listing] = {}
        self._mark: int | None = None
        self._after: tuple[int, bytes] | None = None

    def __bool__(self) -> bool:
        """Whether anything is said of anybody."""
        return bool(self._known or self._tenants)

    def load(self, writing: Writing) -> None:
        """Have what is kept; the tables are the truth."""
        self.__init__()  # type: ignore[misc] # everything anew
        table = ListingsTable(writing.connection)
        self._tenants = table.tenants()
        for row in table.every():
            self._have(row.tenant, row.uid, row.told)
        if self:
            for tenant, name, uid in DirectoryTable(writing.connection).aliases():
                self._name(tenant, (name,), hash((tenant, uid)))

    def of(self, subject: Subject, at: int) -> Listing | None:
        """What is said of an account, or of the one that has this for another name."""
        tenant = subject.tenant
        if tenant not in self._known:
            return None
        key = hash((tenant, subject.uid))
        if key not in self._told and key not in self._plain:
            other = self._aliases.get(hash((tenant, subject.uid.casefold())))
            if other is None:
                return None
            key = other
        plain = self._plain.get(key)
        if plain is not None:
            return plain if plain.since <= at else None
        told = self._told.get(key)
        return None if told is None else at_time(told, at)

    def is_other_name(self, subject: Subject) -> bool:
        """Whether this is another name of an account, and perhaps one by itself as well."""
        return hash((subject.tenant, subject.uid.casefold())) in self._aliases

    def complete_since(self, tenant: str, at: int) -> int | None:
        """Since when all accounts of a tenant should be listed."""
        return complete_since(self._tenants.get(tenant, ()), at)

    def rules(self, tenant: str, at: int) -> Rules | None:
        """What a tenant allows."""
        told = self._tenants.get(tenant)
        return None if told is None else rules_at(told, at)

    def services(self, tenant: str) -> Iterable[Subject]:
        """The accounts that were ever a program's."""
        return [Subject(_KIND, tenant, uid) for uid in self._services.get(tenant, ())]

    def take_up(self, writing: Writing, now: int, lateness: int) -> Taken:
        """Take up some of what the directory says anew at `now` (ms), those that changed first at
        first; keep it, and have it in memory."""
        table = ListingsTable(writing.connection)
        entries = table.changed(self._mark, AT_ONCE, self._after)
        # Those before it are not looked through again for each part of a long list.
        self._after = (entries[-1].updated, entries[-1].account_id) if entries else None
        if len(entries) < AT_ONCE:
            entries += table.gone(AT_ONCE) if self._mark is None else []
        if len(entries) < AT_ONCE:
            # Everything before is taken up, but for what is on its way.
            self._after = None
            self._mark = max(0, table.latest() - _OVERLAP)
        if not entries:
            return Taken([], [], 0)
        return self._take(writing, entries, now, lateness)

    def look_again(self) -> None:
        """Compare everything at the next step, also what is gone: now and then, for whatever was
        missed."""
        self._mark = self._after = None

    def forget(self, subject: Subject) -> None:
        """Drop what is in memory of an account; what is kept of it is the caller's."""
        self._have(subject.tenant, subject.uid, ())
        self._services.get(subject.tenant, {}).pop(subject.uid, None)

    def told_of_tenants(self) -> list[str]:
        """The tenants of which anything was ever said."""
        return sorted(self._tenants)

    def tell_tenant(self, writing: Writing, tenant: str, new: TenantListing) -> bool:
        """Take up what is said of a tenant from `new.since` on; whether it is anything else."""
        former = self._tenants.get(tenant, ())
        told = with_tenant_listing(former, new)
        if told == former or (not former and not new.is_complete and new.rules is None):
            return False
        ListingsTable(writing.connection).put_tenant(tenant, told)
        self._tenants[tenant] = told
        return True

    def _take(self, writing: Writing, entries: list[Entry], now: int, lateness: int) -> Taken:
        table = ListingsTable(writing.connection)
        zones = {one.tenant: "" for one in entries}
        for tenant in table.tenants_of(zones):
            zones[tenant.uid] = tenant.zone
        strangers = _unheard(writing, entries)
        rows, changes, names = [], [], []
        for entry in entries:
            subject = Subject(_KIND, entry.tenant, entry.uid)
            since = 0 if subject in strangers else max(1, now - lateness)
            told = _told(entry, zones[entry.tenant], since)
            rows.append(ListingRow(entry.account_id, *entry[1:4], told))
            begin = begin_of_change(entry.told, told)
            if begin is not None:
                shares = any(one.shared_from is not None for one in (*entry.told, *told))
                changes.append(Change(subject, begin, shares))
                self._have(entry.tenant, entry.uid, told)
            for name in self._rename(entry):
                names.append((entry.tenant, name, entry.uid))
                changes.append(Change(Subject(_KIND, entry.tenant, name), max(1, now - lateness)))
        table.put(rows)
        return Taken(changes, names, len(entries))

    def _rename(self, entry: Entry) -> list[str]:
        """Have the names of an account as its entry says; those that are new, as it says them."""
        key = hash((entry.tenant, entry.uid))
        aliases = () if entry.account is None else entry.account.aliases
        former = self._named.pop(key, ())
        for one in former:
            if self._aliases.get(one) == key:
                del self._aliases[one]
        self._name(entry.tenant, [fold(name) for name in aliases], key)
        return [name for name in aliases if hash((entry.tenant, fold(name))) not in former]

    def _have(self, tenant: str, uid: str, told: tuple[Listing, ...]) -> None:
        key = hash((tenant, uid))
        self._told.pop(key, None)
        self._plain.pop(key, None)
        if not told:
            return
        self._known.add(tenant)
        first = told[0]
        if len(told) == 1 and first.says_the_same(Listing(since=0)):
            self._plain[key] = self._listed.setdefault(first.since, first)
        else:
            self._told[key] = told
        if any(one.kind is AccountKind.SERVICE for one in told):
            self._services.setdefault(tenant, {})[uid] = None

    def _name(self, tenant: str, names: Iterable[str], key: int) -> None:
        own = tuple(hash((tenant, name)) for name in names)
        if own:
            self._named[key] = (*self._named.get(key, ()), *own)
            self._aliases.update(dict.fromkeys(own, key))


def _told(entry: Entry, zone: str, since: int) -> tuple[Listing, ...]:
    """The listings of an account with what its entry says now."""
    if entry.account is None:
        if not entry.told:
            return ()
        # It is no more than that anybody can say of it.
        return with_listing(entry.told, Listing(since=since, is_listed=False))
    new = listing_of(entry.account, zone, since)
    if not entry.told and new.says_the_same(Listing(since=0, is_listed=False)):
        return ()
    if not entry.told and since:
        # Before, nothing was said.
        return (new,)
    return with_listing(entry.told, structs.replace(new, since=since))


def _unheard(writing: Writing, entries: list[Entry]) -> set[Subject]:
    """Those of which no event is known, and nothing was ever said."""
    subjects = {
        Subject(_KIND, one.tenant, one.uid) for one in entries if not one.told and one.account
    }
    keys = {subject: subject.key() for subject in subjects}
    known = writing.keys_with_events(set(keys.values()))
    known |= writing.keys_with_snapshots(_KIND.value, set(keys.values()) - known)
    return {subject for subject, key in keys.items() if key not in known}
