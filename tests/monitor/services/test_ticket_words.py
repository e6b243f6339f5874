"""What people write is kept as they wrote it, but for what controls or is too long to be read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.ticket import TicketError
from monitor.services.ticket_words import (
    LONGEST_COMMENT,
    LONGEST_TITLE,
    MOST_TAGS,
    address_of,
    comment_of,
    tag_of,
    tags_of,
    title_of,
)


def test_a_comment_keeps_its_lines_and_loses_what_controls() -> None:
    assert comment_of(" One\r\ntwo\0\x1b[31m\u202e \n") == "One\ntwo[31m"
    for text in ("", "\0", "x" * (LONGEST_COMMENT + 1)):
        with pytest.raises(TicketError):
            comment_of(text)


@pytest.mark.parametrize(
    ("told", "kept"), [(" VIP ", "vip"), ("Été", "été"), ("q3-2026", "q3-2026"), ("ﬁ", "fi")]
)
def test_a_tag_is_one_word(told: str, kept: str) -> None:
    assert tag_of(told) == kept


@pytest.mark.parametrize("told", ["", "two words", "-x", "a,b", "x" * 41, "a\0b", "<b>"])
def test_what_is_no_tag_is_said(told: str) -> None:
    with pytest.raises(TicketError):
        tag_of(told)


def test_tags_are_added_and_taken_away_up_to_a_number() -> None:
    assert tags_of(frozenset("ab"), frozenset("C"), frozenset("A")) == ["b", "c"]
    with pytest.raises(TicketError):
        tags_of(frozenset(), frozenset(f"t{n}" for n in range(MOST_TAGS + 1)), frozenset())


@pytest.mark.parametrize(
    "told", ["https://jira.example/browse/SEC-1", "http://10.0.0.1:8080/x?y=z#t"]
)
def test_an_address_outside(told: str) -> None:
    assert address_of(f" {told} ") == told


@pytest.mark.parametrize(
    "told",
    [
        "",
        "jira",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https://a@b/",
        "//x/y",
        "https://[::1",
        "https://x/\nset",
        "https://x y/",
    ],
)
def test_what_is_no_address_is_said(told: str) -> None:
    with pytest.raises(TicketError):
        address_of(told)


def test_a_title_is_a_line() -> None:
    assert title_of("SEC-1\nforged\x1b") == "SEC-1forged"
    assert len(title_of("x" * 1_000)) == LONGEST_TITLE


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_whatever_is_written_is_kept_or_refused_and_kept_as_it_is_then(text: str) -> None:
    for ask in (comment_of, tag_of, address_of):
        try:
            kept = ask(text)
        except TicketError:
            continue
        assert ask(kept) == kept
        assert "\0" not in kept
