"""Whom a kept incident is about is told for as long as the incident is there."""

from sqlalchemy import Engine as Database
from sqlalchemy import delete

from monitor.retention.jobs.erasures import Erasures
from monitor.store import erasures, tables
from tests.monitor.erasing.leaving import WHO, erase, fill
from tests.monitor.retention.working import LIMITS, run


def test_it_is_forgotten_with_the_last_incident(database: Database) -> None:
    fill(database)
    erase(database, keeps=True)
    assert run(Erasures(), database) == 0
    with database.begin() as connection:
        assert Erasures().due(connection, LIMITS).kept == 1
        [one] = erasures.every(connection)
        assert one.account == WHO
        connection.execute(delete(tables.incidents))
        assert Erasures().due(connection, LIMITS).due == 1
    assert run(Erasures(), database) == 1
    with database.begin() as connection:
        [one] = erasures.every(connection)
        assert (one.tenant, one.account) == (None, None)
        assert Erasures().due(connection, LIMITS).kept == 0
    assert run(Erasures(), database) == 0
