"""Several tickets are changed at once, and put back at once but for what somebody changed since."""

import pytest
from sqlalchemy import Engine

from alerts.ticket import Change, Disposition, Kind, Status, TicketError
from detectors.core.event import DAY
from monitor.services.opening import open_ticket
from monitor.services.refusal import NotThereError
from monitor.services.ticket_acts import MOST, TicketActs
from monitor.services.tickets import Tickets
from monitor.store import reviewers
from tests.monitor.services.people import program
from tests.monitor.services.test_tickets import ADA, FOREIGN, NOW, PEOPLE, T
from tests.monitor.services.ticketed import Desk, found, incident

CLOSE = Change(disposition=Disposition.FALSE_POSITIVE, add_tags=frozenset(("bulk",)))


@pytest.fixture
def desk(database: Engine) -> Desk:
    with database.begin() as connection:
        reviewers.add(connection, PEOPLE[0])
    return Desk(database)


@pytest.fixture
def acts(desk: Desk) -> TicketActs:
    return TicketActs(desk.database, lambda: desk.now)


def status(desk: Desk, number: int) -> tuple[Status, tuple[str, ...]]:
    one = desk.ticket(number)
    return one.ticket.status, one.tags


def test_all_are_changed_and_all_are_put_back(desk: Desk, acts: TicketActs) -> None:
    numbers = [desk.opened(name).id for name in "abc"]
    before = [desk.ticket(number) for number in numbers]
    done = acts.change(ADA, dict.fromkeys(numbers), CLOSE, "printer test")
    assert (list(done.changed), done.refused) == (numbers, ())
    assert {status(desk, number) for number in numbers} == {(Status.RESOLVED, ("bulk",))}
    (act,) = acts.last(ADA)
    assert (act.act, act.tickets, act.undone) == (done.act, 3, 0)
    assert acts.last(FOREIGN) == []
    undone = acts.undo(ADA, done.act)
    assert list(undone.changed) == numbers
    after = [desk.ticket(number) for number in numbers]
    assert [one.ticket for one in after] == [one.ticket for one in before]
    assert [one.due for one in after] == [one.due for one in before]
    assert {one.version for one in after} == {3}
    assert acts.last(ADA)[0].undone == 3


def test_what_was_changed_since_is_left_as_it_is(desk: Desk, acts: TicketActs) -> None:
    first, second, third = (desk.opened(name).id for name in "abc")
    done = acts.change(ADA, {first: 1, second: 1, third: 1}, CLOSE)
    Tickets(desk.database, lambda: desk.now).change(ADA, first, Change(status=Status.IN_PROGRESS))
    undone = acts.undo(ADA, done.act)
    assert undone.changed == (second, third)
    assert [one.number for one in undone.refused] == [first]
    assert status(desk, first)[0] is Status.IN_PROGRESS
    again = acts.undo(ADA, done.act)
    assert again.changed == ()
    assert len(again.refused) == 3


def test_evidence_since_is_not_undone(desk: Desk, acts: TicketActs) -> None:
    number = desk.take(incident(found(1))).ticket_id or 0
    done = acts.change(ADA, {number: None}, CLOSE)
    assert desk.take(incident(found(1), found(2)), [found(1), found(2)]).reopened
    assert acts.undo(ADA, done.act).changed == ()
    assert status(desk, number)[0] is Status.NEW


def test_those_that_cannot_go_there_are_told_and_the_rest_goes(
    desk: Desk, acts: TicketActs
) -> None:
    one, two = desk.opened("a").id, desk.opened("b").id
    acts.change(ADA, {one: 1}, CLOSE)
    done = acts.change(ADA, {one: 1, two: 1, 999: None}, CLOSE)
    assert done.changed == (two,)
    assert [(r.number, r.why.fr != r.why.en) for r in done.refused] == [(one, True), (999, True)]
    same = acts.change(ADA, {two: None}, CLOSE)
    assert same.changed == ()
    assert acts.change(ADA, {two: None}, Change(status=Status.NEW)).changed == ()


def test_what_is_no_act_is_refused(desk: Desk, acts: TicketActs) -> None:
    number = desk.opened().id
    with pytest.raises(TicketError):
        acts.change(ADA, {}, CLOSE)
    with pytest.raises(TicketError):
        acts.change(ADA, {number: None}, Change())
    with pytest.raises(TicketError):
        acts.change(ADA, dict.fromkeys(range(MOST + 1)), CLOSE)
    with pytest.raises(NotThereError):
        acts.undo(ADA, "0" * 16)


def test_another_tenants_tickets_are_not_there(desk: Desk, acts: TicketActs) -> None:
    number = desk.opened().id
    done = acts.change(FOREIGN, {number: None}, CLOSE)
    assert done.changed == ()
    mine = acts.change(ADA, {number: None}, CLOSE)
    with pytest.raises(NotThereError):
        acts.undo(FOREIGN, mine.act)


def test_put_back_it_is_not_held_by_a_suppression_that_is_over(
    desk: Desk, acts: TicketActs
) -> None:
    held = desk.suppress().id
    number = desk.take(incident()).ticket_id or 0
    first = acts.change(ADA, {number: 1}, Change(assignee="r-1"))
    acts.undo(ADA, first.act)
    assert desk.ticket(number).held_by == held
    second = acts.change(ADA, {number: None}, Change(assignee="r-1"))
    desk.now += 366 * DAY
    acts.undo(ADA, second.act)
    assert desk.ticket(number).held_by is None
    assert desk.ticket(number).due is not None


def test_no_program_puts_a_guardrail_s_end_back(desk: Desk, acts: TicketActs) -> None:
    with desk.database.begin() as connection:
        number = open_ticket(connection, Kind.GUARDRAIL, T, None, "Guardrail", now=NOW)
    acts.change(ADA, {number: None}, CLOSE)
    again = acts.change(ADA, {number: None}, Change(status=Status.IN_PROGRESS))
    undone = acts.undo(program("tickets:write"), again.act)
    assert ([one.number for one in undone.refused], undone.changed) == ([number], ())
    assert status(desk, number)[0] is Status.IN_PROGRESS
    assert acts.undo(ADA, again.act).changed == (number,)
