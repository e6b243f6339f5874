"""Bodies as identity providers send them become resources, or a refusal that says why.

Facts of the senders: Microsoft's "Known issues and resolutions with SCIM 2.0 protocol compliance"
and "Develop and plan provisioning for a SCIM endpoint" (Entra ID), Okta's "SCIM 2.0 protocol
reference". The bodies are our own.
"""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scim2_models import SCIMException

from monitor.scim.exchange import created, document_of, patched, replaced
from monitor.scim.limits import (
    MAXIMUM_BODY,
    MAXIMUM_ENTRIES,
    MAXIMUM_EXPRESSION,
    MAXIMUM_OPERATIONS,
    MAXIMUM_TEXT,
    MAXIMUM_VALUES,
)
from monitor.scim.refusal import error_of
from monitor.scim.resources import EnterpriseUser, Group, Person, VigieUser

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
VIGIE = "urn:ietf:params:scim:schemas:extension:vigie:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def ann(**more: Any) -> Any:
    """A user that is held."""
    held = created(Person, {"schemas": [CORE], "userName": "ann@acme.example", **more})
    held.id = "1"
    return held


def crew(*members: str) -> Group:
    """A group that is held."""
    told = {"displayName": "Crew", "members": [{"value": member} for member in members]}
    held = created(Group, told)
    held.id = "9"
    return held


def by(held: Any, *operations: dict[str, Any]) -> Any:
    """What is held after a PATCH."""
    return patched(held, {"schemas": [PATCH], "Operations": list(operations)})


def refused(held: Any, *operations: Any) -> str | None:
    """Why a PATCH is not done."""
    with pytest.raises(SCIMException) as caught:
        patched(held, {"schemas": [PATCH], "Operations": list(operations)})
    told = error_of(caught.value)
    assert told.status == 400
    return told.scim_type


def members(group: Any) -> list[str]:
    return [each.value for each in group.members or ()]


def test_what_entra_id_posts_is_taken_and_what_is_not_kept_is_read_over() -> None:
    made = created(
        Person,
        {
            "schemas": [CORE, ENTERPRISE],
            "externalId": "0a21f0f2",
            "userName": "ann@acme.example",
            "active": True,
            "addresses": [{"primary": False, "type": "work", "locality": "Lille"}],
            "displayName": "Ann Moreau",
            "emails": [{"primary": True, "type": "work", "value": "ann@acme.example"}],
            "meta": {"resourceType": "User"},
            "name": {"formatted": "Ann Moreau", "familyName": "Moreau", "givenName": "Ann"},
            "phoneNumbers": [{"type": "mobile", "value": "+33600000000"}],
            "roles": [{"primary": "True", "value": "supervisor"}],
            "title": "Supervisor",
            ENTERPRISE: {"employeeNumber": "701984", "manager": {"value": "26118915"}},
        },
    )
    assert made.external_id == "0a21f0f2"
    assert made[EnterpriseUser].employee_number == "701984"
    assert [each.primary for each in made.roles or ()] == [True]
    dumped = json.dumps(made.model_dump())
    assert "Lille" not in dumped
    assert "+336" not in dumped


def test_a_password_that_okta_sends_is_nowhere() -> None:
    made = created(
        Person,
        {
            "schemas": [CORE],
            "userName": "ben@acme.example",
            "name": {"givenName": "Ben", "familyName": "Roy"},
            "emails": [{"primary": True, "value": "ben@acme.example", "type": "work"}],
            "displayName": "Ben Roy",
            "locale": "en-US",
            "externalId": "00ujl29u0le5T6Aj10h7",
            "groups": [],
            "password": "1mz050nq",
            "active": True,
        },
    )
    assert "1mz050nq" not in repr(made)
    assert "1mz050nq" not in json.dumps(made.model_dump())


def test_booleans_may_be_words() -> None:
    # As Entra ID writes them unless its flag `aadOptscim062020` is set.
    assert created(Person, {"userName": "a", "active": "False"}).active is False
    assert by(ann(), {"op": "Replace", "path": "active", "value": "False"}).active is False
    assert by(ann(active=False), {"op": "Add", "path": "active", "value": "True"}).active is True
    assert refused(ann(), {"op": "replace", "path": "active", "value": "perhaps"}) == "invalidValue"


