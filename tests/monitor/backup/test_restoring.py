"""What is restored is what was there, in either kind of database, or nothing changed."""

import signal
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import Engine as Database
from sqlalchemy import event, select

from alerts.outbox import State
from detectors.core.event import DAY, HOUR
from monitor.backup import archive
from monitor.backup.archive import BackupError, Manifest, Reader, Writer
from monitor.backup.noted import RESTORED
from monitor.backup.noted import restored as told_of
from monitor.backup.restoring import check, restore
from monitor.backup.taking import take
from monitor.engine import Engine
from monitor.mfa import lost_factor
from monitor.mfa.lost_factor import Terms
from monitor.services.factors import FactorError
from monitor.services.subscriber import Subscriber
from monitor.store import dump, outbox, recoveries, tables
from monitor.store.connection import connect
from monitor.store.migration import current, head, upgrade
from monitor.store.outbox import Wanted
from monitor.store.recoveries import StoredCase
from monitor.store.staging import OccupiedDatabaseError
from monitor.store.writing import Writing
from tests.databases import Databases
from tests.monitor.faults.killing import Steps, forked
from tests.monitor.retention.working import add, store, visit
from tests.monitor.services.factored import ANA, Holder
from tests.monitor.store.orders import order
from tests.monitor.store.test_upgrade import RELEASED, write, written
from tests.monitor.test_engine import history, intake, new_engine, results

NOW = 1_790_000_000_000


def contents(database: Database) -> dict[str, list[Any]]:
    """All that is in it, but for what restoring and taking note."""
    with database.begin() as connection:
        found = {name: sorted(dump.rows(connection, name), key=repr) for name in dump.names()}
    found["engine"] = [row for row in found["engine"] if row[0] not in (RESTORED, "backup")]
    return found


