"""The provider that tests sign in with is there, and does what they tell it."""

import httpx2
import pytest

from tests.idp.provider import HERE, Provider

pytestmark = pytest.mark.idp


def test_it_says_who_it_is_and_takes_a_client(provider: Provider) -> None:
    about = httpx2.get(f"{provider.issuer}/.well-known/openid-configuration").json()
    assert about["issuer"] == provider.issuer
    assert about["code_challenge_methods_supported"] == ["S256"]
    assert about["authorization_response_iss_parameter_supported"] is True
    assert about["backchannel_logout_session_supported"] is True
    client, secret = provider.register("http://127.0.0.1:1")
    assert client
    assert secret


def test_its_lock_names_no_registry() -> None:
    assert '"resolved"' not in (HERE / "package-lock.json").read_text()
