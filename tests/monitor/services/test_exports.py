"""What is exported is whole, and so only for those who may look; and each page is written down."""

import json

import pytest
from sqlalchemy import Engine

from alerts.ticket import Disposition, Status
from detectors.core.identity import as_uuid
from monitor.services.actor import Role
from monitor.services.exports import Exports, worked_of
from monitor.services.looks import Looks
from monitor.services.refusal import NotAllowedError, NotThereError
from monitor.store.incident_filter import Filter
from monitor.store.ticket_filter import EVERY, Order, TicketFilter
from tests.monitor.services.listed import contents
from tests.monitor.services.people import person
from tests.monitor.services.ticketed import Desk, T, found, incident

ANALYST = person(Role.ANALYST)
NEWEST = TicketFilter(statuses=EVERY, order=Order.NEWEST)


def exports(database: Engine) -> Exports:
    return Exports(database, Looks(database))


def test_an_incident_says_what_people_made_of_it(database: Engine) -> None:
    desk = Desk(database)
    one = incident()
    number = desk.take(one, [found(1)]).ticket_id
    record = json.loads(exports(database).incident(ANALYST, one.id))
    assert record["ticket"]["uid"] == str(number)
    assert (record["status"], record["metadata"]["uid"]) == ("New", as_uuid(one.id))
    assert [info["analytic"]["name"] for info in record["finding_info_list"]] == [
        "impossible_travel"
    ]
    desk.close(desk.ticket(number))
    record = json.loads(exports(database).incident(ANALYST, one.id))
    assert (record["status"], record["activity_name"]) == ("Resolved", "Close")
    worked = worked_of(desk.ticket(number))
    assert worked.status is Status.RESOLVED
    assert worked.disposition is not Disposition.DUPLICATE


def test_pages_follow_each_other_and_are_written_down(database: Engine) -> None:
    desk = Desk(database)
    made = [incident(name=name) for name in ("one", "two", "three")]
    for one in made:
        desk.take(one, [found(1)])
    first = exports(database).incidents(ANALYST, Filter(), None, 2)
    rest = exports(database).incidents(ANALYST, Filter(), first.next, 2)
    assert (len(first.lines), len(rest.lines), rest.next) == (2, 1, None)
    ticketed = exports(database).tickets(ANALYST, NEWEST, None, 2)
    assert len(exports(database).tickets(ANALYST, NEWEST, ticketed.next, 2).lines) == 1
    assert [one["count"] for one in contents(database)[-4:]] == [2, 1, 2, 1]


def test_nobody_exports_what_they_may_not_see_whole_or_at_all(database: Engine) -> None:
    desk = Desk(database)
    one = incident()
    desk.take(one, [found(1)])
    told = exports(database)
    for actor in (person(Role.VIEWER), person(Role.TENANT_CONTACT, tenant=T)):
        with pytest.raises(NotAllowedError):
            told.incidents(actor, Filter())
        with pytest.raises(NotAllowedError):
            told.tickets(actor, NEWEST)
        with pytest.raises(NotAllowedError):
            told.incident(actor, one.id)
    elsewhere = person(Role.ANALYST, tenant="bolt")
    assert told.incidents(elsewhere, Filter()).lines == ()
    assert told.tickets(elsewhere, TicketFilter(statuses=EVERY, tenant=T)).lines == ()
    for identifier in (one.id, bytes(16), b""):
        with pytest.raises(NotThereError):
            told.incident(elsewhere, identifier)
