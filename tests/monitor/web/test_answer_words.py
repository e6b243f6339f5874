"""Every way in which a challenge ends has words in both languages, which name no detector."""

import pytest

from monitor.mfa.challenge import State
from monitor.web.answer_words import HEADINGS, NEXT, WORDS

OVER = [state for state in State if state is not State.OPEN]


@pytest.mark.parametrize("state", OVER)
def test_each_end_has_words(state: State) -> None:
    for text in (HEADINGS[state], *WORDS[state]):
        assert text.en
        assert text.fr
        assert text.en != text.fr


def test_there_are_words_for_nothing_else() -> None:
    assert set(WORDS) == set(HEADINGS) == set(OVER)
    assert NEXT


def test_nobody_is_taught_how_they_were_found() -> None:
    told = " ".join(text.en + text.fr for words in WORDS.values() for text in words).lower()
    for word in ("address", "adresse ip", "vpn", "travel", "voyage", "detect", "risk", "score"):
        assert word not in told
