"""Incidents are handled by their tickets, several at once, and put back as one."""

import pytest
from sqlalchemy import Engine

from alerts.ticket import Change, Disposition, Status, TicketError
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.services.actor import Role
from monitor.services.refusal import NotAllowedError
from monitor.services.tickets import Tickets
from monitor.services.triage import Triage
from monitor.store import reviewers
from monitor.store.reviewers import ReviewerRow
from monitor.store.ticket_filter import EVERY, TicketFilter
from tests.monitor.services.people import person
from tests.monitor.services.ticketed import Desk, T, found, incident

ADA = person(Role.ANALYST, uid="r-1")
FOREIGN = person(Role.ANALYST, tenant="other", uid="r-2")
VIEWER = person(Role.VIEWER, uid="r-3")


@pytest.fixture
def desk(database: Engine) -> Desk:
    with database.begin() as connection:
        reviewers.add(
            connection,
            ReviewerRow("r-1", "ada@x.example", "Ada", "analyst", None, "active", 1, 1, None),
        )
    return Desk(database)


def put(desk: Desk, uid: str) -> bytes:
    subject = Subject(SubjectKind.ACCOUNT, T, uid)
    finding = found(1, subject)
    made = incident(finding, subject=subject, severity=Severity.LOW)
    desk.put(made, [finding])
    return made.id


def states(desk: Desk) -> list[tuple[Status, Disposition | None, str | None]]:
    page = Tickets(desk.database).page(ADA, TicketFilter(statuses=EVERY))
    return [(one.status, one.disposition, one.assignee) for one in page.rows]


def test_each_gets_a_ticket_and_all_go_back_together(desk: Desk) -> None:
    ids = [put(desk, uid) for uid in ("a", "b", "c")]
    triage = Triage(desk.database, lambda: desk.now)
    assert Tickets(desk.database).open(ADA, ids[0]) == 1
    change = Change(disposition=Disposition.BENIGN_EXPLAINED)
    done = triage.change(ADA, dict.fromkeys(ids), change, "the same fair")
    assert len(done.changed) == 3
    assert not done.refused
    closed = (Status.RESOLVED, Disposition.BENIGN_EXPLAINED, None)
    assert states(desk) == [closed] * 3
    assert len(triage.undo(ADA, done.act).changed) == 3
    assert states(desk) == [(Status.NEW, None, None)] * 3


def test_what_somebody_else_changed_meanwhile_is_left(desk: Desk) -> None:
    ids = [put(desk, uid) for uid in ("a", "b")]
    triage = Triage(desk.database, lambda: desk.now)
    triage.change(ADA, {ids[0]: None}, Change(assignee="me"))
    done = triage.change(ADA, {ids[0]: 1, ids[1]: None}, Change(status=Status.IN_PROGRESS))
    assert (len(done.changed), len(done.refused)) == (1, 1)
    assert "changed meanwhile" in done.refused[0].why.en


def test_nobody_handles_what_they_do_not_see(desk: Desk) -> None:
    one = put(desk, "a")
    triage = Triage(desk.database, lambda: desk.now)
    with pytest.raises(TicketError):
        triage.change(FOREIGN, {one: None}, Change(status=Status.TRIAGED))
    with pytest.raises(NotAllowedError):
        triage.change(VIEWER, {one: None}, Change(status=Status.TRIAGED))
    for given, change in (({}, Change(status=Status.TRIAGED)), ({one: None}, Change())):
        with pytest.raises(TicketError):
            triage.change(ADA, given, change)
    assert states(desk) == []
