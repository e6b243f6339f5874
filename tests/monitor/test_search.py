"""What is searched for is found however it is spelt, and nothing else is."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.search import LONGEST, MOST_ASKED, asked, words_of


def is_found(query: str, text: str) -> bool:
    words = words_of(text)
    return all(any(first <= word < end for word in words) for first, end in asked(query))


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("renée", "Vu avec RENEE ce matin"),
        ("Renee", "vu avec renée"),
        ("straße", "STRASSE"),
        ("u-1042", "account u-1042 of atlas"),
        ("ann@acme.example", "mail to Ann@Acme.example, sent"),
        ("198.51.100.7", "from 198.51.100.7 at night"),
        ("tele ann", "Ann works at home: télétravail"),
        ("ﬁche", "fiche"),
        ("", "anything"),
    ],
)
def test_it_is_found(query: str, text: str) -> None:
    assert is_found(query, text)


@pytest.mark.parametrize(
    ("query", "text"), [("ann", "Joann"), ("ann bob", "ann"), ("1042", "10 42"), ("x", "")]
)
def test_it_is_not_found(query: str, text: str) -> None:
    assert not is_found(query, text)


def test_words_have_a_length_and_a_number() -> None:
    assert words_of("a" * 1_000) == ["a" * LONGEST]
    assert len(words_of(" ".join(f"w{n}" for n in range(50)), 7)) == 7
    assert len(asked("a b c d e f g h i j k l m n o p")) == MOST_ASKED
    assert words_of("one One ONE two") == ["one", "two"]


@settings(max_examples=60)
@given(st.text(max_size=80))
def test_every_text_is_found_by_itself_and_words_are_plain(text: str) -> None:
    words = words_of(text)
    assert words_of(" ".join(words)) == words
    assert is_found(text, text)
    assert not any(" " in word or "\0" in word for word in words)
    assert all(word.encode("utf-8", "surrogatepass") for word in words)
