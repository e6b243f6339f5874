"""What is held back is made, shown with all that it met, and ended, by a page and by the API."""

import re

import pytest
from msgspec import structs
from starlette.testclient import TestClient

from detectors.core.event import DAY
from monitor import clock
from tests.monitor.services.ticketed import Desk, incident
from tests.monitor.web.conftest import NOW, Console
from tests.monitor.web.ticketing import desk_of, sent

API = "/api/v1/suppressions"
LAST = clock.utc(NOW + 9 * DAY)[:10]
FORM = {
    "tenant": "acme",
    "category": "credential_sharing",
    "account": "u-1042",
    "up_to": "high",
    "until": LAST,
    "reason": "two on one desk",
}
WANTED = {
    "tenant": "acme",
    "account": "u-1042",
    "reason": "two on one desk",
    "until": NOW + DAY,
}


@pytest.fixture
def desk(empty: Console) -> Desk:
    return desk_of(empty.stage.engine)


@pytest.fixture
def browser(empty: Console, desk: Desk) -> TestClient:
    return empty.signed_in()


def test_made_met_changed_and_ended_from_the_page(browser: TestClient, desk: Desk) -> None:
    code, page = sent(browser, "/suppressions", **FORM)
    assert code == 303
    assert "two on one desk" in page
    number = desk.take(incident()).ticket_id
    page = browser.get("/suppressions/1").text
    assert f"/tickets/{number}" in page
    assert f'name="until" required value="{LAST}"' in page
    assert "met 1 incident" in browser.get("/suppressions").text
    assert "held back" in browser.get("/tickets?held=yes").text
    later = {"until": LAST, "reason": "until their licences come", "owner": "Desk team"}
    code, page = sent(browser, "/suppressions/1", do="change", version="1", **later)
    assert (code, "Desk team" in page) == (303, True)
    stale = sent(browser, "/suppressions/1", do="end", version="1", calls="on")
    assert (stale[0], "changed meanwhile" in stale[1]) == (409, True)
    code, page = sent(browser, "/suppressions/1", do="end", version="2", calls="on")
    assert code == 303
    assert desk.ticket(number).held_by is None
    assert "Desk team" in browser.get("/suppressions?over=yes").text


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    "form",
    [
        FORM | {"category": "", "account": ""},
        FORM | {"until": "2020-01-01"},
        FORM | {"until": "tomorrow"},
        FORM | {"reason": " "},
    ],
)
def test_what_cannot_be_is_said_and_what_was_written_stays(
    browser: TestClient, form: dict[str, str]
) -> None:
    code, page = sent(browser, "/suppressions", **form)
    assert code == 409
    assert 'role="alert"' in page
    assert 'value="acme"' in page


def test_a_ticket_s_page_fills_in_the_form(browser: TestClient, desk: Desk) -> None:
    number = desk.opened("ann").id
    page = browser.get(f"/tickets/{number}", follow_redirects=True).text
    address = page.split('href="/suppressions?')[1].split('"')[0].replace("&amp;", "&")
    filled = browser.get(f"/suppressions?{address}").text
    assert 'value="u-ann"' in filled
    assert 'value="credential_sharing" selected' in filled


def test_the_same_for_programs(browser: TestClient, desk: Desk) -> None:
    made = browser.post(API, json=WANTED)
    assert (made.status_code, made.headers["etag"]) == (201, '"1"')
    number = made.json()["number"]
    desk.take(incident())
    one = browser.get(f"{API}/{number}").json()
    assert (one["matches"], len(one["incidents"])) == (1, 1)
    change = {"until": NOW + 2 * DAY}
    done = browser.patch(f"{API}/{number}", json=change, headers={"if-match": '"1"'})
    assert (done.status_code, done.json()["until"]) == (200, NOW + 2 * DAY)
    stale = browser.patch(f"{API}/{number}", json=change, headers={"if-match": '"1"'})
    assert stale.status_code == 412
    assert browser.post(f"{API}/{number}/end", json={"calls": False}).json()["is_on"] is False
    assert browser.post(f"{API}/{number}/end", json={}).status_code == 409
    assert browser.get(API).json() == {"items": [], "next": None}
    assert len(browser.get(API, params={"over": "yes"}).json()["items"]) == 1
    assert browser.get(API, params={"over": "x"}).status_code == 400
    assert browser.get(f"{API}/99").status_code == 404


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    "change", [{"until": NOW}, {"account": ""}, {"account": "a\0b"}, {"tenant": "\0"}]
)
def test_what_programs_cannot_have_is_a_conflict(
    browser: TestClient, change: dict[str, object]
) -> None:
    assert browser.post(API, json=WANTED | change).status_code == 409


def test_what_it_would_hold_back_is_shown_before_it_is_made(
    browser: TestClient, desk: Desk
) -> None:
    desk.now = NOW
    made = incident()
    desk.put(structs.replace(made, updated=NOW - DAY))
    code, page = sent(browser, "/suppressions", **FORM, do="look")
    assert code == 200
    assert "1 incident" in page
    assert "1 of which called a reviewer" in page
    assert 'value="two on one desk"' in page
    assert "Nothing is held back" in page
    code, page = sent(browser, "/suppressions", **FORM | {"account": "nobody"}, do="look")
    assert "It would have met nothing" in page
    assert sent(browser, "/suppressions", **FORM, do="add")[0] == 303


def test_one_is_extended_by_a_press(browser: TestClient, desk: Desk) -> None:
    assert sent(browser, "/suppressions", **FORM)[0] == 303
    page = browser.get("/suppressions/1").text
    day = re.search(r'name="until" value="(\d{4}-\d\d-\d\d)">by 7 days', page)
    assert day
    assert day[1] == clock.utc(NOW + 16 * DAY)[:10]
    code, page = sent(browser, "/suppressions/1", do="change", version="1", until=day[1])
    assert code == 303
    assert f'value="{day[1]}"' in page
