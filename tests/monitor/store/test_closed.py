"""What people closed long ago goes with all that was said of it, and nothing that still holds."""

import pytest
from sqlalchemy import Engine, delete, func, select

from alerts.ladder import Step
from alerts.measure import OVER, TOUCHED, Measure, State
from monitor.store import closed, measures, tables
from monitor.store.ticket_notes import LinkKind, add_comment, add_link
from tests.monitor.services.ticketed import NOW, Desk, T, found, incident

SOON, LATER = NOW - 1, NOW + 10_000_000_000_000


def count(database: Engine, table: object) -> int:
    with database.begin() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def forget_incidents(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(delete(tables.incidents))


def measure(
    database: Engine, state: State, ticket: int | None = None, about: bytes | None = None
) -> int:
    one = Measure(
        tenant=T,
        account="u-1042",
        step=Step.SUSPEND,
        state=state,
        created=NOW,
        ticket=ticket,
        incident=about,
    )
    with database.begin() as connection:
        made = measures.add(connection, one, NOW + 5)
    assert made is not None
    return made.id


def said(database: Engine, desk: Desk, name: str) -> int:
    """A ticket with a comment and a link."""
    number = desk.take(incident(name=name), [found(1)]).ticket_id
    one = desk.ticket(number)
    with database.begin() as connection:
        add_comment(connection, one, "seen", time=NOW, actor=("reviewer:r-1", "Ada"))
        add_link(connection, one, LinkKind.RELATED, other=one.id + 1)
    return one.id


def test_a_closed_ticket_goes_with_all_of_it_and_an_open_one_stays(database: Engine) -> None:
    desk = Desk(database)
    first, second = said(database, desk, "one"), said(database, desk, "two")
    desk.close(desk.ticket(first))
    with database.begin() as connection:
        assert closed.old_tickets(connection, LATER, 9) == []  # its incident is there
    forget_incidents(database)
    with database.begin() as connection:
        assert closed.old_tickets(connection, SOON, 9) == []
        assert closed.old_tickets(connection, LATER, 9) == [first]
        assert closed.count_old_tickets(connection, LATER) == 1
        assert closed.forget_tickets(connection, [first]) == 1
        assert closed.forget_tickets(connection, []) == 0
    assert desk.ticket(second).id == second
    for table in (tables.tickets, tables.ticket_comments, tables.ticket_links):
        assert count(database, table) == 1


@pytest.mark.parametrize("state", list(State))
def test_a_ticket_that_a_measure_rests_on_stays_until_that_is_over(
    database: Engine, state: State
) -> None:
    desk = Desk(database)
    number = said(database, desk, "one")
    desk.close(desk.ticket(number))
    forget_incidents(database)
    measure(database, state, number)
    with database.begin() as connection:
        expected = [] if state in TOUCHED else [number]
        assert closed.old_tickets(connection, LATER, 9) == expected
        # What waits for a person does not for ever, where its ticket is closed.
        expected = [number] if state in OVER else []
        assert closed.old_tickets(connection, NOW + 1, 9) == expected


def test_measures_go_when_they_are_over(database: Engine) -> None:
    for state in State:
        measure(database, state)
    with database.begin() as connection:
        assert closed.forget_measures(connection, SOON, 99) == 0
        assert closed.count_old_measures(connection, LATER) == len(OVER)
        assert closed.forget_measures(connection, LATER, 2) == 2
        assert closed.forget_measures(connection, LATER, 99) == len(OVER) - 2
        assert closed.count_old_measures(connection, LATER) == 0
    assert count(database, tables.measures) == len(State) - len(OVER)


@pytest.mark.parametrize("state", [State.UNDONE, State.PROPOSED])
def test_a_measure_goes_after_its_incident_and_after_its_ticket(
    database: Engine, state: State
) -> None:
    desk = Desk(database)
    one = incident(name="one")
    number = desk.take(one, [found(1)]).ticket_id
    measure(database, state, number, one.id)
    for gone in (tables.incidents, tables.tickets):
        with database.begin() as connection:
            assert closed.forget_measures(connection, LATER, 9) == 0
            connection.execute(delete(gone))
    with database.begin() as connection:
        assert closed.forget_measures(connection, LATER, 9) == 1


def test_an_incident_stays_while_its_ticket_is_open(database: Engine) -> None:
    desk = Desk(database)
    one, two = incident(name="one"), incident(name="two")
    number = desk.take(one, [found(1)]).ticket_id
    desk.take(two, [found(1)])
    desk.close(desk.ticket(number))
    with database.begin() as connection:
        assert closed.held(connection, [one.id, two.id, bytes(16)]) == {two.id}


@pytest.mark.parametrize("state", list(State))
def test_an_incident_stays_while_what_was_done_for_it_is_in_force(
    database: Engine, state: State
) -> None:
    one = incident(name="one")
    measure(database, state, None, one.id)
    with database.begin() as connection:
        expected = {one.id} if state in TOUCHED else set()
        assert closed.held(connection, [one.id]) == expected
