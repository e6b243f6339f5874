"""An erasure goes to its end whatever happens on the way, and takes the person and nobody else."""

import signal
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import select

from detectors.core.event import HOUR
from detectors.core.identity import time_of
from monitor.deciding.shelf import key_of
from monitor.erasing.job import STAGES, Erasing
from monitor.erasing.roll import read
from monitor.erasing.said import INSTEAD
from monitor.formats.own import Asked, asked_event
from monitor.mfa.challenge import Reason
from monitor.services import assurance
from monitor.services.subscriber import Subscriber
from monitor.store import compaction, erasures, sign_in_questions, tables
from monitor.store.connection import connect
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.monitor.erasing.leaving import (
    CANARIES,
    NOW,
    PEPPER,
    SUBJECT,
    WHO,
    count,
    dumped,
    erase,
    everything,
    fill,
    is_named,
    later,
    other_findings,
    others,
    own,
    prove,
    request,
    work,
)
from tests.monitor.faults.killing import NEVER, Steps, forked
from tests.monitor.store.test_sign_in_questions import question
from tests.monitor.test_engine import intake, new_engine


def test_nothing_of_the_person_is_left_in_any_row_or_byte(database: Database) -> None:
    fill(database)
    assert is_named(database)
    counts = erase(database)
    held = dumped(database).lower()
    assert [c for c in CANARIES if c in held] == []
    assert counts["events"] == len(own())
    assert counts["unread lines"] == 2
    assert counts["changes disguised"] == 1
    assert counts["findings"] > 5
    assert count(database, tables.rejects) == 1


def test_nor_of_what_they_proved_themselves_with_and_were_asked(database: Database) -> None:
    fill(database)
    prove(database)
    erase(database)
    held = dumped(database).lower()
    assert [c for c in CANARIES if c in held] == []
    with database.begin() as connection:
        [proof] = connection.execute(select(tables.recoveries.c.proof)).scalars()
    assert proof == INSTEAD, "somebody else's, in which the person was named"


def test_what_was_asked_before_and_comes_from_beside_the_database_afterwards_stays_nowhere(
    database: Database,
) -> None:
    fill(database)
    erase(database)
    asked = Asked(handle="a" * 32, time=NOW - HOUR, tenant="t", account=WHO, session="canary-s")
    about = {"session": asked.session, "time": asked.time, "created": asked.time}
    row = question(1, handle=asked.handle, tenant="t", account=WHO, **about)
    event = asked_event(asked)
    row = structs.replace(row, subject_key=SUBJECT.key(), event_id=event.id)
    with database.begin() as connection:
        sign_in_questions.add(connection, [row])
        who = Subscriber("t", WHO)
        until, key = NOW + HOUR, key_of(asked.handle)
        assurance.demand(connection, who, "canary-s", NOW, until, Reason.UNUSUAL, key)
    engine = new_engine(database, pepper=PEPPER)
    assert engine.process([intake([event])]).erased == 1
    engine.stop()
    compaction.compact(database)
    assert not is_named(database)


def test_nothing_changes_for_others(database: Database) -> None:
    fill(database)
    before = other_findings(database)
    assert len(before) > 20
    erase(database)
    assert other_findings(database) == before
    engine = new_engine(database, pepper=PEPPER)
    # Folded again from the first event on, with what is left.
    with database.begin() as connection:
        connection.execute(tables.snapshots.delete())
        Writing(connection).set_note("stopped", b"0")
    engine.process([intake(others()[:3])])
    engine.stop()
    assert other_findings(database) == before


def test_standing_incidents_are_kept_under_another_name(database: Database) -> None:
    fill(database)
    counts = erase(database, keeps=True)
    assert counts["incidents kept"] >= 1
    assert counts["evidence kept"] >= 3
    with database.begin() as connection:
        [told] = erasures.every(connection)
        rows = connection.execute(tables.incidents.select()).all()
    # Whom they are about is told in one row, for whoever has to answer for it.
    assert told.account == WHO
    assert told.pseudonym in {row.subject for row in rows}
    for table in tables.metadata.sorted_tables:
        if table.name != "erasures":
            with database.begin() as connection:
                for row in connection.execute(table.select()):
                    assert b"canary" not in repr(tuple(row)).lower().encode(), table.name


