"""The second half of a round: what is to be said of each account, and what a tenant's come to."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from detectors.core.event import DAY
from detectors.core.listing import TenantListing, at_time
from monitor.directory.account import Account
from monitor.directory.listed import is_listed, is_whole, listing_of
from monitor.engine import Beside
from monitor.hygiene import kept
from monitor.hygiene.facts import NO_ALERTS, Alerts, Known, Thresholds, judge, mask_of
from monitor.hygiene.kept import Kept
from monitor.hygiene.score import Tally
from monitor.hygiene.versions import Versions
from monitor.store import policies, restrictions
from monitor.store.directory import DirectoryTable
from monitor.store.hygiene import AlertRow, Day, Entry, HygieneRow, HygieneTable
from monitor.terms import rules_of

AT_ONCE: Final = 500
IN_USE: Final = 30 * DAY
"""A directory is complete when it has most of the accounts that were used in this time (ms)."""
COMPLETE: Final = 0.8
"""Share of the accounts in use that a directory has when it comes to be complete."""
INCOMPLETE: Final = 0.5
"""Share below which it is complete no more."""


class _Coverage(Struct):
    """Of a tenant: whether a list or a provider told of accounts, how many are in use, and how many
    of those anybody spoke of."""

    is_whole: bool = False
    used: int = 0
    listed: int = 0

    def is_complete(self, was: bool) -> bool:
        """Whether the directory has all the accounts that it should have."""
        return self.is_whole and self.listed >= (INCOMPLETE if was else COMPLETE) * self.used


class Judging:
    """Goes through the accounts of the directory, a part at a time, at time `at` (ms)."""

    def __init__(self, thresholds: Thresholds, versions: Versions, at: int) -> None:
        self._thresholds = thresholds
        self._versions = versions
        self._at = at
        self._after = b""
        self._tallies: dict[str, Tally] = {}
        self._coverage: dict[str, _Coverage] = {}
        self._own: dict[int, frozenset[str]] = {}
        self._alerts: dict[int, Alerts] = {}

    @property
    def accounts(self) -> int:
        """How many were judged so far."""
        return sum(tally.accounts for tally in self._tallies.values())

    def step(self, beside: Beside) -> bool:
        """Judge some, and count them; whether there are more."""
        connection = beside.writing.connection
        table = HygieneTable(connection)
        entries = table.entries(self._after, AT_ONCE)
        withheld = restrictions.standing(connection)
        keys = [entry.account.subject.key() for entry in entries]
        self._own = table.own_factors(keys)
        self._alerts = _alerts_of(table.alerts(keys))
        rows = []
        for entry in entries:
            account = entry.account
            if (account.tenant, account.uid) not in withheld:
                before = kept.read(entry.body)
                after = self._judge(beside, entry, before)
                if after is not before:
                    rows.append(_row(entry, after))
        table.put(rows)
        if len(entries) < AT_ONCE:
            return False
        self._after = entries[-1].account_id
        return True

    def conclude(self, beside: Beside, now: int) -> None:
        """Keep what the tenants came to today, and which of their directories are complete."""
        table = HygieneTable(beside.writing.connection)
        day = self._at // DAY
        table.put_days(
            Day(tenant, day, tally.accounts, kept.encode(tally))
            for tenant, tally in sorted(self._tallies.items())
        )
        directory = DirectoryTable(beside.writing.connection)
        policy = policies.holding(beside.writing.connection).policy
        for tenant, coverage in sorted(self._coverage.items()):
            was = beside.listings.complete_since(tenant, now) is not None
            stored = directory.tenant(tenant)
            told = TenantListing(
                since=now,
                is_complete=coverage.is_complete(was),
                rules=rules_of(
                    policy.tenants.get(tenant), None if stored is None else stored.tenant
                ),
            )
            beside.listings.tell_tenant(beside.writing, tenant, told)

    def _judge(self, beside: Beside, entry: Entry, before: Kept) -> Kept:
        account, at = entry.account, self._at
        key = account.subject.key()
        listing = at_time(entry.told, at) if entry.told else None
        known = Known(
            account=account,
            listing=listing or listing_of(account, "", 0),
            sighting=before.sighting,
            created=entry.created,
            is_complete=beside.listings.complete_since(account.tenant, at) is not None,
            own=self._own.get(key, frozenset()),
            alerts=self._alerts.get(key, NO_ALERTS),
        )
        judged = judge(known, self._thresholds, self._versions, at)
        self._tallies.setdefault(account.tenant, Tally()).add(judged)
        self._cover(account, before)
        return before.with_said(judged.said, at)

    def _cover(self, account: Account, before: Kept) -> None:
        coverage = self._coverage.setdefault(account.tenant, _Coverage())
        coverage.is_whole = coverage.is_whole or is_whole(account)
        if before.sighting.last and self._at - before.sighting.last <= IN_USE:
            coverage.used += 1
            coverage.listed += is_listed(account)


def _alerts_of(rows: Mapping[int, AlertRow]) -> dict[int, Alerts]:
    return {
        key: Alerts(count=row.alerts, waiting=row.waiting, since=row.since)
        for key, row in rows.items()
    }


def _row(entry: Entry, after: Kept) -> HygieneRow:
    return HygieneRow(
        entry.account_id,
        entry.account.tenant,
        entry.account.uid,
        mask_of({one.fact: one for one in after.said}),
        after.sighting.last,
        kept.encode(after),
    )
