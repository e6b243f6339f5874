"""An incident that calls for people has one ticket; what people know is held back and counted."""

import pytest
from sqlalchemy import Engine, func, select

from alerts.incident import Category
from alerts.ticket import LIMITS, Kind, Limits, Status
from detectors.core.detector import Text
from detectors.core.event import HOUR
from detectors.core.finding import Severity
from monitor.services.opening import open_ticket, take
from monitor.services.ticket_evidence import Taken
from monitor.store import restrictions, suppressions, tables, tickets
from monitor.store.ticket_filter import TicketFilter
from monitor.store.ticket_notes import Deed, comments_of
from monitor.store.tickets import StoredTicket
from tests.monitor.services.listed import contents, deeds
from tests.monitor.services.ticketed import ANN, NOW, Desk, T, found, incident


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def searched(desk: Desk, text: str) -> list[StoredTicket]:
    with desk.database.begin() as connection:
        return tickets.page(connection, TicketFilter(text=text), None, 50)


def test_an_incident_has_one_ticket_however_often_it_comes(desk: Desk) -> None:
    first = desk.take(incident())
    assert first == Taken(ticket_id=first.ticket_id, is_new=True)
    assert desk.take(incident()) == Taken(ticket_id=first.ticket_id)
    one = desk.ticket(first.ticket_id)
    assert (one.kind, one.tenant, one.subject, one.version) == (Kind.INCIDENT, T, ANN, 1)
    assert one.title == Text("Shared account", "Compte partagé")
    assert one.ticket.status is Status.NEW
    assert one.due == NOW + LIMITS[Severity.HIGH].triage
    assert desk.deeds(one.id) == [(Deed.OPENED, 0)]
    assert desk.take(incident(name="two")).is_new


def test_below_the_review_level_there_is_none_until_it_becomes_graver(desk: Desk) -> None:
    low = incident(severity=Severity.LOW)
    assert desk.take(low) == Taken()
    assert desk.take(incident(), withdrawn=True) == Taken()
    assert desk.take(incident()).is_new


def test_the_clock_runs_by_what_the_settings_say(desk: Desk) -> None:
    limits = {**LIMITS, Severity.HIGH: Limits(7, 9)}
    stored = desk.put(incident())
    with desk.database.begin() as connection:
        number = take(connection, stored, False, NOW, limits).ticket_id
    assert desk.ticket(number).due == NOW + 7


def test_it_is_found_by_whom_it_is_about(desk: Desk) -> None:
    anchor = found(1)
    desk.name(anchor, "Ann.Lée@acme.example")
    number = desk.take(incident(anchor), [anchor]).ticket_id
    for text in ("lee", "u-1042", "acme ann", "shared", "compte part", "impossible", f"#{number}"):
        assert [one.id for one in searched(desk, text)] == [number], text
    assert searched(desk, "bob") == []
    assert desk.ticket(number).details.account_name == "Ann.Lée@acme.example"


def test_nothing_is_done_about_an_account_whose_data_is_restricted(desk: Desk) -> None:
    with desk.database.begin() as connection:
        number = restrictions.restrict(connection, ANN, NOW, "#1", "operator:x")
    assert desk.take(incident()) == Taken()
    with desk.database.begin() as connection:
        restrictions.release(connection, number, NOW, "#2", "operator:x")
    assert desk.take(incident()).is_new


def test_what_people_know_is_held_back_counted_and_not_dropped(desk: Desk) -> None:
    rule = desk.suppress()
    told = desk.take(incident())
    assert told == Taken(ticket_id=told.ticket_id, suppressed_by=rule.id)
    assert desk.take(incident()) == told
    assert desk.take(incident(name="two")).suppressed_by == rule.id
    one = desk.ticket(told.ticket_id)
    assert (one.held_by, one.due) == (rule.id, None)
    with desk.database.begin() as connection:
        kept = suppressions.suppression(connection, rule.id)
        matches = suppressions.matches_of(connection, rule.id)
        held = tickets.count(connection, TicketFilter(held=True))
        called = tickets.count(connection, TicketFilter())
    assert kept is not None
    assert (kept.matches, kept.last_match) == (2, NOW)
    assert {match.ticket for match in matches} >= {one.id}
    assert (held, called) == (2, 0)
    assert desk.deeds(one.id) == [(Deed.HELD, 0)]


