"""Whoever the application hands over is let in for a moment; nothing that is altered, old, for
somebody else or signed in another way is."""

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from monitor.mfa import hand_off
from monitor.mfa.hand_off import LEEWAY_S, LIFETIME_S, HandOff, HandOffError

SECRET = b"s" * 32
NOW_S = 1_778_666_400
MARIE = HandOff(
    aud="vigie:me",
    tenant="acme",
    sub="marie",
    sid="s-1",
    iat=NOW_S,
    exp=NOW_S + 60,
    jti="0123456789abcdef",
)


def read(token: str, now_s: int = NOW_S) -> HandOff:
    return hand_off.read(token, SECRET, now_s * 1_000)


def test_who_is_handed_over_is_read() -> None:
    assert read(hand_off.write(MARIE, SECRET)) == MARIE


@pytest.mark.parametrize(
    ("after", "is_good"),
    [
        (-LEEWAY_S, True),
        (-LEEWAY_S - 1, False),
        (59 + LEEWAY_S, True),
        (60 + LEEWAY_S, False),
    ],
)
def test_it_holds_for_a_moment(after: int, is_good: bool) -> None:
    token = hand_off.write(MARIE, SECRET)
    if is_good:
        assert read(token, NOW_S + after) == MARIE
        return
    with pytest.raises(HandOffError):
        read(token, NOW_S + after)


def test_no_application_makes_it_hold_for_long() -> None:
    token = hand_off.write(structs.replace(MARIE, exp=NOW_S + 86_400), SECRET)
    with pytest.raises(HandOffError, match="too old"):
        read(token, NOW_S + LIFETIME_S + LEEWAY_S)


def test_it_is_for_these_pages_and_signed_by_who_knows_the_secret() -> None:
    with pytest.raises(HandOffError, match="audience"):
        read(hand_off.write(structs.replace(MARIE, aud="other"), SECRET))
    with pytest.raises(HandOffError, match="secret"):
        read(hand_off.write(MARIE, b"t" * 32))


def test_no_other_way_of_signing_is_believed() -> None:
    """`none` and its kin (RFC 8725, section 3.1)."""
    _, claims, _ = hand_off.write(MARIE, SECRET).split(".")
    for alg in ("none", "HS512", "hs256", ""):
        raw = json.dumps({"alg": alg}).encode()
        told = f"{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}.{claims}"
        proof = hmac.digest(SECRET, told.encode(), hashlib.sha256)
        signed = base64.urlsafe_b64encode(proof).rstrip(b"=").decode()
        with pytest.raises(HandOffError):
            read(f"{told}.{signed}")
        with pytest.raises(HandOffError):
            read(f"{told}.")


@settings(max_examples=50)
@given(st.text(max_size=200) | st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,43}"))
def test_anything_else_is_refused_and_nothing_worse(token: str) -> None:
    with pytest.raises(HandOffError):
        read(token)


@settings(max_examples=50)
@given(st.integers(0, 400), st.characters(min_codepoint=33, max_codepoint=126))
def test_no_character_can_be_another(place: int, character: str) -> None:
    token = hand_off.write(MARIE, SECRET)
    place %= len(token)
    if token[place] != character:
        with pytest.raises(HandOffError):
            read(token[:place] + character + token[place + 1 :])
