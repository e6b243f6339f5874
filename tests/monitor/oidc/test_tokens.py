"""A token is taken when all of it is as it has to be; for any one thing that is not, refused."""

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from monitor.oidc import keys
from monitor.oidc.metadata import ALGORITHMS
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.tokens import (
    LEEWAY_S,
    LOGOUT_EVENT,
    MAXIMUM_TOKEN,
    Expected,
    header_of,
    read_id_token,
    read_logout_token,
    session_of,
)
from tests.idp.hostile import CURVE, OTHER, OWN, signed

NOW = 1_790_000_000
ISSUER = "https://id.example.com"
SHOWN = {"keys": [OWN.as_dict(private=False), CURVE.as_dict(private=False)]}
KEYS = keys.read(json.dumps(SHOWN).encode())
EXPECTED = Expected(
    issuer=ISSUER,
    client_id="vigie",
    algorithms=ALGORITHMS,
    now=NOW,
    nonce="n-0S6_WzA2Mj",
    begun=NOW - 20,
)
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "sub": "248289761001",
    "aud": "vigie",
    "exp": NOW + 300,
    "iat": NOW - 1,
    "nonce": "n-0S6_WzA2Mj",
}
LEFT: dict[str, Any] = {
    "iss": ISSUER,
    "aud": "vigie",
    "iat": NOW,
    "exp": NOW + 120,
    "jti": "bWJq",
    "sub": "248289761001",
    "sid": "08a5019c",
    "events": {LOGOUT_EVENT: {}},
}
GONE = object()


def changed(claims: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**claims, **changes}.items() if value is not GONE}


def taken(token: str, expected: Expected = EXPECTED, access: str | None = None) -> dict[str, Any]:
    return read_id_token(token, KEYS, expected, access)


def refused(token: str, expected: Expected = EXPECTED, access: str | None = None) -> RefusedError:
    with pytest.raises(RefusedError) as caught:
        taken(token, expected, access)
    return caught.value


def unsigned(header: dict[str, Any], claims: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_a_good_token_is_taken() -> None:
    assert taken(signed(CLAIMS)) == CLAIMS
    assert taken(signed(CLAIMS, CURVE, "ES256")) == CLAIMS
    assert taken(signed(CLAIMS, kid=None)) == CLAIMS
    assert taken(signed(changed(CLAIMS, aud=["vigie"], azp="vigie")))
    assert taken(signed(changed(CLAIMS, aud=["vigie", "api"], azp="vigie")))
    assert taken(signed(changed(CLAIMS, iat=NOW + LEEWAY_S, exp=NOW - LEEWAY_S + 1)))


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": GONE}, "nonce"),
        ({"nonce": "\ud800"}, "claims cannot be read"),
        ({"aud": "another"}, "somebody else"),
        ({"aud": ["another"]}, "somebody else"),
        ({"aud": {"vigie": 1}}, "somebody else"),
        ({"aud": GONE}, "somebody else"),
        ({"aud": ["vigie", "api"]}, "others too"),
        ({"aud": ["vigie", "api"], "azp": "api"}, "issued to somebody else"),
        ({"azp": "api"}, "issued to somebody else"),
        ({"exp": NOW - LEEWAY_S}, "expired"),
        ({"exp": GONE}, "exp is no time"),
        ({"exp": "tomorrow"}, "exp is no time"),
        ({"exp": True}, "exp is no time"),
        ({"exp": 10**400}, "exp is no time"),
        ({"iat": GONE}, "iat is no time"),
        ({"iat": NOW + LEEWAY_S + 1}, "in the future"),
        ({"iat": NOW - 20 - LEEWAY_S - 1}, "before it was asked for"),
        ({"nbf": NOW + LEEWAY_S + 1}, "does not hold yet"),
        ({"nbf": "x"}, "nbf is no time"),
        ({"sub": ""}, "names nobody"),
        ({"sub": GONE}, "names nobody"),
        ({"sub": 7}, "names nobody"),
        ({"sub": "x" * 256}, "names nobody"),
        ({"sub": "é"}, "names nobody"),
    ],
)
def test_each_claim_that_is_wrong_refuses_it(changes: dict[str, Any], why: str) -> None:
    error = refused(signed(changed(CLAIMS, **changes)))
    assert error.reason is Reason.NOT_PROVED
    assert why in error.detail


