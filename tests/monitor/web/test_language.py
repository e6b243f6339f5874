"""The reader's language is found, and numbers and times are written in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from monitor.web.language import LANGUAGES, Wording, machine_time, preferred, sentence, utc


@pytest.mark.parametrize(
    ("chosen", "asked", "expected"),
    [
        ("fr", "en", "fr"),
        (None, "fr-CA,fr;q=0.9,en;q=0.8", "fr"),
        (None, "de,en;q=0.5,fr;q=0.9", "fr"),
        (None, "fr;q=0,en", "en"),
        (None, "de", "en"),
        (None, None, "en"),
        ("xx", "fr", "fr"),
    ],
)
def test_the_language_is_chosen_or_asked_for(
    chosen: str | None, asked: str | None, expected: str
) -> None:
    assert preferred(chosen, asked) == expected


@given(st.text(max_size=600))
def test_any_header_gives_a_language(header: str) -> None:
    assert preferred(None, header) in LANGUAGES


def test_numbers_are_written_as_the_language_does() -> None:
    english, french = Wording("en"), Wording("fr")
    assert english.number(1234567) == "1,234,567"
    assert french.number(1234567) == "1\u202f234\u202f567"
    assert english.share(0.94) == "94%"
    assert french.share(0.94).startswith("94")
    assert english.share(0.999).startswith(">")
    assert english.share(0.001).startswith("<")
    assert english.share(1.0) == "100%"
    assert english.factor(4.1) == "× 60"
    assert english.factor(-1.0) == "÷ 2.7"


@pytest.mark.parametrize(
    ("milliseconds", "english", "french"),
    [
        (0, "0 s", "0 s"),
        (59_999, "59 s", "59 s"),
        (61_000, "1 min", "1 min"),
        (3_660_000, "1 h 01", "1 h 01"),
        (86_400_000, "1 day", "1 jour"),
        (190 * 86_400_000, "190 days", "190 jours"),
    ],
)
def test_lengths_of_time_are_short(milliseconds: int, english: str, french: str) -> None:
    assert Wording("en").duration(milliseconds) == english
    assert Wording("fr").duration(milliseconds) == french


def test_a_country_has_its_name() -> None:
    assert Wording("fr").country("MA") == "Maroc"
    assert Wording("en").country("QZ") == "QZ"
    assert Wording("en").country(None) == ""


@given(st.integers(-(2**63), 2**63))
def test_any_time_can_be_shown(milliseconds: int) -> None:
    assert utc(milliseconds)
    assert "T" in machine_time(milliseconds) or not machine_time(milliseconds)


def test_times_are_utc() -> None:
    assert utc(1_778_666_400_123) == "2026-05-13 10:00:00 UTC"
    assert machine_time(1_778_666_400_123) == "2026-05-13T10:00:00.123Z"


@pytest.mark.parametrize(
    ("percentage", "english", "french"),
    [(0, "0%", "0\u202f%"), (76, "76%", "76\u202f%"), (100, "> 99%", "> 99\u202f%")],
)
def test_a_confidence_is_never_a_certainty(percentage: int, english: str, french: str) -> None:
    assert Wording("en").confidence(percentage) == english
    assert Wording("fr").confidence(percentage) == french


@pytest.mark.parametrize(
    ("told", "shown"),
    [("there is no link", "There is no link."), ("Is it so?", "Is it so?"), ("", "")],
)
def test_what_a_command_line_says_is_a_sentence_on_a_page(told: str, shown: str) -> None:
    assert sentence(told) == shown


def test_a_sentence_of_markup_is_not_escaped_again() -> None:
    assert escape(sentence(escape("d'un essai"))) == "D&#39;un essai."
