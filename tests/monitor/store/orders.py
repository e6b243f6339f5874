"""Orders as tests give them."""

from typing import Any

from alerts.ports import Action, Order, Target

NOW = 1_800_000_000_000
TENANT = "acme"


def order(
    key: str = "k-1", action: Action = Action.DISABLE, account: str | None = "u-1", **more: Any
) -> Order:
    """One order about an account; about none where there is none."""
    target = None if account is None else Target(tenant=TENANT, account=account)
    given = {"issued": NOW, "tenant": TENANT, **more}
    return Order(key=key, action=action, target=target, **given)
