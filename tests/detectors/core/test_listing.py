"""Listings: what holds at a time, and from when on a change makes a difference."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import DAY
from detectors.core.identity import Subject, SubjectKind
from detectors.core.listing import (
    REMEMBERED,
    AccountKind,
    Listing,
    Listings,
    Rules,
    TenantListing,
    at_time,
    begin_of_change,
    with_listing,
    with_tenant_listing,
)

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")
moments = st.integers(0, 40)
listings = st.builds(
    Listing,
    since=moments,
    is_listed=st.booleans(),
    kind=st.sampled_from((None, AccountKind.SERVICE)),
    left=st.none() | moments,
)


def told_in_order(some: list[Listing]) -> tuple[Listing, ...]:
    """As a directory tells them, one after the other."""
    told: tuple[Listing, ...] = ()
    for one in some:
        told = with_listing(told, one)
    return told


def test_the_latest_that_has_begun_holds() -> None:
    told = (Listing(since=10), Listing(since=20, left=20))
    assert at_time(told, 9) is None
    assert at_time(told, 10) is at_time(told, 19) is told[0]
    assert at_time(told, 20) is at_time(told, 99) is told[1]


@given(st.lists(listings, max_size=REMEMBERED), moments)
def test_what_is_told_last_of_a_time_holds(some: list[Listing], at: int) -> None:
    told = told_in_order(some)
    assert [one.since for one in told] == sorted({one.since for one in told})
    for one, other in pairwise(told):
        assert not one.says_the_same(other), "nothing is said twice in a row"
    last = next((one for one in reversed(some) if one.since <= at), None)
    later = [one for one in some[some.index(last) + 1 :] if one.since <= at] if last else []
    if last is not None and not later:
        found = at_time(told, at)
        assert found is not None
        assert found.says_the_same(last)


@given(st.lists(listings, max_size=6), listings)
def test_before_a_change_begins_both_say_the_same(some: list[Listing], new: Listing) -> None:
    former = told_in_order(some)
    now = with_listing(former, new)
    begin = begin_of_change(former, now)
    for at in range(45):
        one = at_time(former, at) if former else None
        other = at_time(now, at)
        same = one is other or (one is not None and one.says_the_same(other))
        if begin is None or at < begin:
            assert same
        elif at == begin:
            assert not same


def test_an_account_whose_directory_changes_for_ever_stays_small() -> None:
    told: tuple[Listing, ...] = ()
    for n in range(3 * REMEMBERED):
        told = with_listing(told, Listing(since=n, left=n))
    assert len(told) == REMEMBERED
    assert told[-1].since == 3 * REMEMBERED - 1


def test_sharing_is_allowed_until_a_day_after_its_end() -> None:
    """What is found on the morning after is about the day before."""
    listing = Listing(since=0, shared_from=5 * DAY, shared_until=9 * DAY)
    allowed = [day for day in range(15) if listing.allows_sharing(day * DAY)]
    assert allowed == [5, 6, 7, 8, 9]
    assert Listing(since=0, shared_from=0).allows_sharing(900 * DAY)
    assert not Listing(since=0, kind=AccountKind.SHARED).allows_sharing(0)


def test_another_name_is_looked_for_in_whatever_case_and_in_its_tenant_only() -> None:
    known = Listings({ALICE: (Listing(since=0),)}, aliases={("acme", "al"): ALICE})
    assert known.of(Subject(SubjectKind.ACCOUNT, "acme", "AL"), 1) == Listing(since=0)
    assert known.of(Subject(SubjectKind.ACCOUNT, "other", "al"), 1) is None
    assert known.of(Subject(SubjectKind.ACCOUNT, "acme", "bo"), 1) is None


def test_services_are_those_that_ever_were() -> None:
    told = (Listing(since=0, kind=AccountKind.SERVICE), Listing(since=9))
    assert [*Listings({ALICE: told}).services("acme")] == [ALICE]
    assert [*Listings({ALICE: told}).services("other")] == []


def test_a_tenant_is_complete_since_it_last_came_to_be() -> None:
    told: tuple[TenantListing, ...] = ()
    for since, is_complete in ((10, True), (20, True), (30, False), (40, True)):
        told = with_tenant_listing(told, TenantListing(since=since, is_complete=is_complete))
    known = Listings(tenants={"acme": told})
    assert len(told) == 3
    asked = (9, 10, 29, 30, 39, 40)
    assert [known.complete_since("acme", at) for at in asked] == [None, 10, 10, None, None, 40]
    assert known.complete_since("other", 40) is None


def test_a_tenant_s_rules_hold_from_when_they_were_told() -> None:
    rules = Rules(frozenset({"FR"}), 2)
    told = (TenantListing(since=10, rules=rules), TenantListing(since=20))
    known = Listings(tenants={"acme": told})
    assert [known.rules("acme", at) for at in (9, 10, 20)] == [None, rules, None]
