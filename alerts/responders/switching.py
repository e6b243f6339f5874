"""Switches an account on or off elsewhere: looks first, acts once, looks again.

So that an order that is delivered twice acts once, a server that fails after it did it is believed
what it shows, and one that says that it did it is not believed before it shows so.
"""

from collections.abc import Callable
from typing import Any, Protocol

from msgspec import Struct

from alerts.ports import (
    AccountState,
    Action,
    Order,
    Receipt,
    RefusedError,
    ResponderError,
    RetryError,
    Target,
)
from alerts.responders.refusal import UnsureError


class Account(Struct, frozen=True, kw_only=True):
    """An account as the other side has it: `is_active` None where it does not say; `fields` as
    they came, `version` its entity tag."""

    id: str
    is_active: bool | None
    fields: dict[str, Any]
    version: str | None = None


class Accounts(Protocol):
    """The other side. Every method raises RetryError, UnsureError and RefusedError."""

    server: str

    def find(self, target: Target) -> Account | None:
        """The one account that is meant; None where there is none."""
        ...

    def read(self, uid: str) -> Account | None:
        """An account by the other side's id."""
        ...

    def switch(self, account: Account, is_active: bool) -> None:
        """Ask for it. Raises ChangedError where it is not any more as it was read."""
        ...


class ChangedError(RetryError):
    """Somebody changed the account meanwhile: nothing was done."""


def wanted_of(order: Order) -> bool:
    """Whether the account is to be active. Raises RefusedError for other orders."""
    if order.action not in (Action.DISABLE, Action.ENABLE):
        raise RefusedError(f"this responder cannot {order.action.value}")
    return order.action is Action.ENABLE


def target_of(order: Order) -> Target:
    """Whom an order is about. Raises RefusedError where it is about nobody."""
    if order.target is None:
        raise RefusedError("the order names no account")
    return order.target


def found(accounts: Accounts, target: Target) -> Account:
    """The account that is meant. Raises RefusedError where it is not there."""
    account = accounts.find(target)
    if account is None:
        raise RefusedError(f"{accounts.server} has no such account")
    return account


class Goal(Struct, frozen=True, kw_only=True):
    """What is to be so of an account: in `words` ("disabled"), whether it is (None: the other side
    does not say), and how it is asked for. `act` raises as `Accounts.switch` does."""

    words: str
    is_so: Callable[[Account], bool | None]
    act: Callable[[Account], None]


def switched(accounts: Accounts, target: Target, is_active: bool) -> Receipt:
    """What came of switching an account. Raises RetryError, RefusedError."""
    goal = Goal(
        words="active" if is_active else "disabled",
        is_so=lambda one: None if one.is_active is None else one.is_active is is_active,
        act=lambda one: accounts.switch(one, is_active),
    )
    return reached(accounts, found(accounts, target), goal)


def reached(accounts: Accounts, account: Account, goal: Goal) -> Receipt:
    """What came of it. Raises RetryError, RefusedError."""
    if goal.is_so(account):
        detail = f"it was {goal.words} there already"
        return Receipt(reference=account.id, detail=detail, changed=False)
    failed = _act(accounts, account, goal)
    after = _read_back(accounts, account.id, failed)
    is_so = after is not None and goal.is_so(after)
    if is_so:
        detail = f"it is {goal.words} there now"
        return Receipt(
            reference=account.id,
            detail=f"{detail}, although: {failed}" if failed is not None else detail,
        )
    if failed is not None:
        raise failed
    if is_so is None:
        return Receipt(reference=account.id, detail="the other side does not say whether it is so")
    raise RetryError(f"{accounts.server} says that it was done, and does not show it")


def state_of(accounts: Accounts, target: Target) -> AccountState:
    """What the other side shows now. Raises RetryError, RefusedError."""
    account = accounts.find(target)
    if account is None:
        return AccountState.ABSENT
    if account.is_active is None:
        return AccountState.UNKNOWN
    return AccountState.ACTIVE if account.is_active else AccountState.DISABLED


def _act(
    accounts: Accounts, account: Account, goal: Goal, *, is_again: bool = False
) -> UnsureError | None:
    try:
        goal.act(account)
    except ChangedError:
        now = None if is_again else accounts.read(account.id)
        if is_again:
            raise
        return None if now is None or goal.is_so(now) else _act(accounts, now, goal, is_again=True)
    except UnsureError as error:
        return error
    return None


def _read_back(accounts: Accounts, uid: str, failed: UnsureError | None) -> Account | None:
    try:
        return accounts.read(uid)
    except ResponderError:
        if failed is not None:
            raise failed from None
        raise
