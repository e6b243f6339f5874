"""An account is what it is at a time: shared while authorised, over once employment is."""

from datetime import date

import msgspec
from hypothesis import given

from detectors.core.context import AccountKind
from detectors.core.event import DAY, HOUR
from monitor.directory.account import (
    Account,
    AccountChanges,
    State,
    account_id,
    fold,
    is_excepted,
    midnight,
)
from monitor.directory.account import given as told
from tests.monitor.directory.entries import NOW, account, changes, sharing


def test_sharing_holds_from_its_beginning_to_its_end_and_not_after() -> None:
    shared = account(kind=AccountKind.SHARED, sharing=sharing(NOW + 10, NOW))
    kinds = [shared.kind_at(at) for at in (NOW - 1, NOW, NOW + 9, NOW + 10)]
    person, several = AccountKind.PERSON, AccountKind.SHARED
    assert kinds == [person, several, several, person]


def test_other_kinds_do_not_end() -> None:
    assert account(kind=AccountKind.SERVICE).kind_at(NOW) is AccountKind.SERVICE


def test_employment_ends_when_its_last_day_is_over_everywhere() -> None:
    last = date(2026, 3, 31)
    gone = account(state=State.ACTIVE, ended=last)
    over = midnight(last) + DAY + 12 * HOUR
    assert gone.state_at(over - 1) is State.ACTIVE
    assert gone.state_at(over) is State.OFFBOARDED
    assert account(state=State.SUSPENDED).state_at(over) is State.SUSPENDED


def test_an_id_is_of_one_account_and_stays() -> None:
    assert account_id("a", "b") == account_id("a", "b")
    assert len({account_id("a", "b"), account_id("ab", ""), account_id("b", "a")}) == 3


def test_its_reference_names_nobody() -> None:
    one = account("ann@example.com")
    assert one.reference == f"account:{one.subject.key()}"


def test_who_else_may_use_it_is_also_a_matter_of_its_names() -> None:
    kiosk = account(kind=AccountKind.KIOSK, aliases=("desk", "front"))
    assert is_excepted(account(), kiosk)
    assert not is_excepted(kiosk, account(kind=AccountKind.KIOSK, aliases=("DESK",)))
    assert is_excepted(kiosk, account(kind=AccountKind.KIOSK, aliases=("desk", "ann")))
    assert not is_excepted(account(), account(aliases=("ann",)))
    assert not is_excepted(kiosk, account())
    shared = account(kind=AccountKind.SHARED, sharing=sharing(NOW + 9))
    assert is_excepted(shared, account(kind=AccountKind.SHARED, sharing=sharing(NOW + 10)))


def test_names_are_compared_without_case() -> None:
    assert fold(" Straße") == fold("STRASSE ")


@given(changes())
def test_only_what_is_said_is_told(drawn: AccountChanges) -> None:
    assert all(getattr(drawn, name) == value for name, value in told(drawn).items())
    assert AccountChanges(**told(drawn)) == drawn  # type: ignore[arg-type]


def test_it_is_kept_and_read_back() -> None:
    kept = account(kind=AccountKind.SHARED, sharing=sharing(), started=date(2024, 2, 29))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(kept), type=Account) == kept
