"""The built-in gate's list: who signs in by way of it is asked for proof, or turned away.

It has an effect where a gate stands before the application and reads the list; so it is asked for
something only where the settings name it.
"""

from typing import Final

from alerts.ports import AccountState, Action, Order, Receipt, RefusedError, Responder, Target
from alerts.responders.surroundings import GateList, Surroundings
from alerts.responders.terms import Common

KIND: Final = "gate"
ACTIONS: Final = frozenset(
    (Action.CHALLENGE, Action.RELEASE, Action.REVOKE, Action.DISABLE, Action.ENABLE)
)
CHALLENGE: Final = "challenge"
"""Asked for a second factor before going on."""
REVOKED: Final = "revoked"
"""Sessions from before it are turned away."""
DISABLED: Final = "disabled"
"""Turned away."""
_PUT: Final = {
    Action.CHALLENGE: CHALLENGE,
    Action.REVOKE: REVOKED,
    Action.DISABLE: DISABLED,
}
_REMOVED: Final = {Action.RELEASE: CHALLENGE, Action.ENABLE: DISABLED}


class Terms(Common, frozen=True, kw_only=True):
    """Nothing but what every responder has."""


def open_responder(name: str, _terms: Terms, surroundings: Surroundings) -> Responder:
    """The gate's list. Raises ValueError where there is none."""
    if surroundings.gate is None:
        raise ValueError(f"{name}: there is no gate's list here")
    return Gate(surroundings.gate)


class Gate:
    """Writes the list."""

    def __init__(self, listed: GateList) -> None:
        self._list = listed

    def deliver(self, order: Order) -> Receipt:
        """Put an account on the list, or take it off. Raises RefusedError."""
        target = order.target
        if target is None:
            raise RefusedError("the gate is told of accounts only")
        if (verdict := _PUT.get(order.action)) is not None:
            # What ends by itself does so at the gate as well, whoever else is down by then.
            until = None if verdict == REVOKED else order.until
            changed = self._list.put(
                target.tenant, target.account, verdict, order.issued, until, order.key
            )
            return Receipt(detail=f"listed: {verdict}", changed=changed)
        if (gone := _REMOVED.get(order.action)) is None:
            raise RefusedError(f"the gate cannot {order.action}")
        changed = self._list.remove(target.tenant, target.account, frozenset((gone,)), order.key)
        return Receipt(detail=f"no longer listed: {gone}", changed=changed)

    def state(self, target: Target) -> AccountState | None:
        """Whether the gate turns an account away."""
        held = self._list.verdicts(target.tenant, target.account)
        return AccountState.DISABLED if DISABLED in held else AccountState.ACTIVE

    def close(self) -> None:
        """Nothing is open."""
