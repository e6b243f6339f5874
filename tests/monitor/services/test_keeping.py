"""What is kept and what is due is told without touching it, before and after it has gone."""

import pytest
from sqlalchemy import Engine as Database

from detectors.core.event import DAY, HOUR
from monitor.engine import Engine
from monitor.retention.periods import Periods
from monitor.retention.reckoning import PATIENCE
from monitor.retention.rounds import Rounds
from monitor.services.actor import operator
from monitor.services.keeping import Keeping, Status
from monitor.store import tables
from tests.monitor.retention.test_forgetting_changes_nothing import Clock
from tests.monitor.retention.working import NOW, count, visit
from tests.monitor.test_engine import intake, new_engine

PERIODS = Periods(events=9 * DAY, details=5 * DAY)


def kinds(status: Status) -> dict[str, tuple[int, int, int]]:
    return {kind.name: (kind.kept, kind.due, kind.forgotten) for kind in status.kinds}


def forget(engine: Engine, database: Database) -> None:
    clock = Clock()
    clock.time = NOW
    rounds = Rounds(PERIODS, (), database, clock.now, clock.monotonic)
    while rounds.step(engine, is_idle=True) and not rounds.is_resting:
        pass


def test_nothing_is_due_in_an_empty_database(database: Database) -> None:
    told = Keeping(database, PERIODS).status(NOW)
    assert (told.oldest, told.reckoned, told.finished, told.due) == (None, 0, 0, 0)
    assert {"events", "details", "incidents", "accounts", "rejects"} <= kinds(told).keys()


def test_what_is_due_is_told_then_goes_and_is_told_to_have_gone(database: Database) -> None:
    engine = new_engine(database)
    engine.process([intake([visit(11 - n / 10, f"a{n}", n) for n in range(100)])])
    keeping = Keeping(database, PERIODS)
    before = keeping.status(NOW)
    assert before.oldest == NOW - 11 * DAY
    old = kinds(before)["events"]
    assert old == (100, 20, 0)
    assert count(database, tables.events) == 100
    engine.idle(NOW)
    forget(engine, database)
    after = keeping.status(NOW)
    assert kinds(after)["events"] == (80, 0, 20)
    assert after.due == 0
    assert after.horizon.kept == NOW - 9 * DAY
    assert (after.finished, after.waiting_days) == (NOW, 0)


def test_what_waits_is_told_and_goes_when_it_is_confirmed(database: Database) -> None:
    engine = new_engine(database)
    engine.process([intake([visit(50, number=1), visit(0, number=2)])])
    forget(engine, database)
    keeping = Keeping(database, PERIODS)
    told = keeping.status(NOW)
    assert (told.waiting_days, told.left) == (45, PATIENCE)
    assert kinds(told)["events"] == (2, 1, 0)
    keeping.confirm(operator(), NOW - HOUR)
    forget(engine, database)
    told = keeping.status(NOW)
    assert (told.waiting_days, told.left) == (0, 0)
    assert kinds(told)["events"] == (1, 0, 1)


def test_who_is_restricted_and_erased_is_counted_for_the_house(database: Database) -> None:
    from monitor.services.actor import Role
    from monitor.services.refusal import NotAllowedError
    from monitor.store import restrictions
    from tests.monitor.erasing.leaving import SUBJECT, erase, fill
    from tests.monitor.services.people import person

    fill(database)
    erase(database, keeps=True)
    with database.begin() as connection:
        restrictions.restrict(connection, SUBJECT, NOW, "#1", "operator:x")
    keeping = Keeping(database, Periods())
    found = keeping.kept(person(Role.VIEWER), NOW)
    assert (found.restricted, found.erased, found.erasing, found.pseudonyms) == (1, 1, 0, 1)
    assert found.oldest["events"] is not None
    assert found.oldest["incidents"] is not None
    assert found.oldest["audit"] is not None
    assert found.oldest["health"] is None
    with pytest.raises(NotAllowedError):
        keeping.kept(person(Role.TENANT_CONTACT, tenant="t"), NOW)
