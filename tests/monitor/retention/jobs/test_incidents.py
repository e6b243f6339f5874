"""Incidents go a year after their last evidence, with all that only they kept."""

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database

from monitor.retention.jobs.details import Details
from monitor.retention.jobs.events import Events
from monitor.retention.jobs.incidents import Incidents
from monitor.store import forgetting, tables
from monitor.store.writing import Writing
from tests.monitor.retention.working import LIMITS, count, evidence_of, incident, run, store, visit
from tests.monitor.store.test_writing import found

OLD = [visit(days, account) for days, account in ((500, "a"), (400, "b"))]
YOUNG = visit(364, "c")


@pytest.fixture
def kept(database: Database) -> Database:
    store(database, *OLD, YOUNG)
    for event in (*OLD, YOUNG):
        incident(database, event)
    run(Details(), database)
    run(Events(), database)
    assert evidence_of(database) == {e.id for e in (*OLD, YOUNG)}
    return database


def test_findings_and_evidence_go_with_them(kept: Database) -> None:
    assert run(Incidents(), kept) == 6
    assert evidence_of(kept) == {YOUNG.id}
    assert count(kept, tables.incidents) == count(kept, tables.findings) == 1
    assert run(Incidents(), kept) == 0


def test_one_that_is_held_stays_and_holds_up_no_other(
    kept: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kept.begin() as connection:
        [held, _] = forgetting.old_incidents(connection, LIMITS.incidents, (0, b""), 9)
    monkeypatch.setattr(forgetting, "held", lambda _, ids: {held.id} & {*ids})
    assert run(Incidents(), kept) == 3
    assert evidence_of(kept) == {OLD[0].id, YOUNG.id}


def test_findings_that_are_no_incidents_go_by_their_own_time(database: Database) -> None:
    with database.begin() as connection:
        writing = Writing(connection)
        for event in (*OLD, YOUNG):
            writing.put_findings([structs.replace(found(0), id=event.id, time=event.time)])
    assert run(Incidents(), database) == 2
    assert count(database, tables.findings) == 1


def test_what_is_due_is_counted(kept: Database) -> None:
    with kept.begin() as connection:
        due = Incidents().due(connection, LIMITS)
    assert (due.kept, due.due, due.before) == (3, 2, LIMITS.incidents)
