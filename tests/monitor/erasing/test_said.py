"""What is said of an erased account on others' tickets goes, with what they were found by."""

from sqlalchemy import Engine as Database

from alerts.ticket import Kind
from monitor.erasing.said import INSTEAD
from monitor.services.actor import operator
from monitor.services.opening import open_ticket
from monitor.services.tickets import Tickets
from monitor.store import tickets
from monitor.store.ticket_filter import TicketFilter
from monitor.store.ticket_notes import comments_of
from tests.monitor.erasing.leaving import NAME, NOW, SUBJECT, erase, fill, is_named


def found(database: Database, text: str) -> list[int]:
    with database.begin() as connection:
        return [one.id for one in tickets.page(connection, TicketFilter(text=text), None, 9)]


def test_its_own_tickets_go_and_others_keep_all_but_its_name(database: Database) -> None:
    fill(database)
    with database.begin() as connection:
        own, other = (
            open_ticket(connection, Kind.REPORT, SUBJECT.tenant, about, "Report", now=NOW)
            for about in (SUBJECT, None)
        )
    service = Tickets(database, lambda: NOW)
    service.comment(operator(), own, f"asked {NAME}")
    service.comment(operator(), other, f"the same line as {NAME.upper()}")
    service.comment(operator(), other, "two on one desk")
    assert found(database, SUBJECT.uid) == [own]
    counts = erase(database)
    assert (counts["rows of tickets"], counts["comments"]) == (1, 1)
    assert found(database, "report") == [other]
    with database.begin() as connection:
        texts = [comment.text for comment in comments_of(connection, other)]
    assert texts == [INSTEAD, "two on one desk"]
    assert found(database, "desk two") == [other]
    assert found(database, NAME) == []
    assert not is_named(database)
