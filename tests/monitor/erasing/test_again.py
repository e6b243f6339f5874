"""A backup from before an erasure, restored, brings nobody back."""

from pathlib import Path

from sqlalchemy import Engine as Database
from sqlalchemy import delete

from alerts.ladder import Step
from alerts.measure import Measure, State
from alerts.ports import Action, Order, Target
from alerts.suppression import Scope, Suppression
from alerts.ticket import Kind
from detectors.core.identity import Subject, SubjectKind
from monitor.backup.archive import Reader
from monitor.backup.restoring import restore
from monitor.backup.taking import take
from monitor.erasing.again import again, known_in, subjects
from monitor.erasing.job import Erasures
from monitor.erasing.roll import Erased, key_of, read
from monitor.protection.tombstones import Named, tombstone
from monitor.services.leaving import is_known
from monitor.services.opening import open_ticket
from monitor.store import erasures, measures, outbox, suppressions, tables
from monitor.store.gate_list import GateTable
from monitor.store.suppressions import StoredSuppression
from tests.databases import Databases
from tests.monitor.erasing.leaving import (
    NOW,
    PEPPER,
    SUBJECT,
    count,
    erase,
    everything,
    fill,
    is_named,
    other_findings,
    others,
    own,
)
from tests.monitor.test_engine import intake, new_engine

LATER = NOW + 1


def restored(databases: Databases, path: Path, known: list[Erased]) -> tuple[Database, int]:
    url = databases.url(empty=True)
    done: list[int] = []
    work = Erasures(lambda: PEPPER, None, lambda: LATER)
    with Reader(path) as reader:
        restore(reader, url, LATER, erase=lambda made: done.append(again(made, known, work, LATER)))
    return databases.connect(url), done[0]


def test_whoever_was_erased_since_is_erased_again(databases: Databases, tmp_path: Path) -> None:
    first = databases.new()
    fill(first)
    before = other_findings(first)
    take(first, tmp_path / "a.vigie.tar", NOW)
    erase(first, folder=tmp_path)
    for known in (read(tmp_path), _of(first)):
        second, gone = restored(databases, tmp_path / "a.vigie.tar", known)
        assert gone == 1
        assert not is_named(second)
        assert other_findings(second) == before
        # Nor by reading the log again.
        engine = new_engine(second, pepper=PEPPER)
        assert engine.process([intake(everything())]).erased == len(own())
        engine.stop()
        assert not is_named(second)


def _of(database: Database) -> list[Erased]:
    with database.begin() as connection:
        return known_in(connection, PEPPER)


def test_a_backup_from_after_the_erasure_needs_nothing(
    databases: Databases, tmp_path: Path
) -> None:
    first = databases.new()
    fill(first)
    erase(first, folder=tmp_path)
    take(first, tmp_path / "a.vigie.tar", NOW)
    second, gone = restored(databases, tmp_path / "a.vigie.tar", read(tmp_path))
    assert gone == 0
    with second.begin() as connection:
        assert len(erasures.every(connection)) == 1


def test_whoever_is_not_in_the_backup_is_remembered_all_the_same(database: Database) -> None:
    fill(database, [*others()])
    work = Erasures(lambda: PEPPER, None, lambda: LATER)
    one = Erased(digest=b"n" * 32, until=NOW, keeps=True, key=key_of(PEPPER))
    foreign = Erased(digest=b"m" * 32, until=NOW, keeps=True, key="another")
    assert again(database, [one, foreign], work, LATER) == 0
    with database.begin() as connection:
        assert erasures.buried(connection) == {b"n" * 32: NOW}


def test_accounts_are_found_wherever_something_is_left_of_them(database: Database) -> None:
    fill(database)
    with database.begin() as connection:
        assert SUBJECT in set(subjects(connection))
        for table in (tables.events, tables.findings, tables.names):
            connection.execute(delete(table))
        # What is known of its habits is all that is left.
        assert SUBJECT in set(subjects(connection))
        connection.execute(delete(tables.snapshots))
        assert SUBJECT not in set(subjects(connection))
    assert count(database, tables.snapshots) == 0


def test_whoever_is_known_by_tickets_measures_orders_or_the_gate_alone_is_found(
    database: Database,
) -> None:
    """A year after their last event nothing else is left of somebody."""
    told = {name: Subject(SubjectKind.ACCOUNT, "t", name) for name in ("a", "b", "c", "d", "e")}
    with database.begin() as connection:
        for number in (1, 2):
            opened = f"Report {number}"
            open_ticket(connection, Kind.REPORT, "t", told["a"], opened, now=NOW)
            open_ticket(connection, Kind.GUARDRAIL, "t", None, opened, now=NOW)
        made = Measure(tenant="t", account="b", step=Step.NOTIFY, state=State.DONE, created=NOW)
        measures.add(connection, made)
        target = Target(tenant="t", account="c")
        order = Order(key="k", action=Action.NOTIFY, issued=NOW, tenant="t", target=target)
        outbox.enqueue(connection, order, "mail")
        held = Suppression(
            scope=Scope(tenant="t", subject=told["d"]), owner="o", reason="r", since=0, until=NOW
        )
        suppressions.add(connection, StoredSuppression(made=held, owner_name="Ada"))
    GateTable(database, lambda: NOW).put("t", "e", "disabled", NOW, None, "k")
    with database.begin() as connection:
        assert set(subjects(connection)) == set(told.values())
        for subject in told.values():
            assert is_known(connection, subject)
        digest = tombstone(PEPPER, Named.ACCOUNT, "t", "a")
    erased = Erased(digest=digest, until=NOW, keeps=False, key=key_of(PEPPER))
    assert again(database, [erased], Erasures(lambda: PEPPER, None, lambda: LATER), LATER) == 1
    with database.begin() as connection:
        assert set(subjects(connection)) == set(told.values()) - {told["a"]}
