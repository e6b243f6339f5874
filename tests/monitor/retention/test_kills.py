"""SIGKILL between any two statements of forgetting: what was due goes, and nothing else."""

import signal
from typing import Any

import pytest
from sqlalchemy import Engine as Database

from monitor.retention.rounds import Rounds
from monitor.store import tables
from monitor.store.connection import connect
from tests.databases import Databases
from tests.monitor.faults.killing import NEVER, Steps, forked
from tests.monitor.retention.test_forgetting_changes_nothing import (
    Clock,
    findings,
    incidents,
    stored,
)
from tests.monitor.retention.test_rounds import EVENTS, PERIODS
from tests.monitor.retention.working import NOW, count, evidence_of
from tests.monitor.test_engine import intake, new_engine

IN_A_HURRY = 8


def filled(databases: Databases) -> str:
    url = databases.url()
    engine = new_engine(databases.connect(url))
    engine.process([intake(EVENTS)])
    # Quiet is noticed before anything is forgotten.
    engine.idle(NOW)
    engine.stop()
    return url


def forget(url: str, deadly: int = NEVER) -> int:
    """A round of retention by a process of its own kind; how many steps it took."""
    database = connect(url)
    engine = new_engine(database)
    engine.idle(NOW)
    clock = Clock()
    clock.time = NOW
    steps = Steps(deadly)
    steps.watch(database)
    rounds = Rounds(PERIODS, (), database, clock.now, clock.monotonic)
    while rounds.step(engine, is_idle=True) and not rounds.is_resting:
        pass
    database.dispose()
    return steps.taken


def held(database: Database) -> list[Any]:
    return [
        sorted(stored(database)),
        findings(database),
        incidents(database),
        evidence_of(database),
        count(database, tables.snapshots),
    ]


def killed(databases: Databases, most: int | None) -> None:
    url = filled(databases)
    before = findings(databases.connect(url))
    steps = forget(url)
    undisturbed = held(databases.connect(url))
    assert undisturbed[1] == before
    assert len(undisturbed[3]) > 3
    stride = 1 if most is None else max(1, steps // most)
    points = 0
    for point in range(1, steps, stride):
        again = filled(databases)
        ended = forked(lambda again=again, point=point: forget(again, point))
        points += ended == -signal.SIGKILL
        forget(again)
        assert held(databases.connect(again)) == undisturbed, f"killed at {point} of {steps}"
    assert points > 3


def test_a_kill_on_the_way_forgets_no_more_and_no_less(databases: Databases) -> None:
    killed(databases, IN_A_HURRY)


@pytest.mark.soak
def test_a_kill_anywhere_forgets_no_more_and_no_less(databases: Databases) -> None:
    killed(databases, None)
