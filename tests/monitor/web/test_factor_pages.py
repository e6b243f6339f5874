"""Reviewers see what somebody proves by, give links, take factors away and lead recoveries from
step to step; nothing that could be used is shown but once."""

import re

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from detectors.core.identity import as_uuid
from monitor.directory.account import AccountChanges, account_id
from monitor.services.actor import Role, operator
from monitor.services.directory import Directory
from monitor.services.subscriber import Subscriber
from monitor.store import factors
from tests.monitor.web.conftest import NOW, Console
from tests.monitor.web.entering import Console as People
from tests.monitor.web.ticketing import sent

ANN = Subscriber("acme", "u-17")
ID = as_uuid(account_id(ANN.tenant, ANN.account))
PAGE = f"/directory/accounts/{ID}/factors"
LINK = re.compile(r"http://127\.0\.0\.1:8320/enrol#[A-Za-z0-9_-]{43}")


@pytest.fixture
def browser(empty: Console) -> TestClient:
    Directory(empty.stage.engine, empty.clock).create(
        operator(), ANN.tenant, ANN.account, AccountChanges(display_name="Ann")
    )
    return empty.signed_in()


@pytest.mark.one_on_postgresql
def test_a_link_is_shown_once_and_withdrawn(browser: TestClient) -> None:
    assert PAGE in browser.get(f"/directory/accounts/{ID}").text
    code, page = sent(browser, PAGE, do="link", language="en")
    assert code == 200
    assert len(LINK.findall(page)) == 1
    again = browser.get(PAGE).text
    assert not LINK.findall(again)
    assert "not opened yet" in again
    handle = re.search(r'name="handle" value="([0-9a-f]{32})"', again)
    assert handle
    code, page = sent(browser, PAGE, do="withdraw", handle=handle[1])
    assert (code, "not opened yet" in page) == (303, False)


def test_a_factor_is_taken_away_with_a_reason(browser: TestClient, empty: Console) -> None:
    handle = "ab" * 16
    with empty.stage.engine.begin() as connection:
        factors.add(connection, ANN.owner, "totp", b"secret", NOW, handle=handle, name="Phone")
    page = browser.get(PAGE).text
    assert "Phone" in page
    assert "secret" not in page
    code, page = sent(browser, PAGE, do="revoke", handle=handle, reason=" ")
    assert (code, "Say why" in page) == (409, True)
    code, page = sent(browser, PAGE, do="revoke", handle=handle, reason="stolen")
    assert (code, "There is no factor" in page) == (303, True)


def test_a_recovery_goes_from_step_to_step(browser: TestClient) -> None:
    code, page = sent(browser, PAGE, do="recover")
    assert (code, "Note the proof" in page) == (303, True)
    found = browser.get("/recoveries").text
    where = re.search(r'href="(/recoveries/[0-9a-f]{32})"', found)
    assert where
    assert "no responder writes to people" in page
    code, page = sent(browser, where[1], do="prove", proof="", version="1")
    assert code == 409
    code, page = sent(browser, where[1], do="prove", proof="<b>seen</b>", version="1")
    assert code == 303
    assert "&lt;b&gt;seen&lt;/b&gt;" in page
    # Whoever has the machine may be whoever asked.
    assert "Agree as a second person" not in page
    stale = sent(browser, where[1], do="refuse", reason="no", version="1")
    assert (stale[0], "changed meanwhile" in stale[1]) == (409, True)
    code, page = sent(browser, where[1], do="refuse", reason="a stranger", version="2")
    assert (code, "a stranger" in page) == (303, True)
    assert "u-17" in browser.get("/recoveries?state=refused").text
    assert "u-17" not in browser.get("/recoveries?state=proved").text
    assert browser.get("/recoveries?state=nothing").status_code == 400


def test_in_french(browser: TestClient, empty: Console) -> None:
    french = empty.signed_in("fr")
    assert "Donner un lien" in french.get(PAGE).text
    code, page = sent(french, PAGE, do="recover")
    pages = [page, french.get(PAGE).text, french.get("/recoveries").text]
    assert code == 303
    assert "Facteurs perdus" in pages[2]
    for one in pages:
        assert "preuve d&#39;identité à constater" in one
        assert "Text(" not in one


def test_what_is_no_handle_is_not_there(browser: TestClient) -> None:
    for path in ("/recoveries/x", f"/recoveries/{'0' * 32}", "/directory/accounts/x/factors"):
        assert browser.get(path).status_code == 404


def test_a_second_person_agrees_in_the_console_and_the_first_does_not(database: Engine) -> None:
    house = People(database)
    ada, bob = (
        house.inside(house.person(f"{name}@atlas.example", role))
        for name, role in (("ada", Role.ANALYST), ("bob", Role.APPROVER))
    )
    Directory(database, house.clock).create(
        operator(), ANN.tenant, ANN.account, AccountChanges(display_name="Ann")
    )
    ada.open(PAGE)
    where = ada.send(PAGE, do="recover").headers["location"]
    ada.open(where)
    assert ada.send(where, do="prove", proof="seen in person", version="1").status_code == 303
    assert "Agree as a second person" not in ada.open(where).text
    assert ada.send(where, do="approve", version="2").status_code in (401, 403)
    assert "Agree as a second person" in bob.open(where).text
    assert bob.send(where, do="approve", version="2").status_code == 303
    assert "agreed, and waits its time" in bob.open(where).text
