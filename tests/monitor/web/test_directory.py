"""The directory in the API: pages, versions, and what it does not take."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from detectors.core.event import DAY
from monitor.web.paging import write_place
from tests.monitor.web.conftest import NOW, Console

BASE = "/api/v1/directory"


@pytest.fixture
def browser(empty: Console) -> TestClient:
    return empty.signed_in()


def add(browser: TestClient, uid: str, **fields: object) -> dict[str, Any]:
    answer = browser.post(f"{BASE}/accounts", json={"tenant": "acme", "uid": uid, **fields})
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def patch(browser: TestClient, path: str, version: int, **fields: object) -> Any:
    headers = {"if-match": f'"{version}"'}
    return browser.patch(f"{BASE}/{path}", json=fields, headers=headers)


def test_an_account_is_added_read_and_changed_by_its_version(browser: TestClient) -> None:
    made = add(browser, "u/1 é", display_name="Ann", roles=["a"], external={"okta": "7"})
    path = f"accounts/{made['id']}"
    answer = browser.get(f"{BASE}/{path}")
    assert (answer.headers["etag"], answer.json()) == ('"1"', made)
    assert made["origins"]["display_name"] == ["person", NOW]
    changed = patch(browser, path, 1, locale="fr", external={"okta": None})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert (changed.json()["locale"], changed.json()["external"]) == ("fr", {})
    assert patch(browser, path, 1, locale="en").status_code == 412
    assert browser.patch(f"{BASE}/{path}", json={}).status_code == 428
    assert browser.get(f"{BASE}/{path}").json()["locale"] == "fr"


def test_lists_come_in_pages_and_by_filters(browser: TestClient) -> None:
    for number in range(5):
        add(browser, f"u-{number}", privileged=number == 3, mfa="weak" if number else "none")
    met: list[str] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = browser.get(f"{BASE}/accounts", params=query).json()
        met += [one["uid"] for one in page["items"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert met == [f"u-{number}" for number in range(5)]
    for wanted, count in (("privileged=yes", 1), ("mfa=none", 1), ("q=U-2", 1), ("tenant=b", 0)):
        assert len(browser.get(f"{BASE}/accounts?{wanted}").json()["items"]) == count
    for wrong in ("kind=robot", "privileged=perhaps", "cursor=x", "limit=0"):
        assert browser.get(f"{BASE}/accounts?{wrong}").status_code == 400


def test_names_of_any_length_come_in_pages(browser: TestClient) -> None:
    names = sorted(f"{letter}{'é' * 500}" for letter in "abc")
    for name in names:
        add(browser, name)
    met: list[str] = []
    query: dict[str, str] = {"limit": "1"}
    for _ in names:
        answer = browser.get(f"{BASE}/accounts", params=query)
        assert answer.status_code == 200, answer.text
        met += [one["uid"] for one in answer.json()["items"]]
        query["cursor"] = answer.json()["next"]
    assert met == names
    assert browser.get("/directory?limit=1").text.count("cursor=") == 1
    for nobody in ("00", "no id"):
        query["cursor"] = write_place(("", nobody))
        assert browser.get(f"{BASE}/accounts", params=query).status_code == 404


def test_what_is_done_is_held_to_the_version_that_is_said(browser: TestClient) -> None:
    made, other = add(browser, "u-1"), add(browser, "u-2")
    path = f"{BASE}/accounts/{made['id']}"
    sharing = {"owner": "Ann", "reason": "desk", "until": NOW + DAY}
    deeds: list[tuple[str, dict[str, Any]]] = [
        ("share", sharing),
        ("unshare", {}),
        ("release", {"fields": ["uid"]}),
        ("merge", {"duplicate": other["id"]}),
        ("offboard", {}),
    ]
    for deed, body in deeds:
        stale = browser.post(f"{path}/{deed}", json=body, headers={"if-match": '"9"'})
        assert stale.status_code == 412, deed
    tag = browser.get(path).headers["etag"]
    assert tag == '"1"'
    for deed, body in deeds:
        done = browser.post(f"{path}/{deed}", json=body, headers={"if-match": tag})
        assert done.status_code == 200, deed
        tag = done.headers["etag"]


def test_tenants(browser: TestClient) -> None:
    body = {"uid": "acme", "zone": "Europe/Paris", "contacts": [{"name": "Ann"}]}
    made = browser.post(f"{BASE}/tenants", json=body)
    assert made.status_code == 201
    path = f"tenants/{made.json()['id']}"
    assert patch(browser, path, 1, seats=2, countries=["FR"]).json()["seats"] == 2
    assert browser.get(f"{BASE}/{path}").json()["zone"] == "Europe/Paris"
    assert [one["uid"] for one in browser.get(f"{BASE}/tenants").json()["items"]] == ["acme"]
    assert browser.post(f"{BASE}/tenants", json=body).status_code == 409


def test_what_is_done_with_an_account(browser: TestClient) -> None:
    made = add(browser, "u-1")
    path = f"{BASE}/accounts/{made['id']}"
    body = {"owner": "Ann", "reason": "desk", "until": NOW + DAY}
    assert browser.post(f"{path}/share", json=body).json()["kind"] == "shared"
    assert browser.post(f"{path}/unshare", json={}).json()["kind"] == "person"
    assert browser.post(f"{path}/offboard", json={"reason": "left"}).json()["state"] == "offboarded"
    released = browser.post(f"{path}/release", json={"fields": ["state"]}).json()
    assert released["origins"]["state"][0] == "log"
    other = add(browser, "u-2")
    merged = browser.post(f"{path}/merge", json={"duplicate": other["id"]})
    assert merged.json()["aliases"] == ["u-2"]
    assert browser.get(f"{BASE}/accounts/{other['id']}").status_code == 404


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tenant": "acme", "uid": "u-1"}, 409),
        ({"tenant": "acme", "uid": ""}, 422),
        ({"tenant": "acme", "uid": "a\0b"}, 422),
        ({"tenant": "acme", "uid": "x", "locale": "?"}, 422),
        ({"tenant": "acme", "uid": "x", "kind": "shared"}, 422),
        ({"tenant": "acme", "uid": "x", "colour": "red"}, 422),
        ({"tenant": "acme", "uid": "x", "started": "soon"}, 422),
        ({"tenant": "acme", "uid": "x", "aliases": ["ann"]}, 422),
        ({"uid": "x"}, 422),
    ],
)
def test_what_cannot_be_is_a_problem(
    browser: TestClient, body: dict[str, object], status: int
) -> None:
    add(browser, "u-1", aliases=["Ann"])
    answer = browser.post(f"{BASE}/accounts", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_what_is_no_id_is_not_there(browser: TestClient) -> None:
    for path in ("accounts/x", "tenants/x", f"accounts/{'0' * 8}-0000-0000-0000-{'0' * 12}"):
        assert browser.get(f"{BASE}/{path}").status_code == 404
