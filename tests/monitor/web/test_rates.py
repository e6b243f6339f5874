"""A pace and a burst for each hold exactly, in any order of asking, and in bounded memory."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from monitor.web.rates import Rate, Rates

SLOW = Rate(1, 3)


def test_a_burst_then_the_pace() -> None:
    rates = Rates()
    assert [rates.take("a", SLOW, 100.0).is_allowed for _ in range(4)] == [True, True, True, False]
    assert rates.take("a", SLOW, 100.0).retry == 1.0
    assert not rates.take("a", SLOW, 100.9).is_allowed
    assert rates.take("a", SLOW, 101.0).is_allowed
    assert not rates.take("a", SLOW, 101.0).is_allowed


def test_what_is_left_is_told() -> None:
    rates = Rates()
    told = [rates.take("a", SLOW, 0.0) for _ in range(4)]
    assert [one.left for one in told] == [2, 1, 0, 0]
    assert [one.reset for one in told] == [1.0, 2.0, 3.0, 3.0]
    assert rates.look("a", SLOW, 2.0).left == 2
    assert rates.look("b", SLOW, 2.0).left == 3


def test_one_key_takes_nothing_from_another() -> None:
    rates = Rates()
    for _ in range(50):
        rates.take("a", SLOW, 0.0)
    assert rates.take("b", SLOW, 0.0).is_allowed


def test_who_goes_on_although_refused_waits_no_longer() -> None:
    """Else an attacker who knocks without end would keep out whoever shares the key."""
    rates = Rates()
    for step in range(1_000):
        rates.take("a", SLOW, step / 1_000)
    assert rates.take("a", SLOW, 1.0).is_allowed


def test_what_is_looked_at_is_not_used() -> None:
    rates = Rates()
    for _ in range(10):
        assert rates.look("a", SLOW, 0.0).is_allowed
    assert len(rates) == 0


def test_what_costs_more_takes_more_and_never_all_for_ever() -> None:
    rates = Rates()
    assert rates.take("a", SLOW, 0.0, cost=3).is_allowed
    assert not rates.take("a", SLOW, 1.0, cost=2).is_allowed
    assert rates.take("a", SLOW, 2.0, cost=2).is_allowed
    assert rates.take("b", SLOW, 0.0, cost=99).is_allowed


def test_memory_ends_and_nobody_is_kept_out_by_it() -> None:
    rates = Rates(most=1_000)
    for number in range(20_000):
        assert rates.take(f"stranger {number}", SLOW, 0.0).is_allowed
    assert len(rates) == 1_000
    assert sys.getsizeof(rates._due) < 200_000
    busy = Rates(most=10)
    for _ in range(5):
        busy.take("busy", SLOW, 0.0)
        for number in range(9):
            busy.take(f"other {number}", SLOW, 0.0)
    assert not busy.take("busy", SLOW, 0.0).is_allowed


@given(
    st.lists(st.floats(0, 5), min_size=1, max_size=60),
    st.floats(0.1, 50),
    st.integers(1, 20),
)
def test_never_more_than_the_burst_and_the_pace(
    pauses: list[float], per_second: float, burst: int
) -> None:
    rates, rate, now, allowed = Rates(), Rate(per_second, burst), 0.0, []
    for pause in pauses:
        now += pause
        verdict = rates.take("a", rate, now)
        if verdict.is_allowed:
            allowed.append(now)
        else:
            assert rates.look("a", rate, now + verdict.retry + 1e-6).is_allowed
    for first, began in enumerate(allowed):
        for last in range(first, len(allowed)):
            within = last - first + 1
            assert within <= burst + (allowed[last] - began) * per_second + 1e-3
