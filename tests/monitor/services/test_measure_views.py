"""What somebody may do about a measure is what doing it would allow them."""

import pytest

from alerts.ladder import Step
from alerts.measure import State
from monitor.protection.masking import HIDDEN
from monitor.services.actor import Role, operator
from monitor.services.measure_views import abilities, veiled
from tests.monitor.services.measured import ACCOUNT, measure
from tests.monitor.services.people import person

ANALYST = person(Role.ANALYST, uid="ada")
APPROVER = person(Role.APPROVER, uid="bob")


@pytest.mark.parametrize(
    ("state", "analyst", "approver"),
    [
        (State.PROPOSED, {"adopt", "dismiss"}, {"adopt", "dismiss"}),
        (State.SHADOW, {"adopt"}, {"adopt"}),
        (State.REQUESTED, {"withdraw"}, {"approve", "refuse"}),
        (State.EXECUTING, {"undo"}, {"undo"}),
        (State.IN_FORCE, {"undo"}, {"undo"}),
        (State.UNFINISHED, {"undo", "again"}, {"undo", "again"}),
        (State.UNDO_UNFINISHED, {"again"}, {"again"}),
        (State.UNDONE, set(), set()),
        (State.REFUSED, set(), set()),
    ],
)
def test_each_state_lets_each_do_what_is_theirs(
    state: State, analyst: set[str], approver: set[str]
) -> None:
    one = measure(Step.DEACTIVATE, state, requested_by="reviewer:ada")
    assert abilities(ANALYST, one) == analyst
    assert abilities(APPROVER, one) == approver
    assert abilities(person(Role.VIEWER), one) == set()


def test_whoever_has_the_machine_refuses_and_does_not_approve() -> None:
    one = measure(Step.DEACTIVATE, State.REQUESTED, requested_by="reviewer:ada")
    assert abilities(operator(), one) == {"refuse"}


def test_who_may_not_look_sees_neither_name_nor_words() -> None:
    told = veiled(measure(reason=f"{ACCOUNT} shares", decision="no", undo_reason=""))
    assert ACCOUNT not in repr(told)
    assert (told.reason, told.decision, told.undo_reason) == (HIDDEN, HIDDEN, "")
