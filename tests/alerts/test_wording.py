"""Wording: numbers, time spans and texts as readers of both languages expect them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.wording import (
    MAXIMUM_TEXT,
    counted,
    duration,
    fact,
    is_french,
    number,
    percent,
    plain,
)
from detectors.core.detector import Text
from detectors.core.event import DAY, HOUR, MINUTE, SECOND


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (0, "0", "0"),
        (7, "7", "7"),
        (1234, "1,234", "1\u202f234"),
        (1234567, "1,234,567", "1\u202f234\u202f567"),
        (-1234, "-1,234", "-1\u202f234"),
        (1234.567, "1,235", "1\u202f235"),
        (12.34, "12.3", "12,3"),
        (12.0, "12", "12"),
        (0.0456, "0.046", "0,046"),
        (-0.0001, "0", "0"),
        (1000.0, "1,000", "1\u202f000"),
        (float("nan"), "unknown", "inconnu"),
        (float("-inf"), "unknown", "inconnu"),
        (10**15, "unknown", "inconnu"),
    ],
)
def test_numbers(value: float, english: str, french: str) -> None:
    assert number(value, "en") == english
    assert number(value, "fr") == french


def test_a_number_too_long_to_be_written_is_unknown() -> None:
    assert number(10**5000, "en") == "unknown"
    assert duration(10**5000, "en") == "an unknown time"


def test_percentages() -> None:
    assert percent(84, "en") == "84%"
    assert percent(84, "fr") == "84\u202f%"


@pytest.mark.parametrize(
    ("span", "english", "french"),
    [
        (0, "less than a second", "moins d'une seconde"),
        (400, "less than a second", "moins d'une seconde"),
        (SECOND, "1 second", "1 seconde"),
        (90 * SECOND, "1 minute 30 seconds", "1 minute 30 secondes"),
        (59_900, "1 minute", "1 minute"),
        (40 * MINUTE + 12 * SECOND, "40 minutes", "40 minutes"),
        (59.9 * MINUTE, "1 hour", "1 heure"),
        (2 * HOUR + 5 * MINUTE, "2 hours 5 minutes", "2 heures 5 minutes"),
        (DAY + HOUR, "1 day 1 hour", "1 jour 1 heure"),
        (45 * DAY + 20 * MINUTE, "45 days", "45 jours"),
        (2000 * DAY, "2,000 days", "2\u202f000 jours"),
        (-HOUR, "-1 hour", "-1 heure"),
        (float("inf"), "an unknown time", "une durée inconnue"),
        (float("nan"), "an unknown time", "une durée inconnue"),
    ],
)
def test_time_spans(span: float, english: str, french: str) -> None:
    assert duration(span, "en") == english
    assert duration(span, "fr") == french


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (None, "unknown", "inconnu"),
        (True, "yes", "oui"),
        (False, "no", "non"),
        (1234, "1,234", "1\u202f234"),
        ("Lyon (FR)", "Lyon (FR)", "Lyon (FR)"),
        ("", "unknown", "inconnu"),
        ("?", "unknown", "inconnu"),
    ],
)
def test_facts(value: str | float | None, english: str, french: str) -> None:
    assert fact(value, "en") == english
    assert fact(value, "fr") == french


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x07", "[31mred"),
        ("two\r\nlines\tand  more\u2028end", "two lines and more end"),
        ("evil\u202egpj.exe", "evilgpj.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("lone\ud800surrogate", "lonesurrogate"),
        ("<script>alert({x})</script>", "<script>alert({x})</script>"),
        ("Zoë 日本 🙂", "Zoë 日本 🙂"),
    ],
)
def test_text_is_kept_but_for_what_controls_or_hides(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text(max_size=2000))
def test_text_is_short_and_plain_whatever_it_was(text: str) -> None:
    shown = plain(text)
    assert len(shown) <= MAXIMUM_TEXT
    assert all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in shown)
    shown.encode()


def test_what_is_too_long_says_so() -> None:
    assert plain("x" * 10_000) == "x" * (MAXIMUM_TEXT - 1) + "…"


@pytest.mark.parametrize("tag", ["fr", "FR", "fr-CA", "fr_FR"])
def test_french(tag: str) -> None:
    assert is_french(tag)


@pytest.mark.parametrize("tag", ["en", "", "en-FR", "frr", "x"])
def test_all_else_is_told_in_english(tag: str) -> None:
    assert not is_french(tag)


@given(st.one_of(st.floats(), st.integers()))
def test_any_number_can_be_said(value: float) -> None:
    for language in ("en", "fr"):
        assert number(value, language)
        assert duration(value, language)


@pytest.mark.parametrize(
    ("count", "english", "french"),
    [
        (0, "0 addresses", "0 adresse"),
        (1, "1 address", "1 adresse"),
        (2, "2 addresses", "2 adresses"),
    ],
)
def test_what_is_counted_agrees(count: int, english: str, french: str) -> None:
    addresses = Text("address", "adresse")
    assert counted(count, addresses, "en") == english
    assert counted(count, addresses, "fr") == french
