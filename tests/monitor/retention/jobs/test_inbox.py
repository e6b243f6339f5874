"""What sources sent that are gone goes; what was answered for and can be read never does."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.inbox import Inbox
from monitor.store import tables
from tests.monitor.retention.working import DAY, LIMITS, NOW, add, count, run


def test_only_what_nobody_will_read_goes(database: Database) -> None:
    for source, days in (("crm", 400), ("gone", 400), ("gone", 2)):
        add(
            database,
            tables.inbox,
            source=source,
            received=NOW - days * DAY,
            lines=1,
            size=1,
            body=b"x",
        )
    assert run(Inbox(), database, sources=["crm"]) == 1
    assert count(database, tables.inbox) == 2
    assert run(Inbox(), database, sources=[]) == 1
    with database.begin() as connection:
        due = Inbox().due(connection, LIMITS)
    assert (due.kept, due.due) == (1, 0)
