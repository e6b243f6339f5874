"""Whoever signs in waits for the deadline at most, and servers are not asked in step."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vigie_client.patience import Patience, retry_after

NOON = "Thu, 26 Nov 2026 12:00:00 GMT"


@settings(max_examples=50)
@given(
    made=st.integers(1, 5),
    spent=st.floats(0, 5),
    asked=st.none() | st.floats(0, 100),
    chance=st.floats(0, 1),
)
def test_no_pause_leads_over_the_deadline(
    made: int, spent: float, asked: float | None, chance: float
) -> None:
    patience = Patience(deadline=2.0, attempts=4, jitter=lambda: chance)
    wait = patience.wait(made, spent, asked)
    if wait is None:
        assert made >= 4 or spent + (asked or 0.025) >= 2.0 - 0.5
        return
    assert made < 4
    assert spent + wait < 2.0
    assert asked is None or wait == asked  # what a server asks for is never cut short
    assert patience.limit(spent + wait) > 0


def test_pauses_double_up_to_the_longest() -> None:
    patience = Patience(deadline=60, attempts=100, pause=0.1, longest_pause=0.5, jitter=lambda: 1.0)
    assert [patience.wait(made, 0.0) for made in (1, 2, 3, 4, 99)] == [0.1, 0.2, 0.4, 0.5, 0.5]


def test_chance_cuts_at_most_half() -> None:
    assert Patience(pause=0.1, jitter=lambda: 0.0).wait(1, 0.0) == 0.05


def test_an_attempt_leaves_time_for_another_and_never_passes_the_deadline() -> None:
    patience = Patience(deadline=2.0, attempt=0.8)
    assert patience.limit(0.0) == 0.8
    assert patience.limit(1.5) == 0.5
    assert patience.limit(2.1) == 0.0


@pytest.mark.parametrize(
    "wrong",
    [{"deadline": 0}, {"attempt": -1}, {"attempts": 0}, {"pause": float("inf")}],
)
def test_numbers_without_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Patience(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "date", "seconds"),
    [
        ("5", None, 5.0),
        (" 0 ", None, 0.0),
        ("9" * 400, None, 999_999_999.0),
        ("Thu, 26 Nov 2026 12:00:07 GMT", NOON, 7.0),
        ("Thu, 26 Nov 2026 11:59:00 GMT", NOON, 0.0),
        ("Thu, 26 Nov 2026 12:00:07 GMT", None, None),  # by whose clock?
        ("soon", NOON, None),
        ("-1", NOON, None),
        ("٣", NOON, None),
        ("", NOON, None),
        (None, NOON, None),
    ],
)
def test_retry_after_is_read_as_the_rfc_says(
    told: str | None, date: str | None, seconds: float | None
) -> None:
    assert retry_after(told, date) == seconds


@given(st.text(max_size=40), st.text(max_size=40) | st.none())
@settings(max_examples=100)
def test_no_header_breaks_it(told: str, date: str | None) -> None:
    found = retry_after(told, date)
    assert found is None or found >= 0
