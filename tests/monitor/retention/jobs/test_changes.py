"""Changes of incidents stay for whoever follows, as many as are kept."""

import pytest
from sqlalchemy import Engine as Database

from monitor.retention.jobs.changes import Changes
from monitor.store import feed, tables
from tests.monitor.retention.working import LIMITS, add, count, run


def test_the_last_ones_stay(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "KEPT", 2)
    for _ in range(5):
        add(database, tables.incident_changes, incident_id=bytes(16), tenant="a", withdrawn=False)
    with database.begin() as connection:
        due = Changes().due(connection, LIMITS)
    assert (due.kept, due.due) == (5, 3)
    assert run(Changes(), database) == 3
    assert count(database, tables.incident_changes) == 2
