"""Details go after so many days, but from evidence not, and never before accounts have followed."""

from msgspec import structs
from sqlalchemy import Engine as Database

from detectors.core.event import SignIn
from detectors.core.finding import Severity
from monitor import horizon
from monitor.retention.jobs.details import Details
from monitor.retention.periods import Periods
from monitor.truncation import truncated
from tests.monitor.retention.working import (
    LIMITS,
    NOW,
    PERIODS,
    incident,
    run,
    store,
    stored,
    visit,
)

OLD = [visit(40 + number, number=number) for number in range(4)]
YOUNG = [visit(number, number=number) for number in range(3)]


def test_old_events_are_truncated_and_the_horizon_has_moved(database: Database) -> None:
    store(database, *OLD, *YOUNG)
    assert run(Details(), database) == len(OLD)
    assert stored(database) == {
        **{e.id: truncated(e) for e in OLD},
        **{e.id: e for e in YOUNG},
    }
    with database.begin() as connection:
        at = horizon.noted(connection)
    assert (at.coarse, at.carried, at.closed) == (LIMITS.folded,) * 3
    assert run(Details(), database) == 0


def test_what_shows_an_incident_for_review_stays_whole(database: Database) -> None:
    store(database, *OLD, *YOUNG)
    incident(database, OLD[1], days=2)
    incident(database, OLD[2], severity=Severity.LOW)
    run(Details(), database)
    kept = stored(database)
    assert [kept[e.id] == e for e in OLD] == [False, True, False, False]


def test_accounts_are_at_the_horizon_before_anything_is_truncated(database: Database) -> None:
    store(database, *OLD, *[visit(40, "b", n) for n in range(500)])
    job = Details()
    cells_changed = run(job, database, structs.replace(LIMITS, truncates=False))
    assert cells_changed == 0
    assert all(isinstance(e, SignIn) and e.ip == "192.0.2.7" for e in stored(database).values())
    with database.begin() as connection:
        at = horizon.noted(connection)
    assert (at.coarse, at.carried) == (0, LIMITS.folded)


def test_what_is_due_is_counted_without_touching_it(database: Database) -> None:
    store(database, *OLD, *YOUNG)
    with database.begin() as connection:
        due = Details().due(connection, LIMITS)
        assert (due.kept, due.due, due.before) == (7, 4, LIMITS.folded)
        whole = Periods(details=PERIODS.events).at(NOW)
        assert Details().due(connection, whole).due == 0
    run(Details(), database)
    with database.begin() as connection:
        due = Details().due(connection, LIMITS)
        assert (due.kept, due.due) == (3, 0)
