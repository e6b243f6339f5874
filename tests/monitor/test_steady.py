"""Time goes on evenly, whatever somebody does to the clock."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import DAY, HOUR, MINUTE, SECOND
from monitor.steady import BELIEVED, LEAP, Steady

START = 1_800_000_000_000


class Clocks:
    """A clock that is set, and one that is not."""

    def __init__(self) -> None:
        self.wall = START
        self.passed = 0

    def go_on(self, time: int) -> None:
        self.wall += time
        self.passed += time

    def steady(self) -> Steady:
        return Steady(lambda: self.wall, lambda: self.passed / 1000)


def test_it_is_the_clock_and_follows_where_that_is_bent() -> None:
    clocks = Clocks()
    steady = clocks.steady()
    for _ in range(1_000):
        clocks.go_on(5 * SECOND)
        clocks.wall += 3
        assert steady.passing() == clocks.wall


@pytest.mark.parametrize("leap", [365 * DAY, -365 * DAY, 2 * HOUR, -2 * HOUR])
def test_a_leap_that_is_put_right_was_never_there(leap: int) -> None:
    clocks = Clocks()
    steady = clocks.steady()
    clocks.wall += leap
    for _ in range(50):
        assert steady.passing() == START + clocks.passed
        assert steady.latest() == START + clocks.passed + max(0, leap)
        clocks.go_on(MINUTE)
    clocks.wall -= leap
    assert steady.passing() == clocks.wall == START + clocks.passed


def test_one_that_is_set_back_for_days_does_not_make_the_present_a_future() -> None:
    clocks = Clocks()
    steady = clocks.steady()
    clocks.wall -= 365 * DAY
    for _ in range(100):
        clocks.go_on(HOUR)
        assert steady.latest() == START + clocks.passed


@pytest.mark.parametrize("leap", [365 * DAY, -365 * DAY])
def test_a_leap_that_stands_is_believed(leap: int) -> None:
    clocks = Clocks()
    steady = clocks.steady()
    clocks.wall += leap
    steady.passing()
    clocks.go_on(BELIEVED - SECOND)
    assert steady.passing() == START + clocks.passed
    clocks.go_on(SECOND)
    assert steady.passing() == clocks.wall
    clocks.go_on(MINUTE)
    assert steady.passing() == clocks.wall


def test_each_leap_must_stand_for_itself() -> None:
    clocks = Clocks()
    steady = clocks.steady()
    for _ in range(10):
        clocks.wall += DAY
        assert steady.passing() == START + clocks.passed
        clocks.go_on(BELIEVED - SECOND)


def test_a_machine_that_slept_goes_on_from_where_it_woke() -> None:
    clocks = Clocks()
    steady = clocks.steady()
    clocks.wall += 3 * DAY  # the other clock sleeps too
    assert steady.latest() == clocks.wall, "what comes now is not of the future"
    steady.passing()
    clocks.go_on(BELIEVED)
    assert steady.passing() == clocks.wall


@given(st.lists(st.tuples(st.integers(-(10**11), 10**11), st.integers(0, 10 * MINUTE))))
def test_it_never_goes_by_more_than_what_passed_and_what_was_believed(
    moves: list[tuple[int, int]],
) -> None:
    clocks = Clocks()
    steady = clocks.steady()
    since, last = 0, steady.passing()
    for leap, passed in moves:
        clocks.wall += leap
        clocks.go_on(passed)
        now = steady.passing()
        if now != clocks.wall:
            assert now - last == clocks.passed - since
        elif abs(now - last - (clocks.passed - since)) > LEAP:
            assert clocks.passed >= BELIEVED
        since, last = clocks.passed, now
