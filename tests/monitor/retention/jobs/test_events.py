"""Old events go, but for copies of those that show incidents for review."""

from msgspec import structs
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from detectors.core.finding import Severity
from monitor import horizon
from monitor.retention.jobs.details import Details
from monitor.retention.jobs.events import Events
from monitor.store import tables
from monitor.store.partitions import days, ensure
from monitor.store.reading import Reading
from monitor.store.writing import Writing
from tests.monitor.retention.working import (
    LIMITS,
    count,
    evidence_of,
    incident,
    run,
    store,
    stored,
    visit,
)

OLD = [visit(95 + number, number=number) for number in range(4)]
YOUNG = [visit(40 + number, number=number) for number in range(3)]


def test_before_accounts_have_followed_nothing_goes(database: Database) -> None:
    store(database, *OLD, *YOUNG)
    assert run(Events(), database) == 0
    assert len(stored(database)) == 7


def test_old_events_go_and_evidence_can_still_be_read(database: Database) -> None:
    store(database, *OLD, *YOUNG)
    shown = incident(database, OLD[3], OLD[1], days=20)
    incident(database, OLD[2], severity=Severity.LOW)
    gone = incident(database, OLD[0], days=21)
    with database.begin() as connection:
        Writing(connection).withdraw_findings([gone.id])
    run(Details(), database)
    run(Events(), database)
    assert set(stored(database)) == {e.id for e in YOUNG}
    assert evidence_of(database) == {OLD[1].id, OLD[3].id}
    assert Reading(database).events(shown.event_ids) == [OLD[3], OLD[1]]
    with database.begin() as connection:
        assert horizon.noted(connection).kept == LIMITS.events
    assert run(Events(), database) == 0


def test_what_comes_in_afterwards_from_then_goes_as_well(database: Database) -> None:
    store(database, *YOUNG)
    run(Details(), database)
    run(Events(), database)
    store(database, *OLD, late=True)
    assert count(database, tables.events) == 7
    assert run(Events(), database) == 4
    assert count(database, tables.events) == 3


def test_days_of_their_own_go_whole(database: Database) -> None:
    number = OLD[0].time // DAY
    wanted = ensure(database, [number, number + 1])
    store(database, *OLD, *YOUNG)
    run(Details(), database)
    run(Events(), database)
    with database.begin() as connection:
        assert not set(days(connection)) & set(wanted)
    assert set(stored(database)) == {e.id for e in YOUNG}


def test_what_is_due_is_counted(database: Database) -> None:
    store(database, *OLD, *YOUNG)
    with database.begin() as connection:
        due = Events().due(connection, LIMITS)
        assert (due.kept, due.due, due.before) == (7, 4, LIMITS.events)
        assert Events().due(connection, structs.replace(LIMITS, events=0)).due == 0