def test_operations_without_a_path_are_taken_attribute_by_attribute() -> None:
    after = by(
        ann(),
        {
            "op": "Replace",
            "value": {
                "active": False,
                "name.familyName": "Petit",
                f"{ENTERPRISE}:department": "Night shift",
                VIGIE: {"kind": "Service", "privileged": True},
            },
        },
    )
    assert after.active is False
    assert after.name.family_name == "Petit"
    assert after[EnterpriseUser].department == "Night shift"
    assert (after[VigieUser].kind, after[VigieUser].privileged) == ("service", True)


def test_what_okta_deactivates_with() -> None:
    assert by(ann(), {"op": "replace", "value": {"active": False}}).active is False


def test_a_path_that_selects_what_is_not_there_yet_makes_it() -> None:
    after = by(
        ann(), {"op": "Add", "path": 'emails[type eq "work"].value', "value": "ann@x.example"}
    )
    assert [(each.type, each.value) for each in after.emails] == [("work", "ann@x.example")]


def test_paths_to_what_is_not_kept_change_nothing() -> None:
    after = by(
        ann(),
        {"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "+33"},
        {"op": "Replace", "path": f"{ENTERPRISE}:manager", "value": "26118915"},
        {"op": "Replace", "path": "title", "value": "Clerk"},
        {"op": "Replace", "path": "displayName", "value": "Ann P."},
    )
    assert after.display_name == "Ann P."
    assert "Clerk" not in json.dumps(after.model_dump())


def test_members_are_removed_as_entra_id_and_as_okta_say_it() -> None:
    as_entra = by(
        crew("1", "2", "3"),
        {"op": "Remove", "path": "members", "value": [{"$ref": None, "value": "2"}]},
    )
    assert members(as_entra) == ["1", "3"]
    as_okta = by(crew("1", "2"), {"op": "remove", "path": 'members[value eq "1"]'})
    assert members(as_okta) == ["2"]
    assert members(by(crew("1"), {"op": "remove", "path": 'members[value eq "7"]'})) == ["1"]


def test_what_is_repeated_beside_a_removal_does_no_harm() -> None:
    held = ann(emails=[{"type": "work", "value": "a@b.example"}], displayName="Ann")
    path = 'emails[type eq "work"].value'
    after = by(held, {"op": "Remove", "path": path, "value": "other@b.example"})
    assert after.emails is None or after.emails[0].value is None
    assert by(held, {"op": "Remove", "path": "displayName", "value": "A"}).display_name is None


def test_a_role_is_assigned_as_entra_id_does_it() -> None:
    single = {"op": "Add", "path": 'roles[primary eq "True"].value', "value": "agent"}
    (role,) = by(ann(), single).roles
    assert (role.value, role.primary) == ("agent", True)
    (role,) = by(by(ann(), single), {**single, "op": "Replace", "value": "lead"}).roles
    assert role.value == "lead"


def test_members_are_added_and_replaced() -> None:
    more = {"op": "Add", "path": "members", "value": [{"value": "2", "display": "Ben"}]}
    assert members(by(crew("1"), more)) == ["1", "2"]
    assert members(by(crew("1", "2"), more)) == ["1", "2"]
    other = {"op": "replace", "path": "members", "value": [{"value": "3"}, {"value": "4"}]}
    assert members(by(crew("1"), other)) == ["3", "4"]
    # Okta renames a group so.
    renamed = by(crew("1"), {"op": "replace", "value": {"id": "9", "displayName": "Night crew"}})
    assert (renamed.display_name, members(renamed)) == ("Night crew", ["1"])


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        ({"op": "move", "path": "active", "value": True}, "invalidValue"),
        ({"op": "replace", "path": "active[", "value": True}, "invalidPath"),
        ({"op": "replace", "path": "id", "value": "2"}, "mutability"),
        ({"op": "replace", "value": {"id": "2"}}, "mutability"),
        ({"op": "replace", "path": "groups", "value": [{"value": "2"}]}, "mutability"),
        ({"op": "remove", "path": "userName"}, "mutability"),
        ({"op": "remove"}, "noTarget"),
        ({"op": "add", "path": "displayName"}, "invalidValue"),
        ({"op": "replace", "path": 'emails[type ne "work"].value', "value": "x@y"}, "noTarget"),
        ("replace", "invalidValue"),
    ],
)
def test_operations_that_cannot_be_done_say_why(operation: Any, why: str) -> None:
    assert refused(ann(), operation) == why


def test_of_a_patch_that_fails_nothing_is_done() -> None:
    held = ann(displayName="Ann")
    before = held.model_dump()
    refused(
        held,
        {"op": "replace", "path": "displayName", "value": "Other"},
        {"op": "replace", "path": "id", "value": "2"},
    )
    assert held.model_dump() == before


