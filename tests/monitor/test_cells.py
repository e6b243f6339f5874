"""Cells in memory are a cache: packed, let go of, restored or folded again, they are the same."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from msgspec import Struct
from sqlalchemy import Engine as Database
from sqlalchemy import create_engine, func, select

from detectors.core.context import Context
from detectors.core.detector import About, Detector, Text
from detectors.core.event import DAY, HOUR, Activity, Event, Outcome, SignIn
from detectors.core.finding import Evidence, Finding, Severity, Weights, finding
from detectors.core.fold import Fold
from detectors.core.identity import Subject, SubjectKind, first_id, timed_id
from detectors.core.profile import Profile
from monitor.cells import Cells, position
from monitor.store import tables
from monitor.store.writing import Writing, account_key, encode_event

START = 1_790_000_000_000 // HOUR * HOUR
_TEXT = Text(en="x", fr="x")


class Count(Struct):
    seen: int = 0


class EveryFourth:
    """Fires at every fourth event."""

    about: ClassVar[About] = About(
        name="fourth",
        title=_TEXT,
        aup=("6",),
        attack=("T1078",),
        keyed_by=SubjectKind.ACCOUNT,
        state_version=1,
        state_ttl=30 * DAY,
        facts=Struct,
        sentence=_TEXT,
        innocent=_TEXT,
        runbook="none",
    )
    state: ClassVar[type[Any]] = Count
    parameters: Any = None

    def observe(
        self, event: Event, subject: Subject, state: Count, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        state.seen += 1
        if state.seen % 4 == 0:
            evidence = Evidence("fourth", Weights(shared=1.0), {"seen": state.seen})
            yield finding("fourth", subject, event.time, Severity.MEDIUM, evidence, (event.id,))

    def tick(
        self, until: int, subject: Subject, state: Count, profile: Profile, context: Context
    ) -> Iterable[Finding]:
        return ()


def fold(detectors: Sequence[Detector[Any]] = (EveryFourth(),)) -> Fold:
    return Fold(SubjectKind.ACCOUNT, detectors, Context())


def event(number: int, account: str) -> SignIn:
    time = START + number * 60_000
    return SignIn(
        id=timed_id(time, account, str(number)),
        time=time,
        tenant="t",
        account=account,
        activity=Activity.LOGON,
        outcome=Outcome.SUCCESS,
    )


def store(writing: Writing, events: Sequence[SignIn]) -> None:
    writing.add_events([(e.id, account_key(e), None, 1, False, encode_event(e)) for e in events])


def feed(cells: Cells, writing: Writing, events: Sequence[SignIn]) -> list[Finding]:
    """Store events and fold them forward, as the engine does."""
    cells.load(writing, {(e.tenant, e.account) for e in events})
    store(writing, events)
    found: list[Finding] = []
    for one in events:
        entry = cells.entry((one.tenant, one.account))
        if entry.stale:
            cells.refold(writing, entry, one.id, START)
            continue
        cell = cells.use(entry)
        found += fold().observe(cell, one)
        cells.settle(entry, cell)
    return found


def snapshots(database: Database) -> int:
    with database.connect() as connection:
        return connection.execute(select(func.count()).select_from(tables.snapshots)).scalar_one()


def test_few_in_memory_and_all_in_memory_are_the_same(database: Database, tmp_path: Path) -> None:
    pick = random.Random(1)
    events = [event(number, f"a{pick.randrange(12)}") for number in range(300)]
    found = []
    for hot, limit in ((1_000, 1_000), (3, 1_000), (2, 5)):
        other = create_engine(f"sqlite:///{tmp_path / f'{hot}-{limit}.db'}")
        tables.metadata.create_all(other)
        cells = Cells(fold(), hot=hot, limit=limit)
        cells.start(1, 1)
        got: list[Finding] = []
        for start in range(0, len(events), 10):
            with other.begin() as connection:
                writing = Writing(connection)
                got += feed(cells, writing, events[start : start + 10])
                cells.trim(writing, DAY)
        if limit == 5:
            assert len(cells) < 12
            assert snapshots(other) > 0
        found.append(got)
        other.dispose()
    assert found[0] == found[1] == found[2]
    assert len(found[0]) > 40


def test_those_longest_out_of_use_are_packed(database: Database) -> None:
    cells = Cells(fold(), hot=2)
    cells.start(1, 1)
    with database.begin() as connection:
        writing = Writing(connection)
        feed(cells, writing, [event(n, f"a{n}") for n in range(4)])
        feed(cells, writing, [event(9, "a0")])
        cells.trim(writing, DAY)
    entries = [cells.entry(("t", f"a{n}")) for n in range(4)]
    assert [entry.cell is None for entry in entries] == [False, True, True, False]
    assert [entry.packed is None for entry in entries] == [True, False, False, True]


def test_what_takes_more_than_there_is_room_for_is_packed(database: Database) -> None:
    cells = Cells(fold(), room=16)
    cells.start(1, 1)
    with database.begin() as connection:
        writing = Writing(connection)
        feed(cells, writing, [event(n, f"a{n}") for n in range(4)])
        cells.trim(writing, DAY)
        first = [cells.entry(("t", f"a{n}")).packed is None for n in range(4)]
        feed(cells, writing, [event(5, "a0")])
        cells.trim(writing, DAY)
    assert first == [False, False, False, True]
    assert [cells.entry(("t", f"a{n}")).packed is None for n in range(4)] == [True, *[False] * 3]


def test_a_packed_cell_is_saved_as_one_in_use(database: Database) -> None:
    bodies = []
    for hot in (10, 1):
        cells = Cells(fold(), hot=hot)
        cells.start(1, 1)
        with database.begin() as connection:
            writing = Writing(connection)
            feed(cells, writing, [event(n, f"{hot}-a{n % 2}") for n in range(6)])
            cells.trim(writing, DAY)
            cells.save(writing, None, DAY)
            key = cells.entry(("t", f"{hot}-a0")).key
            saved = writing.snapshots("account", [key])[key]
            bodies.append(fold().restore(saved.body))
    assert bodies[0].states == bodies[1].states
    assert bodies[0].seen == bodies[1].seen


def test_what_was_saved_is_restored_and_not_folded_again(database: Database) -> None:
    first = Cells(fold())
    first.start(1, 1)
    events = [event(number, "a") for number in range(3)]
    with database.begin() as connection:
        writing = Writing(connection)
        feed(first, writing, events)
        assert first.dirty == 1
        assert first.save(writing, None, DAY) == 1
        assert first.dirty == 0
    second = Cells(fold())
    second.start(2, 1)
    with database.begin() as connection:
        writing = Writing(connection)
        second.load(writing, [("t", "a")])
        entry = second.entry(("t", "a"))
        assert not entry.stale
        assert entry.last == events[-1].id
        (found,) = feed(second, writing, [event(3, "a")])
    assert found.evidence.facts["seen"] == 4


@pytest.mark.parametrize("saved", [False, True])
def test_what_a_crash_left_behind_is_stale_until_it_is_folded_again(
    database: Database, saved: bool
) -> None:
    crashed = Cells(fold())
    crashed.start(1, 1)
    with database.begin() as connection:
        writing = Writing(connection)
        feed(crashed, writing, [event(0, "a"), event(1, "a")])
        if saved:
            crashed.save(writing, None, DAY)
        feed(crashed, writing, [event(2, "a"), event(3, "a")])
    cells = Cells(fold())
    cells.start(2, 2)
    with database.begin() as connection:
        writing = Writing(connection)
        cells.load(writing, [("t", "a"), ("t", "new")])
        entry = cells.entry(("t", "a"))
        assert entry.stale
        assert not cells.entry(("t", "new")).stale
        refolded = cells.refold(writing, entry, event(9, "a").id, START)
        assert not entry.stale
        assert entry.last == event(3, "a").id
        assert [f.evidence.facts["seen"] for f in refolded.put] == [4]
        assert refolded.withdrawn == []


def test_a_late_event_changes_what_was_found_after_it(database: Database) -> None:
    cells = Cells(fold())
    cells.start(1, 1)
    with database.begin() as connection:
        writing = Writing(connection)
        (former,) = feed(cells, writing, [event(number, "a") for number in (10, 11, 12, 13)])
        writing.put_findings([former])
        store(writing, [event(1, "a")])
        entry = cells.entry(("t", "a"))
        refolded = cells.refold(writing, entry, event(1, "a").id, START)
    assert [f.event_ids for f in refolded.put] == [(event(12, "a").id,)]
    assert refolded.withdrawn == [former]


def test_a_state_of_another_version_is_folded_again(database: Database) -> None:
    cells = Cells(fold())
    cells.start(1, 1)
    with database.begin() as connection:
        writing = Writing(connection)
        feed(cells, writing, [event(0, "a")])
        cells.save(writing, None, DAY)

    class Newer(EveryFourth):
        about = EveryFourth.about.__class__(
            **{n: getattr(EveryFourth.about, n) for n in EveryFourth.about.__struct_fields__}
            | {"state_version": 2}
        )

    newer = Cells(fold((Newer(),)))
    newer.start(2, 1)
    with database.begin() as connection:
        newer.load(Writing(connection), [("t", "a")])
    assert newer.entry(("t", "a")).stale


def test_saving_takes_those_that_wait_longest_first(database: Database) -> None:
    cells = Cells(fold())
    cells.start(1, 1)
    with database.begin() as connection:
        writing = Writing(connection)
        feed(cells, writing, [event(number, f"a{number}") for number in range(5)])
        assert cells.save(writing, 2, DAY) == 2
        keys = {cells.entry(("t", f"a{number}")).key for number in range(2)}
        saved = writing.snapshots("account", [cells.entry(("t", f"a{n}")).key for n in range(5)])
        assert set(saved) == keys
        assert cells.save(writing, None, DAY) == 3


def test_a_position_is_the_last_event_or_the_last_tick() -> None:
    folding = fold()
    cell = folding.fresh(Subject(SubjectKind.ACCOUNT, "t", "a"))
    folding.observe(cell, event(5, "a"))
    assert position(cell) == event(5, "a").id
    folding.advance(cell, START + 3 * HOUR)
    assert position(cell) == event(5, "a").id, "nothing ticked: what comes next is in order"
    cell.ticked = START + 3 * HOUR
    assert position(cell) == first_id(START + 3 * HOUR)


def test_what_a_late_event_belies_is_forgotten(database: Database) -> None:
    cells = Cells(fold())
    cells.start(1, 1)
    with database.begin() as connection:
        writing = Writing(connection)
        feed(cells, writing, [event(number, "a") for number in (10, 11)])
        cells.save(writing, None, DAY)
        feed(cells, writing, [event(12, "a")])
        cells.save(writing, None, DAY)
        assert snapshots_of(writing, cells) == {0: event(12, "a").id, 1: event(11, "a").id}
        store(writing, [event(1, "a")])
        cells.refold(writing, cells.entry(("t", "a")), event(1, "a").id, START)
        assert snapshots_of(writing, cells) == {}


def snapshots_of(writing: Writing, cells: Cells) -> dict[int, bytes]:
    table = tables.snapshots
    key = cells.entry(("t", "a")).key
    rows = writing.connection.execute(
        select(table.c.slot, table.c.last).where(table.c.subject_key == key)
    )
    return {row[0]: row[1] for row in rows}
