"""The desk by its pages and by the API: previews, requests, copies, and what is refused."""

import io
import json
import re
import zipfile

import pytest
from starlette.testclient import TestClient

from monitor.erasing.job import Erasures
from monitor.protection.processing import NOTHING_SAID
from monitor.retention.periods import Periods
from monitor.store import erasures
from monitor.web.protection import periods_from
from tests.monitor.web.conftest import Console
from tests.monitor.web.staging import TENANT, shared_account

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
WHO = "u-20417"
NAMED = {"tenant": TENANT, "account": WHO}
HOSTILE = '"><script>alert(1)</script>\u202e'


@pytest.fixture
def browser(empty: Console) -> TestClient:
    shared_account(empty.stage)
    return empty.signed_in()


def send(browser: TestClient, path: str, **form: str) -> object:
    token = TOKEN.search(browser.get("/people").text)
    assert token
    return browser.post(path, data={"token": token[1], **form})


def text(answer: object) -> str:
    told: str = answer.text  # type: ignore[attr-defined]
    return told


def code(answer: object) -> int:
    told: int = answer.status_code  # type: ignore[attr-defined]
    return told


def test_an_account_is_looked_up_and_what_would_go_is_shown(browser: TestClient) -> None:
    page = text(send(browser, "/people/find", **NAMED))
    assert "u-20417" in page
    assert "sign-ins and changes of the account" in page
    assert "stays" in page
    assert "Nothing is known" in text(send(browser, "/people/find", tenant="x", account="y"))
    assert "alert(1)</script>" not in text(
        send(browser, "/people/find", tenant=HOSTILE, account=HOSTILE)
    )


def test_the_page_is_in_french(empty: Console) -> None:
    shared_account(empty.stage)
    french = empty.signed_in("fr")
    page = text(send(french, "/people/find", **NAMED))
    assert "Effacer définitivement" in page
    assert "connexions et changements du compte" in page
    refused = send(french, "/people/erase", **NAMED, reason=" ")
    assert code(refused) == 409
    assert "dites pourquoi" in text(refused)


def test_restriction_hides_the_incident_and_a_release_shows_it(browser: TestClient) -> None:
    assert "camille.durand" in browser.get("/incidents").text
    assert code(send(browser, "/people/restrict", **NAMED, reason="#1")) == 303
    assert "camille.durand" not in browser.get("/incidents").text
    listed = browser.get("/api/v1/people/restrictions").json()["items"]
    assert [one["account"] for one in listed] == [WHO]
    assert code(send(browser, "/people/release", number=str(listed[0]["id"]), reason="#2")) == 303
    assert "camille.durand" in browser.get("/incidents").text
    assert code(send(browser, "/people/release", number="77", reason="#2")) == 404
    assert code(send(browser, "/people/release", number="x" * 40, reason="#2")) == 404


def test_an_objection_is_noted_and_decided(browser: TestClient) -> None:
    assert code(send(browser, "/people/object", **NAMED, reason="works nights")) == 303
    assert "works nights" in browser.get("/people").text
    number = browser.get("/api/v1/people/objections").json()["items"][0]["id"]
    done = send(browser, "/people/decide", number=str(number), reason="agreed", upheld="on")
    assert code(done) == 303
    assert "agreed" in browser.get("/people").text


def test_a_copy_is_downloaded(browser: TestClient) -> None:
    answer = send(browser, "/people/copy", **NAMED, reason="#3")
    assert code(answer) == 200
    headers = answer.headers  # type: ignore[attr-defined]
    assert headers["content-type"] == "application/zip"
    assert headers["content-disposition"] == 'attachment; filename="copy.zip"'
    with zipfile.ZipFile(io.BytesIO(answer.content)) as opened:  # type: ignore[attr-defined]
        assert len(opened.read("events.ndjson").splitlines()) > 10
        assert b"Your rights" in opened.read("index.html")
    assert code(send(browser, "/people/copy", **NAMED, reason="")) == 409
    assert code(send(browser, "/people/copy", tenant="x", account="y", reason="#3")) == 404


