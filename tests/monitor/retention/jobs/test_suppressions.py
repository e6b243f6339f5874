"""What is over and holds nothing back goes, with what it met."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.suppressions import Suppressions
from monitor.store import suppressions, tables
from tests.monitor.retention.working import LIMITS, add, count, run
from tests.monitor.services.ticketed import Desk, incident


def test_a_suppression_that_is_over_goes_once_it_holds_nothing_back(database: Database) -> None:
    desk = Desk(database)
    desk.now = LIMITS.incidents - 9
    rule = desk.suppress(until=LIMITS.incidents - 1, since=0)
    desk.suppress(until=LIMITS.incidents, since=0)
    assert desk.take(incident()).suppressed_by == rule.id
    assert run(Suppressions(), database) == 0
    desk.now = LIMITS.incidents + 9
    assert desk.take(incident()).is_new
    with database.begin() as connection:
        told = Suppressions().due(connection, LIMITS)
    assert (told.kept, told.due) == (2, 1)
    assert run(Suppressions(), database) == 1
    with database.begin() as connection:
        assert suppressions.suppression(connection, rule.id) is None
        assert suppressions.matches_of(connection, rule.id) == []


def test_what_one_met_goes_with_the_incident(database: Database) -> None:
    desk = Desk(database)
    there = incident()
    desk.put(there)
    old = LIMITS.incidents - 1
    for one, time in ((there.id, old), (b"8" * 16, old), (b"9" * 16, LIMITS.incidents)):
        add(database, tables.suppression_matches, suppression_id=1, incident_id=one, time=time)
    assert run(Suppressions(), database) == 1
    assert count(database, tables.suppression_matches) == 2
