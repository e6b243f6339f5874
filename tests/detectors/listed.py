"""A directory for the laws of detectors: of two tenants, one of which has all it should have."""

from detectors.core.event import DAY
from detectors.core.identity import Subject, SubjectKind
from detectors.core.listing import AccountKind, Listing, Listings, TenantListing
from tests.detectors.story import MONDAY

LISTED = "listed"
"""A tenant whose accounts are all in the directory."""


def account(uid: str, tenant: str = LISTED) -> Subject:
    """An account as a subject."""
    return Subject(SubjectKind.ACCOUNT, tenant, uid)


def left(day: int, since: int = 0) -> Listing:
    """Somebody who left on a day from `MONDAY`."""
    return Listing(since=since, left=MONDAY + day * DAY)


def complete(since: int) -> tuple[TenantListing, ...]:
    """A tenant whose accounts should all be listed from a time (ms) on."""
    return (TenantListing(since=since, is_complete=True),)


def directory() -> Listings:
    """One who left, one who left and came back, a program; and of acme nearly nobody."""
    back = Listing(since=MONDAY + 20 * DAY)
    return Listings(
        told={
            account("gone"): (left(2),),
            account("back"): (left(2), back),
            account("robot"): (Listing(since=0, kind=AccountKind.SERVICE),),
            account("alice", "acme"): (Listing(since=0),),
            account("bob", "acme"): (left(1),),
        },
        tenants={LISTED: complete(MONDAY - 30 * DAY), "acme": complete(MONDAY - 30 * DAY)},
    )
