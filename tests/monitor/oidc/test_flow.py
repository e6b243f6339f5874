"""A flow is known again only by who made it and only for a while, and gives away nothing."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.core.event import MINUTE
from monitor.oidc.flow import LIFETIME, MAXIMUM_COOKIE, Flows, Purpose
from monitor.oidc.refusal import Reason, RefusedError

NOW = 1_790_000_000_000
FLOWS = Flows(b"k" * 32)


def refused(cookie: str, now: int = NOW) -> str:
    with pytest.raises(RefusedError) as caught:
        FLOWS.opened(cookie, now)
    assert caught.value.reason is Reason.NOT_BEGUN_HERE
    return caught.value.detail


def test_what_was_begun_comes_back_whole() -> None:
    flow = FLOWS.begin(Purpose.RENEW, NOW, "/keys?x=1", session="s", reviewer="r")
    cookie = FLOWS.sealed(flow)
    assert FLOWS.opened(cookie, NOW + LIFETIME) == flow
    assert len(cookie) < 300


def test_state_nonce_and_verifier_are_of_this_flow_and_differ() -> None:
    first, second = FLOWS.begin(Purpose.SIGN_IN, NOW), FLOWS.begin(Purpose.SIGN_IN, NOW)
    made = [f(x) for x in (first, second) for f in (FLOWS.state, FLOWS.nonce, FLOWS.verifier)]
    assert len(set(made)) == 6
    assert all(len(one) == 43 for one in made)
    again = FLOWS.opened(FLOWS.sealed(first), NOW)
    assert [FLOWS.state(again), FLOWS.nonce(again), FLOWS.verifier(again)] == made[:3]


def test_the_cookie_does_not_give_the_verifier() -> None:
    # Whoever reads a cookie, and knows how this is made, still lacks the key.
    flow = FLOWS.begin(Purpose.SIGN_IN, NOW)
    raw = base64.urlsafe_b64decode(FLOWS.sealed(flow))
    assert base64.urlsafe_b64decode(FLOWS.verifier(flow) + "=") not in raw
    assert Flows(b"o" * 32).verifier(flow) != FLOWS.verifier(flow)
    assert hashlib.sha256(flow.seed).digest() not in raw


def test_an_answer_to_another_flow_is_none_to_this_one() -> None:
    flow, other = FLOWS.begin(Purpose.SIGN_IN, NOW), FLOWS.begin(Purpose.SIGN_IN, NOW)
    assert FLOWS.is_answer_to(flow, FLOWS.state(flow))
    for state in (FLOWS.state(other), "", "é", "\ud800", FLOWS.nonce(flow)):
        assert not FLOWS.is_answer_to(flow, state)


def test_old_early_missing_and_overlong_cookies_are_refused() -> None:
    cookie = FLOWS.sealed(FLOWS.begin(Purpose.SIGN_IN, NOW))
    assert "too long ago" in refused(cookie, NOW + LIFETIME + 1)
    assert "too long ago" in refused(cookie, NOW - MINUTE)
    assert "no cookie" in refused("")
    assert "no cookie" in refused("A" * (MAXIMUM_COOKIE + 1))
    assert "base64" in refused("é*")


def test_a_cookie_of_another_instance_is_refused() -> None:
    other = Flows(b"o" * 32)
    assert "not made here" in refused(other.sealed(other.begin(Purpose.SIGN_IN, NOW)))


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_cookie_is_refused(where: int, by: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(FLOWS.sealed(FLOWS.begin(Purpose.SIGN_IN, NOW))))
    raw[where % len(raw)] ^= by
    assert "not made here" in refused(base64.urlsafe_b64encode(raw).decode())


@given(st.text(max_size=400))
def test_no_text_opens_or_breaks_anything(cookie: str) -> None:
    refused(cookie)
