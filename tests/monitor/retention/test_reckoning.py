"""What is old is reckoned by a clock that is not believed at once when it leaps."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import DAY, HOUR, MINUTE
from monitor.retention.reckoning import LEAP, PATIENCE, Reckoning, begin, look

NOW = 20_000 * DAY
PERIOD = 30 * DAY


def test_at_the_first_look_nothing_is_old() -> None:
    assert begin(NOW, NOW, None, PERIOD).time == NOW
    assert begin(NOW, NOW, NOW - 5 * DAY, PERIOD).time == NOW
    assert begin(NOW, NOW, NOW - 300 * DAY, PERIOD).time == NOW - 270 * DAY


def test_it_goes_with_the_clock() -> None:
    known = Reckoning(NOW, NOW)
    for day in range(1, 20):
        now = NOW + day * DAY
        known = look(known, now, now)
        assert known == Reckoning(now, now)


def test_while_a_history_is_read_it_stands_still() -> None:
    known = Reckoning(NOW - 400 * DAY, NOW)
    later = look(known, NOW + HOUR, NOW - 399 * DAY)
    assert later == Reckoning(NOW - 400 * DAY, NOW + HOUR)


def test_event_time_beyond_the_clock_carries_it_no_further_than_the_clock() -> None:
    assert look(Reckoning(NOW, NOW), NOW + HOUR, NOW + 300 * DAY).time == NOW + HOUR


def test_a_clock_set_back_takes_nothing_back() -> None:
    assert look(Reckoning(NOW, NOW), NOW - 30 * DAY, NOW).time == NOW


def run(known: Reckoning, since: int, span: int, confirmed: int = 0) -> tuple[Reckoning, int]:
    """Look every minute from `since` on until it is there; and how long that took."""
    for passed in range(0, span, MINUTE):
        known = look(known, since + passed, since + passed, confirmed)
        if not known.target:
            return known, passed
    return known, span


def test_a_leap_waits_three_days_and_then_is_believed() -> None:
    after, waited = run(Reckoning(NOW, NOW), NOW + 400 * DAY, 5 * DAY)
    assert after.time >= NOW + 400 * DAY
    assert PATIENCE <= waited <= PATIENCE + HOUR


def test_a_clock_that_is_put_right_meanwhile_has_done_nothing() -> None:
    waiting, _ = run(Reckoning(NOW, NOW), NOW + 400 * DAY, 2 * DAY)
    assert waiting.target
    assert waiting.time == NOW
    right = look(waiting, NOW + 2 * DAY, NOW + 2 * DAY)
    assert right == Reckoning(NOW + 2 * DAY, NOW + 2 * DAY)


def test_a_second_leap_waits_anew_and_time_that_we_did_not_run_is_no_patience() -> None:
    waiting, _ = run(Reckoning(NOW, NOW), NOW + 100 * DAY, 2 * DAY)
    again = look(waiting, NOW + 400 * DAY, NOW + 400 * DAY)
    assert (again.waited, again.time) == (0, NOW)
    slept = look(again, NOW + 405 * DAY, NOW + 405 * DAY)
    assert (slept.waited, slept.time) == (HOUR, NOW)


def test_confirmed_it_goes_at_once_and_only_so_far() -> None:
    leapt = NOW + 400 * DAY
    assert look(Reckoning(NOW, NOW), leapt, leapt, leapt).time == leapt
    assert look(Reckoning(NOW, NOW), leapt, leapt, leapt - LEAP - 1).time == NOW


@given(
    steps=st.lists(
        st.tuples(st.integers(-400, 400), st.integers(-400, 400), st.integers(1, 72)), max_size=40
    )
)
def test_it_never_goes_back_and_never_far_without_patience(
    steps: list[tuple[int, int, int]],
) -> None:
    known, now, quiet = Reckoning(NOW, NOW), NOW, 0
    for leap, behind, hours in steps:
        now += leap * DAY + hours * HOUR
        after = look(known, now, now + behind * DAY)
        assert after.time >= known.time
        moved = after.time - known.time
        assert moved <= LEAP or quiet >= 72
        quiet = quiet + 1 if after.target else 0
        known = after
