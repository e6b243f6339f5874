"""Lines that could not be read go by when they came; where that is not known, after as long."""

import pytest
from sqlalchemy import Engine as Database

from monitor.retention.jobs.rejects import Rejects
from monitor.store import tables
from tests.monitor.retention.working import DAY, LIMITS, NOW, add, count, run


@pytest.mark.parametrize(("undated", "left"), [(False, 2), (True, 1)])
def test_old_ones_go(database: Database, *, undated: bool, left: int) -> None:
    for received in (NOW - 31 * DAY, NOW - 29 * DAY, None):
        add(
            database,
            tables.rejects,
            source_id=1,
            position="x:1",
            reason="why",
            raw=b"raw",
            received=received,
        )
    with database.begin() as connection:
        due = Rejects().due(connection, LIMITS)
    assert (due.kept, due.due) == (3, 1)
    assert run(Rejects(), database, undated=undated) == 3 - left
    assert count(database, tables.rejects) == left
