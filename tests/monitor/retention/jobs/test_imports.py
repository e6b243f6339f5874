"""What an import did is forgotten when it can be undone no more; that there was one is not."""

from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from monitor.directory.importing import UNDO_DAYS, Import, ImportState, Outcome, Row
from monitor.retention.jobs.imports import Imports
from monitor.store import tables
from monitor.store.imports import Compared, ImportTable
from tests.monitor.retention.working import LIMITS, NOW, count, run


def test_rows_go_in_time(database: Database) -> None:
    told = Import(file="a.csv", actor="operator:ann")
    with database.begin() as connection:
        table = ImportTable(connection)
        for age in (UNDO_DAYS + 1, UNDO_DAYS - 1):
            number = table.create("acme", told, NOW - 90 * DAY)
            table.add_rows(number, 1, [Compared(Outcome.ADDED, Row(line=2, uid="u"))])
            table.put(number, ImportState.APPLIED, told, NOW - age * DAY)
        due = Imports().due(connection, LIMITS)
    assert (due.kept, due.due) == (2, 1)
    assert run(Imports(), database) == 1
    assert count(database, tables.import_rows) == 1
    assert count(database, tables.imports) == 2
