"""A page that takes too long says so, and can be asked for again; nobody else waits for it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from benchmarks.pages import Console
from tests.databases import Databases
from tests.monitor.web.staging import NOON, Stage, small_incidents

# Whoever reads incidents waits for many seconds.
_SLOW = {
    "sqlite": "(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400000000)"
    " SELECT count(*) FROM n) > 0",
    "postgresql": "(SELECT count(*) FROM pg_sleep(20)) > 0",
}


@pytest.fixture
def engine(databases: Databases) -> Iterator[Engine]:
    """A database in which an incident is looked for in vain."""
    engine = databases.new()
    small_incidents(Stage(engine=engine), 1)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE incidents RENAME TO kept"))
        connection.execute(
            text(f"CREATE VIEW incidents AS SELECT * FROM kept WHERE {_SLOW[databases.kind]}")  # noqa: S608 - ours
        )
    yield engine
    engine.dispose()


def test_a_page_that_takes_too_long_says_so_and_others_are_served(engine: Engine) -> None:
    console = Console(engine, lambda: NOON, patience=100)
    answer = console.open("/incidents?severity=high")
    assert answer.status_code == 503
    assert "The database took too long" in answer.text
    assert '<a class="btn btn-primary" href="/incidents?severity=high">Try again</a>' in answer.text
    told = console.open("/api/v1/incidents")
    assert told.status_code == 503
    assert "took too long" in told.json()["detail"]
    # Whoever polls leaves what is shown as it is.
    part = console.open("/pulse", **{"hx-request": "true"})
    assert (part.status_code, part.text) == (503, "")
    # What reads no incident is served, however busy this machine is.
    patient = Console(engine, lambda: NOON, patience=15_000)
    assert patient.open("/keys").status_code == 200
