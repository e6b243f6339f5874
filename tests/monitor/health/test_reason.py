"""Reasons are counted by kind: few kinds, and nothing of the line in them."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.health.reason import MOST, OTHER, count, kind_of


def test_what_is_of_one_line_only_is_left_out() -> None:
    assert kind_of("names another tenant than 'acme', which its sender may speak for") == (
        "names another tenant than …, which its sender may speak for"
    )
    assert kind_of("not JSON: trailing characters (byte 17)") == "not JSON"
    assert kind_of("longer than 1,048,576 bytes") == kind_of("longer than 65,536 bytes")
    assert kind_of("12 columns instead of 14") == "… columns instead of …"


def test_reasons_that_say_nothing_are_still_counted() -> None:
    assert kind_of("") == kind_of(": detail") == OTHER


@given(st.text(max_size=200), st.emails())
def test_it_is_short_plain_text_without_what_was_quoted(before: str, quoted: str) -> None:
    kind = kind_of(f"{before.replace(chr(39), '')} '{quoted}'")
    assert len(kind) <= 60
    assert kind.isprintable()
    assert quoted not in kind


@given(st.lists(st.text(alphabet="abcdefgh", min_size=1, max_size=4), max_size=200))
def test_there_are_never_more_kinds_than_told(reasons: list[str]) -> None:
    kinds: dict[str, int] = {}
    for reason in reasons:
        count(kinds, reason)
    assert len(kinds) <= MOST + 1
    assert sum(kinds.values()) == len(reasons)
