"""What a user of a realm says of an account, as Keycloak documents it, and what it does not say."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from detectors.core.context import AccountKind
from monitor.directory.account import Account, Mfa, State
from monitor.directory.keycloak import (
    Identity,
    Named,
    RealmTerms,
    RealmUser,
    Told,
    Typed,
    Uid,
    changes_of,
    provider_of,
    uid_of,
)
from monitor.directory.refusal import DirectoryError

TERMS = RealmTerms(url="https://idp.example/realms/acme", tenant="acme")


def told(**more: Any) -> Told:
    user = {name: more.pop(name) for name in [*more] if name in RealmUser.__struct_fields__}
    return Told("main", RealmUser(**{"id": "8f0a", "username": "ann", **user}), **more)


def said(user: Told, terms: RealmTerms = TERMS, account: Account | None = None) -> Any:
    return changes_of(user, terms, account or Account(tenant="acme", uid="8f0a"))


def test_a_user_says_who_it_is_and_whether_it_may_be_used() -> None:
    changes = said(
        told(
            first_name="Ann",
            last_name="Moreau",
            email="ann@acme.example",
            attributes={"locale": ["fr"]},
        )
    )
    assert (changes.display_name, changes.email) == ("Ann Moreau", "ann@acme.example")
    assert changes.aliases == ("ann", "ann@acme.example")
    assert (changes.state, changes.locale) == (State.ACTIVE, "fr")
    assert changes.external == {"keycloak:main": "8f0a"}
    assert (changes.roles, changes.mfa, changes.kind) == (UNSET, UNSET, UNSET)
    assert said(told(enabled=False)).state is State.SUSPENDED


def test_a_clients_service_account_is_a_services() -> None:
    assert said(told(service_account_client_id="crm")).kind is AccountKind.SERVICE


@pytest.mark.parametrize(
    ("types", "factor", "methods"),
    [
        ((), Mfa.NONE, ()),
        (("password",), Mfa.NONE, ()),
        (("password", "otp"), Mfa.STRONG, ("otp",)),
        (("webauthn", "webauthn"), Mfa.STRONG, ("webauthn",)),
        (("password", "webauthn-passwordless"), Mfa.STRONG, ("webauthn-passwordless",)),
        (("password", "sms-authenticator"), Mfa.WEAK, ("sms-authenticator",)),
        (("recovery-authn-codes",), Mfa.WEAK, ("recovery-authn-codes",)),
    ],
)
def test_credentials_say_which_factor(
    types: tuple[str, ...], factor: Mfa, methods: tuple[str, ...]
) -> None:
    changes = said(told(credentials=tuple(Typed(each) for each in types)))
    assert (changes.mfa, changes.mfa_methods) == (factor, methods)


def test_without_credentials_the_flag_says_only_what_it_knows() -> None:
    assert said(told(totp=True)).mfa is Mfa.STRONG
    # There may be a key, of which the flag knows nothing.
    assert said(told(totp=False)).mfa is UNSET


def test_roles_and_groups_are_roles_but_for_those_of_everybody() -> None:
    everybody = ("default-roles-acme", "offline_access", "uma_authorization")
    user = told(
        roles=tuple(Named(name) for name in (*everybody, "agent")),
        groups=(Named("Crew"), Named("agent")),
    )
    assert said(user).roles == ("agent", "Crew")
    assert said(user).privileged is UNSET
    assert said(user, msgspec.structs.replace(TERMS, privileged=("CREW",))).privileged is True
    assert said(user, msgspec.structs.replace(TERMS, privileged=("root",))).privileged is False
    # Nothing asked for says nothing; none is said of whoever has none.
    assert said(told(roles=(), groups=())).roles == ()


def test_identities_at_other_providers_are_kept_and_ours_is_ours() -> None:
    user = told(
        identities=(
            Identity("google", "g-7"),
            Identity("keycloak:main", "stolen"),
            Identity("", "x"),
            Identity("entra", ""),
        )
    )
    assert said(user).external == {"keycloak:main": "8f0a", "google": "g-7"}
    assert provider_of("main") == "keycloak:main"


def test_names_that_others_gave_stay_and_the_uid_is_none_of_them() -> None:
    account = Account(tenant="acme", uid="ann", aliases=("agent7", "ANN@acme.example"))
    changes = said(told(email="ann@acme.example"), account=account)
    assert changes.aliases == ("agent7", "ANN@acme.example", "8f0a")


def test_logs_may_call_accounts_by_either_name() -> None:
    assert uid_of(told().user, TERMS) == "8f0a"
    by_name = msgspec.structs.replace(TERMS, uid=Uid.USERNAME)
    assert uid_of(told().user, by_name) == "ann"
    for wrong in ("", " ", "a\nb", "\ud800", "x" * 300):
        with pytest.raises(DirectoryError):
            uid_of(told(username=wrong).user, by_name)


@given(text=st.text(max_size=40), other=st.text(max_size=400))
def test_whatever_users_are_called_the_rest_is_taken(text: str, other: str) -> None:
    user = told(
        username=text,
        first_name=other,
        email=text,
        attributes={"locale": other},
        roles=(Named(text), Named(other)),
        groups=(Named(other),),
        credentials=(Typed(text),),
        identities=(Identity(text, other),),
    )
    changes = said(user)
    assert changes.state is State.ACTIVE
    msgspec.msgpack.encode(changes)
