"""A tenant's rules are none where nobody said any."""

import msgspec

from detectors.core.context import Rules
from monitor.directory.tenant import Contact, Tenant, TenantChanges, given_of, tenant_id


def test_rules_are_those_that_somebody_said() -> None:
    assert Tenant(uid="acme").rules is None
    assert Tenant(uid="acme", seats=2).rules == Rules(frozenset(), 2)
    assert Tenant(uid="acme", countries=("FR",)).rules == Rules(frozenset(("FR",)), None)


def test_only_what_is_said_is_told() -> None:
    assert given_of(TenantChanges(plan="basic", seats=None)) == {"plan": "basic", "seats": None}


def test_it_is_kept_and_read_back() -> None:
    kept = Tenant(uid="acme", contacts=(Contact(name="Ann", email="a@example.com"),), seats=3)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=Tenant) == kept
    assert tenant_id("acme") != tenant_id("ACME")