def test_an_erasure_is_asked_for_and_told(empty: Console, browser: TestClient) -> None:
    asked = {**NAMED, "reason": "#4", "keeps": False}
    answer = browser.post("/api/v1/people/erasures", json=asked)
    assert answer.status_code == 202
    told = answer.json()
    assert (told["stage"], told["finished"]) == ("names", None)
    assert "digest" not in told
    assert "at work" in browser.get("/people").text
    Erasures(lambda: b"", None, empty.clock).run(empty.stage.engine)
    [listed] = browser.get("/api/v1/people/erasures").json()["items"]
    assert listed["finished"]
    assert listed["account"] is None
    assert browser.post("/api/v1/people/previews", json=NAMED).status_code == 404
    with empty.stage.engine.begin() as connection:
        assert len(erasures.every(connection)) == 1


def test_the_api_does_what_the_pages_do(browser: TestClient) -> None:
    preview = browser.post("/api/v1/people/previews", json=NAMED).json()
    assert {part["name"] for part in preview["parts"]} >= {"events", "incidents kept"}
    made = browser.post("/api/v1/people/restrictions", json={**NAMED, "reason": "#1"})
    assert made.status_code == 201
    ended = browser.post(
        "/api/v1/people/releases", json={"number": made.json()["id"], "reason": "#2"}
    )
    assert ended.json()["until"]
    objected = browser.post("/api/v1/people/objections", json={**NAMED, "reason": "nights"})
    decided = {"number": objected.json()["id"], "upheld": False, "decision": "no"}
    assert browser.post("/api/v1/people/decisions", json=decided).json()["upheld"] is False
    assert browser.post("/api/v1/people/decisions", json=decided).status_code == 409
    copy = browser.post("/api/v1/people/copies", json={**NAMED, "reason": "#3"})
    assert copy.headers["content-type"] == "application/zip"
    assert browser.post("/api/v1/people/looks", json=NAMED).json()["items"] == []
    listed = re.search(r'href="/incidents/([0-9a-f-]{36})"', browser.get("/incidents").text)
    assert listed
    uid = listed[1]
    assert browser.get(f"/incidents/{uid}").status_code == 200
    [look] = browser.post("/api/v1/people/looks", json=NAMED).json()["items"]
    assert look["reason"] == f"incident:{uid}"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("erasures", {"tenant": "t"}),
        ("erasures", {"tenant": 1, "account": "a", "reason": "x"}),
        ("releases", {"number": "1", "reason": "x"}),
        ("decisions", {"number": 1, "upheld": "no", "decision": "x"}),
        ("copies", {"tenant": "t", "account": "a", "reason": "x", "more": 1}),
    ],
)
def test_what_does_not_fit_is_a_problem(
    browser: TestClient, path: str, told: dict[str, object]
) -> None:
    answer = browser.post(f"/api/v1/people/{path}", json=told)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("number", [-1, 0, 10**30])
def test_any_number_is_there_or_not(browser: TestClient, number: int) -> None:
    told = {"number": number, "reason": "x"}
    assert browser.post("/api/v1/people/releases", json=told).status_code in (404, 422)


def test_the_register_and_what_is_kept_are_shown(empty: Console, browser: TestClient) -> None:
    page = browser.get("/register").text
    assert "Watching sign-ins" in page
    assert "protection.controller" in page
    told = browser.get("/register/markdown")
    assert told.text.startswith("# Register of processing activities")
    assert "attachment" in told.headers["content-disposition"]
    assert browser.get("/api/v1/register").json()["entries"]
    assert "Goes when older than" in browser.get("/keeping").text
    kept = browser.get("/api/v1/retention").json()
    assert {kind["name"] for kind in kept["status"]["kinds"]} >= {"events", "erasures"}
    french = empty.signed_in("fr")
    assert "Surveillance des connexions" in french.get("/register").text
    assert french.get("/register/markdown").text.startswith("# Registre")
    assert "événements" in french.get("/keeping").text


def test_a_form_from_elsewhere_does_nothing(browser: TestClient) -> None:
    for path in ("erase", "restrict", "release", "object", "decide", "copy", "find"):
        assert browser.post(f"/people/{path}", data={**NAMED, "reason": "#1"}).status_code == 403
    assert browser.get("/api/v1/people/erasures").json()["items"] == []


def test_periods_of_the_register_are_those_of_retention() -> None:
    assert periods_from(NOTHING_SAID) == Periods()
    assert json.dumps(NOTHING_SAID.events) == "90"
