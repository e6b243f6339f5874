"""What strangers write becomes words of a message, and never its links, lines or calls."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.messages.values import (
    FIELDS,
    MAXIMUM_LINE,
    MAXIMUM_LINES,
    MAXIMUM_PROSE,
    is_link,
    line,
    prose,
    told,
)
from alerts.messages.words import Shape

NOON = "1782907200000"  # 2026-07-01T12:00Z


def test_times_are_said_in_the_readers_language_and_zone() -> None:
    values = {"until": NOON}
    assert told("until", values, "en", "Europe/Paris") == (
        "Wednesday 1 July 2026, 14:00 (Europe/Paris)"
    )
    assert told("until", values, "fr-CA", "UTC") == "mercredi 1 juillet 2026 à 12:00 (UTC)"


@pytest.mark.parametrize("given", ["", "-1", "soon", "1e9", "9" * 30, "٣", "253402300799001"])
def test_what_is_no_time_is_not_said(given: str) -> None:
    assert told("until", {"until": given}, "en") == ""


def test_articles_are_counted() -> None:
    assert told("aup", {"aup": "6"}, "en") == "article 6 of the Acceptable Use Policy"
    assert told("aup", {"aup": "3.3, 6,9"}, "fr") == (
        "articles 3.3, 6 et 9 de la politique d'utilisation acceptable"
    )
    assert told("aup", {"aup": " , "}, "en") == ""


def test_a_value_may_be_given_in_each_language() -> None:
    values = {"grounds": "both", "grounds.fr": "deux"}
    assert told("grounds", values, "fr") == "deux"
    assert told("grounds", values, "en") == "both"


def test_a_word_that_no_set_has_is_said_as_it_is() -> None:
    assert told("category", {"category": "brute_force"}, "fr") == "Force brute"
    assert told("category", {"category": "a new\nkind"}, "fr") == "a new kind"


def test_values_that_nobody_named_are_not_said() -> None:
    assert told("password", {"password": "x"}, "en") == ""


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("https://evil.example/a", "https[:]//evil.example/a"),
        ("javascript://x", "javascript[:]//x"),
        ("see www.evil.example", "see www[.]evil.example"),
        ("@everyone look, @here", "(at)everyone look, (at)here"),
        ("[click](//evil.example)", "[click] (//evil.example)"),
        ("bob\r\nBcc: all@acme.example", "bob Bcc: all@acme.example"),
        ("pay\u202egnp.exe\u200b", "paygnp.exe"),
        ("bob@acme.example", "bob@acme.example"),
    ],
)
def test_a_line_makes_no_link_no_call_and_no_second_line(written: str, said: str) -> None:
    assert line(written) == said


@given(st.text(max_size=4_000))
@settings(max_examples=50)
def test_whatever_is_written_stays_short_and_shows_all_that_it_is(text: str) -> None:
    assert len(line(text)) <= 2 * MAXIMUM_LINE
    for one in [line(text), *prose(text).split("\n")]:
        assert not any(unicodedata.category(c)[0] in "CZ" and c != " " for c in one)
        assert "://" not in one
    assert len(prose(text).split("\n")) <= MAXIMUM_LINES
    assert len(prose(text)) <= 2 * MAXIMUM_PROSE


def test_a_long_sentence_is_said_to_its_end() -> None:
    sentence = "Two people were at work, " * 20 + "as far as the log tells."
    assert prose(sentence) == sentence


def test_prose_keeps_its_lines() -> None:
    assert prose("one\r\n\r\n two \rthree") == "one\ntwo\nthree"


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("https://vigie.example/tickets/4?a=b#c", True),
        ("http://127.0.0.1:8320/", True),
        ("javascript:alert(1)", False),
        ("https://", False),
        ("https://[", False),
        ('https://a.example/"onclick="x', False),
        ("https://a.example/ b", False),
        ("https://é.example/", False),
        ("https://a.example/" + "a" * 2_000, False),
        ("data:text/html,x", False),
    ],
)
def test_only_addresses_of_the_web_are_links(address: str, is_one: bool) -> None:
    assert is_link(address) is is_one
    assert told("link", {"link": address}, "en") == (address if is_one else "")


def test_every_field_has_its_label_in_both_languages() -> None:
    assert all(field.label.en and field.label.fr for field in FIELDS.values())
    assert {field.shape for field in FIELDS.values()} == set(Shape)
