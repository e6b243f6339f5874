"""What a SIEM fetches: a record a line, page by page, for whoever may look at people whole."""

import json
from typing import Any

from alerts.ticket import Change, Disposition, Kind, Status
from detectors.core.identity import as_uuid
from monitor.services.actor import operator
from monitor.services.api_keys import ApiKeys
from monitor.services.authority import Operation
from monitor.services.opening import open_ticket, take
from monitor.services.tickets import Tickets
from monitor.store.incident_filter import Filter
from monitor.store.reading import Reading
from monitor.web.exports import INCIDENTS, TICKETS
from tests.monitor.services.listed import contents
from tests.monitor.web.conftest import NOW, Console
from tests.monitor.web.staging import TENANT, fill


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def opened(console: Console) -> dict[bytes, int]:
    """Tickets for what the console has, and one that no incident stands behind."""
    console.incidents = fill(console.stage)
    found = Reading(console.stage.engine).incidents(Filter(), None, 200)
    with console.stage.engine.begin() as connection:
        taken = {one.incident.id: take(connection, one, False, NOW) for one in found}
        open_ticket(connection, Kind.REPORT, TENANT, None, "A report", now=NOW)
    return {key: one.ticket_id for key, one in taken.items() if one.ticket_id is not None}


def test_incidents_come_page_by_page_with_what_people_made_of_them(empty: Console) -> None:
    numbers = opened(empty)
    incident, number = sorted(numbers.items())[0]
    change = Change(status=Status.RESOLVED, disposition=Disposition.AUTHORISED)
    Tickets(empty.stage.engine, lambda: NOW).change(operator(), number, change)
    client = empty.signed_in()
    path, found = INCIDENTS + "?limit=2", []
    while path:
        answer = client.get(path)
        assert answer.headers["content-type"].startswith("application/x-ndjson")
        found += lines(answer.text)
        path = answer.headers.get("link", "").partition("<")[2].partition(">")[0]
    whole = {one["metadata"]["uid"]: one for one in found}
    assert len(found) == len(whole) == len(numbers)
    record = whole[as_uuid(incident)]
    assert (record["class_uid"], record["status_id"], record["activity_id"]) == (2005, 4, 3)
    assert (record["verdict_id"], record["verdict"]) == (5, "Benign")
    assert record["unmapped"]["disposition"] == "authorised"
    assert record["ticket"]["uid"] == str(number)
    others = [one for uid, one in whole.items() if uid != as_uuid(incident)]
    assert {one["status_id"] for one in others} == {1}
    # Looked at in full, which is written down.
    assert contents(empty.stage.engine)[-1]["reason"] == "export"


def test_tickets_come_with_their_incident_or_alone(empty: Console) -> None:
    numbers = opened(empty)
    client = empty.signed_in()
    found = lines(client.get(TICKETS, params={"limit": 200}).text)
    assert len(found) == len(numbers) + 1
    [report] = [one for one in found if one["metadata"]["uid"].startswith("ticket:")]
    assert report["finding_info_list"] == [
        {"uid": report["metadata"]["uid"], "title": "A report", "types": ["report"]}
    ]
    assert (report["status_id"], report["metadata"]["tenant_uid"]) == (1, TENANT)
    first = client.get(TICKETS, params={"limit": 1})
    path = first.headers["link"].partition("<")[2].partition(">")[0]
    assert lines(client.get(path).text)[0] != lines(first.text)[0]
    assert client.get(TICKETS, params={"status": "resolved"}).text == ""
    assert client.get(TICKETS, params={"status": "lost"}).status_code == 400


def test_one_incident_is_a_line_and_what_is_none_is_not_there(empty: Console) -> None:
    numbers = opened(empty)
    client = empty.signed_in()
    uid = as_uuid(next(iter(numbers)))
    [record] = lines(client.get(f"{INCIDENTS}/{uid}").text)
    assert record["metadata"]["uid"] == uid
    for wrong in (as_uuid(bytes(16)), "nonsense"):
        assert client.get(f"{INCIDENTS}/{wrong}").status_code == 404


def test_who_may_not_look_at_people_exports_nothing(empty: Console) -> None:
    numbers = opened(empty)
    keys = ApiKeys(empty.stage.engine, empty.clock)
    reads = {Operation.INCIDENTS_READ, Operation.TICKETS_READ}
    blind = keys.create(operator(), "blind", reads)
    siem = keys.create(operator(), "siem", reads | {Operation.PERSON_LOOK})
    bound = keys.create(operator(), "b", reads | {Operation.PERSON_LOOK}, tenant="another-tenant")
    client = empty.client()
    client.headers.pop("sec-fetch-site")
    uid = as_uuid(next(iter(numbers)))

    def asked(key: str, path: str) -> Any:
        return client.get(path, headers={"authorization": f"Bearer {key}"})

    for path in (INCIDENTS, TICKETS, f"{INCIDENTS}/{uid}"):
        assert asked(blind, path).status_code == 403
        assert asked(siem, path).status_code == 200
    assert asked(bound, INCIDENTS).text == asked(bound, TICKETS).text == ""
    assert asked(bound, f"{INCIDENTS}/{uid}").status_code == 404
