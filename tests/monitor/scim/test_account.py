"""A user says of an account what it says, and no more; names are compared as filters do."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from scim2_models import default_comparison_key

from detectors.core.context import AccountKind
from monitor.directory.account import MAXIMUM_LIST, Account, State
from monitor.directory.origin import Origin, Provenance
from monitor.scim.account import changes, is_active, name_key, names, offboarding, uids
from monitor.scim.exchange import created
from monitor.scim.resources import Person
from monitor.scim.rules import Identifier, PushRules

VIGIE = "urn:ietf:params:scim:schemas:extension:vigie:2.0:User"
SCIM = Provenance(Origin.SCIM, 1)


def user(called: str = "ann", **more: Any) -> Person:
    return created(Person, {"userName": called, **more})


def account(**more: Any) -> Account:
    return Account(tenant="acme", uid="ann", **more)


def said(pushed: Person, held: Account | None = None, rules: PushRules | None = None) -> Any:
    return changes(pushed, (), held or account(), names(pushed), rules or PushRules())


def test_a_user_of_nothing_but_a_name_says_that_it_is_in_use() -> None:
    told = said(user())
    assert told.state is State.ACTIVE
    others = [name for name in told.__struct_fields__ if name != "state"]
    assert {name for name in others if getattr(told, name) is not UNSET} == set()


@pytest.mark.parametrize(
    ("before", "active", "after"),
    [
        (State.PROVISIONAL, None, State.ACTIVE),
        (State.OFFBOARDED, None, UNSET),
        (State.SUSPENDED, None, UNSET),
        (State.OFFBOARDED, True, State.ACTIVE),
        (State.ACTIVE, False, State.OFFBOARDED),
    ],
)
def test_states(before: State, active: bool | None, after: Any) -> None:
    assert said(user(active=active), account(state=before)).state is after


def test_whether_it_is_active_is_told_as_the_directory_has_it() -> None:
    closed = account(state=State.OFFBOARDED)
    assert is_active(user(active=True), closed) is False
    assert is_active(user(), closed) is False
    assert is_active(user(active=False), account(state=State.ACTIVE)) is True
    assert is_active(user(), account(state=State.ACTIVE)) is None
    # The provider said so itself, and took it back.
    own = account(state=State.OFFBOARDED, origins={"state": SCIM})
    assert is_active(user(), own) is None


def test_the_name_to_show_is_the_best_there_is() -> None:
    assert said(user(displayName="Ann M.", name={"formatted": "x"})).display_name == "Ann M."
    assert said(user(name={"formatted": "Ann Moreau"})).display_name == "Ann Moreau"
    assert said(user(name={"familyName": "Moreau"})).display_name == "Moreau"


def test_what_the_directory_would_not_take_is_left_out() -> None:
    told = said(user(locale="the local tongue", emails=[{"value": "no address"}]))
    assert (told.locale, told.email) == (UNSET, UNSET)


def test_of_too_many_roles_those_that_fit_are_told() -> None:
    many = [{"value": f"r{number}"} for number in range(MAXIMUM_LIST + 5)]
    rules = PushRules(privileged=(f"r{MAXIMUM_LIST + 2}",))
    told = said(user(roles=many), rules=rules)
    assert len(told.roles) == MAXIMUM_LIST
    assert told.privileged is True


def test_a_role_may_be_told_within_json() -> None:
    # As Entra ID's mapping by `AppRoleAssignmentsComplex` does.
    told = '{"id": "06b0", "value": "25", "displayName": "Supervisor"}'
    assert said(user(roles=[{"value": told}])).roles == ("Supervisor",)
    for odd in ("{", '{"value": 3}', "{}"):
        assert said(user(roles=[{"value": odd}])).roles == (odd,)


def test_kind_and_privilege_may_be_said_outright() -> None:
    told = said(user(**{VIGIE: {"kind": "SERVICE", "privileged": False}}))
    assert (told.kind, told.privileged) == (AccountKind.SERVICE, False)
    assert said(user(**{VIGIE: {"kind": "person"}})).kind is AccountKind.PERSON
    assert said(user(**{VIGIE: {"kind": "robot"}})).kind is UNSET
    outright = user(roles=[{"value": "root"}], **{VIGIE: {"privileged": False}})
    assert said(outright, rules=PushRules(privileged=("root",))).privileged is False


def test_aliases_of_others_stay_and_are_never_the_uid() -> None:
    held = account(aliases=("agent7", "OLD@acme.example"))
    pushed = user("ann", emails=[{"value": "new@acme.example"}, {"value": "ANN"}])
    told = changes(pushed, (), held, ("old@acme.example",), PushRules())
    assert told.aliases == ("agent7", "new@acme.example")


def test_the_likeliest_uid_comes_first() -> None:
    pushed = user("Ann", externalId="8f0a")
    assert uids(pushed, PushRules()) == ("Ann", "ann")
    rules = PushRules(identifier=Identifier.EXTERNAL_ID)
    assert uids(pushed, rules) == ("8f0a", "Ann", "ann")
    assert uids(user("ann"), rules) == ("ann",)


def test_the_end_of_a_user_offboards() -> None:
    assert offboarding().state is State.OFFBOARDED


class _Binding:
    case_exact = False


@given(one=st.text(max_size=6), other=st.text(max_size=6))
def test_what_a_filter_takes_for_equal_has_one_key(one: str, other: str) -> None:
    # Else a user would not be found by the name that it has.
    for first, second in ((one, other), (one, one.upper()), (one, one.lower())):
        if default_comparison_key(_Binding, first) == default_comparison_key(_Binding, second):
            assert name_key(first) == name_key(second)


def test_names_are_composed_and_folded() -> None:
    assert name_key(" Ångström ") == name_key("a\u030angstro\u0308m")
    assert name_key("STRASSE") == name_key("straße")
