"""A provider is who the settings say, on safe lines, or it is not spoken to."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.oidc.metadata import ALGORITHMS, address_of, read
from monitor.oidc.refusal import Reason, RefusedError

ISSUER = "https://id.example.com/realms/it"
GOOD = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/auth",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": "https://keys.example.net/jwks",
    "id_token_signing_alg_values_supported": ["HS256", "none", "ES256", "RS256"],
}


def about(**changes: Any) -> bytes:
    whole = {**GOOD, **changes}
    return json.dumps({name: value for name, value in whole.items() if value is not None}).encode()


def test_it_is_asked_where_the_specification_says() -> None:
    assert address_of(ISSUER) == f"{ISSUER}/.well-known/openid-configuration"
    assert address_of("https://a.example/") == "https://a.example/.well-known/openid-configuration"


def test_neither_none_nor_a_shared_key_signs_anything() -> None:
    assert read(about(), ISSUER).algorithms == ("RS256", "ES256")
    assert not any(name.startswith(("HS", "none")) for name in ALGORITHMS)


def test_defaults_are_those_of_the_specification() -> None:
    found = read(about(id_token_signing_alg_values_supported=None), ISSUER)
    assert found.algorithms == ("RS256",)
    assert found.authentication(has_secret=True) == "client_secret_basic"
    assert found.authentication(has_secret=False) == "none"
    only = read(about(token_endpoint_auth_methods_supported=["client_secret_post"]), ISSUER)
    assert only.authentication(has_secret=True) == "client_secret_post"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"issuer": "https://evil.example"}, "calls itself"),
        ({"issuer": ISSUER + "/"}, "calls itself"),
        ({"issuer": None}, "issuer"),
        ({"token_endpoint": "http://id.example.com/token"}, "token_endpoint is not https"),
        ({"token_endpoint": "https://user@id.example.com/"}, "token_endpoint"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri"),
        ({"jwks_uri": "http://127.0.0.1:9/"}, "on this very machine"),
        ({"userinfo_endpoint": "ftp://x"}, "userinfo_endpoint"),
        ({"end_session_endpoint": "javascript:alert(1)"}, "end_session_endpoint"),
        ({"authorization_endpoint": "https://a.example/#x"}, "authorization_endpoint"),
        ({"authorization_endpoint": "https://a.example/\n"}, "authorization_endpoint"),
        ({"id_token_signing_alg_values_supported": ["none", "HS256"]}, "in no way"),
        ({"jwks_uri": "https://a.example/" + "x" * 3000}, "metadata"),
        ({"token_endpoint": 7}, "metadata"),
    ],
)
def test_what_is_not_safe_is_refused(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(RefusedError, match=why) as caught:
        read(about(**changes), ISSUER)
    assert caught.value.reason is Reason.NOT_UNDERSTOOD


def test_a_provider_on_this_machine_may_be_asked_without_https() -> None:
    local = "http://localhost:9000"
    names = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    assert read(about(**dict.fromkeys(names, local)), local).issuer == local


@given(st.binary(max_size=200))
def test_no_bytes_break_it(raw: bytes) -> None:
    with pytest.raises(RefusedError):
        read(raw, ISSUER)
