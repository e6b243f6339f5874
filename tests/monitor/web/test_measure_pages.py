"""From the page somebody looks at what a measure reaches, asks for it, and takes it back."""

import re

import pytest
from starlette.testclient import TestClient

from alerts.ladder import Step
from alerts.measure import State
from monitor.directory.account import account_id
from monitor.services.carrying import carry_out
from tests.monitor.services.measured import NOW, ROSTER, TENANT, kept, known_account, measure
from tests.monitor.web.conftest import Console

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
SEEN = re.compile(r'name="seen" value="([0-9a-f]+)"')
VERSION = re.compile(r'name="version" value="(\d+)"')
FORM = {"tenant": TENANT, "accounts": "u-17\n", "aup": "6", "reason": "shared", "hours": "24"}


@pytest.fixture
def browser(empty: Console) -> TestClient:
    known_account(empty.stage.engine)
    return empty.signed_in()


def found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    assert match, text[:500]
    return match[1]


def sent(browser: TestClient, path: str, **form: str) -> tuple[int, str]:
    token = found(TOKEN, browser.get("/measures/new").text)
    answer = browser.post(path, data={"token": token, **form})
    return answer.status_code, answer.headers.get("location", answer.text)


def test_it_is_looked_at_asked_for_and_taken_back(browser: TestClient) -> None:
    status, page = sent(browser, "/measures/new", do="look", step="suspend", **FORM)
    assert status == 200
    assert "It reaches 1 account" in page
    seen = found(SEEN, page)
    status, to = sent(browser, "/measures/new", do="ask", step="suspend", seen=seen, **FORM)
    assert (status, to) == (303, "/measures/1")
    page = browser.get(to).text
    assert "shared" in page
    form = {"do": "undo", "version": found(VERSION, page), "reason": "a mistake"}
    assert sent(browser, to, **form) == (303, "/measures/1")
    assert "a mistake" in browser.get(to).text
    status, page = sent(browser, to, **form)
    assert status == 409
    assert "changed meanwhile" in page


def test_several_are_shown_before_they_are_asked_for(browser: TestClient, empty: Console) -> None:
    many = {**FORM, "accounts": "u-17\r\nu-18\r\n", "step": "deactivate"}
    status, page = sent(browser, "/measures/new", do="ask", **many)
    assert status == 409
    assert "nothing is known of this account" in page
    with empty.stage.engine.begin() as connection:
        kept(connection, measure(Step.CHALLENGE, State.IN_FORCE, "u-17"))
    status, page = sent(browser, "/measures/new", do="look", **many)
    assert status == 200
    assert "It cannot be asked for as it is." in page
    assert "Ask for proof" in page
    assert ">u-17\nu-18</textarea>" in page


def test_what_is_wrong_is_said_in_the_readers_language(empty: Console) -> None:
    known_account(empty.stage.engine)
    browser = empty.signed_in("fr")
    status, page = sent(browser, "/measures/new", do="ask", step="", **FORM)
    assert status == 409
    assert "choisissez ce qui est" in page
    status, page = sent(browser, "/measures/new", do="ask", step="suspend", **FORM | {"reason": ""})
    assert status == 409
    assert "dites pourquoi" in page
    other = {"incident": "01a20712-95da-77ea-aff0-7f981374740f"}
    status, page = sent(browser, "/measures/new", do="ask", step="revoke", **FORM | other)
    assert status == 404
    assert "aucun client de ce nom" in page
    assert 'value="shared"' in page


def test_a_request_begins_with_an_account_or_with_nothing(browser: TestClient) -> None:
    uid = account_id(TENANT, "u-17").hex()
    dashed = "-".join((uid[:8], uid[8:12], uid[12:16], uid[16:20], uid[20:]))
    page = browser.get(f"/measures/new?account={dashed}").text
    assert ">u-17</textarea>" in page
    assert browser.get("/measures/new?account=x").status_code == 400
    nobody = "00000000-0000-0000-0000-000000000001"
    assert browser.get(f"/measures/new?account={nobody}").status_code == 404
    assert browser.get(f"/measures/new?incident={nobody}").status_code == 404


def test_what_waits_is_shown_first_and_the_rest_by_view(
    browser: TestClient, empty: Console
) -> None:
    asked = measure(Step.DEACTIVATE, State.REQUESTED, until=None, requested_by="reviewer:1")
    with empty.stage.engine.begin() as connection:
        kept(connection, asked)
        carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        for _ in range(3):
            kept(connection, measure(Step.CHALLENGE, State.DONE))
    assert "Deactivate" in browser.get("/measures").text
    assert "Suspend for a time" in browser.get("/measures?view=at_work").text
    page = browser.get("/measures?view=over&limit=2").text
    assert page.count('href="/measures/') - page.count('href="/measures/new') == 2
    cursor = found(re.compile(r"cursor=([A-Za-z0-9_-]+)"), page)
    page = browser.get(f"/measures?view=over&limit=2&cursor={cursor}").text
    assert page.count("stretched-link") == 1
    assert "There is no such measure" in browser.get("/measures?view=in_force").text
    assert browser.get("/measures?view=x").status_code == 400
    with empty.stage.engine.begin() as connection:
        kept(connection, measure(Step.REVOKE, State.SHADOW, ticket=7))
    assert "End the sessions" in browser.get("/measures?ticket=7").text
    assert "There is no such measure" in browser.get("/measures?ticket=8").text
    assert browser.get("/measures?ticket=x").status_code == 400


def test_orders_and_what_is_stuck_are_shown(browser: TestClient, empty: Console) -> None:
    with empty.stage.engine.begin() as connection:
        one = carry_out(connection, kept(connection, measure()), ROSTER, NOW)
        kept(connection, measure(Step.CHALLENGE, State.PROPOSED, until=None))
    page = browser.get(f"/measures/{one.id}").text
    assert "lock the account" in page
    assert "Also about this account" in page
    assert browser.get("/measures/99").status_code == 404
    token = found(TOKEN, page)
    adopted = {"do": "adopt", "version": "1", "reason": "seen", "aup": "6"}
    refused = browser.post(
        f"/measures/{one.id + 1}", data={"token": token, **adopted, "version": "7"}
    )
    assert refused.status_code == 409
    # What was written is not lost.
    assert 'value="seen"' in refused.text
    answer = browser.post(f"/measures/{one.id + 1}", data={"token": token, **adopted})
    assert answer.status_code == 303
    assert browser.post(f"/measures/{one.id}", data=adopted).status_code == 403
