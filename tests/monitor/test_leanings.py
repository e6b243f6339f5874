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
from detectors.core.identity import Subject, SubjectKind, digest
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
    _, by_day = undisturbed(tmp_path, history(20))
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
            (bytes(16),),
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
        assert len(msgspec.msgpack.decode(row)[1][1]) == 1


def test_without_the_detector_nothing_is_noted(database: Database) -> None:
    engine = new_engine(database)
    engine.process([intake(history())])
    with database.begin() as connection:
        table = tables.ledgers
        count = select(func.count()).where(table.c.kind.in_((leanings.LEANING, leanings.USUAL)))
        assert connection.execute(count).scalar_one() == 0
