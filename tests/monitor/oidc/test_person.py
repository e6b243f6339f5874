"""A person has the roles that the claims of this very sign-in give, and none besides."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from monitor.oidc.person import Person, joined, needs, person_of
from monitor.oidc.refusal import Reason, RefusedError
from monitor.oidc.terms import Terms

TERMS = Terms(
    issuer="https://id.example.com",
    client_id="vigie",
    roles={"admins": "administrator", "soc": "analyst", "customers": "tenant_contact"},
    tenant_claim="company",
)
CLAIMS = {
    "iss": "https://id.example.com",
    "sub": "248289761001",
    "amr": ["pwd", "mfa"],
    "roles": ["soc", "other"],
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "email_verified": True,
}


def of(terms: Terms = TERMS, **claims: Any) -> Person:
    return person_of({**CLAIMS, **claims}, terms)


def refused(terms: Terms = TERMS, **claims: Any) -> Reason:
    with pytest.raises(RefusedError) as caught:
        of(terms, **claims)
    assert "ada" not in caught.value.detail.lower(), "a log names nobody"
    return caught.value.reason


def test_the_role_is_that_of_the_claim() -> None:
    assert of() == Person(
        issuer="https://id.example.com",
        sub="248289761001",
        name="Ada Lovelace",
        email="ada@example.com",
        role="analyst",
        tenant=None,
    )
    assert of(roles=["soc", "admins"]).role == "administrator", "the farthest-reaching"
    assert of(roles="admins").role == "administrator"


@pytest.mark.parametrize("roles", [None, [], ["other"], {"soc": 1}, 7, [["soc"]], "soc admins"])
def test_without_a_role_nobody_comes_in(roles: Any) -> None:
    assert refused(roles=roles) is Reason.NO_ROLE


def test_a_claim_may_stand_inside_others_or_be_called_with_dots() -> None:
    inside = structs.replace(TERMS, roles_claim="realm_access.roles")
    assert of(inside, realm_access={"roles": ["admins"]}).role == "administrator"
    assert refused(inside, realm_access=["admins"]) is Reason.NO_ROLE
    named = structs.replace(TERMS, roles_claim="https://example.com/roles")
    assert of(named, **{"https://example.com/roles": ["soc"]}).role == "analyst"


def test_a_tenants_contact_is_of_one_tenant() -> None:
    assert of(roles=["customers"], company="acme").tenant == "acme"
    for company in (None, "", [], ["a", "b"], 7, "a\x00b"):
        assert refused(roles=["customers"], company=company) is Reason.NO_TENANT


def test_whoever_is_on_the_staff_too_is_no_contact() -> None:
    found = of(roles=["customers", "soc"], company="acme")
    assert (found.role, found.tenant) == ("analyst", None)


@pytest.mark.parametrize("amr", [None, [], ["pwd"], "pwd", {"mfa": 1}, [["mfa"]]])
def test_without_a_second_factor_nobody_comes_in(amr: Any) -> None:
    assert refused(amr=amr) is Reason.NO_SECOND_FACTOR
    enforced = structs.replace(TERMS, second_factor="provider")
    assert of(enforced, amr=amr).role


def test_a_second_factor_may_be_shown_by_the_class() -> None:
    by_class = structs.replace(TERMS, acr=("2", "phr"), amr=())
    assert of(by_class, acr="2").role
    for acr in ("1", None, ["2"], 2):
        assert refused(by_class, acr=acr) is Reason.NO_SECOND_FACTOR


def test_userinfo_says_nothing_of_how_somebody_signed_in() -> None:
    told = {"amr": ["mfa"], "acr": "2", "sub": "x", "roles": ["admins"], "groups": ["g"]}
    assert joined({"sub": "y", "roles": ["soc"]}, told) == {
        "sub": "y",
        "roles": ["soc"],
        "groups": ["g"],
    }


def test_domains_are_those_of_verified_addresses() -> None:
    bound = structs.replace(TERMS, email_domains=("Example.com",))
    assert of(bound, email="ada@EXAMPLE.com").role
    for email in ("ada@example.com.evil.net", "ada@evil.net", "x@example.com@evil.net", None, 7):
        assert refused(bound, email=email) is Reason.NOT_ALLOWED
    for verified in (False, None, "false", 1):
        assert refused(bound, email_verified=verified) is Reason.NOT_ALLOWED


def test_roles_by_address_need_a_verified_one() -> None:
    listed = structs.replace(TERMS, roles_claim="email", roles={"ada@example.com": "viewer"})
    assert of(listed).role == "viewer"
    assert refused(listed, email_verified=False) is Reason.NOT_ALLOWED


def test_one_of_the_groups_is_needed() -> None:
    bound = structs.replace(TERMS, groups=("vigie", "it"))
    assert of(bound, groups=["it"]).role
    for groups in (None, [], ["sales"], "vigie-users"):
        assert refused(bound, groups=groups) is Reason.NOT_ALLOWED


@pytest.mark.parametrize(
    ("name", "shown"),
    [("  Ada\n\tL. ", "Ada L."), ("\x1b[31m", "[31m"), ("x" * 5000, "x" * 100), ("\u202e", "ada")],
)
def test_a_name_is_one_that_can_be_shown(name: str, shown: str) -> None:
    assert of(name=name, preferred_username="ada").name == shown


def test_an_address_is_verified_by_who_names_it() -> None:
    told = {"sub": "y", "email": "other@example.org", "email_verified": True}
    assert "email_verified" not in joined({"sub": "y", "email": "me@example.org"}, told)
    assert joined({"sub": "y", "email": "other@example.org"}, told)["email_verified"] is True
    assert joined({"sub": "y"}, told)["email_verified"] is True


def test_userinfo_is_asked_for_what_the_token_lacks() -> None:
    assert not needs(CLAIMS, structs.replace(TERMS, tenant_claim=None))
    assert needs({**CLAIMS, "roles": None}, TERMS)
    assert needs({**CLAIMS, "company": "x"}, structs.replace(TERMS, groups=("it",)))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from([*CLAIMS, "company", "groups", "acr"]), json_values))
def test_no_claims_break_it(claims: dict[str, Any]) -> None:
    terms = structs.replace(TERMS, email_domains=("example.com",), groups=("it",))
    with suppress(RefusedError):
        assert of(terms, **claims).role
