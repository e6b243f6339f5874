"""What was ordered and not confirmed is never called done, whatever responders answer."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from alerts.execution import again, is_served, settle, undo
from alerts.ladder import Step
from alerts.measure import (
    ALONE,
    AT_WORK,
    OVER,
    STUCK,
    Fate,
    Measure,
    MeasureError,
    State,
    Why,
)

NOW = 1_800_000_000_000
DONE, OPEN, FAILED = Fate.DONE, Fate.OPEN, Fate.FAILED
CONFIRMED, OTHERWISE = Fate.CONFIRMED, Fate.OTHERWISE


def of(step: Step = Step.DEACTIVATE, state: State = State.EXECUTING) -> Measure:
    return Measure(tenant="acme", account="u-17", step=step, state=state, created=NOW, ordered=NOW)


def ordered(measure: Measure) -> Measure:
    return structs.replace(measure, ordered=NOW)


@pytest.mark.parametrize(
    ("step", "fates", "state", "why"),
    [
        (Step.DEACTIVATE, [], State.UNFINISHED, Why.NOBODY),
        (Step.DEACTIVATE, [OPEN, DONE], State.EXECUTING, None),
        (Step.DEACTIVATE, [OPEN, FAILED], State.UNFINISHED, Why.ORDERS),
        (Step.DEACTIVATE, [OPEN, OTHERWISE], State.UNFINISHED, Why.CONTRADICTED),
        (Step.DEACTIVATE, [DONE, CONFIRMED], State.IN_FORCE, None),
        (Step.SUSPEND, [CONFIRMED, Fate.UNREADABLE], State.IN_FORCE, None),
        (Step.SUSPEND, [Fate.UNREADABLE], State.IN_FORCE, None),
        (Step.CHALLENGE, [DONE], State.IN_FORCE, None),
        (Step.NOTIFY, [DONE], State.DONE, None),
        (Step.REVOKE, [DONE], State.DONE, None),
    ],
)
def test_orders_decide_how_far_it_is(
    step: Step, fates: list[Fate], state: State, why: Why | None
) -> None:
    told = settle(of(step), fates, NOW + 1)
    assert (told.state, told.unfinished) == (state, why)
    is_done = bool(fates) and {*fates} <= {DONE, CONFIRMED, Fate.UNREADABLE}
    assert (told.carried == NOW + 1) is is_done
    assert (told.confirmed == NOW + 1) is (is_done and CONFIRMED in fates and DONE not in fates)


def test_who_drives_a_failed_order_again_goes_on_with_it() -> None:
    for failed in (FAILED, OTHERWISE):
        stuck = settle(of(), [failed], NOW)
        driven = settle(stuck, [OPEN], NOW)
        assert (driven.state, driven.unfinished) == (State.EXECUTING, None)
        assert settle(driven, [DONE], NOW).state is State.IN_FORCE


def test_a_responder_that_lies_is_found_out() -> None:
    told = settle(of(), [CONFIRMED, OTHERWISE], NOW)
    assert (told.state, told.unfinished) == (State.UNFINISHED, Why.CONTRADICTED)
    anew = again(told)
    assert (anew.state, anew.round, anew.unfinished) == (State.EXECUTING, 1, None)
    assert settle(anew, [], NOW) == anew


def test_what_nobody_can_read_back_is_in_force_and_not_confirmed() -> None:
    told = settle(of(), [DONE], NOW)
    assert (told.state, told.confirmed) == (State.IN_FORCE, None)


def test_it_is_taken_back_and_read_back() -> None:
    held = settle(of(), [CONFIRMED], NOW)
    going = undo(held, NOW + 5, by="reviewer:bob", reason="it was a mistake")
    assert (going.state, going.undone_by, going.confirmed) == (State.UNDOING, "reviewer:bob", None)
    assert settle(going, [DONE], NOW + 6) == going
    over = settle(ordered(going), [CONFIRMED], NOW + 6)
    assert (over.state, over.confirmed, over.ended) == (State.UNDONE, NOW + 6, NOW + 6)
    lied = settle(ordered(going), [OTHERWISE], NOW + 7)
    assert (lied.state, lied.unfinished) == (State.UNDO_UNFINISHED, Why.CONTRADICTED)
    assert again(lied).state is State.UNDOING


def test_where_nothing_has_to_be_told_it_is_undone_at_once() -> None:
    going = ordered(undo(of(), NOW, by="b", reason="no"))
    assert settle(going, [], NOW + 1).state is State.UNDONE
    assert settle(going, [FAILED], NOW + 1).state is State.UNDO_UNFINISHED
    taken = undo(of(Step.CHALLENGE, State.IN_FORCE), NOW, by="b", reason="no")
    lifted = settle(ordered(taken), [DONE], NOW)
    assert lifted.state is State.UNDONE


def test_a_suspension_ends_also_where_it_was_done_in_part() -> None:
    timed = structs.replace(of(Step.SUSPEND), until=NOW + 5)
    for state in (State.EXECUTING, State.IN_FORCE, State.UNFINISHED):
        one = structs.replace(timed, state=state)
        assert not is_served(one, NOW + 4)
        assert is_served(one, NOW + 5)
    for state in (State.UNDOING, State.UNDO_UNFINISHED, State.UNDONE, State.REFUSED):
        assert not is_served(structs.replace(timed, state=state), NOW + 5)
    assert not is_served(of(), NOW + 5)


@pytest.mark.parametrize("step", sorted(ALONE))
def test_a_message_and_ended_sessions_cannot_be_taken_back_once_done(step: Step) -> None:
    assert undo(of(step), NOW, by="b", reason="no").state is State.UNDOING
    with pytest.raises(MeasureError):
        undo(of(step, State.DONE), NOW, by="b", reason="no")


@pytest.mark.parametrize("step", sorted(set(Step) - {Step.OBSERVE}))
def test_whoever_looked_at_what_is_stuck_can_call_it_off(step: Step) -> None:
    """Else it would be unfinished for ever, and nobody could ask for the same again."""
    stuck = settle(ordered(of(step)), [FAILED], NOW)
    assert settle(ordered(undo(stuck, NOW, by="b", reason="no")), [], NOW).state in OVER


@pytest.mark.parametrize("state", sorted(set(State) - STUCK))
def test_only_what_is_stuck_is_ordered_anew(state: State) -> None:
    with pytest.raises(MeasureError):
        again(of(state=state))


@given(
    step=st.sampled_from(sorted(set(Step) - {Step.OBSERVE})),
    does=st.lists(
        st.lists(st.sampled_from(Fate), max_size=3) | st.sampled_from(["undo", "again"]),
        max_size=12,
    ),
)
@settings(max_examples=100)
def test_no_failure_is_ever_called_done(step: Step, does: list[list[Fate] | str]) -> None:
    one = of(step)
    for do in does:
        before = one
        if isinstance(do, list):
            one = settle(one, do, NOW)
            if one != before and {FAILED, OTHERWISE} & {*do}:
                assert one.state in STUCK
                assert one.unfinished is not None
            elif one.state is not before.state and OPEN in do:
                assert one.state in AT_WORK
            if one.confirmed is not None and one.confirmed != before.confirmed:
                assert CONFIRMED in do
                assert DONE not in do
        else:
            with suppress(MeasureError):
                one = undo(one, NOW, by="b", reason="r") if do == "undo" else again(one)
                one = ordered(one)
