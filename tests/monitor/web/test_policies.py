"""The policy is read, checked and adopted by programs, on the version that they read."""

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from tests.monitor.web.conftest import Console

ACTS = """mode = "act"
[[rules]]
name = "taken-over"
then = ["challenge", "suspend"]
when = { category = ["account_takeover"], severity = "high" }
"""
PATH = "/api/v1/policy"


@pytest.fixture
def browser(empty: Console) -> TestClient:
    """Who came by a link, and may all."""
    return empty.signed_in()


def put(browser: TestClient, document: str, version: int) -> Response:
    """Adopt a document on a version."""
    body = {"document": document, "reason": "agreed"}
    return browser.put(PATH, json=body, headers={"if-match": f'"{version}"'})


def test_it_is_adopted_on_the_version_that_was_read(browser: TestClient) -> None:
    first = browser.get(PATH)
    assert first.headers["etag"] == '"0"'
    assert first.json()["policy"]["mode"] == "shadow"
    made = put(browser, ACTS, 0)
    assert made.status_code == 200
    assert made.headers["etag"] == '"1"'
    told = browser.get(PATH).json()
    assert (told["version"], told["document"], told["reason"]) == (1, ACTS, "agreed")
    assert told["policy"]["mode"] == "act"
    stale = put(browser, 'mode = "shadow"', 0)
    assert stale.status_code == 412
    assert "version 1 was adopted since" in stale.json()["detail"]
    blind = browser.put(PATH, json={"document": ACTS, "reason": "x"})
    assert blind.status_code == 428


def test_versions_are_listed_compared_and_restored(browser: TestClient) -> None:
    put(browser, ACTS, 0)
    put(browser, ACTS.replace("suspend", "revoke"), 1)
    first = browser.get(f"{PATH}/versions?limit=1").json()
    rest = browser.get(f"{PATH}/versions", params={"cursor": first["next"]}).json()
    assert [one["version"] for one in (*first["items"], *rest["items"])] == [2, 1]
    assert browser.get(f"{PATH}/versions/1").json()["document"] == ACTS
    told = browser.get(f"{PATH}/versions/1/differences").json()
    assert told["version"] == 2
    assert [one["where"] for one in told["differences"]] == ["rules.taken-over.then"]
    restored = browser.post(
        f"{PATH}/versions/1/restore", json={"reason": "better"}, headers={"if-match": '"2"'}
    )
    assert restored.json()["version"] == 3
    assert browser.get(PATH).json()["document"] == ACTS
    assert browser.get(f"{PATH}/versions/9").status_code == 404
    assert browser.get(f"{PATH}/versions/x").status_code in (400, 404)


def test_a_check_saves_nothing(browser: TestClient) -> None:
    told = browser.post(f"{PATH}/check", json={"document": ACTS}).json()
    assert told["base"] == 0
    assert told["remarks"][0]["weight"] == "grave"
    assert told["remarks"][0]["text"]["fr"]
    assert {"where": "mode", "before": "shadow", "after": "act", "course": "more"} in told[
        "differences"
    ]
    refused = browser.post(f"{PATH}/check", json={"document": "mode = 1"})
    assert refused.status_code == 422
    assert refused.json()["where"] == "mode"
    assert browser.get(PATH).json()["version"] == 0


def test_a_preview_counts_and_names_nobody(console: Console) -> None:
    browser = console.signed_in()
    told = browser.post(f"{PATH}/preview", json={"document": ACTS, "days": 90}).json()
    assert told["incidents"] > 0
    assert "act" in told["after"].get("challenge", {"act": 1})
    assert browser.get(PATH).json()["version"] == 0
    for one in told["changed"]:
        assert set(one) == {"incident", "added", "removed"}
        assert browser.get(f"/api/v1/incidents/{one['incident']}").status_code == 200


def test_the_schema_is_there_for_editors(browser: TestClient) -> None:
    answer = browser.get(f"{PATH}/schema")
    assert answer.json()["title"] == "Vigie policy"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"document": ACTS, "reason": ""}, 422),
        ({"document": ACTS, "reason": "  "}, 422),
        ({"document": ACTS}, 422),
        ({"document": "x", "reason": "a"}, 422),
        ({"document": "#" * 600_000, "reason": "a"}, 413),
    ],
)
def test_what_cannot_be_is_refused(browser: TestClient, body: dict[str, str], status: int) -> None:
    answer = browser.put(PATH, json=body, headers={"if-match": '"0"'})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
