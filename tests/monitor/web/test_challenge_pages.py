"""From an incident or an account a reviewer asks for a proof, and sees what came of it."""

import re

import pytest
from starlette.testclient import TestClient

from detectors.core.identity import as_uuid
from monitor.directory.account import account_id
from tests.monitor.services.measured import TENANT, known_account
from tests.monitor.web.conftest import Console
from tests.monitor.web.staging import shared_account

TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
HANDLE = re.compile(r'id="c-([0-9a-f]{32})"')


@pytest.fixture
def browser(empty: Console) -> TestClient:
    known_account(empty.stage.engine)
    return empty.signed_in()


def found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    assert match, text[:500]
    return match[1]


def sent(browser: TestClient, path: str, **form: str) -> tuple[int, str]:
    token = found(TOKEN, browser.get("/challenges/new").text)
    answer = browser.post(path, data={"token": token, **form})
    return answer.status_code, answer.headers.get("location", answer.text)


def test_it_is_asked_for_and_the_link_is_shown_once(browser: TestClient) -> None:
    status, page = sent(browser, "/challenges/new", tenant=TENANT, account="u-17", session="s-1")
    assert status == 200
    assert "/challenge#" in page
    listed = browser.get("/challenges").text
    assert "u-17" in listed
    assert "/challenge#" not in listed
    handle = found(HANDLE, listed)
    assert sent(browser, f"/challenges/{handle}") == (303, "/challenges")
    assert "withdrawn" in browser.get("/challenges").text


def test_from_an_account_the_form_is_filled(browser: TestClient) -> None:
    uid = as_uuid(account_id(TENANT, "u-17"))
    assert f"/challenges/new?account={uid}" in browser.get(f"/directory/accounts/{uid}").text
    assert (
        'name="account" required maxlength="256" value="u-17"'
        in browser.get(f"/challenges/new?account={uid}").text
    )
    assert browser.get(f"/challenges/new?account={as_uuid(b'x' * 16)}").status_code == 404


def test_from_an_incident_its_sessions_are_offered(empty: Console) -> None:
    incident = shared_account(empty.stage)
    browser, uid = empty.signed_in(), as_uuid(incident.id)
    assert f"/challenges/new?incident={uid}" in browser.get(f"/incidents/{uid}").text
    page = browser.get(f"/challenges/new?incident={uid}").text
    assert f'value="{incident.subject.uid}"' in page
    session = found(re.compile(r'<option value="([^"]+)"'), page)
    about = {"tenant": incident.subject.tenant, "account": incident.subject.uid}
    status, page = sent(browser, "/challenges/new", **about, session=session, incident=uid)
    assert status == 200
    assert f'href="/incidents/{uid}"' in page


def test_what_is_wrong_is_said_in_the_readers_language(empty: Console) -> None:
    known_account(empty.stage.engine)
    browser = empty.signed_in("fr")
    status, page = sent(browser, "/challenges/new", tenant=TENANT, account="x" * 300)
    assert (status, "caractères" in page) == (409, True)
    other = "01a20712-95da-77ea-aff0-7f981374740f"
    status, page = sent(browser, "/challenges/new", tenant=TENANT, account="u", incident=other)
    assert (status, "ne porte pas sur ce compte" in page) == (404, True)
