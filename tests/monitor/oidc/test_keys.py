"""Only public keys that can verify are kept, and a signature is tried on those that fit it."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.errors import SecurityWarning
from joserfc.jwk import OctKey, OKPKey, RSAKey

from monitor.oidc.keys import MAXIMUM_KEYS, fitting, read
from monitor.oidc.refusal import RefusedError
from tests.idp.hostile import CURVE, OWN


def held(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys}).encode()


def test_keys_of_each_kind_are_read_without_their_private_part() -> None:
    curve25519 = OKPKey.generate_key("Ed25519", {"kid": "ed"})
    found = read(held(OWN.as_dict(private=True), CURVE.as_dict(), curve25519.as_dict()))
    assert [(key.kid, key.kind) for key in found] == [
        ("own", "RSA"),
        ("curve", "EC"),
        ("ed", "OKP"),
    ]
    assert not any(key.public.is_private for key in found)


@pytest.mark.parametrize(
    "wrong",
    [
        {"use": "enc"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"key_ops": ["encrypt"]},
        {"n": "AAAA"},
        {"n": 7},
        {"e": None},
        {"alg": 7},
        {"kty": None},
        {"kty": ["RSA"]},
    ],
)
def test_what_cannot_verify_is_left_out(wrong: dict[str, Any]) -> None:
    assert read(held({**OWN.as_dict(private=False), **wrong}, CURVE.as_dict())) == read(
        held(CURVE.as_dict())
    )


def test_a_short_rsa_key_is_left_out() -> None:
    with pytest.warns(SecurityWarning):
        short = RSAKey.generate_key(1024).as_dict(private=False)
    assert read(held(short)) == ()


def test_a_shared_secret_is_no_key_of_a_provider() -> None:
    assert read(held(OctKey.generate_key(256).as_dict(private=True))) == ()


def test_a_signature_is_tried_on_keys_that_fit_it() -> None:
    own, curve = read(held(OWN.as_dict(private=False), CURVE.as_dict(private=False)))
    assert fitting((own, curve), "own", "RS256") == (own,)
    assert fitting((own, curve), "own", "ES256") == ()
    assert fitting((own, curve), None, "PS512") == (own,)
    assert fitting((own, curve), "another", "RS256") == ()
    assert fitting((own, curve), None, "HS256") == ()
    (bound,) = read(held({**OWN.as_dict(private=False), "alg": "RS512"}))
    assert fitting((bound,), "own", "RS256") == ()


def test_a_set_without_end_is_refused() -> None:
    with pytest.raises(RefusedError, match="keys"):
        read(held(*[CURVE.as_dict(private=False)] * (MAXIMUM_KEYS + 1)))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["keys", "kty"]), inner),
        max_leaves=8,
    )
)
def test_no_document_breaks_it(document: Any) -> None:
    with suppress(RefusedError):
        assert read(json.dumps(document).encode()) == ()