def test_it_does_not_come_back_when_the_log_is_read_again(database: Database) -> None:
    fill(database)
    erase(database)
    left = count(database, tables.events)
    engine = new_engine(database, pepper=PEPPER)
    outcome = engine.process([intake(everything())])
    engine.stop()
    assert outcome.erased == len(own())
    assert count(database, tables.events) == left
    assert not is_named(database)


def test_whoever_comes_afterwards_is_new(database: Database) -> None:
    fill(database)
    erase(database)
    engine = new_engine(database, pepper=PEPPER)
    fresh = [later(number=n, hours=1 + n / 60) for n in range(3)]
    engine.process([intake(fresh)])
    with database.begin() as connection:
        writing = Writing(connection)
        [found] = writing.findings_of(SUBJECT)
        assert found.evidence.facts["uses"] == 2  # nothing from before is known
        stored = writing.events_of(SUBJECT, bytes(16))
    assert [event.id for event in stored] == [event.id for event in fresh]
    engine.stop()


def test_what_comes_in_while_it_is_at_work_is_kept_and_not_judged(database: Database) -> None:
    fill(database)
    engine = new_engine(database, pepper=PEPPER)
    engine.process([intake([later(0.1)])])
    request(database, now=NOW + HOUR)
    steps = Erasing(work(), database)
    engine.idle(NOW + HOUR)
    for number in range(len(STAGES)):
        engine.process([intake([later(2, 1_000 + number)])])
        steps.step(engine)
    while steps.step(engine):
        pass
    engine.stop()
    with database.begin() as connection:
        writing = Writing(connection)
        assert writing.findings_of(SUBJECT) == []
        assert writing.events_of(SUBJECT, bytes(16)) == []
        assert not writing.keys_with_snapshots("account", [SUBJECT.key()])
    events = [e for e in dumped(database).split(b"\n") if WHO.encode() in e]
    assert events  # of after the request: another person's
    assert time_of(later(2, 1_000).id) > NOW + HOUR


def test_memory_forgets_too(database: Database) -> None:
    engine = new_engine(database, pepper=PEPPER)
    engine.process([intake(everything())])
    assert engine.cells.find(("t", WHO)) is not None
    request(database)
    steps = Erasing(work(), database)
    engine.idle(NOW)
    while steps.step(engine):
        pass
    assert engine.cells.find(("t", WHO)) is None
    engine.stop()
    assert not is_named(database)


def test_it_is_noted_for_restores_beside_the_key(database: Database, tmp_path: Path) -> None:
    fill(database)
    erase(database, folder=tmp_path)
    [one] = read(tmp_path)
    assert one.until == NOW
    assert not one.keeps
    assert b"canary" not in (tmp_path / "erased.ndjson").read_bytes()


def whole(url: str, deadly: int = NEVER) -> int:
    """By a process of its own; how many steps it took."""
    database = connect(url)
    engine = new_engine(database, pepper=PEPPER)
    engine.idle(NOW)
    steps = Steps(deadly)
    steps.watch(database)
    erasing = Erasing(work(), database)
    while erasing.step(engine):
        pass
    taken = steps.taken
    engine.stop()
    database.dispose()
    return taken


def killed(databases: Databases, most: int) -> None:
    def filled() -> str:
        url = databases.url()
        made = databases.connect(url)
        fill(made)
        request(made)
        made.dispose()
        return url

    first = filled()
    before = other_findings(databases.connect(first))
    steps = whole(first)
    points = 0
    for point in range(1, steps, max(1, steps // most)):
        again = filled()
        ended = forked(lambda again=again, point=point: whole(again, point))
        points += ended == -signal.SIGKILL
        whole(again)
        made = databases.connect(again)
        assert other_findings(made) == before, f"killed at {point} of {steps}"
        assert not is_named(made), f"killed at {point} of {steps}"
        with made.begin() as connection:
            [told] = erasures.every(connection)
        assert told.finished == NOW
        assert told.counts["events"] == len(own())
        made.dispose()
    assert points > 3


def test_a_kill_on_the_way_changes_nothing_about_the_end(databases: Databases) -> None:
    killed(databases, 8)


@pytest.mark.soak
def test_a_kill_anywhere_changes_nothing_about_the_end(databases: Databases) -> None:
    killed(databases, 10_000)
