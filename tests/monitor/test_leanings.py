"""What the model says of a tenant's people as a rule: kept, measured against, and the same whatever
the split, the order and the restarts."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import msgspec
import pytest
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, func, select

from detectors.account_sharing import AccountSharing
from detectors.core.context import Context
from detectors.core.event import DAY, HOUR, Event, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.identity import Subject, SubjectKind, digest, first_id
from detectors.core.profile import Profile
from detectors.sharing.leaning import LEANING_VERSION, Leaning
from monitor import leanings
from monitor.leanings import LEANING, SavedLeaning, StoredLeanings
from monitor.populations import StoredPopulations
from monitor.store import tables
from monitor.store.writing import LedgerRow, Writing
from tests.detectors.core.test_census import sign_on
from tests.monitor.test_engine import Last, intake, new_engine, results

FIRST = 20_000
DAYS = 14
PEOPLE = 45
EMPTY = msgspec.msgpack.encode(SavedLeaning("t", Leaning()))


class Speaks(AccountSharing):
    """Says something of every account at the end of each of its days: for two in three much."""

    state: ClassVar[type[Any]] = Last

    def observe(
        self, event: Event, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        state.event, state.time = event.id, event.time
        return ()

    def tick(
        self, until: int, subject: Subject, state: Any, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        drawn = digest(f"{subject.uid}/{until}", size=1)[0]
        nats = drawn % 3 - 0.5 + drawn / 256
        facts = {"odds": 1.0, "usual": 1.0, "days": state.time // DAY}
        evidence = Evidence("people", Weights(shared=nats), facts, learned=True)
        return (finding("account_sharing", subject, until, Severity.LOW, evidence, (state.event,)),)

    def waits(self, state: Any) -> bool:
        """Never: each day is over at midnight."""
        return False


def history(people: int = PEOPLE) -> list[SignIn]:
    """Most of them on most days, each from an address of their own; in order."""
    pick = random.Random(people)
    made = [
        sign_on(n, FIRST + day, hour=6 + n % 12, ip=f"192.0.2.{n}")
        for day in range(DAYS)
        for n in range(people)
        if pick.random() < 0.8
    ]
    return sorted(made, key=lambda one: one.id)


def database_at(path: Path) -> Database:
    made = create_engine(f"sqlite:///{path}")
    tables.metadata.create_all(made)
    return made


def measured(database: Database) -> dict[int, set[float]]:
    """By what was found of each day divided, as the findings say."""
    with database.begin() as connection:
        bodies = connection.execute(
            select(tables.findings.c.body).where(~tables.findings.c.withdrawn)
        ).scalars()
        found = [msgspec.msgpack.decode(body, type=Finding) for body in bodies]
    by_day: dict[int, set[float]] = {}
    for f in found:
        by_day.setdefault(f.time // DAY - FIRST, set()).add(float(f.evidence.facts["usual"] or 0))
    return by_day


def undisturbed(tmp_path: Path, events: Sequence[Event]) -> tuple[Any, dict[int, set[float]]]:
    """What is found at one go."""
    calm = database_at(tmp_path / "calm.sqlite")
    engine = new_engine(calm, (Speaks(),))
    engine.process([intake(events)])
    engine.idle((FIRST + DAYS + 1) * DAY)
    engine.stop()
    found = results(calm), measured(calm)
    calm.dispose()
    return found


def test_a_day_is_measured_against_what_was_said_before_it(tmp_path: Path) -> None:
    _, by_day = undisturbed(tmp_path, history())
    assert [*sorted(by_day)] == [*range(1, DAYS + 1)]
    assert by_day[1] == {1.0}, "nothing was said before"
    assert all(len(usual) == 1 for usual in by_day.values()), "all of a tenant's are measured alike"
    assert min(by_day[4]) > 1.5
    assert by_day[4] != by_day[9]


@pytest.mark.one_on_postgresql
@pytest.mark.parametrize("graceful", [None, True, False])
@pytest.mark.parametrize("seed", range(4))
def test_any_split_any_order_and_any_restart_give_the_same(
    database: Database, tmp_path: Path, seed: int, graceful: bool | None
) -> None:
    events = history()
    pick = random.Random(seed)
    rest: list[SignIn] = sorted(events, key=lambda one: one.time + pick.randrange(20 * HOUR))
    ticks = pick.choice((1, 7, 1_000))
    engine = new_engine(database, (Speaks(),), ticks=ticks)
    while rest:
        size = pick.choice((1, 30, 200)) + pick.randrange(40)
        engine.process([intake(rest[:size])])
        rest = rest[size:]
        if graceful is not None and pick.random() < 0.3:
            if graceful:
                engine.stop()
            engine = new_engine(database, (Speaks(),), ticks=ticks)
    engine.idle((FIRST + DAYS + 1) * DAY)
    while engine.is_behind:
        engine.catch_up()
    engine.stop()
    calm, by_day = undisturbed(tmp_path, events)
    assert measured(database) == by_day
    assert results(database) == calm


def test_of_a_few_people_nothing_is_taken_off(tmp_path: Path) -> None:
    _, by_day = undisturbed(tmp_path, history(15))
    assert set().union(*by_day.values()) == {1.0}


def test_a_day_that_is_reckoned_stays_so(database: Database) -> None:
    """Also once what was said before it is another thing, and nothing is in memory."""
    events = history()
    engine = new_engine(database, (Speaks(),))
    engine.process([intake(events)])
    engine.idle((FIRST + DAYS + 1) * DAY)
    before = results(database)[0]
    late = [sign_on(n, FIRST + DAYS - 1, hour=23, ip=f"192.0.2.{n}") for n in range(PEOPLE)]
    engine = new_engine(database, (Speaks(),))
    with database.begin() as connection:
        writing = Writing(connection)
        key = Subject(SubjectKind.TENANT, "t", "").key()
        writing.save_ledgers(LEANING, LEANING_VERSION, [LedgerRow(key, FIRST, EMPTY)])
    engine.process([intake(late)])
    engine.idle((FIRST + DAYS + 1) * DAY)
    engine.stop()
    after = results(database)[0]
    assert before.items() - after.items(), "the last day's findings have other anchors"
    assert len(measured(database)[DAYS]) == 1


def test_what_is_said_no_more_counts_no_more(database: Database) -> None:
    detector = AccountSharing()
    populations = StoredPopulations(Context(), DAY)
    stored = StoredLeanings((detector,), populations)
    said = [
        finding(
            "account_sharing",
            Subject(SubjectKind.ACCOUNT, "t", f"u{n}"),
            (FIRST + 3) * DAY,
            Severity.LOW,
            Evidence("people", Weights(shared=3.0), {"odds": 20.0, "usual": 1.0}, learned=True),
            (first_id((FIRST + 2) * DAY),),
        )
        for n in range(PEOPLE)
    ]
    with database.begin() as connection:
        writing = Writing(connection)
        populations.count(writing, history())
        assert stored.measure(writing, said, ()) == {}
        assert stored.owes(writing, said) is None
        stored.measure(writing, (), said[:-1])
        stored.forget()
        [row] = writing.ledgers(LEANING, [Subject(SubjectKind.TENANT, "t", "").key()], 1).values()
        assert len(msgspec.msgpack.decode(row)[1][3]) == 1


def test_without_the_detector_nothing_is_noted(database: Database) -> None:
    engine = new_engine(database)
    engine.process([intake(history())])
    with database.begin() as connection:
        table = tables.ledgers
        count = select(func.count()).where(table.c.kind.in_((leanings.LEANING, leanings.USUAL)))
        assert connection.execute(count).scalar_one() == 0


@pytest.mark.parametrize("per", [1, 7, 40])
def test_how_far_others_are_makes_no_difference(tmp_path: Path, per: int) -> None:
    """A clock that runs on, or another tenant's log that is ahead, while a log is out of order."""
    pick = random.Random(per)
    mine: list[SignIn] = sorted(history(), key=lambda one: one.time + pick.randrange(20 * HOUR))
    found = []
    for ahead in (False, True):
        database = database_at(tmp_path / f"{ahead}.sqlite")
        engine = new_engine(database, (Speaks(),))
        for start in range(0, len(mine), per):
            batch = mine[start : start + per]
            engine.process([intake(batch)])
            if ahead:
                engine.idle(max(one.time for one in batch) + 20 * HOUR)
        engine.idle((FIRST + DAYS + 1) * DAY)
        while engine.is_behind:
            engine.catch_up()
        found.append((results(database), measured(database)))
        database.dispose()
    assert found[0] == found[1]


