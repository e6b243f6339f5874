"""What was ordered and not confirmed is never called done, whatever responders answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from alerts.execution import again, confirm, is_served, settle, undo
from alerts.ladder import Step
from alerts.measure import (
    ALONE,
    AT_WORK,
    LOCKS,
    STUCK,
    Fate,
    Measure,
    MeasureError,
    Reading,
    State,
    Why,
)

NOW = 1_800_000_000_000
DONE, OPEN, FAILED = Fate.DONE, Fate.OPEN, Fate.FAILED


def of(step: Step = Step.DEACTIVATE, state: State = State.EXECUTING) -> Measure:
    return Measure(tenant="acme", account="u-17", step=step, state=state, created=NOW)


@pytest.mark.parametrize(
    ("step", "fates", "state", "why"),
    [
        (Step.DEACTIVATE, [], State.UNFINISHED, Why.NOBODY),
        (Step.DEACTIVATE, [OPEN, DONE], State.EXECUTING, None),
        (Step.DEACTIVATE, [OPEN, FAILED], State.UNFINISHED, Why.ORDERS),
        (Step.DEACTIVATE, [DONE, DONE], State.CONFIRMING, None),
        (Step.SUSPEND, [DONE], State.CONFIRMING, None),
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
    assert (told.carried == NOW + 1) is (fates.count(DONE) == len(fates) > 0)


def test_who_drives_a_failed_order_again_goes_on_with_it() -> None:
    stuck = settle(of(), [FAILED], NOW)
    driven = settle(stuck, [OPEN], NOW)
    assert (driven.state, driven.unfinished) == (State.EXECUTING, None)
    assert settle(driven, [DONE], NOW).state is State.CONFIRMING


def test_a_responder_that_lies_is_found_out() -> None:
    carried = settle(of(), [DONE], NOW)
    assert confirm(carried, Reading.OTHERWISE, NOW, is_last=False) == carried
    told = confirm(carried, Reading.OTHERWISE, NOW + 9)
    assert (told.state, told.unfinished) == (State.UNFINISHED, Why.CONTRADICTED)
    assert settle(told, [DONE], NOW) == told
    anew = again(told)
    assert (anew.state, anew.round, anew.unfinished) == (State.EXECUTING, 1, None)


def test_what_nobody_can_read_back_is_in_force_and_not_confirmed() -> None:
    carried = settle(of(), [DONE], NOW)
    assert confirm(carried, Reading.UNKNOWN, NOW, is_last=False).state is State.CONFIRMING
    told = confirm(carried, Reading.UNKNOWN, NOW)
    assert (told.state, told.confirmed) == (State.IN_FORCE, None)
    read = confirm(carried, Reading.AS_MEANT, NOW + 3, is_last=False)
    assert (read.state, read.confirmed) == (State.IN_FORCE, NOW + 3)


def test_it_is_taken_back_and_read_back() -> None:
    held = confirm(settle(of(), [DONE], NOW), Reading.AS_MEANT, NOW)
    going = undo(held, NOW + 5, by="reviewer:bob", reason="it was a mistake")
    assert (going.state, going.undone_by, going.confirmed) == (State.UNDOING, "reviewer:bob", None)
    back = settle(going, [DONE], NOW + 6)
    assert back.state is State.UNDO_CONFIRMING
    over = confirm(back, Reading.AS_MEANT, NOW + 7)
    assert (over.state, over.confirmed, over.ended) == (State.UNDONE, NOW + 7, NOW + 7)
    lied = confirm(back, Reading.OTHERWISE, NOW + 7)
    assert (lied.state, lied.unfinished) == (State.UNDO_UNFINISHED, Why.CONTRADICTED)
    assert again(lied).state is State.UNDOING


def test_where_nothing_has_to_be_told_it_is_undone_at_once() -> None:
    going = undo(of(), NOW, by="b", reason="no")
    assert settle(going, [], NOW + 1).state is State.UNDONE
    assert settle(going, [FAILED], NOW + 1).state is State.UNDO_UNFINISHED
    lifted = settle(undo(of(Step.CHALLENGE, State.IN_FORCE), NOW, by="b", reason="no"), [DONE], NOW)
    assert lifted.state is State.UNDONE


def test_a_suspension_ends_also_where_it_was_done_in_part() -> None:
    timed = structs.replace(of(Step.SUSPEND), until=NOW + 5)
    for state in (State.EXECUTING, State.CONFIRMING, State.IN_FORCE, State.UNFINISHED):
        one = structs.replace(timed, state=state)
        assert not is_served(one, NOW + 4)
        assert is_served(one, NOW + 5)
    for state in (State.UNDOING, State.UNDO_UNFINISHED, State.UNDONE, State.REFUSED):
        assert not is_served(structs.replace(timed, state=state), NOW + 5)
    assert not is_served(of(), NOW + 5)


@pytest.mark.parametrize("step", sorted(ALONE))
def test_a_message_and_ended_sessions_cannot_be_taken_back(step: Step) -> None:
    assert undo(of(step), NOW, by="b", reason="no").state is State.UNDOING
    with pytest.raises(MeasureError):
        undo(of(step, State.UNFINISHED), NOW, by="b", reason="no")


@pytest.mark.parametrize("state", sorted(set(State) - STUCK))
def test_only_what_is_stuck_is_ordered_anew(state: State) -> None:
    with pytest.raises(MeasureError):
        again(of(state=state))


@given(
    step=st.sampled_from(sorted(set(Step) - {Step.OBSERVE})),
    does=st.lists(
        st.one_of(
            st.lists(st.sampled_from(Fate), max_size=3),
            st.sampled_from(Reading),
            st.sampled_from(["undo", "again"]),
        ),
        max_size=12,
    ),
)
@settings(max_examples=100)
def test_nothing_locks_unread_is_confirmed_and_no_failure_is_done(
    step: Step, does: list[list[Fate] | Reading | str]
) -> None:
    one, orders = of(step), [Fate.OPEN]
    for do in does:
        before = one
        try:
            if isinstance(do, Reading):
                one = confirm(one, do, NOW)
            elif isinstance(do, list):
                orders, one = do, settle(one, do, NOW)
            else:
                one = undo(one, NOW, by="b", reason="r") if do == "undo" else again(one)
        except MeasureError:
            assert one is before
        if isinstance(do, list) and one.state is not before.state:
            if FAILED in do:
                assert one.state in STUCK
            if OPEN in do and FAILED not in do:
                assert one.state in AT_WORK
        if one.confirmed is not None and one.confirmed != before.confirmed:
            assert do is Reading.AS_MEANT
        if one.state in (State.IN_FORCE, State.UNDONE) and step in LOCKS and one != before:
            assert isinstance(do, Reading) or not orders
        if one.state in STUCK:
            assert one.unfinished is not None
