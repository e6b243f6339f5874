"""Orders are shown with why they were not done, and driven on by people from page and API."""

import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.outbox import Because, State
from alerts.ports import Action, Receipt
from monitor.store import leases, outbox, tables
from monitor.store.outbox import Carried, Wanted, encoded
from tests.monitor.store.orders import NOW, order
from tests.monitor.web.conftest import Console

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')


def put(
    database: Engine, key: str, state: State, action: Action = Action.NOTIFY, **more: object
) -> int:
    table = tables.outbox
    with database.begin() as connection:
        outbox.enqueue(connection, order(key, action), "idp")
        number = max(one.id for one in outbox.page(connection, Wanted()))
        values = {"state": state, **more}
        connection.execute(table.update().where(table.c.id == number).values(values))
    return number


@pytest.fixture
def browser(empty: Console) -> TestClient:
    return empty.signed_in()


def sent(browser: TestClient, path: str, **form: str) -> tuple[int, str]:
    token = TOKEN.search(browser.get("/outbox").text)
    assert token
    answer = browser.post(path, data={"token": token[1], **form})
    return answer.status_code, answer.text


def test_what_was_given_up_is_shown_with_its_reason_and_tried_again(
    browser: TestClient, database: Engine
) -> None:
    number = put(database, "a", State.DEAD, reason=Because.SILENCE.word)
    shown = browser.get("/outbox").text
    assert "given up" in shown
    assert "did not come back in its time" in shown
    assert sent(browser, f"/outbox/{number}", do="drive", reason="it is mended")[0] == 303
    assert "Try it now" in browser.get(f"/outbox/{number}").text
    status, text = sent(browser, f"/outbox/{number}", do="cancel", reason="")
    assert status == 409
    assert "alert-danger" in text
    assert sent(browser, f"/outbox/{number}", do="cancel", reason="not wanted")[0] == 303
    assert "somebody cancelled it" in browser.get(f"/outbox/{number}").text
    assert sent(browser, f"/outbox/{number}", do="drive", reason="again")[0] == 409


def test_a_french_reader_reads_french(empty: Console, database: Engine) -> None:
    put(database, "a", State.DEAD, reason=Because.OTHERWISE.word)
    shown = empty.signed_in("fr").get("/outbox").text
    assert "abandonné" in shown
    assert "dit le contraire" in shown
    assert "Prévenir l&#39;utilisateur" in shown


def test_what_came_back_with_a_backup_is_released_all_at_once(
    browser: TestClient, database: Engine
) -> None:
    numbers = [put(database, key, State.PARKED) for key in "abc"]
    assert "came back with a backup" in browser.get("/outbox").text
    assert sent(browser, "/outbox", state="parked", reason="the old one is gone")[0] == 303
    shown = browser.get("/api/v1/outbox?state=waiting").json()
    assert [one["id"] for one in shown["items"]] == numbers[::-1]
    assert "came back with a backup" not in browser.get("/outbox").text


def test_a_responder_that_does_not_answer_is_told(browser: TestClient, database: Engine) -> None:
    broken = leases.Breaker(failures=5, until=NOW + 60_000)
    with database.begin() as connection:
        leases.note_breaker(connection, "scim", broken, "HTTP 503", NOW)
    shown = browser.get("/outbox").text
    assert "does not answer" in shown
    assert "HTTP 503" in shown
    told = browser.get("/api/v1/outbox/responders").json()
    assert [(one["name"], one["open_until"]) for one in told] == [("scim", NOW + 60_000)]


def test_an_order_that_was_done_says_what_the_responder_said(
    browser: TestClient, database: Engine
) -> None:
    receipt = encoded(Carried(receipt=Receipt(reference="J-1", detail="locked"), at=NOW))
    number = put(database, "a", State.DONE, receipt=receipt)
    shown = browser.get(f"/outbox/{number}").text
    assert "J-1" in shown
    assert "locked" in shown
    assert "Cancel it" not in shown
    assert "locked" not in browser.get("/outbox").text, "what is settled is asked for"
    assert "locked" in browser.get("/outbox?state=done").text


def test_the_api_pages_filters_and_drives(browser: TestClient, database: Engine) -> None:
    numbers = [put(database, key, State.DEAD) for key in "abc"]
    first = browser.get("/api/v1/outbox?limit=2&responder=idp").json()
    rest = browser.get("/api/v1/outbox", params={"cursor": first["next"]}).json()
    found = [one["id"] for one in (*first["items"], *rest["items"])]
    assert (found, rest["next"]) == (numbers[::-1], None)
    path = f"/api/v1/outbox/{numbers[0]}"
    assert browser.get(path).json()["state"] == "dead"
    assert browser.post(f"{path}/drive", json={"reason": "x"}).json()["state"] == "waiting"
    assert browser.post(f"{path}/cancel", json={"reason": "x"}).json()["state"] == "cancelled"
    assert browser.post(f"{path}/cancel", json={"reason": "x"}).status_code == 409
    several = {"state": "dead", "reason": "x"}
    told = browser.post("/api/v1/outbox/drive", json=several).json()
    assert told == {"driven": 2, "cancelled": 0}
    for body in ({"state": "done", "reason": "x"}, {"state": "dead", "reason": ""}):
        assert browser.post("/api/v1/outbox/drive", json=body).status_code == 409


def test_what_is_no_order_is_not_there(browser: TestClient) -> None:
    for number in ("0", "99", "x", "1" * 30, "-1"):
        assert browser.get(f"/api/v1/outbox/{number}").status_code == 404
        assert browser.get(f"/outbox/{number}").status_code == 404
    for query in ("state=gone", "responder=a%00", "responder=%3Cb%3E", "limit=0", "cursor=x"):
        assert browser.get(f"/api/v1/outbox?{query}").status_code == 400
