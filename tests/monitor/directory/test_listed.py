"""Listed: what an entry says of an account, and when a departure is one."""

from datetime import date

import pytest

from detectors.core.context import AccountKind
from detectors.core.event import DAY, HOUR
from detectors.core.listing import Listing
from monitor.directory.account import Account, Sharing, State
from monitor.directory.listed import end_of, is_listed, is_whole, listing_of
from monitor.directory.origin import Origin, Provenance

T0 = 1_790_000_000_000


def account(origin: Origin = Origin.CSV, **fields: object) -> Account:
    said = Provenance(origin, T0)
    values = {"state": State.ACTIVE} | fields
    return Account(tenant="t", uid="u", origins=dict.fromkeys(("uid", *values), said), **values)  # type: ignore[arg-type]


def test_what_only_the_logs_showed_is_not_listed_and_says_nothing() -> None:
    provisional = account(Origin.LOG, state=State.PROVISIONAL)
    assert not is_listed(provisional)
    assert not is_whole(provisional)
    assert listing_of(provisional, "", 5) == Listing(since=5, is_listed=False)


@pytest.mark.parametrize(
    ("origin", "whole"),
    [
        (Origin.CSV, True),
        (Origin.SCIM, True),
        (Origin.KEYCLOAK, True),
        (Origin.PERSON, False),
        (Origin.PROGRAM, False),
    ],
)
def test_a_list_tells_of_all_accounts_and_a_person_of_one(origin: Origin, whole: bool) -> None:
    assert is_listed(account(origin))
    assert is_whole(account(origin)) is whole


def test_a_kind_that_is_not_a_person_s_is_said() -> None:
    assert listing_of(account(), "", 0) == Listing(since=0)
    service = listing_of(account(kind=AccountKind.SERVICE, privileged=True), "", 0)
    assert service == Listing(since=0, kind=AccountKind.SERVICE, is_privileged=True)
    assert listing_of(account(kind=AccountKind.KIOSK), "", 0).allows_sharing(1)


def test_sharing_is_allowed_in_its_time() -> None:
    sharing = Sharing(owner="Max", reason="a desk", since=T0, until=T0 + 9 * DAY)
    told = listing_of(account(kind=AccountKind.SHARED, sharing=sharing), "", 0)
    assert (told.shared_from, told.shared_until) == (T0, T0 + 9 * DAY)


def test_the_last_day_ends_where_the_tenant_is() -> None:
    day = date(2026, 10, 25)
    assert end_of(day, "") - end_of(day, "Europe/Paris") == HOUR, "the clock has changed by then"
    assert end_of(date(2026, 7, 1), "") - end_of(date(2026, 7, 1), "Europe/Paris") == 2 * HOUR
    assert end_of(day, "No/Where") == end_of(day, "UTC")


def test_an_account_is_over_when_somebody_said_so_or_its_last_day_is_over() -> None:
    day = date(2026, 9, 1)
    assert listing_of(account(ended=day), "", 0).left == end_of(day, "")
    assert listing_of(account(state=State.OFFBOARDED), "", 0).left == T0
    both = account(state=State.OFFBOARDED, ended=day)
    assert listing_of(both, "", 0).left == min(T0, end_of(day, ""))
    assert listing_of(account(state=State.SUSPENDED), "", 0).left is None


def test_it_is_told_whether_a_day_was_named_or_it_was_said_there_and_then() -> None:
    past, ahead = date(2020, 9, 1), date(2100, 1, 1)
    assert not listing_of(account(ended=past), "", 0).left_at_once
    assert listing_of(account(state=State.OFFBOARDED), "", 0).left_at_once
    assert listing_of(account(state=State.OFFBOARDED, ended=ahead), "", 0).left_at_once
    assert not listing_of(account(state=State.OFFBOARDED, ended=past), "", 0).left_at_once
