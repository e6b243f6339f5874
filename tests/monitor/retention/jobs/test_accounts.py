"""Accounts that nothing was heard of for a year are forgotten, with their names; others are not."""

import pytest
from sqlalchemy import Engine as Database

from detectors.core.identity import Subject, SubjectKind, first_id
from monitor.cells import Cells
from monitor.naming import name_key
from monitor.retention.jobs import accounts
from monitor.retention.jobs.accounts import Accounts
from monitor.store import tables
from monitor.store.writing import SnapshotRow, Writing
from tests.monitor.retention.working import DAY, LIMITS, NOW, count, run
from tests.monitor.test_cells import fold

QUIET = [f"quiet{number}" for number in range(5)]
ACTIVE = [f"active{number}" for number in range(5)]


@pytest.fixture
def kept(database: Database) -> Database:
    with database.begin() as connection:
        writing = Writing(connection)
        for name in (*QUIET, *ACTIVE):
            key = Subject(SubjectKind.ACCOUNT, "t", name).key()
            old = SnapshotRow(key, first_id(NOW - 500 * DAY), 1, b"old")
            writing.save_trailing("account", [old])
            days = 400 if name in QUIET else 100
            newest = SnapshotRow(key, first_id(NOW - days * DAY), 1, b"newest")
            writing.save_snapshots("account", [newest], [None])
            first = first_id(NOW - 600 * DAY)
            writing.put_names([(name_key("t", name), "t", name, first)])
        young = first_id(NOW - 10 * DAY)
        writing.put_names([(name_key("t", "new"), "t", "new", young)])
    return database


@pytest.mark.parametrize("at_once", [3, 1_000])
def test_the_quiet_ones_go_with_their_names(
    kept: Database, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(accounts, "_SNAPSHOTS", at_once)
    monkeypatch.setattr(accounts, "_NAMES", at_once)
    assert run(Accounts(), kept) == 2 * len(QUIET) + len(QUIET)
    with kept.begin() as connection:
        writing = Writing(connection)
        keys = {n: Subject(SubjectKind.ACCOUNT, "t", n).key() for n in (*QUIET, *ACTIVE)}
        left = writing.keys_with_snapshots("account", [*keys.values()])
        assert left == {keys[name] for name in ACTIVE}
        names = {name_key("t", n): n for n in (*QUIET, *ACTIVE, "new")}
        assert {names[key] for key in writing.names([*names])} == {*ACTIVE, "new"}


def test_so_they_do_from_memory(database: Database) -> None:
    cells = Cells(fold())
    cells.start(1, 1)
    with database.begin() as connection:
        cells.load(Writing(connection), [("t", "quiet"), ("t", "active")])
    for name, days in (("quiet", 400), ("active", 100)):
        entry = cells.entry(("t", name))
        cells.settle(entry, cells.use(entry))
        entry.last = first_id(NOW - days * DAY)
    run(Accounts(), database, cells=cells)
    assert cells.find(("t", "quiet")) is None
    assert cells.find(("t", "active")) is not None
    assert (len(cells), cells.dirty) == (1, 1)


def test_what_is_due_is_counted(kept: Database) -> None:
    with kept.begin() as connection:
        due = Accounts().due(connection, LIMITS)
    assert (due.kept, due.due, due.before) == (10, 5, LIMITS.accounts)
    assert count(kept, tables.snapshots) == 20
