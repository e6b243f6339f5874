"""A policy's answer becomes a measure that is no more than a policy may do; words are in both
languages."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.ladder import Step, rung
from alerts.measure import (
    AT_WORK,
    HOLDING,
    LONGEST_REASON,
    OPEN,
    OVER,
    STATES,
    TOUCHED,
    WHY,
    Measure,
    MeasureError,
    State,
    Why,
    answered,
    is_reversible,
    must,
    reason_of,
)
from alerts.policy import Because, Outcome, Response
from detectors.core.identity import Subject, SubjectKind

NOW = 1_800_000_000_000
WHO = Subject(SubjectKind.ACCOUNT, "acme", "u-17")


def of(step: Step, state: State) -> Measure:
    return Measure(tenant="acme", account="u-17", step=step, state=state, created=NOW)


@given(
    step=st.sampled_from(Step),
    outcome=st.sampled_from(Outcome),
    because=st.none() | st.sampled_from(Because),
    until=st.none() | st.just(NOW + 1),
)
@settings(max_examples=60)
def test_no_answer_of_a_policy_does_what_only_people_may(
    step: Step, outcome: Outcome, because: Because | None, until: int | None
) -> None:
    response = Response(step=step, outcome=outcome, rule="r", because=because, until=until)
    made = answered(response, WHO, NOW, incident=b"i" * 16, policy=3)
    assert made.is_automatic
    assert (made.subject, made.rule, made.policy, made.aup) == (WHO, "r", 3, rung(step).aup[0])
    if made.state is State.EXECUTING:
        assert outcome is Outcome.ACT
        assert rung(step).is_automatic
        assert until is not None or not rung(step).needs_end
        assert made.ordered is None
    if outcome is Outcome.SHADOW:
        assert (made.state, made.ended) == (State.SHADOW, NOW)
    shadow = ":shadow" if made.state is State.SHADOW else ""
    assert made.key == f"{(b'i' * 16).hex()}:{step.word}{shadow}"
    assert (made.because == "") is (because is None)


def test_states_are_open_at_work_touched_or_over() -> None:
    assert not OPEN & TOUCHED
    assert set(State) == OPEN | TOUCHED | OVER
    assert not OVER & (AT_WORK | HOLDING)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", Step)
def test_what_is_in_force_at_work_or_stuck_is_reversible(step: Step, state: State) -> None:
    assert is_reversible(of(step, state)) is (
        state in HOLDING and state is not State.UNDO_UNFINISHED
    )


def test_every_state_and_every_why_is_told_in_both_languages() -> None:
    assert set(STATES) == set(State)
    assert set(WHY) == set(Why)
    for text in (*STATES.values(), *WHY.values()):
        assert text.en
        assert text.fr


def test_a_measure_that_cannot_go_there_says_where_it_is() -> None:
    with pytest.raises(MeasureError, match="what is refused cannot be undone") as raised:
        must(of(Step.SUSPEND, State.REFUSED), HOLDING, "undone", "annulée")
    assert "refusée" in raised.value.text.fr


@pytest.mark.parametrize("text", ["", " \n\t ", "x" * (LONGEST_REASON + 1), "a\0b"])
def test_a_reason_is_given_and_fits(text: str) -> None:
    with pytest.raises(MeasureError):
        reason_of(text)


def test_a_reason_is_one_line() -> None:
    assert reason_of("  shared\n with the night shift ") == "shared with the night shift"


def test_it_is_referred_to_without_a_name() -> None:
    assert of(Step.SUSPEND, State.DONE).reference == "measure:0"
