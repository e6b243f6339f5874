"""Settings that would let nobody in, or everybody, are told before anybody tries."""

from typing import Any

import pytest
from msgspec import structs

from monitor.oidc.terms import Terms, fault, is_endpoint, is_issuer

GOOD = Terms(issuer="https://id.example.com", client_id="vigie", roles={"admins": "administrator"})


def test_without_a_provider_there_is_nothing_to_say() -> None:
    assert fault(Terms()) is None
    assert not Terms().is_on
    assert GOOD.is_on
    assert fault(GOOD) is None


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"issuer": None}, "issuer"),
        ({"issuer": "http://id.example.com"}, "issuer"),
        ({"issuer": "https://id.example.com?x=1"}, "issuer"),
        ({"client_id": None}, "client_id"),
        ({"scopes": ("profile",)}, "scopes"),
        ({"roles": {}}, "roles"),
        ({"roles": {"x": "tenant_contact"}}, "tenant_claim"),
        ({"amr": ()}, "amr"),
    ],
)
def test_what_cannot_work_is_told(changes: dict[str, Any], name: str) -> None:
    told = fault(structs.replace(GOOD, **changes))
    assert told is not None
    assert told[0] == name
    assert told[1].startswith("expected ")


def test_nobody_is_locked_out_by_turning_passwords_off_without_a_provider() -> None:
    told = fault(Terms(allow_password_sign_in=False))
    assert told is not None
    assert told[0] == "issuer"


def test_a_provider_that_enforces_a_second_factor_need_not_show_it() -> None:
    assert fault(structs.replace(GOOD, amr=(), second_factor="provider")) is None


def test_addresses_that_are_asked_are_safe_ones() -> None:
    for address in ("https://a.example/x?y=1", "http://127.0.0.1:1/x", "http://[::1]:1"):
        assert is_endpoint(address)
    for address in (
        "http://a.example",
        "https://a@b.example",
        "https://a.example/#x",
        "https://é.example",
        "https://a.example/ b",
        "https:///x",
        "//a.example",
        "",
        "http://127.0.0.1.example",
        "http://169.254.169.254/",
    ):
        assert not is_endpoint(address), address
    assert not is_issuer("https://a.example?x")
