"""What is no decision of Vigie's is taken for none, and browsers are sent to pages only."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vigie_client import Cause, Challenge, Reason, Verdict, VigieError
from vigie_client.decision import read

TOLD: dict[str, Any] = {
    "handle": "0" * 32,
    "verdict": "challenge",
    "would_be": "deny",
    "risk": 0.75,
    "reasons": [{"code": "impossible_travel", "text": "Two places at once"}],
    "event": "0190" * 8,
    "challenge": {"link": "https://vigie.example.com/challenge/x#k", "expires": 1_700_000_000_000},
}


def test_what_was_answered_is_read() -> None:
    found = read({**TOLD, "from_a_newer_vigie": 1}, "q-1")
    assert (found.verdict, found.would_be) == (Verdict.CHALLENGE, Verdict.DENY)
    assert (found.uid, found.handle, found.event) == ("q-1", TOLD["handle"], TOLD["event"])
    assert found.risk == 0.75
    assert found.reasons == (Reason("impossible_travel", "Two places at once"),)
    assert found.challenge == Challenge(TOLD["challenge"]["link"], 1_700_000_000_000)
    assert not found.is_fallback


def test_without_a_challenge_there_is_none() -> None:
    assert read({**TOLD, "challenge": None}, "q-1").challenge is None
    told = {name: value for name, value in TOLD.items() if name != "challenge"}
    assert read(told, "q-1").challenge is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"verdict": "perhaps"},
        {"verdict": ["allow"]},
        {"risk": "high"},
        {"risk": None},
        {"risk": 10**400},
        {"risk": float("nan")},
        {"risk": 1.5},
        {"reasons": None},
        {"reasons": [1]},
        {"handle": 7},
        {"challenge": {"link": "javascript:alert(1)", "expires": 1}},
        {"challenge": {"link": "https://a.example/\r\nSet-Cookie: a=b", "expires": 1}},
        {"challenge": {"link": "https://a.example/"}},
        {"challenge": {"link": "https://a.example/", "expires": float("inf")}},
        {"challenge": "https://a.example/"},
    ],
)
def test_what_does_not_fit_is_no_decision(wrong: dict[str, Any]) -> None:
    with pytest.raises(VigieError) as caught:
        read({**TOLD, **wrong}, "q-1")
    assert caught.value.trouble.cause is Cause.UNREADABLE


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


@settings(max_examples=100)
@given(st.sampled_from(sorted(TOLD)), json_values)
def test_no_answer_breaks_it(name: str, value: Any) -> None:
    with suppress(VigieError):
        read({**TOLD, name: value}, "q-1")
