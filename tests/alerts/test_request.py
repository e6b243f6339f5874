"""Whatever people do, no deactivation is ordered without a reason and a second person's word."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec import structs

from alerts.execution import undo
from alerts.ladder import Step
from alerts.measure import ARTICLES, OPEN, TOUCHED, Measure, MeasureError, State
from alerts.request import (
    adopt,
    answer,
    approve,
    asked,
    expire,
    is_lapsed,
    needed_approvals,
    refuse,
)
from alerts.request import withdraw as take_back
from detectors.core.event import HOUR
from detectors.core.identity import Subject, SubjectKind

NOW = 1_800_000_000_000
WHO = Subject(SubjectKind.ACCOUNT, "acme", "u-17")
ADA, BOB = "reviewer:ada", "reviewer:bob"


def ask(step: Step = Step.DEACTIVATE, **told: Any) -> Measure:
    values: dict[str, Any] = {"by": ADA, "reason": "shared", "aup": "6", "approvals": 1}
    values |= {"lapses": HOUR, "hours": 24 if step is Step.SUSPEND else None}
    return asked(WHO, step, NOW, **values | told)


def test_a_deactivation_waits_for_a_second_person() -> None:
    wanted = ask()
    assert (wanted.state, wanted.expires, wanted.ordered) == (State.REQUESTED, NOW + HOUR, None)
    done = approve(wanted, NOW + 5, by=BOB, decision="seen the logs")
    assert (done.state, done.decided_by, done.decided) == (State.EXECUTING, BOB, NOW + 5)
    assert (done.requested_by, done.reason, done.decision) == (ADA, "shared", "seen the logs")


def test_whoever_asks_does_not_approve() -> None:
    with pytest.raises(MeasureError, match="second person"):
        approve(ask(), NOW, by=ADA)


def test_a_lapsed_request_is_approved_by_nobody() -> None:
    wanted = ask()
    assert not is_lapsed(wanted, NOW + HOUR - 1)
    assert is_lapsed(wanted, NOW + HOUR)
    with pytest.raises(MeasureError, match="lapsed"):
        approve(wanted, NOW + HOUR, by=BOB)
    assert expire(wanted, NOW + HOUR).state is State.EXPIRED


def test_an_administrator_may_lower_it_to_one() -> None:
    done = ask(approvals=0)
    assert (done.state, done.decided_by, done.expires) == (State.EXECUTING, ADA, None)


def test_a_suspension_needs_an_end_and_nobody_else() -> None:
    done = ask(Step.SUSPEND)
    assert (done.state, done.until) == (State.EXECUTING, NOW + 24 * HOUR)
    for hours in (None, 0, 721):
        with pytest.raises(MeasureError, match="hours"):
            ask(Step.SUSPEND, hours=hours)
    with pytest.raises(MeasureError, match="no end"):
        ask(Step.DEACTIVATE, hours=3)


@pytest.mark.parametrize(
    "told", [{"reason": ""}, {"reason": "x" * 501}, {"aup": "42"}, {"aup": ""}]
)
def test_a_request_says_why_and_on_which_article(told: dict[str, Any]) -> None:
    with pytest.raises(MeasureError):
        ask(**told)


def test_there_is_nothing_to_ask_for_about_observing() -> None:
    with pytest.raises(MeasureError, match="nothing"):
        ask(Step.OBSERVE)


def test_refusing_takes_a_reason_and_anybody_withdrawing_only_who_asked() -> None:
    told = refuse(ask(), NOW + 1, by=BOB, reason="a travelling salesman")
    assert (told.state, told.decision, told.ended) == (
        State.REFUSED,
        "a travelling salesman",
        NOW + 1,
    )
    with pytest.raises(MeasureError, match="say why"):
        refuse(ask(), NOW, by=BOB, reason=" ")
    with pytest.raises(MeasureError, match="only whoever asked"):
        take_back(ask(), NOW, by=BOB, reason="no")
    assert take_back(ask(), NOW, by=ADA, reason="no").state is State.WITHDRAWN


@pytest.mark.parametrize("state", [State.PROPOSED, State.HELD, State.SHADOW])
def test_what_a_rule_could_not_do_a_person_takes_up(state: State) -> None:
    proposed = structs.replace(
        ask(), state=state, requested_by="", rule="gone", not_before=NOW, ended=NOW
    )
    told = adopt(
        proposed, NOW + 1, by=ADA, reason="seen", aup="9", approvals=1, lapses=HOUR, hours=None
    )
    assert (told.state, told.rule, told.requested_by) == (State.REQUESTED, "gone", ADA)
    assert (told.not_before, told.ended) == (None, None)


def test_only_deactivating_takes_two() -> None:
    assert [needed_approvals(step, 1) for step in Step] == [0, 0, 0, 0, 0, 1]
    assert not any(needed_approvals(step, 0) for step in Step)


class People(RuleBasedStateMachine):
    """Anybody does anything to one measure, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.measure = ask()

    @initialize(step=st.sampled_from(sorted(set(Step) - {Step.OBSERVE})), by=st.sampled_from("abc"))
    def begin(self, step: Step, by: str) -> None:
        self.measure = ask(step, by=by)

    def _try(self, do: Any, *args: Any, **told: Any) -> None:
        with suppress(MeasureError):
            self.measure = do(self.measure, self.now, *args, **told)

    @rule(ms=st.integers(1, HOUR))
    def later(self, ms: int) -> None:
        self.now += ms

    @rule(by=st.sampled_from("abc"))
    def approve(self, by: str) -> None:
        self._try(approve, by=by)

    @rule(by=st.sampled_from("abc"), reason=st.sampled_from(["", "no"]))
    def refuse(self, by: str, reason: str) -> None:
        self._try(refuse, by=by, reason=reason)

    @rule(by=st.sampled_from("abc"))
    def withdraw(self, by: str) -> None:
        self._try(take_back, by=by, reason="no")

    @rule(by=st.sampled_from("abc"))
    def undo(self, by: str) -> None:
        self._try(undo, by=by, reason="enough")

    @rule()
    def lapse(self) -> None:
        if is_lapsed(self.measure, self.now):
            self._try(expire)

    @invariant()
    def nothing_is_touched_without_people(self) -> None:
        one = self.measure
        assert one.reason
        assert one.aup in ARTICLES
        if one.step is Step.DEACTIVATE and one.state in TOUCHED:
            assert one.decided_by
            assert one.decided_by != one.requested_by
            assert one.decided is not None
            assert one.decided < one.requested + HOUR  # type: ignore[operator]
        if one.state not in OPEN | TOUCHED:
            assert one.ended is not None or one.state is State.UNDOING


People.TestCase.settings = settings(max_examples=30, stateful_step_count=12)
TestPeople = People.TestCase


def test_who_asked_or_decided_does_not_answer_whoever_contests_it() -> None:
    done = approve(ask(), NOW, by=BOB)
    with pytest.raises(MeasureError, match="nobody contests"):
        answer(done, NOW, by="reviewer:eve", upheld=True)
    contested = structs.replace(done, appeal=7, appealed=NOW)
    for by in (ADA, BOB):
        with pytest.raises(MeasureError, match="another person"):
            answer(contested, NOW, by=by, upheld=False)
    told = answer(contested, NOW + 1, by="reviewer:eve", upheld=True)
    assert (told.answered, told.upheld, told.state) == (NOW + 1, True, contested.state)
    with pytest.raises(MeasureError, match="were answered"):
        answer(told, NOW, by="reviewer:eve", upheld=False)
