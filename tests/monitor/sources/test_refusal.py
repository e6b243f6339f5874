"""Every refusal says in both languages what to do, and nothing that was sent."""

import httpx2
import pytest

from monitor.sources.refusal import (
    Address,
    Credentials,
    no_token,
    refused,
    too_much,
    unreachable,
    unreadable,
    why_of,
)

ADDRESS = Address("https://idp.example", "acme")
OWN = Credentials("acme", "vigie", "s3cr3t")
OF_MASTER = Credentials("master", "vigie", "s3cr3t")


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 500, 503])
def test_a_status(status: int) -> None:
    error = refused(ADDRESS, OWN, status, 5.0)
    for text in (error.text.en, error.text.fr):
        assert len(text) > 40
        assert "s3cr3t" not in text
    assert error.text.en != error.text.fr
    assert (error.pause is not None) is (status in (400, 500, 503))


def test_the_role_is_of_the_client_that_rules_the_realm() -> None:
    assert "`realm-management`" in str(refused(ADDRESS, OWN, 403, None))
    assert "`acme-realm`" in str(refused(ADDRESS, OF_MASTER, 403, None))
    assert "service-account-vigie" in str(refused(ADDRESS, OWN, 403, None))
    user = Credentials("acme", "admin-cli", None, "ann", "pw")
    assert str(refused(ADDRESS, user, 403, None)).startswith("ann ")


def test_an_authority_of_ones_own() -> None:
    assert "ca_file" in str(unreachable(ADDRESS, "CERTIFICATE_VERIFY_FAILED"))
    assert "ca_file" not in str(unreachable(ADDRESS, "Connection refused"))


def test_the_others_say_where() -> None:
    for error in (unreadable(ADDRESS, "x"), too_much(ADDRESS), no_token(ADDRESS, OWN, "x")):
        assert "https://idp.example" in str(error)


def test_a_header_that_cannot_be_sent_is_not_told() -> None:
    told = why_of(httpx2.LocalProtocolError("Illegal header value b'Bearer abc'"))
    assert told == "LocalProtocolError"
    assert why_of(httpx2.ReadTimeout("")) == "ReadTimeout"
    assert why_of(httpx2.ConnectError("refused")) == "ConnectError: refused"
