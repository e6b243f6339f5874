"""What carries steps out fits what the ladder says of them."""

from alerts.ladder import LADDER, Step
from alerts.ports import DOING, UNDOING, RetryError


def test_every_step_but_observing_is_carried_out_by_something() -> None:
    assert set(DOING) == set(Step) - {Step.OBSERVE}


def test_what_lasts_can_be_taken_back() -> None:
    lasting = {rung.step for rung in LADDER if rung.needs_end or rung.approvals}
    assert lasting | {Step.CHALLENGE} == set(UNDOING)
    assert not set(UNDOING.values()) & set(DOING.values())


def test_an_error_says_when_to_try_again_where_the_other_side_did() -> None:
    assert RetryError("busy", 2.5).after_s == 2.5
    assert RetryError("gone").after_s is None
