"""What passkeys are bound to is fixed by the first, and another is refused with what it breaks."""

import pytest
from sqlalchemy import Engine

from monitor.mfa.passkeys import RelyingParty
from monitor.services.relying_party import Bound, RelyingPartyError, bound, check, fixed
from monitor.store.factors import Owner
from tests.monitor.services.factored import ANA, BOB, ORIGIN, PARTY, Holder

OTHER = RelyingParty("other.test", "Other", ("https://other.test",))


def test_anything_goes_before_the_first(database: Engine) -> None:
    for party in (PARTY, OTHER, None):
        check(database, party)
    with database.begin() as connection:
        assert fixed(connection) is None
        assert bound(connection) == Bound(0, 0, 0)


def test_then_another_is_refused_with_the_count_of_what_it_would_break(database: Engine) -> None:
    holder = Holder(database)
    for owner in (ANA.owner, ANA.owner, BOB.owner, Owner("reviewer", "r-1")):
        holder.passkey(owner)
    with database.begin() as connection:
        found = fixed(connection)
        assert found is not None
        assert (found.id, found.origin) == ("example.com", ORIGIN)
    check(database, PARTY)
    # Another address below the same name breaks nothing.
    check(database, RelyingParty("example.com", "x", ("https://console.example.com",)))
    for party in (OTHER, None):
        with pytest.raises(RelyingPartyError) as refused:
            check(database, party)
        assert "4 passkeys of 2 accounts and 1 reviewers" in str(refused.value)
        assert 'mfa.rp_id = "example.com"' in str(refused.value)


def test_when_none_is_left_another_may_be_fixed(database: Engine) -> None:
    holder = Holder(database)
    _, made = holder.passkey()
    holder.factors.revoke(ANA.owner, made.handle)
    check(database, OTHER)
