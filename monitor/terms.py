"""What tenants allow: by the policy that holds, else by the directory; as the engine takes it up.

A new policy's terms hold from when the engine took them up, as a fact with that time, like all that
it knows of tenants: what was before is judged by what held then, however often it is folded.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from alerts.policy import Policy, TenantTerms
from detectors.core.listing import Rules, TenantListing
from monitor.directory.tenant import Tenant
from monitor.listings import StoredListings
from monitor.store import policies
from monitor.store.directory import DirectoryTable
from monitor.store.writing import Writing

NOTE: Final = "policy.terms"
"""The engine's note of the version whose terms it took up."""


def rules_of(terms: TenantTerms | None, tenant: Tenant | None) -> Rules | None:
    """What a tenant allows; None where nobody said anything. What the policy says stands before the
    directory's word, field by field; a factor is required where either says so."""
    told = terms or TenantTerms()
    known = tenant or Tenant(uid="-")
    rules = Rules(
        countries=told.countries or frozenset(known.countries),
        seats=known.seats if told.seats is None else told.seats,
        networks=told.networks,
        mfa_required=told.mfa_required or known.mfa_required,
    )
    return None if rules == Rules() else rules


def rules_by_tenant(policy: Policy, tenants: Mapping[str, Tenant]) -> dict[str, Rules]:
    """What each tenant allows that either says something of."""
    found = {
        uid: rules_of(policy.tenants.get(uid), tenants.get(uid))
        for uid in sorted({*policy.tenants, *tenants})
    }
    return {uid: rules for uid, rules in found.items() if rules is not None}


def take_up(writing: Writing, listings: StoredListings, now: int) -> list[str]:
    """Let the terms of the policy that holds hold from `now` (ms) on, where they were not taken up
    yet: the tenants that something else is said of."""
    held = policies.newest(writing.connection)
    version = b"0" if held is None else str(held.id).encode()
    if (writing.note(NOTE) or b"0") == version:
        return []
    policy = policies.holding(writing.connection).policy
    former = listings.told_of_tenants()
    directory = DirectoryTable(writing.connection)
    changed = []
    for uid in _concerned(policy, former):
        stored = directory.tenant(uid)
        rules = rules_of(policy.tenants.get(uid), None if stored is None else stored.tenant)
        is_complete = listings.complete_since(uid, now) is not None
        told = TenantListing(since=now, is_complete=is_complete, rules=rules)
        if listings.tell_tenant(writing, uid, told):
            changed.append(uid)
    writing.set_note(NOTE, version)
    return changed


def _concerned(policy: Policy, former: Iterable[str]) -> list[str]:
    return sorted({*policy.tenants, *former})
