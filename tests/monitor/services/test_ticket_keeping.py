"""A ticket is kept with its clock and its history, and never over what somebody else made of it."""

import pytest
from msgspec import structs
from sqlalchemy import Engine

from alerts.ticket import LIMITS, Limits, Warned, assign
from detectors.core.event import HOUR
from detectors.core.finding import Severity
from monitor.services.ticket_keeping import clocked, keep
from monitor.store import tickets
from monitor.store.ticket_notes import Deed
from tests.monitor.services.ticketed import NOW, Desk


def test_the_clock_is_the_one_that_runs_now(database: Engine) -> None:
    one = structs.replace(Desk(database).opened(), warned=Warned.NEAR)
    assert clocked(one, None) == one
    taken = structs.replace(one, ticket=assign(one.ticket, "r-1", NOW + HOUR))
    after = clocked(taken, None)
    assert (after.due, after.warned) == (NOW + LIMITS[Severity.HIGH].resolution, Warned.NOTHING)
    quick = {**LIMITS, Severity.HIGH: Limits(5, 6)}
    assert clocked(one, quick).due == NOW + 5
    assert clocked(structs.replace(one, held_by=3), None).due is None


def test_what_was_changed_meanwhile_is_not_kept(database: Engine) -> None:
    desk = Desk(database)
    one = desk.opened()
    desk.close(one)
    later = structs.replace(one, ticket=assign(one.ticket, "r-1", NOW))
    with pytest.raises(RuntimeError, match="changed"), database.begin() as connection:
        keep(connection, one, later, Deed.EVIDENCE, NOW, None)
    with database.begin() as connection:
        stands = tickets.ticket(connection, one.id)
    assert stands is not None
    assert stands.ticket.assignee is None
