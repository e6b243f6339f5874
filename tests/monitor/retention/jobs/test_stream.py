"""Changes on people's side stay for whoever follows, as many as are kept."""

import pytest
from sqlalchemy import Engine as Database

from detectors.core.event import DAY
from monitor.retention.jobs.stream import Stream
from monitor.store import gate_changes, stream, tables
from tests.monitor.retention.working import LIMITS, add, count, run


def test_the_last_ones_stay(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream.forget, "__defaults__", (2,))
    monkeypatch.setattr(stream, "KEPT", 2)
    for number in range(5):
        add(database, tables.changes, kind="ticket", reference=str(number), tenant="a", time=1)
    with database.begin() as connection:
        due = Stream().due(connection, LIMITS)
    assert (due.kept, due.due) == (5, 3)
    assert run(Stream(), database) == 3
    assert count(database, tables.changes) == 2


def test_of_what_changed_at_the_gate_the_last_day_stays_and_the_last_one_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(*times: int) -> None:
        for time in times:
            told = {"tenant": "a", "account": "u", "subject_key": 1, "time": time}
            add(database, tables.gate_changes, **told)

    now = LIMITS.time
    put(1, now - DAY - 1, now - DAY, now)
    with database.begin() as connection:
        due = Stream().due(connection, LIMITS)
    assert (due.kept, due.due) == (4, 2)
    assert run(Stream(), database) == 2
    monkeypatch.setattr(gate_changes.forget, "__defaults__", (1,))
    assert run(Stream(), database) == 1
    put(1)
    run(Stream(), database)
    assert count(database, tables.gate_changes) == 1
    assert run(Stream(), database) == 0
