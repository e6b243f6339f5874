"""The console's links and sessions go when they have expired."""

from sqlalchemy import Engine as Database

from monitor.retention.jobs.keys import Keys
from monitor.store import tables
from tests.monitor.retention.working import DAY, LIMITS, NOW, add, count, run


def test_expired_ones_go(database: Database) -> None:
    for number, expires in enumerate((NOW - DAY, NOW, NOW + 1)):
        add(
            database, tables.console_keys, digest=bytes([number]) * 32, kind="link", expires=expires
        )
    with database.begin() as connection:
        due = Keys().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 2)
    assert run(Keys(), database) == 2
    assert count(database, tables.console_keys) == 1
