"""What is forgotten is in the accounts that follow the horizon: folding again comes to the same."""

from collections.abc import Iterator, Sequence

import pytest
from msgspec import msgpack, structs
from sqlalchemy import Engine as Database
from sqlalchemy import delete

from detectors.core.event import DAY, MINUTE, SignIn
from detectors.core.finding import Finding, Severity
from detectors.core.finding import finding as finding_of
from detectors.core.fold import Cell, Fold
from detectors.core.identity import Subject, SubjectKind, first_id
from detectors.core.profile import Profile
from monitor.horizon import SETTLING, Beginnings, Horizon, is_open, read
from monitor.store import tables
from monitor.store.writing import SnapshotRow, Writing
from tests.monitor.test_cells import START, EveryFourth, event, fold, store

SUBJECT = Subject(SubjectKind.ACCOUNT, "t", "a")
KIND = "account"
EVENTS = [event(number, "a") for number in range(40)]


class NewerFourth(EveryFourth):
    """The same detector after its state changed."""

    about = structs.replace(EveryFourth.about, state_version=2)


@pytest.fixture
def writing(database: Database) -> Iterator[Writing]:
    with database.begin() as connection:
        yield Writing(connection)


def at(number: int) -> int:
    return START + number * MINUTE


def folded(events: Sequence[SignIn], cell: Cell | None = None, by: Fold | None = None) -> bytes:
    """The cell after these events, as it is saved."""
    by = by or fold()
    cell = cell or by.fresh(SUBJECT)
    for one in events:
        by.observe(cell, one)
    return by.save(cell)


def carried(writing: Writing, until: int, *, most: int = 100) -> Beginnings:
    """Beginnings whose horizon is at the event `until`, with nothing stored from before it."""
    beginnings = Beginnings(fold())
    beginnings.horizon = Horizon(closed=at(until))
    while beginnings.carry(writing, SUBJECT, 1, at(40), most) == most:
        pass
    beginnings.horizon = Horizon(carried=at(until), closed=at(until))
    table = tables.events
    writing.connection.execute(delete(table).where(table.c.id < beginnings.first))
    return beginnings


def test_no_note_is_no_horizon_and_a_noted_one_is_read() -> None:
    assert read(None) == Horizon() == Horizon(kept=0, coarse=0, carried=0, closed=0)
    horizon = Horizon(kept=1, coarse=2, carried=3, closed=4)
    assert read(msgpack.encode(horizon)) == horizon


def test_without_a_horizon_folding_begins_with_nothing(writing: Writing) -> None:
    cell, start = Beginnings(fold()).before(writing, SUBJECT, EVENTS[5].id, at(40))
    assert (cell.profile, cell.since, start) == (Profile(), 0, bytes(16))


@pytest.mark.parametrize("most", [3, 100])
def test_from_the_horizon_all_is_as_if_nothing_were_forgotten(writing: Writing, most: int) -> None:
    store(writing, EVENTS)
    beginnings = carried(writing, 17, most=most)
    cell, start = beginnings.before(writing, SUBJECT, EVENTS[25].id, at(40))
    assert cell.since == 0
    assert start == first_id(at(17))
    rest = writing.events_of(SUBJECT, start)
    assert rest == EVENTS[17:]
    assert folded(rest, cell) == folded(EVENTS)


def test_a_later_snapshot_is_nearer_and_an_earlier_one_leaves_a_gap(writing: Writing) -> None:
    store(writing, EVENTS)
    early = SnapshotRow(SUBJECT.key(), EVENTS[3].id, 1, folded(EVENTS[:4]))
    writing.save_snapshots(KIND, [early], [None])
    beginnings = carried(writing, 17)
    for first in (EVENTS[30].id, EVENTS[17].id):
        cell, _ = beginnings.before(writing, SUBJECT, first, at(40))
        assert cell.last == EVENTS[16].id
    late = SnapshotRow(SUBJECT.key(), EVENTS[20].id, 1, folded(EVENTS[:21]))
    writing.save_snapshots(KIND, [late], [None])
    cell, start = beginnings.before(writing, SUBJECT, EVENTS[30].id, at(40))
    assert start == cell.last == EVENTS[20].id
    cell, _ = beginnings.before(writing, SUBJECT, EVENTS[19].id, at(40))
    assert cell.last == EVENTS[16].id


