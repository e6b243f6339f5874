"""Whatever the other side does, an account is asked to be switched at most once an attempt, and is
said to be switched only when it shows so."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.ports import AccountState, Receipt, RefusedError, ResponderError, RetryError, Target
from alerts.responders.refusal import UnsureError
from alerts.responders.switching import Account, ChangedError, state_of, switched

ALICE = Target(tenant="acme", account="alice")


class Side:
    """Has one account, and does and says what it is told to. `does`: whether a request to switch
    has its effect; `says` and `shows`: what is raised meanwhile."""

    server = "https://far.example"

    def __init__(
        self,
        is_active: bool | None,
        *,
        does: bool = True,
        says: Callable[[], Exception | None] = lambda: None,
        shows: Callable[[], Exception | None] = lambda: None,
    ) -> None:
        self.is_active = is_active
        self.switches = 0
        self._does, self._says, self._shows = does, says, shows

    def find(self, target: Target) -> Account | None:
        return self._account()

    def read(self, uid: str) -> Account | None:
        error = self._shows()
        if error is not None:
            raise error
        return self._account()

    def switch(self, account: Account, is_active: bool) -> None:
        self.switches += 1
        error = self._says()
        if self._does and not isinstance(error, ChangedError):
            self.is_active = is_active
        if error is not None:
            raise error

    def _account(self) -> Account:
        return Account(id="1", is_active=self.is_active, fields={})


def test_what_is_so_already_is_left_alone() -> None:
    side = Side(False)
    assert not switched(side, ALICE, False).changed
    assert side.switches == 0


def test_done_and_shown() -> None:
    got = switched(Side(True), ALICE, False)
    assert got == Receipt(reference="1", detail="it is disabled there now")


def test_failed_and_shown_is_done() -> None:
    got = switched(Side(True, says=lambda: UnsureError("502")), ALICE, False)
    assert got.changed
    assert "502" in got.detail


def test_said_and_not_shown_is_not_done() -> None:
    with pytest.raises(RetryError, match="does not show"):
        switched(Side(True, does=False), ALICE, False)


def test_when_nothing_can_be_seen_the_first_failure_is_told() -> None:
    side = Side(True, says=lambda: UnsureError("first"), shows=lambda: RetryError("second"))
    with pytest.raises(UnsureError, match="first"):
        switched(side, ALICE, False)


def test_when_it_was_changed_meanwhile_it_is_tried_once_more() -> None:
    errors = iter([ChangedError("412"), None])
    assert switched(Side(True, says=lambda: next(errors)), ALICE, False).changed
    side = Side(True, says=lambda: ChangedError("412"))
    with pytest.raises(ChangedError):
        switched(side, ALICE, False)
    assert side.switches == 2


@pytest.mark.parametrize(
    ("is_active", "state"),
    [
        (True, AccountState.ACTIVE),
        (False, AccountState.DISABLED),
        (None, AccountState.UNKNOWN),
    ],
)
def test_what_is_shown_is_the_state(is_active: bool | None, state: AccountState) -> None:
    assert state_of(Side(is_active), ALICE) is state


_errors = st.sampled_from([None, UnsureError("u"), RetryError("r"), RefusedError("x")])


@settings(max_examples=100)
@given(st.booleans(), st.booleans(), st.booleans(), _errors, _errors)
def test_a_receipt_is_never_given_for_what_is_not_shown(
    before: bool, wanted: bool, does: bool, says: Exception | None, shows: Exception | None
) -> None:
    side = Side(before, does=does, says=lambda: says, shows=lambda: shows)
    try:
        receipt = switched(side, ALICE, wanted)
    except ResponderError:
        assert before is not wanted
    else:
        assert side.is_active is wanted
        assert receipt.changed is (before is not wanted)
    assert side.switches == (before is not wanted)
