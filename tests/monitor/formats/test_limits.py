"""Texts and lines within bounds, and verbatim where they are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.formats.format import MAXIMUM_LINE, MalformedLine
from monitor.formats.limits import MAXIMUM_TEXT, bounded, trimmed


@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=MAXIMUM_TEXT))
def test_a_text_within_bounds_is_verbatim(text: str) -> None:
    assert bounded(text) == text


@given(st.text(max_size=20).map(lambda text: text + "x" * MAXIMUM_TEXT))
def test_a_long_text_is_cut_and_stays_its_own(text: str) -> None:
    assert len(bounded(text)) == MAXIMUM_TEXT
    assert bounded(text) != bounded(text + "y")
    assert bounded(bounded(text)) == bounded(text)


def test_what_stores_refuse_is_replaced() -> None:
    assert bounded("a\x00b") == "a␀b"
    assert bounded("\ud800") == "\\ud800"
    bounded("\x00\ud800").encode()


def test_what_transport_leaves_is_taken_off() -> None:
    assert trimmed(b"\x00\x00\xef\xbb\xbf  {} \r\n") == b"{}"
    assert trimmed(b"\x1e{}\n") == b"{}"
    assert trimmed(b"\x00") == b""


def test_a_line_too_long_is_rejected() -> None:
    assert trimmed(b"x" * MAXIMUM_LINE)
    with pytest.raises(MalformedLine, match="longer than 1,048,576 bytes"):
        trimmed(b"x" * (MAXIMUM_LINE + 1))
