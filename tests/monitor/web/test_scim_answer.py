"""SCIM messages over HTTP carry versions and addresses, and only what was asked for."""

import json
from typing import Any

from scim2_models import Context, Error, Meta
from starlette.exceptions import HTTPException

from monitor.scim.query import Found, asked
from monitor.scim.resources import Group, Member, Membership, Person
from monitor.web.scim_answer import (
    MEDIA_TYPE,
    error_answer,
    list_answer,
    refusal_answer,
    resource_answer,
)

BASE = "https://vigie.example/scim/v2"


def person(uid: str = "a1") -> Any:
    return Person(
        id=uid,
        user_name="ann",
        display_name="Ann",
        groups=[Membership(value="g1", display="Crew")],
        meta=Meta(resource_type="User", version='W/"3"'),
    )


def body(answer: Any) -> Any:
    assert answer.headers["content-type"] == MEDIA_TYPE
    return json.loads(answer.body)


def test_a_resource_says_where_it_and_its_groups_are() -> None:
    answer = resource_answer(person(), BASE, Context.RESOURCE_QUERY_RESPONSE)
    assert answer.headers["etag"] == 'W/"3"'
    assert answer.headers["content-location"] == f"{BASE}/Users/a1"
    told = body(answer)
    assert told["meta"]["location"] == f"{BASE}/Users/a1"
    assert told["groups"] == [{"value": "g1", "$ref": f"{BASE}/Groups/g1", "display": "Crew"}]


def test_members_say_where_they_are() -> None:
    group = Group(id="g1", display_name="Crew", members=[Member(value="a1")], meta=Meta())
    told = body(resource_answer(group, BASE, Context.RESOURCE_QUERY_RESPONSE))
    assert told["members"] == [{"value": "a1", "$ref": f"{BASE}/Users/a1"}]


def test_only_what_was_asked_for_is_told_and_always_the_id() -> None:
    wanted = asked(Person, {"attributes": "userName"})
    told = body(resource_answer(person(), BASE, Context.RESOURCE_QUERY_RESPONSE, wanted))
    assert set(told) == {"schemas", "id", "userName"}
    unwanted = asked(Person, {"excludedAttributes": "groups,meta,id"})
    told = body(resource_answer(person(), BASE, Context.RESOURCE_QUERY_RESPONSE, unwanted))
    assert set(told) == {"schemas", "id", "userName", "displayName"}


def test_a_list_of_nothing_is_still_a_list() -> None:
    # Okta reads `Resources` where the total is 0, too.
    told = body(list_answer(Found(0, 1, []), BASE, Person, None))
    assert told["Resources"] == []
    assert (told["totalResults"], told["startIndex"], told["itemsPerPage"]) == (0, 1, 0)


def test_a_list_may_hold_both_types() -> None:
    group = Group(id="g1", display_name="Crew", meta=Meta(resource_type="Group"))
    told = body(list_answer(Found(7, 2, [person(), group]), BASE, Person | Group, None))
    assert [each["id"] for each in told["Resources"]] == ["a1", "g1"]
    assert (told["totalResults"], told["startIndex"], told["itemsPerPage"]) == (7, 2, 2)


def test_an_error_has_its_status_as_text() -> None:
    answer = error_answer(Error(status=409, scim_type="uniqueness"), {"Retry-After": "5"})
    assert (answer.status_code, answer.headers["retry-after"]) == (409, "5")
    assert body(answer)["status"] == "409"
    assert body(answer)["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_what_the_guard_refuses_is_told_with_its_headers() -> None:
    answer = refusal_answer(HTTPException(401, "a key is needed", {"WWW-Authenticate": "Bearer"}))
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert body(answer)["detail"] == "a key is needed"
