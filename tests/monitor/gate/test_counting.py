"""That the gate cannot tell is said at once, then once a minute, and how many passed is kept."""

import logging

import pytest

from monitor.gate.counting import AGAIN, OVER, Blind, Counting

NOW = 1_800_000_000_000


def test_answers_are_counted_by_word() -> None:
    counting = Counting(now=lambda: NOW)
    for word in ("pass", "deny", "pass"):
        counting.count(word)
    assert counting.answers == {"pass": 2, "deny": 1}


def test_a_blind_time_is_said_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    at = [NOW]
    counting = Counting(now=lambda: at[0])
    with caplog.at_level(logging.ERROR):
        counting.blindly("no news", True)
        for _ in range(3):
            at[0] += 1_000
            counting.blindly("no news", False)
        counting.blindly("still none")
        assert len(caplog.records) == 1
        at[0] += AGAIN - 3_000
        counting.blindly("still none", True)
        assert len(caplog.records) == 1
        at[0] += 1
        counting.blindly("still none", True)
    assert len(caplog.records) == 2
    assert "3 passed unseen, 3 were turned away" in caplog.text
    assert counting.blind == Blind(NOW, at[0], "still none", 3, 3)


def test_the_next_one_begins_anew() -> None:
    at = [NOW]
    counting = Counting(now=lambda: at[0])
    counting.blindly("one", True)
    at[0] += OVER + 1
    counting.blindly("two", False)
    assert counting.blind == Blind(at[0], at[0], "two", 0, 1)
