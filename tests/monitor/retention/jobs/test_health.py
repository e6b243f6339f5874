"""What was wrong goes long after it ended; what is wrong stays."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.health import Health
from monitor.store import tables
from tests.monitor.retention.working import DAY, LIMITS, NOW, add, count, run


def test_what_ended_long_ago_goes(database: Database) -> None:
    for since, until in ((400, 91), (300, 89), (500, None)):
        add(
            database,
            tables.health,
            subject="engine",
            kind="silent",
            since=NOW - since * DAY,
            until=None if until is None else NOW - until * DAY,
            facts=b"\x80",
        )
    with database.begin() as connection:
        due = Health().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 1)
    assert run(Health(), database) == 1
    assert count(database, tables.health) == 2
