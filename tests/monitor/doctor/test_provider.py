"""The doctor says what keeps reviewers from signing in by the provider, and what to do."""

from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from monitor.doctor.check import Check
from monitor.doctor.provider import look
from monitor.oidc.terms import Terms
from monitor.settings import Settings, Web
from tests.idp.hostile import CLIENT, Hostile
from tests.idp.provider import Provider as RealProvider


def settings(issuer: str, tmp_path: Path, **web: Any) -> Settings:
    terms = Terms(issuer=issuer, client_id=CLIENT, roles={"admins": "administrator"})
    return Settings(data=tmp_path, oidc=terms, web=Web(**web))


def looked(issuer: str, tmp_path: Path, **web: Any) -> dict[str, Check]:
    return {check.name: check for check in look(settings(issuer, tmp_path, **web))}


def test_without_a_provider_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    assert list(look(structs.replace(settings("", tmp_path), oidc=Terms()))) == []


@pytest.mark.idp
def test_a_provider_that_is_well_is_said_to_be(provider: RealProvider, tmp_path: Path) -> None:
    found = looked(provider.issuer, tmp_path, public_url="https://vigie.example.com")
    assert all(check.good for check in found.values())
    assert found["OpenID provider"].seen == f"{provider.issuer}, 2 keys, RS256, ES256"
    assert found["address for the provider"].seen == "https://vigie.example.com/oidc/callback"
    assert "https://vigie.example.com/oidc/logout" in found["leaving at the provider"].seen


def test_what_could_be_better_is_noted(tmp_path: Path) -> None:
    with Hostile() as hostile:
        found = looked(hostile.issuer, tmp_path)
    assert found["address for the provider"].noted
    assert "public_url" in found["address for the provider"].remedy
    assert found["leaving at the provider"].noted


def test_a_provider_that_is_not_there_or_is_another_is_told(tmp_path: Path) -> None:
    with Hostile() as hostile:
        hostile.metadata = {"issuer": "https://other.example.com"}
        found = looked(hostile.issuer, tmp_path)["OpenID provider"]
        assert not found.good
        assert "calls itself 'https://other.example.com'" in found.seen
    found = looked(hostile.issuer, tmp_path)["OpenID provider"]
    assert not found.good
    assert "ConnectError" in found.seen
    assert "issuer" in found.remedy


def test_a_provider_without_keys_that_are_taken_lets_nobody_in(tmp_path: Path) -> None:
    with Hostile() as hostile:
        hostile.keys = [{"kty": "oct", "k": "c2VjcmV0"}]
        assert not looked(hostile.issuer, tmp_path)["OpenID provider"].good
