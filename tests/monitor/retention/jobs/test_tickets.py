"""Closed tickets go a year after their last change, behind their incident, and open ones never."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.tickets import Tickets
from monitor.store import tables
from tests.monitor.retention.working import LIMITS, count, run
from tests.monitor.services.ticketed import NOW, Desk, incident


def test_what_was_closed_goes_and_what_is_open_stays(database: Database) -> None:
    desk = Desk(database)
    for name in ("one", "two", "three"):
        desk.take(incident(name=name))
    for number in (1, 2):
        desk.close(desk.ticket(number))
    with database.begin() as connection:
        table = tables.tickets
        early = table.update().where(table.c.id != 1).values(updated=LIMITS.incidents - 1)
        connection.execute(early)
        late = table.update().where(table.c.id == 1).values(updated=NOW)
        connection.execute(late)
        assert Tickets().due(connection, LIMITS).due == 0  # its incident is there
        connection.execute(tables.incidents.delete())
        due = Tickets().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 1)
    assert run(Tickets(), database) == 1
    assert count(database, tables.tickets) == 2
