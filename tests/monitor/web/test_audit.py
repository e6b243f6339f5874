"""The audit is read, proved and taken away from a page and by the API."""

import json
import re

import msgspec
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from monitor.chain import file
from monitor.services import audit_proof
from monitor.services.actor import operator
from monitor.services.audit import record
from monitor.store import audit, tables
from monitor.web.audit import SHOWN
from tests.monitor.web.conftest import NOW, Console
from tests.monitor.web.staging import HOSTILE

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


@pytest.fixture
def filled(empty: Console) -> Console:
    """As many entries as two pages and a bit show."""
    with empty.stage.engine.begin() as connection:
        for number in range(2 * SHOWN + 3):
            record(
                connection,
                operator("sam"),
                "keys:write",
                f"key:{number}",
                reason=HOSTILE if number == 2 * SHOWN else "",
                content={"scopes": [HOSTILE]},
            )
    return empty


def posted(browser: TestClient, path: str, **form: str) -> str:
    token = TOKEN.search(browser.get("/audit").text)
    assert token
    answer = browser.post(path, data={"token": token[1], **form})
    assert answer.status_code == 200
    return answer.text


def test_entries_are_shown_the_newest_first_in_pages(filled: Console) -> None:
    browser = filled.signed_in()
    first = browser.get("/audit?operation=keys:write").text
    assert "key:102</bdi>" in first
    assert "key:52<" not in first
    assert HOSTILE not in first
    older = re.search(r'href="(/audit\?[^"]*before=[^"]*)"', first)
    assert older
    second = browser.get(older[1].replace("&amp;", "&")).text
    assert "key:52<" in second
    assert "key:102<" not in second
    assert "There is no such entry" in browser.get("/audit?subject=key:none").text


def test_a_day_or_a_text_that_is_none_is_told(filled: Console) -> None:
    browser = filled.signed_in()
    assert browser.get("/audit?since=1970-01-01&until=1970-01-02").status_code == 200
    for query in ("since=x", "actor=%00", f"subject={'x' * 300}", "before=x", "before=-1"):
        assert browser.get(f"/audit?{query}").status_code == 400


def test_it_is_proved_by_a_button_in_both_languages(filled: Console) -> None:
    assert "The audit is whole." in posted(filled.signed_in(), "/audit/verify")
    with filled.stage.engine.begin() as connection:
        table = tables.audit
        connection.execute(update(table).where(table.c.number == 7).values(actor="operator:eve"))
        audit.erase(connection, ["key:3"], time=NOW, actor="operator:sam")
    told = posted(filled.signed_in(), "/audit/verify")
    assert "1 fault was found" in told
    assert "Number 7 does not come to its digest" in told
    assert "Le numéro 7 ne correspond pas" in posted(filled.signed_in("fr"), "/audit/verify")
    assert "Its content was erased" in filled.signed_in().get("/audit?subject=key:3").text


def test_one_proof_at_a_time(filled: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = filled.signed_in()
    with audit_proof._proving:
        answer = browser.post("/api/v1/audit/verify")
    assert answer.status_code == 409
    assert browser.post("/api/v1/audit/verify").status_code == 200


def test_it_is_taken_away_and_proves_itself(filled: Console) -> None:
    told = posted(filled.signed_in(), "/audit/export").encode().splitlines(keepends=True)
    verdict, _ = file.verify(told)
    assert verdict.is_whole
    assert verdict.entries > 2 * SHOWN
    lines = posted(filled.signed_in(), "/audit/export", contents="no").splitlines()
    assert all(json.loads(line)["body"] is None for line in lines[1:-1])
    answer = filled.signed_in().post("/api/v1/audit/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    assert file.verify(answer.content.splitlines(keepends=True))[0].is_whole


def test_the_api_gives_pages_and_filters(filled: Console) -> None:
    browser = filled.signed_in()
    numbers: list[int] = []
    cursor = ""
    while True:
        told = browser.get(f"/api/v1/audit?operation=keys:write&limit=40&cursor={cursor}").json()
        numbers += [one["number"] for one in told["items"]]
        if told["next"] is None:
            break
        cursor = told["next"]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) == 2 * SHOWN + 3
    (one,) = browser.get("/api/v1/audit?subject=key:7").json()["items"]
    assert (one["actor"], one["name"], one["content"]) == (
        "operator:sam",
        "sam",
        {"scopes": [HOSTILE]},
    )
    assert browser.get(f"/api/v1/audit?until={one['time']}&subject=key:7").json()["items"] == []
    assert browser.get(f"/api/v1/audit?since={one['time']}&subject=key:7").json()["items"] == [one]
    for query in ("since=x", "until=-1", "limit=0", "cursor=!"):
        assert browser.get(f"/api/v1/audit?{query}").status_code == 400


def test_the_api_tells_the_signed_head_and_a_proof(filled: Console) -> None:
    browser = filled.signed_in()
    head = browser.get("/api/v1/audit/head").json()
    assert file.read(msgspec.convert(head, file.Signed)).is_genuine()
    proof = browser.post("/api/v1/audit/verify").json()
    assert (proof["whole"], proof["head"], proof["signer"]) == (
        True,
        head["number"],
        head["signer"],
    )


def test_how_far_the_proof_is_is_told_line_by_line(filled: Console) -> None:
    browser = filled.signed_in()
    token = TOKEN.search(browser.get("/audit").text)
    assert token
    answer = browser.post(
        "/audit/verify", data={"token": token[1]}, headers={"accept": "application/x-ndjson"}
    )
    assert answer.headers["content-type"] == "application/x-ndjson"
    steps = [json.loads(line) for line in answer.text.splitlines()]
    assert steps[0]["looked"] == 0
    assert "shown" not in steps[0]
    assert steps[-1]["looked"] >= steps[0]["of"]
    assert "The audit is whole." in steps[-1]["shown"]
    assert "<script" not in steps[-1]["shown"]
