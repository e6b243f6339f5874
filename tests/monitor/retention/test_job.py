"""Jobs are found in their folder, and each says what it is about."""

from pathlib import Path

from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from monitor.retention import jobs as folder
from monitor.retention.job import Due, jobs
from monitor.retention.periods import Periods


def test_every_file_of_the_folder_is_a_job() -> None:
    names = [kind.name for kind in jobs()]
    files = {path.stem for path in Path(folder.__path__[0]).glob("*.py")} - {"__init__"}
    assert set(names) == files
    assert names == sorted(names)
    # Accounts follow the horizon before their events go.
    assert names.index("details") < names.index("events")
    assert all(kind.title for kind in jobs())


def test_an_empty_database_has_nothing_that_is_due(database: Database) -> None:
    limits = Periods().at(20_000 * DAY)
    with database.begin() as connection:
        for kind in jobs():
            due = kind().due(connection, limits)
            assert isinstance(due, Due)
            assert (due.kept, due.due) == (0, 0)
            assert due.before > 0
