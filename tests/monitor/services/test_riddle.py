"""The question of the form for reports: people pass it, and a program that fills in forms not."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.services.riddle import _WORDS, LIFE, LONGEST, SOONEST, Riddle, Riddles

NOW = 1_790_000_000_000
OURS = Riddles(b"k" * 32)


def answer_to(riddle: Riddle) -> int:
    """What anybody who can read finds."""
    known = {word: number for number, word in enumerate(_WORDS, 2)}
    return known[riddle.one] + known[riddle.other]


def test_who_can_add_passes_in_digits_or_words() -> None:
    for _ in range(200):
        riddle = OURS.make(NOW)
        right = answer_to(riddle)
        assert OURS.is_ours(riddle.token, NOW + SOONEST)
        assert OURS.is_right(riddle.token, f" {right} ")
        assert not OURS.is_right(riddle.token, str(right + 1))
        if right <= 12:
            assert OURS.is_right(riddle.token, _WORDS[right - 2].en.upper())
            assert OURS.is_right(riddle.token, _WORDS[right - 2].fr)


@pytest.mark.parametrize(
    ("later", "holds"), [(0, False), (SOONEST - 1, False), (LIFE, True), (LIFE + 1, False)]
)
def test_an_answer_has_its_time(later: int, holds: bool) -> None:
    assert OURS.is_ours(OURS.make(NOW).token, NOW + later) is holds


def test_the_answer_does_not_stand_in_the_token_and_another_key_knows_none() -> None:
    riddle = OURS.make(NOW)
    assert str(answer_to(riddle)) not in re.split(r"\W", riddle.token)
    assert not Riddles(b"other").is_ours(riddle.token, NOW + SOONEST)


def test_questions_differ() -> None:
    made = [OURS.make(NOW) for _ in range(400)]
    assert len({riddle.token for riddle in made}) == 400
    assert len({answer_to(riddle) for riddle in made}) > 15


@settings(max_examples=100)
@given(st.text(max_size=LONGEST + 20), st.text(max_size=30))
def test_whatever_is_sent_is_none_of_ours(token: str, answer: str) -> None:
    assert not OURS.is_ours(token, NOW)
    assert not OURS.is_ours(f"{NOW}.{token}", NOW)
    OURS.is_right(token, answer)


def test_a_token_that_was_changed_is_no_token() -> None:
    token = OURS.make(NOW).token
    for index in range(len(token)):
        changed = token[:index] + ("0" if token[index] != "0" else "1") + token[index + 1 :]
        assert not OURS.is_ours(changed, NOW + SOONEST)
