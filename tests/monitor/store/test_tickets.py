"""Tickets are kept as they are, by version, listed in every order and found by their words."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs
from sqlalchemy import Engine

from alerts.ticket import Kind, Status, Ticket, Warned, assign
from detectors.core.detector import Text
from detectors.core.event import HOUR
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.store import restrictions, tickets
from monitor.store.ticket_filter import EVERY, OPEN, Order, TicketFilter
from monitor.store.tickets import Details, StoredTicket

NOW = 1_800_000_000_000
ANN = Subject(SubjectKind.ACCOUNT, "acme", "ann")


def made(number: int = 1, **values: object) -> StoredTicket:
    one = StoredTicket(
        kind=Kind.INCIDENT,
        incident=number.to_bytes(16, "big"),
        tenant="acme",
        title=Text("Shared account", "Compte partagé"),
        ticket=Ticket(severity=Severity.MEDIUM, opened=NOW + number),
        due=NOW + HOUR,
        created=NOW,
        updated=NOW + number,
        details=Details(subject=ANN),
    )
    return structs.replace(one, **values)


def listed(database: Engine, **wanted: object) -> list[int]:
    with database.begin() as connection:
        wish = structs.replace(TicketFilter(), **wanted)
        found = tickets.page(connection, wish, None, 50)
        assert tickets.count(connection, wish) == len(found)
    return [one.id for one in found]


def test_it_comes_back_as_it_was(database: Engine) -> None:
    one = made(tags=("urgent", "vip"), warned=Warned.NEAR, held_by=None, withdrawn=True)
    with database.begin() as connection:
        kept = tickets.add(connection, one)
        assert kept.id > 0
        assert tickets.ticket(connection, kept.id, lock=True) == kept
        assert tickets.of_incident(connection, one.incident or b"") == kept
        assert tickets.of_incidents(connection, [one.incident or b""]) == {one.incident: kept.id}
        assert tickets.ticket(connection, kept.id + 1) is None


def test_another_version_is_not_overwritten(database: Engine) -> None:
    with database.begin() as connection:
        one = tickets.add(connection, made(tags=("a", "b")))
        mine = structs.replace(one, tags=("b", "c"), ticket=assign(one.ticket, "r-1", NOW))
        kept = tickets.put(connection, one, mine)
        assert kept is not None
        assert kept.version == 2
        assert tickets.put(connection, one, made()) is None
        found = tickets.ticket(connection, one.id)
    assert found is not None
    assert (found.tags, found.ticket.assignee) == (("b", "c"), "r-1")


def test_what_is_no_change_of_people_s_keeps_the_version(database: Engine) -> None:
    with database.begin() as connection:
        one = tickets.add(connection, made())
        known = Details(subject=ANN, findings=(b"f" * 16,), last=NOW)
        noted = structs.replace(one, details=known, warned=Warned.PAST, updated=NOW + 9)
        tickets.note(connection, noted)
        assert tickets.ticket(connection, one.id) == noted


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("order", Order)
def test_pages_of_every_order_are_the_list(database: Engine, order: Order) -> None:
    with database.begin() as connection:
        for number in range(1, 8):
            due = None if number == 3 else NOW + (number % 3) * HOUR
            ticket = Ticket(severity=Severity(1 + number % 5), opened=NOW)
            one = made(number, due=due, ticket=ticket, updated=NOW + number % 2)
            tickets.add(connection, one)
        wanted = TicketFilter(order=order)
        every = [one.id for one in tickets.page(connection, wanted, None, 50)]
        found: list[int] = []
        after = None
        while some := tickets.page(connection, wanted, after, 2):
            found += [one.id for one in some]
            after = tickets.place_of(some[-1], order)
            assert len(after) == order.length
    assert found == every
    assert sorted(every) == list(range(1, 8))
    if order is Order.URGENT:
        assert every[-1] == 3


def test_each_condition_holds(database: Engine) -> None:
    with database.begin() as connection:
        tickets.add(connection, made(1))
        closed = Ticket(severity=Severity.HIGH, opened=NOW, status=Status.RESOLVED, assignee="r-1")
        tickets.add(connection, made(2, ticket=closed, due=None, tags=("vip",)))
        tickets.add(connection, made(3, held_by=9, due=None, kind=Kind.APPEAL, incident=None))
        tickets.add(connection, made(4, tenant="other", withdrawn=True, details=Details()))
    assert listed(database) == [1, 4]
    assert sorted(listed(database, statuses=EVERY, held=None)) == [1, 2, 3, 4]
    assert listed(database, statuses=EVERY - OPEN) == [2]
    assert listed(database, held=True) == [3]
    assert listed(database, kind=Kind.APPEAL, held=None) == [3]
    assert listed(database, tenant="other") == [4]
    assert listed(database, withdrawn=True) == [4]
    assert listed(database, withdrawn=False) == [1]
    assert listed(database, severity=Severity.HIGH, statuses=EVERY) == [2]
    assert listed(database, assignee="r-1", statuses=EVERY) == [2]
    assert listed(database, assignee="", statuses=EVERY) == [1, 4]
    assert listed(database, tag="vip", statuses=EVERY) == [2]
    assert listed(database, due_before=NOW + HOUR + 1) == [1, 4]
    assert listed(database, due_before=NOW + HOUR) == []
    assert listed(database, subject_key=ANN.key()) == [1]
    assert listed(database, text="vip", statuses=EVERY) == [2]
    assert listed(database, text="#2", statuses=EVERY) == [2]
    assert listed(database, text="oth", by_tenant=True) == [4]
    assert listed(database, text="shared", by_tenant=True) == []
    assert listed(database, text="%") == []
    assert listed(database, text="!!") == []


def test_it_is_found_by_what_is_said_later(database: Engine) -> None:
    with database.begin() as connection:
        one = tickets.add(connection, made(), "198.51.100.7")
        tickets.find_by(connection, one.id, "Called Ann: télétravail")
        tickets.find_by(connection, one.id, "called again")
    for text in ("198.51.100.7", "TELETRAVAIL", "partage", "ann called", "acm"):
        assert listed(database, text=text) == [1], text
    assert listed(database, text="called bob") == []


@settings(max_examples=15, suppress_health_check=list(HealthCheck))
@given(
    text=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40)
)
def test_whatever_is_searched_for_is_answered(database: Engine, text: str) -> None:
    with database.begin() as connection:
        wanted = TicketFilter(text=text)
        assert tickets.count(connection, wanted) == len(tickets.page(connection, wanted, None, 50))


def test_others_about_the_same_account(database: Engine) -> None:
    with database.begin() as connection:
        ids = [tickets.add(connection, made(number)).id for number in (1, 2, 3)]
        assert [one.id for one in tickets.about(connection, ANN, ids[1])] == [ids[2], ids[0]]


def test_what_is_nearly_late_or_late_waits_to_be_told(database: Engine) -> None:
    ticket = Ticket(severity=Severity.MEDIUM, opened=NOW)
    with database.begin() as connection:
        one = tickets.add(connection, made(1, ticket=ticket, due=NOW + 400))
        tickets.add(connection, made(2, ticket=ticket, due=None))
        assert tickets.waiting(connection, NOW + 299, 9) == []
        assert [w.id for w in tickets.waiting(connection, NOW + 300, 9)] == [one.id]
        near = structs.replace(one, warned=Warned.NEAR)
        tickets.note(connection, near)
        assert tickets.waiting(connection, NOW + 399, 9) == []
        assert [w.id for w in tickets.waiting(connection, NOW + 400, 9)] == [one.id]
        tickets.note(connection, structs.replace(one, warned=Warned.PAST))
        assert tickets.waiting(connection, NOW + 9_999, 9) == []


def test_what_is_restricted_is_not_shown(database: Engine) -> None:
    with database.begin() as connection:
        one = tickets.add(connection, made())
        tickets.add(connection, made(2, details=Details()))
        restrictions.restrict(connection, ANN, NOW, "#1", "operator:x")
        assert tickets.ticket(connection, one.id) is None
        assert tickets.ticket(connection, one.id, hidden=True) == one
        assert tickets.waiting(connection, NOW + 9 * HOUR, 9) != []
    assert listed(database) == [2]
