"""Names, addresses and tenants that can be kept and shown, and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.services.actor import Role
from monitor.services.person import (
    ReviewerError,
    checked_email,
    checked_name,
    checked_tenant,
)


@pytest.mark.parametrize("email", ["ada@atlas.example", "  a.b+c@x.example ", "élise@exemple.fr"])
def test_an_address_is_kept_without_what_is_around_it(email: str) -> None:
    assert checked_email(email) == email.strip()


@pytest.mark.parametrize(
    "email",
    ["", "ada", "ada@", "@x", "a b@x", "a@b@c", "a@x\r\nBcc: b@x", "<a@x>", "a@x,b@x", "\x1b@x"],
)
def test_what_is_no_address_is_refused_in_both_languages(email: str) -> None:
    with pytest.raises(ReviewerError) as refused:
        checked_email(email)
    assert refused.value.text.en != refused.value.text.fr


@given(st.text(max_size=300))
def test_whatever_is_typed_is_shown_safely_or_refused(text: str) -> None:
    for check in (checked_email, checked_name):
        try:
            kept = check(text)
        except ReviewerError:
            continue
        assert kept.isprintable()
        assert 0 < len(kept) <= 254


def test_a_tenant_goes_with_a_role() -> None:
    assert checked_tenant(Role.TENANT_CONTACT, " acme ") == "acme"
    assert checked_tenant(Role.VIEWER, None) is None
    assert checked_tenant(Role.ANALYST, "acme") == "acme"
    # Of a script whose variable is empty, whoever is invited would see all tenants.
    blank = ((Role.VIEWER, ""), (Role.ANALYST, " "))
    for role, tenant in ((Role.TENANT_CONTACT, None), (Role.ADMINISTRATOR, "acme"), *blank):
        with pytest.raises(ReviewerError):
            checked_tenant(role, tenant)
