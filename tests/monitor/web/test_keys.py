"""Keys are made, replaced and ended from a page and by the API; a key is shown once."""

import re

import pytest
from starlette.testclient import TestClient

from monitor.services.api_keys import KEY_LENGTH, is_formed
from tests.monitor.web.conftest import Console

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
KEY = re.compile(rf"vgk_[0-9A-Za-z]{{{KEY_LENGTH - 4}}}")
JSON = {"content-type": "application/json"}


@pytest.fixture
def browser(empty: Console) -> TestClient:
    return empty.signed_in()


def sent(browser: TestClient, **form: str) -> str:
    token = TOKEN.search(browser.get("/keys").text)
    assert token
    answer = browser.post("/keys", data={"token": token[1], **form})
    if answer.status_code == 303:
        return browser.get("/keys").text
    return answer.text


def test_a_key_is_made_shown_once_and_ended(browser: TestClient) -> None:
    form = {"do": "create", "name": "crm", "scope:events:write": "on", "days": "90"}
    made = KEY.search(sent(browser, **form, tenant="acme"))
    assert made
    assert is_formed(made[0])
    listed = browser.get("/keys").text
    assert "crm" in listed
    assert "acme" in listed
    assert made[0] not in listed
    fresh = KEY.search(sent(browser, do="rotate", name="crm"))
    assert fresh
    assert fresh[0] != made[0]
    assert "revoked" in sent(browser, do="revoke", name="crm")
    assert "crm</bdi>" not in sent(browser, do="remove", name="crm")


def test_what_cannot_be_made_is_said_in_the_readers_language(empty: Console) -> None:
    assert "opens nothing" in sent(empty.signed_in(), do="create", name="x")
    assert "n&#39;ouvre rien" in sent(empty.signed_in("fr"), do="create", name="x")


def test_a_form_from_elsewhere_makes_nothing(browser: TestClient) -> None:
    answer = browser.post("/keys", data={"do": "create", "name": "x", "scope:events:write": "on"})
    assert answer.status_code == 403
    assert browser.get("/api/v1/keys").json() == {"items": [], "next": None}


def test_the_api_makes_lists_and_ends(browser: TestClient) -> None:
    for name in ("a", "b", "c"):
        body = {"name": name, "scopes": ["status:read"], "days": 3}
        answer = browser.post("/api/v1/keys", json=body)
        assert answer.status_code == 201
        assert is_formed(answer.json()["key"])
    first = browser.get("/api/v1/keys?limit=2").json()
    rest = browser.get("/api/v1/keys", params={"cursor": first["next"]}).json()
    assert [one["name"] for one in (*first["items"], *rest["items"])] == ["a", "b", "c"]
    assert rest["next"] is None
    assert "digest" not in first["items"][0]
    rotated = browser.post("/api/v1/keys/a/rotate", json={"grace": 0})
    assert rotated.status_code == 201
    assert browser.post("/api/v1/keys/a/revoke").status_code == 204
    assert browser.post("/api/v1/keys/a/revoke").status_code == 409
    assert browser.delete("/api/v1/keys/b").status_code == 409
    assert browser.delete("/api/v1/keys/a").status_code == 204


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": "x", "scopes": ["keys:write"]}, 409),
        ({"name": "x", "scopes": ["nothing:known"]}, 409),
        ({"name": "x", "scopes": ["sources:read"], "tenant": "acme"}, 409),
        ({"name": "x", "scopes": ["status:read"], "days": 0}, 409),
        ({"name": "x", "scopes": ["status:read"], "more": 1}, 422),
        ({"name": "x"}, 422),
    ],
)
def test_what_cannot_be_is_refused(
    browser: TestClient, body: dict[str, object], status: int
) -> None:
    answer = browser.post("/api/v1/keys", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
