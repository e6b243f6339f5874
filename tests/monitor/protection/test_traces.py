"""Lines that nobody can read may name somebody all the same."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.protection.traces import MOST_WORDS, Traces, without, words_in

TRACES = Traces(["zoé.martin", "u-7731", "x"])


@pytest.mark.parametrize(
    "line",
    [
        b"user=u-7731 from",
        b"U-7731",
        "Failed password for zoé.martin from".encode(),
        json.dumps({"user": "zoé.martin"}).encode(),
        quote("zoé.martin").encode(),
        b'{"a":"u-7731',
    ],
)
def test_a_person_is_found_however_it_is_written(line: bytes) -> None:
    assert TRACES.are_in(line)


@pytest.mark.parametrize("line", [b"user=u-77310 from", b"xu-7731", b"x marks", b"", b"\xff\xfe"])
def test_others_are_left_alone(line: bytes) -> None:
    assert not TRACES.are_in(line)


def test_of_one_character_there_are_no_traces() -> None:
    assert not Traces(["x"])
    assert not Traces(["x"]).are_in(b"x")


@given(st.lists(st.text(max_size=12), max_size=4), st.binary(max_size=80))
def test_anything_may_be_a_name_and_a_line(words: list[str], line: bytes) -> None:
    traces = Traces(words)
    traces.are_in(line)
    for word in words:
        if len(word) > 1:
            assert traces.are_in(b" " + word.encode() + b" ")


def test_words_of_a_line_are_bounded() -> None:
    assert words_in(b"user=Zo\xc3\xa9.Martin@acme.fr, from 10") == {
        "user",
        "from",
        "zo\u00e9.martin@acme.fr",
    }
    assert len(words_in(b" ".join(b"word%d" % n for n in range(5_000)))) <= MOST_WORDS


@given(st.binary(max_size=200))
def test_any_line_has_words(line: bytes) -> None:
    assert all(len(word) >= 4 for word in words_in(line))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("ask Zoé Martin, or ZOÉ.", "ask -, or -."),
        ("zoés and azoé stay", "zoés and azoé stay"),
        ("a+b (twice): a+b", "- (twice): -"),
        ("x", "x"),
    ],
)
def test_words_are_taken_out_of_a_text_whole_the_longest_first(text: str, told: str) -> None:
    assert without(text, ["zoé", "zoé martin", "a+b", "x"], "-") == told
    assert without(text, [], "-") == text
