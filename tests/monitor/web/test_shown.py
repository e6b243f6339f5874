"""What a template puts out hides nothing, and is escaped exactly as it would have been."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from monitor.web.shown import HIDDEN, shown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("alice", "alice"),
        ("\u202eecila", "\\u202eecila"),
        ("ad\u200bmin", "ad\\u200bmin"),
        ("a\x1b[31m", "a\\x1b[31m"),
        ("a\x9b31m", "a\\x9b31m"),
        ("\U000e0041", "\\U000e0041"),
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("a\rb", "a\\rb"),
        ("été 山田 عمر", "été 山田 عمر"),
        ("\ud800", "\\ud800"),
    ],
)
def test_what_hides_is_written_out(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_other_values_are_left() -> None:
    assert shown(3) == 3
    assert shown(None) is None


@given(st.text())
def test_nothing_hides_and_nothing_becomes_markup(text: str) -> None:
    told = shown(text)
    assert all(unicodedata.category(c) not in ("Cc", "Cs") or c in "\n\t" for c in told)
    assert not HIDDEN.search(told)
    marked = shown(escape(text))
    assert isinstance(marked, Markup)
    assert marked == escape(told)


def test_all_that_has_no_width_is_hidden() -> None:
    loose = [
        c
        for c in map(chr, range(0x110000))
        if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and not HIDDEN.match(c)
    ]
    # Signs before Arabic and Syriac numbers, and in hieroglyphs, which are seen.
    seen = (
        "\t\n\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
    )
    assert [c for c in loose if c not in seen and not 0x13430 <= ord(c) <= 0x1345F] == []
