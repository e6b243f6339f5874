"""Requests of identity providers are taken apart, and everything is answered in SCIM's messages."""

import json
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from monitor.scim.limits import MAXIMUM_BODY
from monitor.services.refusal import NotAllowedError
from monitor.web.scim_answer import MEDIA_TYPE
from tests.monitor.scim.memory import InMemory
from tests.monitor.web.scim_client import BASE, client

ANN = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann"}
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


@pytest.fixture
def door() -> TestClient:
    return client()


def is_error(answer: Response, status: int, kind: str | None = None) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == MEDIA_TYPE
    told: dict[str, Any] = answer.json()
    assert told["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]
    assert (told["status"], told.get("scimType")) == (str(status), kind)
    assert told["detail"]
    return told


def test_a_user_is_made_read_replaced_patched_and_removed(door: TestClient) -> None:
    made = door.post("/Users", json=ANN)
    assert made.status_code == 201
    assert made.headers["content-type"] == MEDIA_TYPE
    where = made.headers["location"]
    assert where == made.json()["meta"]["location"] == f"{BASE}/Users/{made.json()['id']}"
    assert door.get(where).json() == made.json()
    put = door.put(where, json={**ANN, "displayName": "Ann"})
    assert (put.status_code, put.json()["displayName"]) == (200, "Ann")
    off = {"schemas": [PATCH], "Operations": [{"op": "replace", "value": {"active": False}}]}
    patched = door.patch(where, json=off)
    assert (patched.status_code, patched.json()["active"]) == (200, False)
    gone = door.delete(where)
    assert (gone.status_code, gone.content) == (204, b"")
    for method in ("GET", "PUT", "PATCH", "DELETE"):
        is_error(door.request(method, where, json=off if method == "PATCH" else ANN), 404)


def test_a_name_is_taken_once(door: TestClient) -> None:
    assert door.post("/Users", json=ANN).status_code == 201
    is_error(door.post("/Users", json={**ANN, "userName": "ANN"}), 409, "uniqueness")


def test_versions_stand_against_lost_updates(door: TestClient) -> None:
    made = door.post("/Users", json=ANN)
    where, first = made.headers["location"], made.headers["etag"]
    assert door.get(where, headers={"if-none-match": first}).status_code == 304
    second = door.put(where, json=ANN, headers={"if-match": first}).headers["etag"]
    assert second != first
    is_error(door.put(where, json=ANN, headers={"if-match": first}), 412)
    is_error(door.delete(where, headers={"if-match": first}), 412)
    assert door.get(where, headers={"if-none-match": first}).status_code == 200
    told = f'"other", {second}'
    assert door.put(where, json=ANN, headers={"if-match": told}).status_code == 200
    assert door.delete(where, headers={"if-match": "*"}).status_code == 204


def test_users_are_found_by_get_and_by_post(door: TestClient) -> None:
    for name in ("ann", "ben", "cleo"):
        door.post("/Users", json={**ANN, "userName": name, "active": name != "ben"})
    door.post("/Groups", json={"displayName": "ann's crew"})
    told = door.get("/Users", params={"filter": "active eq true", "count": 1}).json()
    assert (told["totalResults"], told["itemsPerPage"]) == (2, 1)
    wanted = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "filter": 'userName eq "ben"',
        "attributes": ["active"],
    }
    (ben,) = door.post("/Users/.search", json=wanted).json()["Resources"]
    assert set(ben) == {"schemas", "id", "active"}
    everything = door.post("/.search", json={"filter": "id pr", "count": 9}).json()
    assert everything["totalResults"] == 4
    assert door.get("/", params={"filter": 'displayName co "crew"'}).json()["totalResults"] == 1


def test_members_are_told_with_their_groups(door: TestClient) -> None:
    ann = door.post("/Users", json=ANN).json()
    crew = door.post("/Groups", json={"displayName": "Crew", "members": [{"value": ann["id"]}]})
    told = door.get(ann["meta"]["location"]).json()["groups"]
    assert told == [
        {"value": crew.json()["id"], "$ref": crew.headers["location"], "display": "Crew"}
    ]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/Nothing", 404),
        ("GET", "/Users/a/b", 404),
        ("PUT", "/Users", 405),
        ("POST", "/Users/some", 405),
        ("GET", "/.search", 405),
        ("POST", "/Bulk", 501),
        ("GET", "/Me", 501),
    ],
)
def test_what_is_not_there_or_not_done_is_an_error_of_scim(
    door: TestClient, method: str, path: str, status: int
) -> None:
    is_error(door.request(method, path, json={}), status)


def test_faults_in_requests_say_what_they_are(door: TestClient) -> None:
    is_error(door.get("/Users", params={"filter": "userName"}), 400, "invalidFilter")
    is_error(door.get("/Users", params={"count": "ten"}), 400, "invalidValue")
    is_error(door.post("/Users", json={"schemas": ANN["schemas"]}), 400, "invalidValue")
    is_error(door.post("/Users", content=b"{"), 400, "invalidSyntax")
    is_error(door.post("/Users", content=b"<a/>", headers={"content-type": "text/xml"}), 415)
    zipped = {"content-type": MEDIA_TYPE, "content-encoding": "gzip"}
    is_error(door.post("/Users", content=b"{}", headers=zipped), 415)
    is_error(door.post("/Users", content=b" " * (MAXIMUM_BODY + 1)), 413)


def test_a_body_without_a_length_is_measured_as_it_comes(door: TestClient) -> None:
    pieces = iter([b" " * 65_536] * 20)
    is_error(door.post("/Users", content=pieces), 413)


class Broken(InMemory):
    """A provider that fails, in each of the ways that it may."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def get(self, *asked: Any) -> Any:
        raise self._error


def test_failures_are_told_without_what_was_behind_them() -> None:
    failing = client(Broken(OperationalError("SELECT secret", {}, Exception("boom"))))
    told = is_error(failing.get("/Users/1"), 503)
    assert "secret" not in told["detail"]
    assert failing.get("/Users/1").headers["retry-after"] == "5"
    is_error(client(Broken(KeyError("bug"))).get("/Users/1"), 500)
    told = is_error(client(Broken(NotAllowedError("key:3 may not"))).get("/Users/1"), 403)
    assert "directory:provision" in told["detail"]


_PATHS = st.sampled_from(
    [
        "/Users",
        "/Users/{uid}",
        "/Groups",
        "/Groups/0",
        "/Users/.search",
        "/.search",
        "/",
        "/Schemas",
    ]
)
_NAMES = st.sampled_from(
    ["filter", "sortBy", "sortOrder", "startIndex", "count", "attributes", "excludedAttributes"]
)
_TEXTS = st.text(max_size=12) | st.sampled_from(
    ['userName eq "ann"', "userName", "emails.value", "-1", "0", "999999999999", 'id eq "\\u0000"']
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["userName", "members", "value", "op", "path", "Operations", "active"]),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]),
    path=_PATHS,
    query=st.dictionaries(_NAMES, _TEXTS, max_size=3),
    body=_VALUES | st.binary(max_size=20),
    tag=st.none() | st.sampled_from(['W/"1"', "*", '"x"', "nonsense", ""]),
)
def test_no_request_is_a_failure_of_ours(
    door: TestClient, method: str, path: str, query: dict[str, str], body: Any, tag: str | None
) -> None:
    uid = door.post("/Users", json=ANN).json().get("id", "0")
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"content-type": MEDIA_TYPE, **({} if tag is None else {"if-match": tag})}
    answer = door.request(
        method, path.format(uid=uid), params=query, content=content, headers=headers
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400 and method != "HEAD":
        assert answer.json()["status"] == str(answer.status_code)
