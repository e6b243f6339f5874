"""What is deleted is what is old, a bounded part at a time, each beginning behind the last."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from detectors.core.finding import Severity
from detectors.core.identity import first_id
from monitor.store import forgetting, tables
from monitor.store.forgetting import REACH, Cited
from monitor.store.writing import SnapshotRow, Writing
from tests.monitor.retention.working import NOW, evidence_of, incident, store, stored, visit

EVENTS = [visit(50 - number, number=number) for number in range(10)]


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    store(database, *EVENTS)
    with database.begin() as opened:
        yield opened


def test_what_is_cited_is_found_part_by_part(database: Database) -> None:
    shown = [incident(database, EVENTS[n], EVENTS[n + 1]) for n in range(8)]
    incident(database, EVENTS[0], severity=Severity.LOW)
    since, until = EVENTS[2].time, EVENTS[6].time
    found: list[Cited] = []
    after: bytes | None = bytes(16)
    parts = 0
    with database.begin() as connection:
        while after is not None:
            some, after = forgetting.cited(connection, after, since, until, 2)
            found += some
            parts += 1
    wanted = {
        Cited(event, one.id)
        for one in shown
        for event in one.event_ids
        if EVENTS[2].id <= event < first_id(until)
    }
    assert set(found) == wanted
    assert len(wanted) > 3
    assert parts > 2


def test_a_finding_from_long_before_is_not_looked_at(database: Database) -> None:
    early = incident(database, EVENTS[0])
    with database.begin() as connection:
        near = early.time + REACH
        assert forgetting.cited(connection, bytes(16), near, NOW, 9) == ([], None)
        some, _ = forgetting.cited(connection, bytes(16), early.time, NOW, 9)
        assert some == [Cited(EVENTS[0].id, early.id)]


def test_evidence_is_kept_once_and_only_of_what_is_stored(database: Database) -> None:
    store(database, *EVENTS)
    wanted = [Cited(EVENTS[0].id, b"f" * 16), Cited(b"gone" * 4, b"f" * 16)]
    for _ in range(2):
        with database.begin() as connection:
            assert forgetting.keep_evidence(connection, wanted) == 1
    assert evidence_of(database) == {EVENTS[0].id}


def test_events_are_deleted_from_the_oldest_on(database: Database) -> None:
    store(database, *EVENTS)
    until = EVENTS[7].time
    with database.begin() as connection:
        assert forgetting.oldest_event(connection) == EVENTS[0].id
        assert forgetting.delete_events(connection, until, 3) == 3
        assert forgetting.oldest_event(connection) == EVENTS[3].id
        assert forgetting.delete_events(connection, until, 30) == 4
        assert forgetting.delete_events(connection, until, 30) == 0
    assert set(stored(database)) == {e.id for e in EVENTS[7:]}


def test_bodies_are_read_in_order_and_replaced(connection: Connection) -> None:
    rows = forgetting.bodies_between(connection, EVENTS[1].id, EVENTS[8].id, 3)
    assert [identifier for identifier, _ in rows] == [e.id for e in EVENTS[2:5]]
    forgetting.replace_bodies(connection, [(EVENTS[2].id, b"new")])
    forgetting.replace_bodies(connection, [])
    assert forgetting.bodies_between(connection, EVENTS[1].id, EVENTS[8].id, 1) == [
        (EVENTS[2].id, b"new")
    ]


def test_a_key_is_judged_by_all_its_snapshots_wherever_a_part_ends(connection: Connection) -> None:
    writing = Writing(connection)
    for key in range(-3, 4):
        for slot, days in enumerate((90, 80, 10 if key % 2 else 70)):
            row = SnapshotRow(key, first_id(NOW - days * DAY), 1, b"x")
            if slot == 0:
                writing.save_trailing("account", [row])
            else:
                writing.save_snapshots("account", [row], [first_id(NOW)])
    quiet: list[int] = []
    after: int | None = None
    while True:
        some, after = forgetting.quiet_accounts(connection, after, first_id(NOW - 60 * DAY), 5)
        quiet += some
        if after is None:
            break
    assert quiet == [-2, 0, 2]
    assert forgetting.delete_snapshots(connection, quiet) == 9
    assert forgetting.count(connection, tables.snapshots) == 12
    with forgetting.counted(5):
        assert forgetting.count(connection, tables.snapshots) == 5
    assert forgetting.count(connection, tables.snapshots) == 12


def test_names_are_told_by_when_they_were_first_met(connection: Connection) -> None:
    writing = Writing(connection)
    for key in range(5):
        writing.put_names([(key, "t", f"u{key}", first_id(NOW - key * DAY))])
    before = first_id(NOW - 2 * DAY)
    assert forgetting.old_names(connection, None, before, 4) == ([(3, "t", "u3")], 3)
    assert forgetting.old_names(connection, 3, before, 4) == ([(4, "t", "u4")], None)
    assert forgetting.delete_names(connection, [3, 4, 9]) == 2


def test_nobody_holds_an_incident_without_a_ticket(connection: Connection) -> None:
    assert forgetting.held(connection, [b"x"]) == set()
