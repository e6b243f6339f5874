"""Whoever is erased, and whenever: what is found about everybody else is what would be anyway."""

import random
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine

from detectors.core.event import DAY, Event
from monitor.erasing.job import Erasing
from monitor.store import tables
from tests.monitor.erasing.leaving import NOW, PEPPER, is_named, other_findings, own, request, work
from tests.monitor.erasing.test_others import attack
from tests.monitor.test_engine import DETECTORS, START, history, intake, new_engine

ALL = (*DETECTORS,)


def made(path: Path) -> Database:
    path.unlink(missing_ok=True)
    database = create_engine(f"sqlite:///{path}")
    tables.metadata.create_all(database)
    return database


def run(database: Database, batches: list[list[Event]], erased_after: int | None) -> None:
    """Give the batches, and have the person erased behind one of them."""
    engine = new_engine(database, ALL, pepper=PEPPER)
    for number, batch in enumerate(batches):
        engine.process([intake(batch)])
        if number == erased_after:
            request(database)
            steps = Erasing(work(), database)
            engine.idle(START + DAY // 2)
            while steps.step(engine):
                pass
    engine.idle(NOW)
    engine.stop()


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), cuts=st.integers(2, 6), when=st.integers(0, 5))
def test_nothing_changes_for_others(tmp_path: Path, seed: int, cuts: int, when: int) -> None:
    pick = random.Random(seed)
    events: list[Event] = [*history(seed, 150), *own(40), *attack(25)]
    events.sort(key=lambda event: event.id)
    # In any order within the lateness window, so that others are folded again as well.
    pick.shuffle(events)
    size = -(-len(events) // cuts)
    batches = [events[i : i + size] for i in range(0, len(events), size)]
    plain, erased = made(tmp_path / "plain.db"), made(tmp_path / "erased.db")
    run(plain, batches, None)
    run(erased, batches, min(when, len(batches) - 1))
    before = {(i, withdrawn, body) for i, withdrawn, _, body in other_findings(plain)}
    after = {(i, withdrawn, body) for i, withdrawn, _, body in other_findings(erased)}
    assert len(before) > 5
    assert after == before
    assert not is_named(erased)
    plain.dispose()
    erased.dispose()
