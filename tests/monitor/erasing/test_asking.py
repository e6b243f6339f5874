"""From the moment that it is asked for, an erasure holds."""

from sqlalchemy import Engine as Database

from detectors.core.event import HOUR, MINUTE
from monitor.erasing.asking import ask
from monitor.store import erasures
from tests.monitor.erasing.leaving import NOW, PEPPER, SUBJECT, fill, later, own, request


def test_one_at_work_is_asked_for_once(database: Database) -> None:
    assert request(database) == request(database)
    with database.begin() as connection:
        assert len(erasures.every(connection)) == 1
        assert len(erasures.buried(connection)) == 3


def test_it_reaches_what_a_clock_ahead_has_told_of_already(database: Database) -> None:
    ahead = later(5 * MINUTE / HOUR)
    fill(database, [*own(3), ahead])
    request(database)
    with database.begin() as connection:
        [one] = erasures.every(connection)
    assert one.until == ahead.time
    assert one.requested == NOW


def test_a_restore_says_until_when(database: Database) -> None:
    with database.begin() as connection:
        ask(connection, SUBJECT, PEPPER, NOW, actor="daemon:x", reason="", keeps=False, until=7)
        [one] = erasures.every(connection)
    assert one.until == 7