def test_a_large_tenant_is_measured_the_same_whatever_the_split(tmp_path: Path) -> None:
    events = [
        sign_on(n, FIRST + day, hour=6 + n % 12, ip=f"10.0.{n // 250}.{n % 250}")
        for day in range(5)
        for n in range(1_300)
    ]
    events.sort(key=lambda one: one.id)
    found = []
    for size in (700, len(events)):
        database = database_at(tmp_path / f"{size}.sqlite")
        engine = new_engine(database, (Speaks(),))
        for start in range(0, len(events), size):
            engine.process([intake(events[start : start + size])])
        engine.idle((FIRST + 6) * DAY)
        while engine.is_behind:
            engine.catch_up()
        found.append(measured(database))
        database.dispose()
    assert found[0] == found[1]
    assert max(found[0][5]) > 1.5


def test_one_clock_that_is_wrong_stops_nothing(database: Database) -> None:
    events = history()
    ahead = [sign_on(3, FIRST + day, hour=9, ip="192.0.2.3") for day in (60, 62)]
    engine = new_engine(database, (Speaks(),))
    for start in range(0, len(events), 50):
        if start == 300:
            engine.process([intake(ahead, stream="stray")])
        engine.process([intake(events[start : start + 50])])
    engine.idle((FIRST + 64) * DAY)
    while engine.is_behind:
        engine.catch_up()
    by_day = measured(database)
    assert by_day[61]
    assert all(min(by_day[day]) > 1.5 for day in range(6, DAYS + 1))


def test_folding_again_puts_nothing_that_is_stored(database: Database) -> None:
    """Measured as it was: after a kill, with all of it folded from the events."""
    engine = new_engine(database, (Speaks(),))
    for start in range(0, len(history()), 100):
        engine.process([intake(history()[start : start + 100])])
    engine.idle((FIRST + DAYS + 1) * DAY)
    assert max(measured(database)[DAYS]) > 1.5
    again = new_engine(database, (Speaks(),))
    again.start()
    put = sum(again.idle((FIRST + DAYS + 1) * DAY).findings for _ in range(40))
    assert put == 0
    with database.begin() as connection:
        names = [("t", f"u{n}") for n in range(PEOPLE)]
        again.cells.load(Writing(connection), names)
        stale = [entry for name in names if (entry := again.cells.entry(name)).stale]
        assert stale
        for entry in stale:
            folded = again.cells.refold(
                Writing(connection), entry, first_id(0), (FIRST + DAYS + 1) * DAY
            )
            assert folded.put == folded.withdrawn == []
