"""Measures that are over go a year after their last change; one that stands never does."""

from sqlalchemy import Engine as Database

from alerts.ladder import Step
from alerts.measure import Measure, State
from monitor.retention.jobs.measures import Measures
from monitor.store import measures, tables
from tests.monitor.retention.working import LIMITS, count, run

OLD = LIMITS.incidents - 1


def test_what_is_over_goes_and_what_stands_stays(database: Database) -> None:
    for state in (State.DONE, State.UNDONE, State.IN_FORCE, State.REQUESTED):
        one = Measure(tenant="acme", account="u-1", step=Step.SUSPEND, state=state, created=OLD)
        with database.begin() as connection:
            assert measures.add(connection, one) is not None
    with database.begin() as connection:
        due = Measures().due(connection, LIMITS)
    assert due.kept == 4
    assert run(Measures(), database) == due.due > 0
    assert count(database, tables.measures) == 4 - due.due >= 2