@pytest.mark.parametrize("issuer", [ISSUER + "/", "https://evil.example", GONE, [ISSUER], None])
def test_another_issuer_is_another_provider(issuer: Any) -> None:
    assert refused(signed(changed(CLAIMS, iss=issuer))).reason is Reason.OTHER_PROVIDER


def test_an_unsigned_token_is_refused() -> None:
    for name in ("none", "None", "NONE", "", None):
        assert "not taken" in refused(unsigned({"alg": name, "kid": "own"}, CLAIMS)).detail
    assert "not taken" in refused(unsigned({"kid": "own"}, CLAIMS)).detail


def test_a_public_key_is_not_taken_for_a_secret() -> None:
    # The classic: HMAC over the RSA key that everybody knows.
    public = OWN.as_pem(private=False)
    head = unsigned({"alg": "HS256", "kid": "own"}, CLAIMS).rpartition(".")[0]
    tag = hmac.digest(public, head.encode(), "sha256")
    token = f"{head}.{base64.urlsafe_b64encode(tag).rstrip(b'=').decode()}"
    assert "'HS256', which is not taken" in refused(token).detail
    careless = structs.replace(EXPECTED, algorithms=("HS256", *ALGORITHMS))
    assert "by no key" in refused(token, careless).detail


def test_a_token_signed_by_another_key_is_refused() -> None:
    assert "by no key" in refused(signed(CLAIMS, OTHER)).detail
    assert "by no key" in refused(signed(CLAIMS, kid="another")).detail
    token = signed(CLAIMS)
    assert "by no key" in refused(token[:-8] + "AAAAAAAA").detail
    head, body, tail = token.split(".")
    other = base64.urlsafe_b64encode(json.dumps(changed(CLAIMS, sub="root")).encode()).decode()
    assert "by no key" in refused(f"{head}.{other.rstrip('=')}.{tail}").detail
    assert body != other


def test_the_algorithm_that_the_header_names_has_to_fit_the_key() -> None:
    token = signed(CLAIMS)
    head = {"alg": "ES256", "kid": "own"}
    swapped = base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()
    assert "by no key" in refused(f"{swapped}.{token.partition('.')[2]}").detail
    only = structs.replace(EXPECTED, algorithms=("ES256",))
    assert "'RS256', which is not taken" in refused(token, only).detail


def test_a_key_that_the_token_brings_along_is_not_used() -> None:
    mine = OTHER.as_dict(private=False)
    assert "by no key" in refused(signed(CLAIMS, OTHER, jwk=mine)).detail
    assert "by no key" in refused(signed(CLAIMS, OTHER, jku="https://evil.example/k")).detail


def test_extensions_that_are_to_be_understood_are_not() -> None:
    header = {"alg": "RS256", "kid": "own", "crit": ["exp"]}
    assert "extensions" in refused(unsigned(header, CLAIMS, b"x")).detail


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "a.b", "a.b.c.d", "e30.e30.", "!.!.!", "é.e.e", "x" * (MAXIMUM_TOKEN + 1)],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(token).reason is Reason.NOT_PROVED


def test_claims_that_are_no_object_are_refused() -> None:
    for payload in (b"[]", b"7", b"", b"{", b"\xff", b'"x"', b"[" * 2000):
        assert "claims cannot be read" in refused(signed(payload)).detail


