"""Length and guesses decide, and nothing else: no mixture of characters is asked for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.mfa.passwords import MAXIMUM
from monitor.mfa.strength import GUESSABLE, TOO_LONG, own_words, too_short, weakness

WORDS = ("Amélie Dupont-Razafindrakoto", "amelie.dupont@atlas.example")


@pytest.mark.parametrize(
    "password",
    [
        "tricycle mangue orage",
        "seulement des minuscules ici",
        "🌵🚲🥭🌩️ quatre images et des mots",
        "éàçù brumes tardives",
        "x7Gq-Wm2r_Ta9Zp",
    ],
)
def test_long_and_unlikely_is_enough(password: str) -> None:
    assert weakness(password, 12, WORDS) is None


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "aaaaaaaaaaaaaaaaaa",
        "azertyuiopqsdf",
        "motdepassevigie",
        "20262026202620",
        "P@ssw0rd1234",
    ],
)
def test_what_guessers_try_first_is_refused(password: str) -> None:
    assert weakness(password, 12, WORDS) == GUESSABLE


def test_ones_own_name_is_no_secret() -> None:
    assert weakness("razafindrakoto26", 12) is None
    assert weakness("razafindrakoto26", 12, WORDS) == GUESSABLE


def test_length_counts_code_points() -> None:
    assert weakness("🌵" * 11, 12) == too_short(12)
    assert weakness("e\u0301" * 11, 12) == too_short(12)
    assert weakness("x" * (MAXIMUM + 1), 12) == TOO_LONG


def test_reasons_are_in_both_languages() -> None:
    for reason in (TOO_LONG, GUESSABLE, too_short(12)):
        assert reason.text.en != reason.text.fr


def test_names_and_addresses_come_apart() -> None:
    assert {"amélie", "dupont", "razafindrakoto", "amelie", "atlas"} <= set(own_words(WORDS))
    assert own_words(["a b"]) == ["a b"]


@settings(max_examples=50)
@given(st.text(max_size=400), st.lists(st.text(max_size=100), max_size=3))
def test_whatever_is_typed_gets_an_answer(password: str, words: list[str]) -> None:
    weakness(password, 12, words)