@pytest.fixture
def source(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Database:
    monkeypatch.setattr(archive, "PART", 30_000)
    database = databases.new()
    engine = new_engine(database)
    engine.process([intake(history(1))])
    add(database, tables.console_keys, digest=b"x" * 32, kind="link", expires=1)
    return database


@pytest.fixture
def backup(source: Database, tmp_path: Path) -> Path:
    path = tmp_path / "one.vigie.tar"
    take(source, path, NOW)
    return path


def restored(backup: Path, url: str, *, force: bool = False) -> str | None:
    with Reader(backup) as reader:
        return restore(reader, url, NOW + 5, force=force)


def test_everything_is_there_but_the_consoles_keys(
    databases: Databases, source: Database, backup: Path
) -> None:
    url = databases.url(empty=True)
    restored(backup, url)
    database = databases.connect(url)
    assert contents(database) == contents(source)
    with database.begin() as connection:
        assert told_of(Writing(connection).note(RESTORED)) == (NOW + 5, NOW)
        assert connection.execute(select(tables.console_keys)).all() == []
    assert told_of(None) is None


def test_what_was_to_be_sent_waits_for_a_person(databases: Databases, tmp_path: Path) -> None:
    database, path = databases.new(), tmp_path / "orders.vigie.tar"
    with database.begin() as connection:
        outbox.enqueue(connection, order(), "idp")
        outbox.enqueue(connection, order("k-2"), "idp")
        outbox.cancel(connection, outbox.page(connection, Wanted())[0], NOW)
    take(database, path, NOW)
    url = databases.url(empty=True)
    restored(path, url)
    with databases.connect(url).begin() as connection:
        found = [one.state for one in outbox.page(connection, Wanted())]
    assert found == [State.CANCELLED, State.PARKED]
    with database.begin() as connection:
        found = [one.state for one in outbox.page(connection, Wanted())]
    assert found == [State.CANCELLED, State.WAITING]


def test_no_recovery_goes_on_that_its_owner_may_have_stopped_since(
    databases: Databases, tmp_path: Path
) -> None:
    database, path = databases.new(), tmp_path / "case.vigie.tar"
    terms = Terms(lapses=7 * DAY, waits=DAY, holds=DAY)
    case = lost_factor.requested("subscriber", NOW - HOUR, terms)
    case = lost_factor.proved(case, "reviewer:a", "seen", NOW - HOUR, terms)
    case = lost_factor.approved(case, "reviewer:b", NOW - HOUR, terms)
    with database.begin() as connection:
        key = Subscriber("acme", "u-1").key
        whose = {"subject_key": key, "tenant": "acme", "account": "u-1"}
        recoveries.add(
            connection, StoredCase(case=case, handle="a" * 32, requester_name="", **whose)
        )
    take(database, path, NOW)
    url = databases.url(empty=True)
    restored(path, url)
    with databases.connect(url).begin() as connection:
        assert recoveries.waited(connection, NOW + 30 * DAY, 10) == []
        [kept] = recoveries.of_account(connection, "acme", "u-1", 10)
    assert (kept.case.state, kept.case.ended) == (lost_factor.State.EXPIRED, NOW + 5)


def test_users_prove_themselves_in_it_as_before_and_nothing_twice(
    databases: Databases, tmp_path: Path
) -> None:
    path, holder = tmp_path / "factors.vigie.tar", Holder(databases.new())
    device, _ = holder.passkey()
    app = holder.totp()
    first, second = holder.factors.new_codes(ANA.owner)[:2]
    used = holder.code(app)
    assert holder.prove(device)
    assert holder.by_code(used)
    assert holder.by_code(first)
    take(holder.engine, path, holder.clock.now)
    url = databases.url(empty=True)
    restored(path, url)
    there = Holder(databases.connect(url), clock=holder.clock)
    there.secrets = holder.secrets
    assert not there.by_code(used)
    assert not there.by_code(first)
    there.later()
    assert there.by_code(there.code(app))
    assert there.by_code(second)
    assert there.prove(device)
    with pytest.raises(FactorError):
        there.passkey(device=device)


def test_an_engine_goes_on_in_it_as_in_the_one_that_it_is_of(
    databases: Databases, source: Database, backup: Path
) -> None:
    url = databases.url(empty=True)
    restored(backup, url)
    found = []
    for database in (databases.connect(url), source):
        engine: Engine = new_engine(database)
        engine.process([intake(history(1) + history(2))])
        engine.stop()
        found.append(results(database))
    assert found[0] == found[1]
    assert len(found[0][0]) > 30


def test_one_of_an_earlier_version_is_brought_to_this_one(
    databases: Databases, tmp_path: Path
) -> None:
    path = tmp_path / "old.vigie.tar"
    rows: dict[str, list[dict[str, Any]]] = {}
    for name, row in written():
        rows.setdefault(name, []).append(row)
    manifest = Manifest(
        format=archive.FORMAT, vigie="0.1", revision=RELEASED, database="sqlite", made=NOW,
        key=None, sequences={},
    )  # fmt: skip
    with path.open("wb") as file:
        writer = Writer(file, manifest)
        for name, some in rows.items():
            columns = list(some[0])
            [*writer.table(name, columns, [[one[c] for c in columns] for one in some])]
        writer.close()
    url = databases.url(empty=True)
    restored(path, url)
    assert current(url) == head()
    old = databases.url(empty=True)
    upgrade(old, RELEASED)
    engine = connect(old)
    write(engine, written())
    engine.dispose()
    upgrade(old)
    assert contents(databases.connect(url)) == contents(databases.connect(old))


def test_one_of_a_later_version_is_refused_before_anything_is_made(
    databases: Databases, backup: Path
) -> None:
    url = databases.url(empty=True)
    with Reader(backup) as reader:
        reader.manifest = structs.replace(reader.manifest, revision="9999")
        with pytest.raises(BackupError, match="restore it with the version that made it"):
            restore(reader, url, NOW)
    assert current(url) is None


def test_a_damaged_one_changes_nothing(databases: Databases, backup: Path) -> None:
    body = backup.read_bytes()
    place = body.index(b"\x28\xb5\x2f\xfd", len(body) // 2) + 20
    backup.write_bytes(body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :])
    url = databases.url(empty=True)
    with pytest.raises(BackupError, match="damaged"):
        restored(backup, url)
    assert current(url) is None
    with Reader(backup) as reader, pytest.raises(BackupError, match="damaged"):
        check(reader)


def test_reading_it_to_its_end_tells_its_rows(backup: Path) -> None:
    told: list[int] = []
    with Reader(backup) as reader:
        check(reader, lambda _, rows: told.append(rows))
        assert sum(told) == reader.manifest.rows > 400


def test_a_database_with_something_in_it_is_left_alone(
    databases: Databases, source: Database, backup: Path
) -> None:
    url = databases.url()
    database = connect(url)
    store(database, visit(1))
    database.dispose()
    with pytest.raises(OccupiedDatabaseError):
        restored(backup, url)
    assert restored(backup, url, force=True)
    assert contents(databases.connect(url)) == contents(source)


def test_a_backup_that_says_more_than_its_revision_is_refused(
    databases: Databases, tmp_path: Path, backup: Path
) -> None:
    with Reader(backup) as reader:
        told = structs.replace(reader.manifest, tables={})
    path = tmp_path / "more.vigie.tar"
    with path.open("wb") as file:
        writer = Writer(file, told)
        [*writer.table("sessions", ["id"], [[1]])]
        writer.close()
    with pytest.raises(BackupError, match="more than its revision"):
        restored(path, databases.url(empty=True))


@pytest.mark.parametrize("part", range(4))
def test_killed_on_the_way_there_is_no_database_that_looks_whole(
    databases: Databases, source: Database, backup: Path, part: int
) -> None:
    url = databases.url(empty=True)

    def counted(deadly: int) -> int:
        steps = Steps(deadly)
        event.listen(Database, "before_cursor_execute", steps._step)
        event.listen(Database, "commit", steps._step)
        restored(backup, url)
        return steps.taken

    other = databases.url(empty=True)
    steps = Steps(1 << 60)
    event.listen(Database, "before_cursor_execute", steps._step)
    restored(backup, other)
    event.remove(Database, "before_cursor_execute", steps._step)
    deadly = 1 + (steps.taken - 2) * part // 4
    assert forked(lambda: counted(deadly)) == -signal.SIGKILL
    assert current(url) is None
    restored(backup, url)
    assert contents(databases.connect(url)) == contents(source)
