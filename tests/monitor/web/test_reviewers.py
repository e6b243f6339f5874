"""Administrators see to who signs in, on pages and by the API, and nobody else does."""

from typing import Any

import pytest
from sqlalchemy import Engine

from monitor.services.actor import Role
from tests.monitor.web.entering import Browser, Console

JSON = {"content-type": "application/json"}


@pytest.fixture
def console(database: Engine) -> Console:
    return Console(database)


@pytest.fixture
def admin(console: Console) -> Browser:
    return console.inside(console.person("root@x.example", Role.ADMINISTRATOR))


def ask(browser: Browser, method: str, path: str, body: Any = None, version: int = 0) -> Any:
    headers = {**JSON, **({"if-match": f'"{version}"'} if version else {})}
    return browser.client.request(method, f"/api/v1{path}", json=body, headers=headers)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_no_other_role_sees_or_changes_them(console: Console, role: Role) -> None:
    console.person("root@x.example", Role.ADMINISTRATOR)
    person = console.person(role=role, tenant="acme" if role is Role.TENANT_CONTACT else None)
    browser = console.inside(person)
    browser.open("/profile")
    assert browser.open("/reviewers").status_code == 403
    assert browser.open(f"/reviewers/{person.uid}").status_code == 403
    assert ask(browser, "GET", "/reviewers").status_code == 403
    browser.open("/profile")
    sent = browser.send(f"/reviewers/{person.uid}", do="change", name="x", role="administrator")
    assert sent.status_code == 403
    assert console.reviewers.get(console.operator, person.uid).role is role


def test_an_invitation_shows_its_link_once(console: Console, admin: Browser) -> None:
    admin.open("/reviewers")
    made = admin.send("/reviewers", email="eve@x.example", name="Eve", role="viewer", tenant="")
    assert made.status_code == 201
    assert "/enter#" in admin.secret
    uid = console.reviewers.get(console.operator, "eve@x.example").uid
    admin.open(f"/reviewers/{uid}")
    assert "vigie-secret" not in admin.page


def test_what_is_wrong_is_said_in_the_reader_s_words(console: Console, admin: Browser) -> None:
    admin.open("/reviewers")
    bad = admin.send("/reviewers", email="eve", name="Eve", role="viewer", tenant="")
    assert bad.status_code == 422
    assert "no e-mail address" in bad.text
    admin.client.headers["accept-language"] = "fr"
    admin.open("/reviewers")
    root = console.reviewers.get(console.operator, "root@x.example")
    last = admin.send(f"/reviewers/{root.uid}", do="disable")
    assert last.status_code == 409
    assert "dernier administrateur" in last.text


@pytest.mark.parametrize("deed", ["disable", "sign-out", "remove", "invite", "reset", "nothing"])
def test_each_deed_of_the_page(console: Console, admin: Browser, deed: str) -> None:
    person = console.person()
    browser = console.inside(person)
    admin.open(f"/reviewers/{person.uid}")
    answer = admin.send(f"/reviewers/{person.uid}", do=deed, what="both", version="")
    expected = {"invite": 409, "nothing": 409, "reset": 200}.get(deed, 303)
    assert answer.status_code == expected
    assert (browser.open("/profile").status_code == 401) is (expected in (200, 303))


def test_the_api_goes_through_a_reviewer_s_life(console: Console, admin: Browser) -> None:
    wanted = {"email": "eve@x.example", "name": "Eve", "role": "viewer"}
    made = ask(admin, "POST", "/reviewers", wanted)
    assert made.status_code == 201
    uid, key = made.json()["reviewer"]["uid"], made.json()["key"]
    assert ask(admin, "POST", "/reviewers", wanted).status_code == 409
    assert console.opened(key).reviewer == uid
    one = ask(admin, "GET", f"/reviewers/{uid}")
    assert (one.headers["etag"], one.json()["state"]) == ('"1"', "invited")
    path = f"/reviewers/{uid}"
    assert ask(admin, "PATCH", path, {"role": "analyst"}).status_code == 428
    assert ask(admin, "PATCH", path, {"role": "analyst"}, 7).status_code == 412
    changed = ask(admin, "PATCH", path, {"role": "analyst", "name": "Eve B."}, 1)
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert changed.json()["role"] == "analyst"
    assert ask(admin, "PATCH", path, {"state": "disabled"}, 2).json()["state"] == "disabled"
    assert ask(admin, "PATCH", path, {"state": "active"}, 3).json()["state"] == "invited"
    assert ask(admin, "POST", f"{path}/invite").status_code == 201
    assert ask(admin, "POST", f"{path}/reset", {"password": True}).status_code == 409
    assert ask(admin, "DELETE", path, None, 1).status_code == 412
    assert ask(admin, "DELETE", path, None, 4).status_code == 204
    assert ask(admin, "GET", path).status_code == 404


def test_another_role_leaves_the_tenant_unless_it_is_said(console: Console, admin: Browser) -> None:
    person = console.person(role=Role.TENANT_CONTACT, tenant="acme")
    path = f"/reviewers/{person.uid}"
    version = ask(admin, "GET", path).json()["version"]
    kept = ask(admin, "PATCH", path, {"role": "viewer"}, version)
    assert kept.json()["tenant"] == "acme"
    freed = ask(admin, "PATCH", path, {"role": "viewer", "tenant": None}, version + 1)
    assert freed.json()["tenant"] is None
    assert (
        ask(admin, "PATCH", path, {"role": "viewer", "tenant": ""}, version + 2).status_code == 409
    )


def test_sessions_by_the_api(console: Console, admin: Browser) -> None:
    person = console.person()
    browser = console.inside(person)
    listed = ask(admin, "GET", f"/reviewers/{person.uid}/sessions").json()["items"]
    [session] = listed
    assert session["ip"] == "testclient"
    gone = ask(admin, "DELETE", f"/reviewers/{person.uid}/sessions/{session['uid']}")
    assert gone.status_code == 204
    assert browser.open("/profile").status_code == 401
    assert ask(admin, "DELETE", f"/reviewers/{person.uid}/sessions").status_code == 204
    again = ask(admin, "DELETE", f"/reviewers/{person.uid}/sessions/{session['uid']}")
    assert again.status_code == 404


def test_lists_come_in_pages(console: Console, admin: Browser) -> None:
    for number in range(4):
        console.invited(f"{number}@x.example")
    first = ask(admin, "GET", "/reviewers?limit=3").json()
    rest = ask(admin, "GET", f"/reviewers?limit=3&cursor={first['next']}").json()
    emails = [one["email"] for one in first["items"] + rest["items"]]
    assert emails == sorted(emails)
    assert len(emails) == 5
    assert rest["next"] is None
    assert ask(admin, "GET", "/reviewers?cursor=x").status_code == 400
    admin.open("/reviewers?limit=3")
    assert 'rel="next"' in admin.page


@pytest.mark.parametrize(
    "body", [{}, {"role": "king"}, {"tenant": "acme"}, {"state": "gone"}, {"extra": 1}, [], "x"]
)
def test_a_change_that_is_none_is_refused(console: Console, admin: Browser, body: Any) -> None:
    made, _ = console.invited()
    answer = ask(admin, "PATCH", f"/reviewers/{made.uid}", body, 1)
    assert answer.status_code in (409, 422)
    assert answer.headers["content-type"] == "application/problem+json"
