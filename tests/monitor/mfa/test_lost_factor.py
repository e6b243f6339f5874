"""Nobody gets a new factor but by a proof, a second person and a wait; whatever the order in which
things are tried, and whoever tries them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.core.event import DAY, HOUR
from monitor.mfa import lost_factor
from monitor.mfa.lost_factor import LONGEST, OPEN, STATES, Case, RecoveryError, State, Terms

NOW = 1_800_000_000_000
TERMS = Terms(lapses=7 * DAY, waits=DAY, holds=2 * DAY)
ANN, BOB, EVE = "reviewer:ann", "reviewer:bob", "reviewer:eve"


def agreed() -> Case:
    case = lost_factor.requested(ANN, NOW, TERMS)
    case = lost_factor.proved(case, ANN, "seen in person", NOW + 1, TERMS)
    return lost_factor.approved(case, BOB, NOW + 2, TERMS)


def test_the_way_from_a_request_to_a_new_factor() -> None:
    case = agreed()
    assert (case.state, case.ready) == (State.WAITING, NOW + 2 + DAY)
    with pytest.raises(RecoveryError, match="waiting time"):
        lost_factor.ready(case, NOW + DAY, TERMS)
    case = lost_factor.ready(case, NOW + 2 + DAY, TERMS)
    assert (case.state, case.expires) == (State.READY, NOW + 2 + 3 * DAY)
    done = lost_factor.done(case, NOW + 2 * DAY)
    assert (done.state, done.is_open) == (State.DONE, False)


@pytest.mark.parametrize("by", [ANN, BOB])
def test_whoever_asked_or_saw_the_proof_does_not_agree(by: str) -> None:
    case = lost_factor.requested(ANN, NOW, TERMS)
    case = lost_factor.proved(case, BOB, "called back", NOW, TERMS)
    with pytest.raises(RecoveryError, match="another person"):
        lost_factor.approved(case, by, NOW, TERMS)
    assert lost_factor.approved(case, EVE, NOW, TERMS).approved_by == EVE


@pytest.mark.parametrize("proof", ["", " \n ", "x" * (LONGEST + 1), "\u202e"])
def test_a_proof_is_said(proof: str) -> None:
    with pytest.raises(RecoveryError, match="say by what"):
        lost_factor.proved(lost_factor.requested(ANN, NOW, TERMS), BOB, proof, NOW, TERMS)


def test_what_nobody_decides_in_time_lapses_and_stays_so() -> None:
    case = lost_factor.requested(ANN, NOW, TERMS)
    late = NOW + TERMS.lapses
    assert lost_factor.lapsed(case, late - 1) is case
    over = lost_factor.lapsed(case, late)
    assert over.state is State.EXPIRED
    assert lost_factor.lapsed(over, late + DAY) is over
    with pytest.raises(RecoveryError, match="lapsed"):
        lost_factor.proved(case, BOB, "late", late, TERMS)


def test_a_link_that_nobody_opens_holds_for_a_while_only() -> None:
    case = lost_factor.ready(agreed(), NOW + 2 * DAY, TERMS)
    with pytest.raises(RecoveryError, match="lapsed"):
        lost_factor.done(case, NOW + 2 * DAY + TERMS.holds)


STEPS: list[tuple[str, Any]] = [
    ("prove", lambda case, by, now: lost_factor.proved(case, by, "seen", now, TERMS)),
    ("approve", lambda case, by, now: lost_factor.approved(case, by, now, TERMS)),
    ("ready", lambda case, _, now: lost_factor.ready(case, now, TERMS)),
    ("done", lambda case, _, now: lost_factor.done(case, now)),
    ("refuse", lambda case, by, now: lost_factor.refused(case, by, "no", now)),
    ("withdraw", lost_factor.withdrawn),
    ("lapse", lambda case, _, now: lost_factor.lapsed(case, now)),
]


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(STEPS),
            st.sampled_from((ANN, BOB, EVE)),
            st.sampled_from((0, 1, HOUR, DAY, 8 * DAY)),
        ),
        max_size=12,
    )
)
def test_no_order_of_steps_leads_around_the_second_person_or_the_wait(tried: list[Any]) -> None:
    now = NOW
    case = lost_factor.requested(ANN, now, TERMS)
    for (_, step), by, passed in tried:
        now += passed
        before = case
        try:
            case = step(case, by, now)
        except RecoveryError:
            continue
        assert before.is_open or case is before
    if case.state in (State.READY, State.DONE):
        assert case.proof
        assert case.approved_by not in ("", case.proved_by, case.requested_by)
        assert case.ready is not None
        assert case.approved is not None
        assert case.ready - case.approved == TERMS.waits
    assert (case.ended is None) == (case.state in OPEN)


def test_every_state_has_its_words() -> None:
    assert set(STATES) == set(State)
    assert all(text.en and text.fr for text in STATES.values())
