"""Programs read measures and a reviewer's session decides them, on the version that was read."""

from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.ladder import Step
from alerts.measure import State
from monitor.services.carrying import carry_out
from tests.monitor.services.measured import NOW, ROSTER, TENANT, kept, known_account, measure
from tests.monitor.web.conftest import Console

ASK = {"tenant": TENANT, "accounts": ["u-17"], "step": "suspend", "aup": "6", "reason": "shared"}


@pytest.fixture
def browser(empty: Console) -> TestClient:
    known_account(empty.stage.engine)
    return empty.signed_in()


@pytest.fixture
def engine(empty: Console) -> Engine:
    return empty.stage.engine


def post(browser: TestClient, path: str, version: int | None = None, **told: Any) -> Any:
    headers = {} if version is None else {"if-match": f'"{version}"'}
    return browser.post(f"/api/v1/measures{path}", json=told, headers=headers)


def test_a_measure_is_looked_at_asked_for_listed_and_undone(browser: TestClient) -> None:
    look = {name: ASK[name] for name in ("tenant", "accounts", "step")}
    told = post(browser, "/previews", **look).json()
    assert (told["of"], told["forbidden"], told["approvals"]) == (1, False, 0)
    assert [one["name"] for one in told["accounts"][0]["cautions"]] == ["untold"]
    made = post(browser, "", **ASK, hours=24)
    assert made.status_code == 201
    (one,) = made.json()["items"]
    assert (one["step"], one["account"], one["reason"]) == ("suspend", "u-17", "shared")
    answer = browser.get(f"/api/v1/measures/{one['id']}")
    whole = answer.json()
    assert answer.headers["etag"] == f'"{whole["version"]}"'
    assert whole["requested"]["name"]
    listed = browser.get("/api/v1/measures?step=suspend").json()
    assert [each["id"] for each in listed["items"]] == [one["id"]]
    assert browser.get("/api/v1/measures?state=refused").json()["items"] == []
    path = f"/{one['id']}/undo"
    assert post(browser, path, reason="a mistake").status_code == 428
    assert post(browser, path, 99, reason="a mistake").status_code == 412
    undone = post(browser, path, whole["version"], reason="a mistake")
    assert undone.status_code == 200
    assert undone.json()["state"] in ("undoing", "undone")
    again = post(browser, path, undone.json()["version"], reason="a mistake")
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"reason": ""}, 422),
        ({"aup": "42"}, 422),
        ({"step": "observe"}, 422),
        ({"accounts": []}, 422),
        ({"hours": 0}, 422),
        ({"more": 1}, 422),
        ({"accounts": ["u-99"]}, 409),
        ({"step": "challenge"}, 409),
        ({"accounts": ["u-17", "u-18"]}, 409),
        ({"incident": "00000000-0000-0000-0000-000000000001"}, 404),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    browser: TestClient, changed: dict[str, Any], status: int
) -> None:
    answer = post(browser, "", **{**ASK, "hours": 24} | changed)
    assert answer.status_code == status
    assert answer.json()["detail"]


def test_what_was_not_looked_at_is_a_version_that_nobody_saw(
    browser: TestClient, engine: Engine
) -> None:
    with engine.begin() as connection:
        kept(connection, measure(Step.CHALLENGE, State.IN_FORCE, "u-18"))
    seen = post(browser, "", **{**ASK, "accounts": ["u-17", "u-17"]}, hours=24)
    assert seen.status_code == 201
    wrong = post(browser, "", **ASK | {"step": "deactivate"}, seen="00")
    assert wrong.status_code in (201, 412)


def test_whoever_has_the_machine_does_not_approve(browser: TestClient, engine: Engine) -> None:
    asked = measure(Step.DEACTIVATE, State.REQUESTED, until=None, requested_by="reviewer:1")
    with engine.begin() as connection:
        one = kept(connection, asked)
    answer = post(browser, f"/{one.id}/approve", one.version)
    assert answer.status_code == 409
    assert "signed in" in answer.json()["detail"]
    assert post(browser, f"/{one.id}/refuse", one.version, reason="no").status_code == 200


def test_orders_are_told_with_it(browser: TestClient, engine: Engine) -> None:
    with engine.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
    told = browser.get(f"/api/v1/measures/{one.id}").json()
    assert {order["responder"] for order in told["orders"]} == {"scim", "gate", "mail"}
    assert "undo" in told["can"]


@pytest.mark.parametrize("query", ["state=x", "step=x", "incident=x", "ticket=x", "limit=0"])
def test_a_question_that_cannot_be_read_is_refused(browser: TestClient, query: str) -> None:
    assert browser.get(f"/api/v1/measures?{query}").status_code == 400


@pytest.mark.parametrize("number", ["99", "x", "-1"])
def test_what_is_not_there_is_not_found(browser: TestClient, number: str) -> None:
    assert browser.get(f"/api/v1/measures/{number}").status_code == 404