def test_what_is_graver_than_is_held_back_calls_people(desk: Desk) -> None:
    desk.suppress(up_to=Severity.MEDIUM)
    told = desk.take(incident(severity=Severity.MEDIUM))
    assert told.suppressed_by is not None
    desk.now = NOW + HOUR
    graver = desk.take(incident(severity=Severity.HIGH))
    assert graver == Taken(ticket_id=told.ticket_id, is_new=True)
    one = desk.ticket(told.ticket_id)
    assert one.held_by is None
    assert one.due == desk.now + LIMITS[Severity.HIGH].triage
    assert desk.deeds(one.id)[-1] == (Deed.RELEASED, 0)


def test_after_its_end_a_suppression_holds_nothing_back(desk: Desk) -> None:
    rule = desk.suppress(until=NOW + HOUR)
    held = desk.take(incident())
    desk.now = NOW + HOUR
    assert desk.take(incident()) == Taken(ticket_id=held.ticket_id, is_new=True)
    assert desk.take(incident(name="two")).suppressed_by is None
    with desk.database.begin() as connection:
        kept = suppressions.suppression(connection, rule.id)
    assert kept is not None
    assert kept.matches == 1


def test_all_of_it_is_written_down_and_names_nobody(desk: Desk) -> None:
    number = desk.take(incident()).ticket_id
    assert deeds(desk.database) == [("tickets:write", f"ticket:{number}", T)]
    assert "1042" not in str(contents(desk.database))
    with desk.database.begin() as connection:
        table = tables.changes
        told = connection.execute(select(table.c.kind, table.c.reference, table.c.tenant)).all()
    assert [tuple(row) for row in told] == [("ticket", str(number), T)]


def test_a_ticket_needs_no_incident(desk: Desk) -> None:
    with desk.database.begin() as connection:
        number = open_ticket(
            connection,
            Kind.APPEAL,
            T,
            ANN,
            Text("Appeal", "Recours"),
            now=NOW,
            text="It was my sister, by agreement.",
            facts={"measure": "suspension 7"},
            tags=["appeal"],
        )
    one = desk.ticket(number)
    assert (one.kind, one.incident, one.tags) == (Kind.APPEAL, None, ("appeal",))
    assert one.details.facts == {"measure": "suspension 7"}
    assert [one.id for one in searched(desk, "sister agreement")] == [number]
    assert [one.id for one in searched(desk, "suspension")] == [number]


def test_what_is_called_for_again_joins_what_is_open(desk: Desk) -> None:
    def call(severity: Severity, text: str) -> int:
        with desk.database.begin() as connection:
            return open_ticket(
                connection,
                Kind.GUARDRAIL,
                T,
                None,
                "Guardrail",
                now=desk.now,
                severity=severity,
                text=text,
                joins=True,
            )

    first = call(Severity.MEDIUM, "5 in an hour")
    assert call(Severity.HIGH, "9 in an hour") == first
    one = desk.ticket(first)
    assert one.ticket.severity is Severity.HIGH
    with desk.database.begin() as connection:
        texts = [comment.text for comment in comments_of(connection, first)]
    assert texts == ["5 in an hour", "9 in an hour"]
    desk.close(one)
    assert call(Severity.MEDIUM, "again") != first


def test_a_report_and_the_incident_that_came_of_it_are_one_ticket(desk: Desk) -> None:
    with desk.database.begin() as connection:
        number = open_ticket(connection, Kind.REPORT, T, ANN, "Report", now=NOW)
    reported = found(3, detector="reported_access")
    made = incident(reported, severity=Severity.LOW, category=Category.SUSPICIOUS_ACCESS)
    assert desk.take(made, [reported]) == Taken(ticket_id=number)
    one = desk.ticket(number)
    assert (one.incident, one.title.en, one.ticket.severity) == (made.id, "Report", Severity.MEDIUM)
    other = incident(found(4), name="other")
    assert desk.take(other).ticket_id != number


def test_one_ticket_for_each_incident_whoever_opens_it(desk: Desk) -> None:
    desk.take(incident())
    with desk.database.begin() as connection:
        rows = connection.execute(select(func.count()).select_from(tables.tickets)).scalar()
    assert rows == 1
