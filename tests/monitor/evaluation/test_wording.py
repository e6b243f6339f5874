"""The report's words: both languages, and figures as their readers write them."""

import pytest

from alerts.wording import NARROW_SPACE
from detectors.core.event import DAY, HOUR, MINUTE
from monitor.evaluation.intervals import Estimate, share
from monitor.evaluation.measures import REASONS
from monitor.evaluation.wording import (
    DASH,
    METHOD,
    WORDS,
    category,
    detector,
    duration,
    interval,
    mid_sentence,
    number,
    percent,
    sentence,
    told,
    word,
)


@pytest.mark.parametrize("text", [*WORDS.values(), *METHOD])
def test_every_word_is_in_both_languages(text: object) -> None:
    for language in ("en", "fr"):
        assert sentence(text, language).strip()  # type: ignore[arg-type]


@pytest.mark.parametrize("text", [*WORDS.values(), *METHOD])
def test_nothing_breaks_before_french_marks(text: object) -> None:
    shown = sentence(text, "fr")  # type: ignore[arg-type]
    assert not any(f" {mark}" in shown for mark in "%;:?!»")


def test_every_reason_has_its_words() -> None:
    assert all(word(reason, "en") for reason in REASONS)


@pytest.mark.parametrize(
    ("value", "en", "fr"),
    [
        (0.951, "95.1%", f"95,1{NARROW_SPACE}%"),
        (1.0, "100%", f"100{NARROW_SPACE}%"),
        (0.0041, "0.41%", f"0,41{NARROW_SPACE}%"),
        (None, DASH, DASH),
    ],
)
def test_shares(value: float | None, en: str, fr: str) -> None:
    assert (percent(value, "en"), percent(value, "fr")) == (en, fr)


@pytest.mark.parametrize(
    ("ms", "en", "fr"),
    [
        (0, "0 s", "0 s"),
        (90_000, "1.5 min", "1,5 min"),
        (3 * HOUR, "3 h", "3 h"),
        (2 * DAY, "2 d", "2 j"),
        (None, DASH, DASH),
    ],
)
def test_durations(ms: float | None, en: str, fr: str) -> None:
    assert (duration(ms, "en"), duration(ms, "fr")) == (en, fr)


def test_numbers_are_grouped() -> None:
    assert number(12345.6, "en", 1) == "12,345.6"
    assert number(None, "en") == DASH


def test_intervals_in_their_unit() -> None:
    assert interval(share(15, 20), "en") == "53.1% – 88.8%"
    assert interval(Estimate(9, 1.0, MINUTE, 2 * MINUTE), "en", "ms") == "1 min – 2 min"
    assert interval(Estimate(1, 1.0, None, None), "en") == DASH
    assert told(1.234, "en", "") == "1.23"


def test_names_of_misdeeds_and_detectors() -> None:
    assert category("mfa_fatigue", "en") == "MFA fatigue"
    assert mid_sentence("mfa_fatigue", "en") == "MFA fatigue"
    assert category("login_flood", "en") == "Overload"
    assert mid_sentence("brute_force", "fr") == "force brute"
    assert category("attack_address", "en") == "attack address"
    assert detector("impossible_travel", "en") == "Impossible travel"
    assert detector("no_such", "en") == "no_such"
