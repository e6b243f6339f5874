"""The tickets' pages: worked on, several at once, and nobody's change is lost or undone unseen."""

import pytest
from starlette.testclient import TestClient

from alerts.ticket import Status
from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from tests.monitor.services.ticketed import Desk, found, incident
from tests.monitor.web.conftest import Console
from tests.monitor.web.ticketing import desk_of, sent, shown


@pytest.fixture
def desk(empty: Console) -> Desk:
    return desk_of(empty.stage.engine)


@pytest.fixture
def browser(empty: Console, desk: Desk) -> TestClient:
    return empty.signed_in()


def test_one_is_worked_on_from_its_page(browser: TestClient, desk: Desk) -> None:
    number = desk.opened("ann").id
    path = f"/tickets/{number}"
    page = shown(browser, path)
    assert "Shared account" in page
    assert "u-ann" in page
    told = {"state": "in_progress", "assignee": "r-1", "tags": "VIP desk", "tags_before": ""}
    code, page = sent(browser, path, do="change", version="1", reason="on it", **told)
    assert code == 303
    assert "in progress" in page
    assert "Ada" in page
    assert "on it" in page
    assert desk.ticket(number).tags == ("desk", "vip")
    again = {"tags": "vip", "tags_before": "desk vip", "state": "resolved:authorised"}
    sent(browser, path, do="change", version="2", **again)
    one = desk.ticket(number)
    assert (one.tags, one.ticket.status) == (("vip",), Status.RESOLVED)
    assert "given to" in shown(browser, path)


def test_two_who_edit_at_once_are_told_and_lose_nothing(browser: TestClient, desk: Desk) -> None:
    number = desk.opened().id
    path = f"/tickets/{number}"
    assert sent(browser, path, do="change", version="1", state="triaged")[0] == 303
    code, page = sent(
        browser, path, do="change", version="1", state="resolved:false_positive", reason="my words"
    )
    assert code == 409
    assert "changed meanwhile" in page
    assert "my words" in page
    assert 'name="version" value="2"' in page
    assert desk.ticket(number).ticket.status is Status.TRIAGED


def test_comments_and_links_from_the_page(browser: TestClient, desk: Desk) -> None:
    one, two = desk.opened("a").id, desk.opened("b").id
    path = f"/tickets/{one}"
    code, page = sent(browser, path, do="comment", text="<b>first</b>\nsecond", version="1")
    assert code == 303
    assert "&lt;b&gt;first&lt;/b&gt;" in page
    assert sent(browser, path, do="link", kind="duplicate_of", where=f"#{two}")[0] == 303
    code, page = sent(browser, path, do="link", where="https://jira.example/S-1", title="S-1")
    assert 'href="https://jira.example/S-1"' in page
    for where in ("javascript:alert(1)", "999", "", "x://y"):
        assert sent(browser, path, do="link", where=where)[0] == 409
    link = desk.ticket(one).id
    assert "has a duplicate" in shown(browser, f"/tickets/{two}")
    assert sent(browser, path, do="unlink", link=str(link))[0] == 303


def test_several_at_once_and_undone(browser: TestClient, desk: Desk) -> None:
    one, two = desk.opened("a").id, desk.opened("b").id
    chosen = {f"ticket:{one}": "1", f"ticket:{two}": "1"}
    code, page = sent(browser, "/tickets", do="change", state="resolved:false_positive", **chosen)
    assert code == 303
    assert "Changed at once" in page
    act = page.split('name="act" value="')[1][:16]
    code, page = sent(browser, "/tickets", do="undo", act=act)
    assert code == 303
    assert desk.ticket(one).ticket.status is Status.NEW
    code, page = sent(browser, "/tickets", do="change", state="triaged", **chosen)
    assert code == 409
    assert "left as they are" in page
    assert sent(browser, "/tickets", do="change", state="triaged")[0] == 409


def test_the_list_is_filtered_and_the_filter_kept(browser: TestClient, desk: Desk) -> None:
    desk.opened("ann")
    desk.opened("bob")
    page = browser.get("/tickets", params={"q": "u-ann"}).text
    assert "u-ann" in page
    assert "u-bob" not in page
    code, page = sent(browser, "/tickets", "/tickets", do="keep", name="Ann's", back="q=u-ann")
    assert code == 303
    assert "/tickets?q=u-ann" in page
    assert browser.get("/tickets", params={"status": "x"}).status_code == 400
    assert "No such ticket waits" not in page
    assert "There is no such ticket" in browser.get("/tickets", params={"q": "zoe"}).text


def test_an_incident_and_its_ticket_are_one_page(browser: TestClient, desk: Desk) -> None:
    made = incident()
    desk.put(made)
    path = f"/incidents/{as_uuid(made.id)}"
    assert "Ticket #" not in browser.get(path).text
    code, page = sent(browser, path, do="open")
    assert (code, "Ticket #1" in page) == (303, True)
    answer = browser.get("/tickets/1")
    assert (answer.status_code, answer.headers["location"]) == (303, path)


def test_a_decision_on_an_incident_opens_its_ticket(browser: TestClient, desk: Desk) -> None:
    made = incident()
    desk.put(made)
    path = f"/incidents/{as_uuid(made.id)}"
    told = {"state": "resolved:false_positive", "reason": "asked the owner"}
    code, page = sent(browser, path, do="change", version="", **told)
    assert code == 303
    assert desk.ticket(1).ticket.status is Status.RESOLVED
    assert "asked the owner" in page
    assert "Open it again" in page
    # Who still looks at what it was is told, and what they wrote stands in the form again.
    code, page = sent(browser, path, do="change", version="1", state="triaged", reason="my words")
    assert (code, "changed meanwhile" in page, "my words" in page) == (409, True, True)
    assert browser.post(path, data={"do": "take"}).status_code == 403


def test_what_was_withdrawn_is_told(browser: TestClient, desk: Desk) -> None:
    one, two = found(1), found(2)
    number = desk.take(incident(one, two), [one, two]).ticket_id
    desk.withdraw(two)
    desk.take(incident(one), [one])
    assert "1 finding that it rested on was withdrawn" in shown(browser, f"/tickets/{number}")
    desk.take(incident(one), [one], withdrawn=True)
    page = shown(browser, f"/tickets/{number}")
    assert "What this incident rested on was withdrawn" in page


def test_pages_speak_french(empty: Console, desk: Desk) -> None:
    number = desk.opened().id
    desk.suppress(subject=None, until=desk.now + 60_000, up_to=Severity.HIGH)
    browser = empty.signed_in("fr")
    assert "Ce qu'il est devenu" in shown(browser, f"/tickets/{number}")
    assert "Des mots, ou un numéro" in browser.get("/tickets").text
    code, page = sent(browser, f"/tickets/{number}", do="change", version="9", state="triaged")
    assert (code, "a changé entre-temps" in page) == (409, True)


def test_a_form_from_elsewhere_does_nothing(browser: TestClient, desk: Desk) -> None:
    number = desk.opened().id
    for path in ("/tickets", f"/tickets/{number}", "/suppressions"):
        assert browser.post(path, data={"do": "take", "version": "1"}).status_code == 403
    assert desk.ticket(number).version == 1
