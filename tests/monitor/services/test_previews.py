"""A preview is kept a part at a time, beside whoever else writes, and counts what it met."""

import io

import pytest
from sqlalchemy import Engine

from monitor.directory.account import State
from monitor.directory.importing import Import, ImportState, Missing, Outcome
from monitor.directory.sheet.reading import Reading, Sheet
from monitor.services import previews
from monitor.services.previews import Preview
from monitor.store.directory import DirectoryTable, Seen
from monitor.store.imports import ImportTable, StoredImport
from tests.monitor.directory.entries import NOW, account


def write(
    database: Engine, text: str, wanted: Missing = Missing.KEEP
) -> tuple[StoredImport, list[int]]:
    told = Import(file="a.csv", actor="operator:ann", missing=wanted)
    with database.begin() as connection:
        number = ImportTable(connection).create("acme", told, NOW)
    sheet = Sheet(io.BytesIO(text.encode()), Reading(tenant="acme", at=NOW))
    progress: list[int] = []
    Preview(database, number, NOW).write(
        sheet, told, may_except=True, missing_at_most=None, progress=progress.append
    )
    with database.begin() as connection:
        stored = ImportTable(connection).get(number)
    assert stored is not None
    return stored, progress


def test_what_was_met_is_counted(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews, "_AT_ONCE", 2)
    text = "uid,locale\nu-1,fr\nu-1,fr\nu-2,?\nu-3,\nu-3,en\n"
    stored, progress = write(database, text)
    assert progress == [2, 4, 5]
    assert stored.state is ImportState.PREVIEWED
    assert (stored.told.lines, stored.told.repeated) == (5, 1)
    assert stored.told.counts == {Outcome.ADDED: 2, Outcome.REFUSED: 2}


def test_lines_of_one_part_know_what_another_part_named(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_AT_ONCE", 1)
    stored, _ = write(database, "uid,alias\nu-1,ann\nu-2,ANN\nu-1,lee\n")
    assert stored.told.counts == {Outcome.ADDED: 1, Outcome.REFUSED: 2}


def test_missing_ones_are_found_a_part_at_a_time(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.begin() as connection:
        table = DirectoryTable(connection)
        there = [account(f"v-{n}", state=State.ACTIVE) for n in range(5)]
        table.put([(None, one) for one in there], NOW)
        table.add_seen([Seen("acme", "w")], NOW)
    monkeypatch.setattr(previews, "_AT_ONCE", 2)
    stored, _ = write(database, "uid\nu-1\n", Missing.OFFBOARD)
    assert stored.told.counts == {Outcome.ADDED: 1, Outcome.MISSING: 5}


def test_an_empty_list_and_one_that_is_not_clear_are_not_taken_over(database: Engine) -> None:
    for text in ("uid\n", 'uid\nu-1\n"broken\n'):
        stored, _ = write(database, text, Missing.OFFBOARD)
        assert stored.told.refusal is not None
        assert stored.told.refusal.fr
