"""What tenants allow: by the policy that holds, else by the directory; as the engine takes it up.

What is new holds from when the engine took it up, as a fact with that time: what was before is
judged by what held then, however often it is folded.
"""

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from alerts.policy import Policy, TenantTerms
from detectors.core.event import MINUTE
from detectors.core.listing import Rules, TenantListing
from monitor.directory.tenant import Tenant
from monitor.listings import StoredListings
from monitor.store import policies
from monitor.store.directory import DirectoryTable
from monitor.store.writing import Writing

NOTE: Final = "policy.terms"
_OVERLAP: Final = 10 * MINUTE
"""A change may be committed so long after it says that it was made."""


class Mark(Struct, frozen=True, array_like=True):
    """What the engine took up: the version of the policy, and the directory's tenants as of when
    one of them was changed last (ms)."""

    policy: int = 0
    tenants: int = 0


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
    """Let what the policy and the directory say of tenants hold from `now` (ms) on, where it was
    not taken up yet: the tenants that something else is said of.

    What was missed, as it was committed long after it says that it was made, the rounds of hygiene
    meet.
    """
    directory = DirectoryTable(writing.connection)
    held = policies.newest(writing.connection)
    mark = Mark(0 if held is None else held.id, directory.latest_tenant())
    former = _mark(writing.note(NOTE))
    if mark == former:
        return []
    policy = policies.holding(writing.connection).policy
    concerned = {one.tenant.uid for one in directory.tenants_since(former.tenants - _OVERLAP)}
    if mark.policy != former.policy:
        concerned |= {*policy.tenants, *listings.told_of_tenants()}
    changed = []
    for uid in sorted(concerned):
        stored = directory.tenant(uid)
        rules = rules_of(policy.tenants.get(uid), None if stored is None else stored.tenant)
        is_complete = listings.complete_since(uid, now) is not None
        told = TenantListing(since=now, is_complete=is_complete, rules=rules)
        if listings.tell_tenant(writing, uid, told):
            changed.append(uid)
    writing.set_note(NOTE, msgspec.msgpack.encode(mark))
    return changed


def _mark(note: bytes | None) -> Mark:
    try:
        return msgspec.msgpack.decode(note or b"", type=Mark)
    except msgspec.DecodeError:
        return Mark()
