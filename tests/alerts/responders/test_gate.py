"""The gate's list says what was ordered, ends by itself, and is asked only where it is named."""

import pytest

from alerts.ports import Action
from alerts.responders.gate import Terms, open_responder
from alerts.responders.kind import roster
from tests.alerts.responders.contract import ACCOUNT, NOW, TENANT, around, order


class Written:
    """A list in memory that keeps what is asked of it."""

    def __init__(self) -> None:
        self.put_: list[tuple[str, int | None]] = []
        self.removed: list[frozenset[str]] = []

    def put(
        self, tenant: str, account: str, verdict: str, since: int, until: int | None, key: str
    ) -> bool:
        assert (tenant, account, since) == (TENANT, ACCOUNT, NOW)
        self.put_.append((verdict, until))
        return len(self.put_) == 1

    def remove(self, tenant: str, account: str, verdicts: frozenset[str], key: str) -> bool:
        self.removed.append(verdicts)
        return False

    def verdicts(self, tenant: str, account: str) -> frozenset[str]:
        return frozenset()


def test_each_order_is_a_verdict_and_a_suspension_ends_by_itself_at_the_gate_too() -> None:
    listed = Written()
    gate = open_responder("gate", Terms(kind="gate"), around(listed))
    assert gate.deliver(order(Action.DISABLE, until=NOW + 5)).changed
    assert not gate.deliver(order(Action.CHALLENGE)).changed
    gate.deliver(order(Action.REVOKE, until=NOW + 5))
    # Sessions from before the order stay ended, whatever else ends.
    assert listed.put_ == [("disabled", NOW + 5), ("challenge", None), ("revoked", None)]
    assert not gate.deliver(order(Action.ENABLE)).changed
    gate.deliver(order(Action.RELEASE))
    assert listed.removed == [{"disabled"}, {"challenge"}]


def test_nobody_is_told_that_the_gate_did_it_where_no_gate_was_set_up() -> None:
    assert roster({}).entries == ()
    assert [one.name for one in roster({"gate": {"kind": "gate"}}).entries] == ["gate"]


def test_without_a_list_there_is_no_gate() -> None:
    with pytest.raises(ValueError, match="list"):
        open_responder("gate", Terms(kind="gate"), around())
