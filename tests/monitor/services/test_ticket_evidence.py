"""New evidence opens a ticket again; what it lost is told; nobody but people closes one."""

import pytest
from sqlalchemy import Engine

from alerts.incident import Category
from alerts.ticket import LIMITS, Status
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from monitor.services.ticket_evidence import Taken
from monitor.store.ticket_notes import Deed
from tests.monitor.services.ticketed import NOW, Desk, found, incident

ONE, TWO, THREE = found(1), found(2), found(3)


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def test_new_evidence_opens_what_was_closed(desk: Desk) -> None:
    number = desk.take(incident(ONE), [ONE]).ticket_id
    desk.close(desk.ticket(number))
    desk.now = NOW + DAY
    assert desk.take(incident(ONE), [ONE]) == Taken(ticket_id=number)
    assert desk.ticket(number).ticket.status is Status.RESOLVED
    told = desk.take(incident(ONE, TWO), [ONE, TWO])
    assert told == Taken(ticket_id=number, reopened=True)
    one = desk.ticket(number)
    assert (one.ticket.status, one.ticket.reopened, one.ticket.disposition) == (Status.NEW, 1, None)
    assert one.due == desk.now + LIMITS[Severity.HIGH].triage
    assert desk.deeds(number)[-1] == (Deed.REOPENED, 1)


def test_what_people_know_of_by_then_opens_nothing(desk: Desk) -> None:
    number = desk.take(incident(ONE), [ONE]).ticket_id
    desk.take(incident(ONE, TWO), [ONE, TWO])
    desk.close(desk.ticket(number))
    assert not desk.take(incident(ONE, TWO), [ONE, TWO]).reopened
    # Of what is a finding less, nothing is new either.
    assert not desk.take(incident(TWO), [TWO]).reopened
    assert not desk.take(incident(ONE, TWO), [ONE, TWO]).reopened


def test_what_is_suppressed_meanwhile_stays_closed_and_is_counted(desk: Desk) -> None:
    number = desk.take(incident(ONE), [ONE]).ticket_id
    desk.close(desk.ticket(number))
    rule = desk.suppress()
    told = desk.take(incident(ONE, TWO), [ONE, TWO])
    assert told == Taken(ticket_id=number, suppressed_by=rule.id)
    assert desk.ticket(number).ticket.status is Status.RESOLVED


def test_more_of_the_same_disturbs_nobody_who_edits(desk: Desk) -> None:
    number = desk.take(incident(ONE), [ONE]).ticket_id
    desk.now = NOW + HOUR
    assert desk.take(incident(ONE, TWO), [ONE, TWO]) == Taken(ticket_id=number)
    one = desk.ticket(number)
    assert (one.version, one.updated) == (1, desk.now)
    assert one.details.findings == (ONE.id, TWO.id)
    assert desk.deeds(number) == [(Deed.OPENED, 0)]


def test_what_becomes_graver_or_another_conclusion_is_another_version(desk: Desk) -> None:
    number = desk.take(incident(ONE), [ONE]).ticket_id
    desk.now = NOW + HOUR
    grave = incident(ONE, severity=Severity.CRITICAL, category=Category.ACCOUNT_TAKEOVER)
    desk.take(grave, [ONE])
    one = desk.ticket(number)
    assert (one.version, one.title.en) == (2, "Account taken over")
    assert one.due == desk.now + LIMITS[Severity.CRITICAL].triage
    assert desk.deeds(number)[-1] == (Deed.EVIDENCE, 0)
    desk.take(incident(ONE, severity=Severity.LOW, category=grave.category), [ONE])
    assert desk.ticket(number).ticket.severity is Severity.LOW


def test_a_finding_that_was_withdrawn_is_told_once(desk: Desk) -> None:
    number = desk.take(incident(ONE, TWO, THREE), [ONE, TWO, THREE]).ticket_id
    desk.withdraw(TWO)
    assert desk.take(incident(ONE, THREE), [ONE, THREE]) == Taken(ticket_id=number, lost=1)
    assert desk.take(incident(ONE, THREE), [ONE, THREE]) == Taken(ticket_id=number)
    assert desk.deeds(number)[-1] == (Deed.LOST, 1)
    assert desk.ticket(number).details.lost == (TWO.id,)


def test_a_finding_that_went_to_another_incident_is_not_lost(desk: Desk) -> None:
    number = desk.take(incident(ONE, TWO), [ONE, TWO]).ticket_id
    assert desk.take(incident(ONE), [ONE]) == Taken(ticket_id=number)
    assert desk.deeds(number) == [(Deed.OPENED, 0)]


def test_when_all_of_it_is_withdrawn_people_are_told_and_close_it(desk: Desk) -> None:
    number = desk.take(incident(ONE), [ONE]).ticket_id
    told = desk.take(incident(ONE), [ONE], withdrawn=True)
    assert told == Taken(ticket_id=number, is_withdrawn=True, lost=1)
    one = desk.ticket(number)
    assert (one.withdrawn, one.ticket.status) == (True, Status.NEW)
    assert desk.take(incident(ONE), [ONE], withdrawn=True) == Taken(ticket_id=number)
    assert desk.deeds(number) == [(Deed.OPENED, 0), (Deed.WITHDRAWN, 1)]


def test_what_was_acted_on_is_told_of_even_when_closed(desk: Desk) -> None:
    number = desk.take(incident(ONE), [ONE]).ticket_id
    desk.close(desk.ticket(number))
    assert desk.take(incident(ONE), [ONE], withdrawn=True).is_withdrawn
    assert desk.deeds(number)[-1] == (Deed.WITHDRAWN, 1)
    assert desk.ticket(number).ticket.status is Status.RESOLVED


def test_what_stands_again_opens_what_was_closed_for_it(desk: Desk) -> None:
    number = desk.take(incident(ONE), [ONE]).ticket_id
    desk.take(incident(ONE), [ONE], withdrawn=True)
    desk.close(desk.ticket(number))
    assert desk.take(incident(ONE), [ONE]).reopened
    open_one = desk.take(incident(TWO, name="two"), [TWO]).ticket_id
    desk.take(incident(TWO, name="two"), [TWO], withdrawn=True)
    assert not desk.take(incident(TWO, name="two"), [TWO]).reopened
    assert desk.deeds(open_one)[-1] == (Deed.RESTORED, 0)
    assert not desk.ticket(open_one).withdrawn