def test_what_moves_from_before_the_horizon_begins_there_all_the_same(writing: Writing) -> None:
    store(writing, EVENTS)
    beginnings = carried(writing, 17)
    cell, start = beginnings.before(writing, SUBJECT, EVENTS[2].id, at(40))
    assert (cell.last, start) == (EVENTS[16].id, first_id(at(17)))


def test_carrying_takes_the_nearest_snapshot_and_reads_only_what_is_behind_it(
    writing: Writing,
) -> None:
    store(writing, EVENTS)
    near = SnapshotRow(SUBJECT.key(), EVENTS[14].id, 1, folded(EVENTS[:15]))
    writing.save_snapshots(KIND, [near], [None])
    beginnings = Beginnings(fold())
    beginnings.horizon = Horizon(closed=at(17))
    assert beginnings.carry(writing, SUBJECT, 1, at(40), 100) == 2
    assert beginnings.carry(writing, SUBJECT, 1, at(40), 100) == 0
    [trailing] = [
        one for is_trailing, one in writing.snapshots_of(KIND, SUBJECT.key()) if is_trailing
    ]
    assert (trailing.last, trailing.body) == (EVENTS[16].id, folded(EVENTS[:17]))


def test_other_detectors_begin_with_the_profile_and_without_a_past(writing: Writing) -> None:
    store(writing, EVENTS)
    carried(writing, 17)
    newer = Fold(SubjectKind.ACCOUNT, [NewerFourth()], fold().context)
    beginnings = Beginnings(newer)
    beginnings.horizon = Horizon(carried=at(17), closed=at(17))
    cell, start = beginnings.before(writing, SUBJECT, EVENTS[25].id, at(40))
    assert (cell.states, start) == ({}, first_id(at(17)))
    assert cell.profile.uses == 17
    assert cell.since == at(17) + 23 * MINUTE // 2
    later = beginnings.before(writing, SUBJECT, EVENTS[25].id, at(17) + 90 * DAY)[0]
    assert later.since == at(17) + SETTLING
    assert newer.restore(newer.save(later)).since == later.since


def test_where_everything_is_lost_the_past_is_known_to_be_missing(writing: Writing) -> None:
    store(writing, EVENTS)
    beginnings = Beginnings(fold())
    beginnings.horizon = Horizon(carried=at(17), closed=at(17))
    cell, start = beginnings.before(writing, SUBJECT, EVENTS[25].id, at(40))
    assert (cell.profile, start) == (Profile(), first_id(at(17)))
    assert cell.since > at(17)
    other = Subject(SubjectKind.ACCOUNT, "t", "b")
    assert beginnings.before(writing, other, EVENTS[25].id, at(40))[0].since == 0


def test_what_is_from_before_or_stands_on_it_is_not_open_to_change() -> None:
    cell = fold().fresh(SUBJECT)

    def about(*numbers: int) -> Finding:
        [one] = EveryFourth().observe(
            EVENTS[0], SUBJECT, EveryFourth.state(seen=3), Profile(), fold().context
        )
        events = tuple(EVENTS[number].id for number in numbers)
        return finding_of("fourth", SUBJECT, at(numbers[0]), Severity.MEDIUM, one.evidence, events)

    assert is_open(about(18), cell, at(17))
    assert not is_open(about(17), cell, at(17))
    assert is_open(about(18, 3), cell, at(17))
    cell.since = at(20)
    assert not is_open(about(18), cell, at(17))
    assert not is_open(about(25, 18), cell, at(17))
    assert is_open(about(25, 20), cell, at(17))
