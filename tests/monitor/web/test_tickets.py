"""Tickets for programs: read in pages, changed by version, several at once, and put back."""

import pytest
from starlette.testclient import TestClient

from detectors.core.finding import Severity
from detectors.core.identity import as_uuid
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from tests.monitor.services.ticketed import Desk, incident
from tests.monitor.web.conftest import Console
from tests.monitor.web.ticketing import desk_of

PATH = "/api/v1/tickets"


@pytest.fixture
def desk(empty: Console) -> Desk:
    return desk_of(empty.stage.engine)


@pytest.fixture
def browser(empty: Console, desk: Desk) -> TestClient:
    return empty.signed_in()


def test_a_ticket_is_read_and_changed_by_version(browser: TestClient, desk: Desk) -> None:
    number = desk.opened("a").id
    read = browser.get(f"{PATH}/{number}")
    assert (read.status_code, read.headers["etag"]) == (200, '"1"')
    row = read.json()["row"]
    assert (row["title"], row["status"], row["subject"][2]) == ("Shared account", "new", "u-a")
    change = {"assignee": "ada@x.example", "add_tags": ["vip"], "reason": "hers"}
    made = browser.patch(f"{PATH}/{number}", json=change, headers={"if-match": '"1"'})
    assert (made.status_code, made.headers["etag"]) == (200, '"2"')
    assert (made.json()["assignee"], made.json()["tags"]) == ("r-1", ["vip"])
    stale = browser.patch(f"{PATH}/{number}", json=change, headers={"if-match": '"1"'})
    assert (stale.status_code, stale.json()["type"]) == (412, "urn:vigie:problem:version-other")
    assert browser.patch(f"{PATH}/{number}", json=change).status_code == 428
    view = browser.get(f"{PATH}/{number}", headers={"accept-language": "fr"}).json()
    assert view["row"]["title"] == "Compte partagé"
    assert [one["text"] for one in view["comments"]] == ["hers"]
    assert view["changes"][-1]["after"]["assignee_name"] == "Ada"


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"status": "resolved"}, 409),
        ({"assignee": "nobody@x.example"}, 409),
        ({"assignee": "\0"}, 409),
        ({"add_tags": ["two words"]}, 409),
        ({"status": "closed"}, 422),
        ({"colour": "red"}, 422),
    ],
)
def test_what_cannot_be_is_refused(
    browser: TestClient, desk: Desk, change: dict[str, object], status: int
) -> None:
    number = desk.opened().id
    answer = browser.patch(f"{PATH}/{number}", json=change, headers={"if-match": '"1"'})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert desk.ticket(number).version == 1


def test_lists_come_in_pages_by_what_is_asked_for(browser: TestClient, desk: Desk) -> None:
    numbers = [desk.opened(name).id for name in "abc"]
    for sort in ("urgent", "newest", "severest"):
        first = browser.get(PATH, params={"limit": 2, "sort": sort}).json()
        rest = browser.get(PATH, params={"cursor": first["next"], "sort": sort}).json()
        found = [one["number"] for one in (*first["items"], *rest["items"])]
        assert sorted(found) == numbers
        assert rest["next"] is None
    assert browser.get(PATH, params={"q": "u-b"}).json()["items"][0]["number"] == numbers[1]
    assert browser.get(PATH, params={"status": "resolved"}).json()["items"] == []
    assert browser.get(PATH, params={"status": "gone"}).status_code == 400
    load = browser.get(f"{PATH}/load").json()
    assert (load["open"], load["unassigned"]) == ({"4": 3}, 3)


def test_several_are_changed_at_once_and_put_back(browser: TestClient, desk: Desk) -> None:
    one, two = desk.opened("a").id, desk.opened("b").id
    chosen = [{"number": one, "version": 1}, {"number": two, "version": 7}, {"number": 999}]
    done = browser.post(f"{PATH}/acts", json={"tickets": chosen, "disposition": "false_positive"})
    assert done.status_code == 200
    assert done.json()["changed"] == [one]
    assert [bad["number"] for bad in done.json()["refused"]] == [two, 999]
    assert all(bad["why"] for bad in done.json()["refused"])
    act = done.json()["act"]
    assert [act["act"] for act in browser.get(f"{PATH}/acts").json()["items"]] == [act]
    undone = browser.post(f"{PATH}/acts/{act}/undo")
    assert undone.json()["changed"] == [one]
    assert browser.post(f"{PATH}/acts/{'0' * 16}/undo").status_code == 404
    assert browser.post(f"{PATH}/acts/x/undo").status_code == 404
    assert browser.post(f"{PATH}/acts", json={"tickets": []}).status_code == 422


def test_comments_and_links(browser: TestClient, desk: Desk) -> None:
    one, two = desk.opened("a").id, desk.opened("b").id
    assert browser.post(f"{PATH}/{one}/comments", json={"text": "Hello"}).status_code == 204
    assert browser.post(f"{PATH}/{one}/comments", json={"text": " "}).status_code == 409
    link = {"kind": "duplicate_of", "other": two}
    assert browser.post(f"{PATH}/{one}/links", json=link).status_code == 204
    assert browser.post(f"{PATH}/{one}/links", json={"kind": "outer"}).status_code == 409
    (told,) = browser.get(f"{PATH}/{one}").json()["links"]
    assert told["other"] == two
    assert browser.delete(f"{PATH}/{one}/links/{told['id']}").status_code == 204
    assert browser.delete(f"{PATH}/{one}/links/{told['id']}").status_code == 404


def test_a_slight_incident_is_made_a_ticket(browser: TestClient, desk: Desk) -> None:
    low = incident(severity=Severity.LOW)
    desk.put(low)
    made = browser.post(f"/api/v1/incidents/{as_uuid(low.id)}/ticket")
    assert made.status_code == 201
    assert browser.get(f"{PATH}/{made.json()['number']}").status_code == 200
    assert browser.post("/api/v1/incidents/x/ticket").status_code == 404


def test_filters_are_kept(browser: TestClient, desk: Desk) -> None:
    kept = {"name": "Late", "query": "late=yes", "shared": True}
    assert browser.post(f"{PATH}/filters", json=kept).status_code == 204
    (told,) = browser.get(f"{PATH}/filters").json()["items"]
    assert (told["name"], told["query"], told["is_shared"]) == ("Late", "late=yes", True)
    assert browser.delete(f"{PATH}/filters/{told['id']}").status_code == 204
    assert browser.delete(f"{PATH}/filters/{told['id']}").status_code == 404


def test_what_is_no_number_is_not_there(browser: TestClient, desk: Desk) -> None:
    for number in ("x", "-1", "9" * 13, "999"):
        assert browser.get(f"{PATH}/{number}").status_code == 404


def test_a_program_works_on_tickets_of_its_tenant(empty: Console, desk: Desk) -> None:
    number = desk.opened().id
    table = ApiKeys(empty.stage.engine, empty.clock)
    scopes = [Operation.TICKETS_READ, Operation.TICKETS_WRITE]
    client = empty.client()
    client.headers.pop("sec-fetch-site")
    for tenant, status in (("acme", 204), ("other", 404)):
        key = table.create(operator(), f"k-{tenant}", scopes, tenant=tenant)
        bearer = {"authorization": f"Bearer {key}"}
        path = f"{PATH}/{number}/comments"
        assert client.post(path, json={"text": "x"}, headers=bearer).status_code == status