def test_the_access_token_beside_it_is_the_one_it_came_with() -> None:
    half = hashlib.sha256(b"jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y").digest()[:16]
    token = signed(changed(CLAIMS, at_hash=base64.urlsafe_b64encode(half).rstrip(b"=").decode()))
    assert taken(token, access="jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")
    assert "another one" in refused(token, access="other").detail
    assert "another one" in refused(signed(changed(CLAIMS, at_hash=7)), access="x").detail
    assert taken(signed(CLAIMS), access="x"), "it is optional with a code"


@pytest.mark.parametrize(
    ("at", "is_taken"),
    [
        (NOW - 20, True),
        (NOW, True),
        (NOW - 20 - LEEWAY_S - 1, False),
        (NOW + LEEWAY_S + 1, False),
        (GONE, False),
        (0, False),
    ],
)
def test_a_person_who_was_not_asked_again_has_not_proved_anything(at: Any, is_taken: bool) -> None:
    token = signed(changed(CLAIMS, auth_time=at))
    fresh = structs.replace(EXPECTED, is_fresh=True)
    assert taken(token), "who only signs in may have been signed in for long"
    if is_taken:
        assert taken(token, fresh)
    else:
        assert refused(token, fresh).reason is Reason.NOT_FRESH


def test_a_logout_token_says_who_left() -> None:
    left = read_logout_token(signed(LEFT, typ="logout+jwt"), KEYS, EXPECTED)
    assert (left.jti, left.sub, left.sid) == ("bWJq", "248289761001", "08a5019c")
    assert read_logout_token(signed(changed(LEFT, sid=GONE)), KEYS, EXPECTED).sid is None
    assert read_logout_token(signed(changed(LEFT, sub=GONE), typ="JWT"), KEYS, EXPECTED).sid


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"nonce": "n"}, "nonce"),
        ({"events": GONE}, "no logout"),
        ({"events": {}}, "no logout"),
        ({"events": {LOGOUT_EVENT: True}}, "no logout"),
        ({"events": [LOGOUT_EVENT]}, "no logout"),
        ({"jti": GONE}, "no id"),
        ({"jti": ""}, "no id"),
        ({"sub": GONE, "sid": GONE}, "neither"),
        ({"sub": 1, "sid": 2}, "neither"),
        ({"exp": NOW - LEEWAY_S}, "expired"),
        ({"exp": NOW + 86_400}, "too long"),
        ({"aud": "another"}, "somebody else"),
        ({"iss": "https://evil.example"}, "another issuer"),
    ],
)
def test_a_logout_token_that_is_wrong_ends_no_session(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        read_logout_token(signed(changed(LEFT, **changes)), KEYS, EXPECTED)


def test_neither_kind_of_token_is_taken_for_the_other() -> None:
    with pytest.raises(RefusedError):
        read_logout_token(signed(CLAIMS), KEYS, EXPECTED)
    refused(signed(LEFT))
    with pytest.raises(RefusedError, match="another type"):
        read_logout_token(signed(LEFT, typ="at+jwt"), KEYS, EXPECTED)


def test_the_session_there_is_known_where_it_is_told() -> None:
    assert session_of({"sid": "x"}) == "x"
    for sid in (None, "", 7, "x" * 256):
        assert session_of({"sid": sid}) is None


@given(st.text(max_size=300) | st.from_regex(r"\A[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\Z"))
def test_no_text_breaks_it(token: str) -> None:
    with pytest.raises(RefusedError):
        taken(token)
    with suppress(RefusedError):
        assert header_of(token)


@given(
    st.dictionaries(
        st.sampled_from([*CLAIMS, *LEFT, "azp", "nbf", "auth_time"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    )
)
def test_no_claims_break_it(claims: dict[str, Any]) -> None:
    token = signed(json.dumps(changed(CLAIMS, **claims)).encode("utf-8", "backslashreplace"))
    fresh = structs.replace(EXPECTED, is_fresh=True)
    with suppress(RefusedError):
        assert taken(token, fresh)["sub"]
    with suppress(RefusedError):
        assert read_logout_token(token, KEYS, EXPECTED)