def test_a_put_unassigns_what_it_leaves_out_and_keeps_what_is_the_services() -> None:
    held = ann(displayName="Ann", roles=[{"value": "agent"}])
    after = replaced(held, {"schemas": [CORE], "userName": "ann@acme.example", "id": "other"})
    assert (after.id, after.display_name, after.roles) == ("1", None, None)
    with pytest.raises(SCIMException):
        replaced(held, {"schemas": [CORE], "displayName": "no name to sign in with"})


@pytest.mark.parametrize(
    "document",
    [
        {"userName": "x" * (MAXIMUM_TEXT + 1)},
        {"userName": "a\nb"},
        {"userName": "a\x00b"},
        {"userName": "ann", "roles": [{"value": str(n)} for n in range(MAXIMUM_ENTRIES + 1)]},
        {"userName": ""},
        {"userName": None},
        {"userName": ["ann"]},
        {},
    ],
)
def test_what_could_not_be_kept_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(SCIMException) as caught:
        created(Person, document)
    assert error_of(caught.value).scim_type == "invalidValue"


def test_patches_have_an_end() -> None:
    one = {"op": "replace", "path": "displayName", "value": "x"}
    assert refused(ann(), *[one] * (MAXIMUM_OPERATIONS + 1)) == "invalidValue"
    long = {"op": "replace", "path": "a" * (MAXIMUM_EXPRESSION + 1), "value": "x"}
    assert refused(ann(), long) == "invalidValue"
    much = {"op": "replace", "path": "displayName", "value": "x" * (MAXIMUM_TEXT + 1)}
    assert refused(ann(), much) == "invalidValue"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b'"x"', 400),
        (b'{"a":', 400),
        (b'{"a":"\xff"}', 400),
        (b'{"a":"\\ud800"}', 400),
        (b"[" * 100_000, 413),
        (b'{"a":' * 5_000 + b"1" + b"}" * 5_000, 400),
        (b'{"a":[' + b"0," * MAXIMUM_VALUES + b"0]}", 413),
        (b" " * (MAXIMUM_BODY + 1), 413),
    ],
)
def test_a_body_that_is_no_object_or_too_much_is_refused(body: bytes, status: int) -> None:
    with pytest.raises(SCIMException) as caught:
        document_of(body)
    assert error_of(caught.value).status == status


def done(do: Callable[[], Any]) -> tuple[Any, int | None]:
    """What comes out, or the status of the refusal; anything else is a failure of ours."""
    try:
        return do(), None
    except SCIMException as error:
        return None, error_of(error).status


_NAMES = st.sampled_from(
    ["userName", "active", "emails", "name", "roles", "members", "id", "meta", "schemas", "groups"]
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES | st.text(), inner),
    max_leaves=8,
)
_PATHS = (
    st.none()
    | _NAMES
    | st.text(max_size=20)
    | st.sampled_from(
        [
            'emails[type eq "work"].value',
            "name.familyName",
            f"{ENTERPRISE}:department",
            VIGIE,
            "emails[",
            'members[value eq "1"]',
            'roles[primary eq "True"]',
            "schemas",
            "urn:x:y",
            "",
        ]
    )
)
_OPERATIONS = st.fixed_dictionaries(
    {},
    optional={
        "op": st.sampled_from(["add", "Add", "replace", "remove", "Remove", "x", ""]) | _VALUES,
        "path": _PATHS | _VALUES,
        "value": _VALUES,
    },
)


@settings(max_examples=300)
@given(operations=st.lists(_OPERATIONS | _VALUES, max_size=4), is_group=st.booleans())
def test_any_patch_is_done_or_refused_and_the_resource_stays_sound(
    operations: list[Any], is_group: bool
) -> None:
    held = crew("1", "2") if is_group else ann(emails=[{"type": "work", "value": "a@b.example"}])
    before = held.model_dump()
    told = {"schemas": [PATCH], "Operations": operations}
    after, status = done(lambda: patched(held, told))
    assert status in (None, 400)
    if after is not None:
        assert after.id == held.id
        assert after.display_name if is_group else after.user_name
        created(type(held), after.model_dump())
    assert held.model_dump() == before


@settings(max_examples=200)
@given(document=st.dictionaries(_NAMES | st.text(max_size=10), _VALUES, max_size=6))
def test_any_object_is_a_user_or_refused(document: dict[str, Any]) -> None:
    made, status = done(lambda: created(Person, document))
    assert status in (None, 400)
    assert made is None or made.user_name
