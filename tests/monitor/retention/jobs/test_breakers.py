"""How a responder did goes when nothing is asked of it any more."""

from sqlalchemy import Engine as Database

from alerts.outbox import Breaker
from monitor.retention.jobs.breakers import Breakers
from monitor.store import leases
from tests.monitor.retention.working import LIMITS, run


def test_who_was_not_heard_of_for_long_is_forgotten(database: Database) -> None:
    old = LIMITS.health - 1
    with database.begin() as connection:
        for name, until, at in (
            ("gone", old, old),
            ("open", LIMITS.health, old),
            ("used", 0, LIMITS.health),
        ):
            leases.note_breaker(connection, name, Breaker(failures=5, until=until), "no", at)
        due = Breakers().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 1)
    assert run(Breakers(), database) == 1
    with database.begin() as connection:
        assert set(leases.breakers(connection)) == {"open", "used"}
