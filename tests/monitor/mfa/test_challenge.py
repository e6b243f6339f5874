"""Challenges: whatever is done with one and in whatever order, it ends once and takes no more
answers than it may; so nobody guesses, and nobody passes what is over."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.mfa import challenge
from monitor.mfa.challenge import DRIFT, LIFETIME, REASONS, STATES, Challenge, Reason, State

NOW = 1_800_000_000_000
FRESH = Challenge(created=NOW, expires=NOW + LIFETIME)
MINE, THEIRS = b"m" * 32, b"t" * 32

ACTS: dict[str, Callable[[Challenge, int], Challenge]] = {
    "bind": lambda one, now: challenge.bind(one, MINE, now),
    "bind another": lambda one, now: challenge.bind(one, THEIRS, now),
    "phone": lambda one, now: challenge.bind_phone(one, THEIRS, now),
    "begin": challenge.begin,
    "right": lambda one, now: challenge.settle(one, now, right=True),
    "wrong": lambda one, now: challenge.settle(one, now, right=False),
    "give back": lambda one, _now: challenge.give_back(one),
    "deny": challenge.deny,
    "withdraw": challenge.withdraw,
    "expire": challenge.expire,
}


def tried(one: Challenge, *, right: bool, now: int = NOW) -> Challenge:
    return challenge.settle(challenge.begin(one, now), now, right=right)


def failed(times: int) -> Challenge:
    one = FRESH
    for _ in range(times):
        one = tried(one, right=False)
    return one


def test_a_right_answer_passes_also_the_last_one() -> None:
    assert tried(FRESH, right=True).state is State.PASSED
    assert tried(failed(4), right=True).state is State.PASSED


def test_five_wrong_answers_lock_it_and_a_right_one_then_is_nothing() -> None:
    locked = failed(5)
    assert (locked.state, locked.left, locked.ended) == (State.LOCKED, 0, NOW)
    assert tried(locked, right=True) == locked


def test_of_many_at_once_no_more_are_looked_at_than_may_be() -> None:
    one = FRESH
    begun = 0
    for _ in range(1_000):
        after = challenge.begin(one, NOW)
        begun += after != one
        one = after
    assert begun == 5
    for _ in range(1_000):
        one = challenge.settle(one, NOW, right=False)
    assert (one.state, one.wrong) == (State.LOCKED, 5)


def test_an_answer_that_nobody_began_counts_for_nothing() -> None:
    """A process that wakes up after another has settled everything cannot pass it."""
    assert challenge.settle(FRESH, NOW, right=True) == FRESH
    assert challenge.settle(failed(2), NOW, right=True) == failed(2)


def test_it_is_over_with_its_time_whether_or_not_that_was_written_down() -> None:
    at = FRESH.expires
    assert challenge.is_open(FRESH, at - 1)
    assert challenge.state_at(FRESH, at) is State.EXPIRED
    assert challenge.begin(FRESH, at) == FRESH
    assert challenge.expire(FRESH, at).state is State.EXPIRED
    assert challenge.expire(FRESH, at - 1) == FRESH


def test_what_was_begun_in_time_is_in_time() -> None:
    begun = challenge.begin(FRESH, FRESH.expires - 1)
    assert challenge.settle(begun, FRESH.expires + 1, right=True).state is State.PASSED


def test_answers_that_died_with_their_process_lock_it_in_the_end() -> None:
    one = FRESH
    for _ in range(5):
        one = challenge.begin(one, NOW)
    assert challenge.begin(one, NOW) == one
    assert challenge.expire(one, FRESH.expires).state is State.LOCKED


@pytest.mark.parametrize(("back", "is_open"), [(1, True), (DRIFT, True), (DRIFT + 1, False)])
def test_a_clock_that_was_put_back_far_gives_nobody_more_time(back: int, is_open: bool) -> None:
    assert challenge.is_open(FRESH, NOW - back) is is_open


def test_it_belongs_to_the_browser_that_opened_it_first_and_to_one_phone() -> None:
    mine = challenge.bind(FRESH, MINE, NOW)
    assert challenge.bind(mine, THEIRS, NOW) == mine
    assert challenge.belongs(mine, MINE)
    assert not challenge.belongs(mine, THEIRS)
    assert challenge.bind_phone(FRESH, THEIRS, NOW) == FRESH
    with_phone = challenge.bind_phone(mine, THEIRS, NOW)
    assert challenge.belongs(with_phone, THEIRS)
    assert challenge.bind_phone(with_phone, b"x" * 32, NOW) == with_phone


def test_nothing_shown_is_no_answer() -> None:
    begun = challenge.begin(FRESH, NOW)
    assert challenge.give_back(begun) == FRESH
    assert challenge.give_back(FRESH) == FRESH


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(-LIFETIME, 2 * LIFETIME))),
    st.integers(1, 6),
)
def test_whatever_comes_it_ends_once_and_takes_no_more_than_it_may(
    acts: list[tuple[str, int]], most: int
) -> None:
    one = structs.replace(FRESH, most=most)
    for name, later in acts:
        after = ACTS[name](one, NOW + later)
        if one.state is not State.OPEN:
            assert after == one
        assert 0 <= after.wrong <= after.attempts <= most
        assert (after.ended is None) == (after.state is State.OPEN)
        if one.browser is not None:
            assert after.browser == one.browser
        if after.state is State.PASSED and one.state is State.OPEN:
            assert name == "right"
            assert one.attempts > one.wrong
        if name == "begin" and after != one:
            assert challenge.is_open(one, NOW + later)
        one = after


def test_every_reason_and_state_has_words_in_both_languages() -> None:
    assert set(REASONS) == set(Reason)
    assert set(STATES) == set(State)
    assert all(text.en and text.fr and text.en != text.fr for text in REASONS.values())
