"""A filled database has all of it, in the store's own encodings, the same for the same seed."""

from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, select

from benchmarks.seeding.filling import NotEmptyError, counts, fill
from benchmarks.seeding.scale import FULL
from monitor.store import tables
from monitor.store.connection import connect
from monitor.store.reading import Filter, Reading
from tests.databases import placed

SCALE = FULL.part(0.0002)


def filled(path: Path) -> tuple[Engine, list[str]]:
    """Such a database, and what was told meanwhile."""
    engine, told = connect(placed(path)), list[str]()
    fill(engine, SCALE, told.append)
    return engine, told


def test_all_of_it_is_there_and_nothing_is_put_beside_it(tmp_path: Path) -> None:
    engine, told = filled(tmp_path / "a.db")
    assert all(number > 0 for _, number in counts(engine))
    assert f"day {SCALE.days} of {SCALE.days}" in "".join(told)
    names = {index["name"] for index in inspect(engine).get_indexes("events")}
    assert "ix_events_account_key_id" in names
    reading = Reading(engine)
    found = reading.incidents(Filter(), None, 50)
    assert found
    assert all(reading.events(one.incident.findings) == [] for one in found)
    theirs = reading.findings_of([one.incident.id for one in found])
    cited = [i for some in theirs.values() for one in some for i in one.finding.event_ids]
    assert len(reading.events(cited)) == len(set(cited))
    with pytest.raises(NotEmptyError):
        fill(engine, SCALE)
    engine.dispose()


def test_the_same_seed_gives_the_same_rows(tmp_path: Path) -> None:
    found = []
    for name in ("a.db", "b.db"):
        engine, _ = filled(tmp_path / name)
        with engine.connect() as connection:
            found.append(
                [
                    connection.execute(select(table).order_by(*table.primary_key)).all()
                    for table in (tables.incidents, tables.tickets, tables.hygiene_accounts)
                ]
            )
        engine.dispose()
    assert found[0] == found[1]
