"""The fold: subjects, states made lazily, ticks, restarts, and a detector that falls over."""

from typing import Any

import msgspec
import pytest
from msgspec import structs

from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import DAY, HOUR, AccountChange, Change, Event
from detectors.core.finding import Severity, Theme
from detectors.core.fold import (
    DETECTOR_FAILURE,
    Cell,
    Fold,
    OutdatedStateError,
    goes_on,
    subject_of,
)
from detectors.core.identity import Subject, SubjectKind
from tests.detectors import histories
from tests.detectors.planted import ABOUT, Crashes, Sound, State
from tests.detectors.story import CHROME, LYON, NOWHERE, Story

ALICE = Subject(SubjectKind.ACCOUNT, "acme", "alice")


def fold_of(*detectors: Any) -> Fold:
    """A fold of accounts through these."""
    return Fold(SubjectKind.ACCOUNT, detectors, Context())


def events(count: int, gap: float = 10) -> list[Event]:
    """So many sign-ons, so many minutes apart."""
    story = Story()
    for number in range(count):
        story.sign_on(0, number * gap, LYON, CHROME, "s")
    return story.sorted()


def folded(fold: Fold, stream: list[Event]) -> tuple[Cell, list[Any]]:
    """The cell and all findings."""
    cell = fold.fresh(ALICE)
    return cell, [finding for event in stream for finding in fold.observe(cell, event)]


def test_subjects_of_an_event() -> None:
    event = events(1)[0]
    assert subject_of(SubjectKind.ACCOUNT, event) == ALICE
    assert subject_of(SubjectKind.TENANT, event) == Subject(SubjectKind.TENANT, "acme", "")
    source = Subject(SubjectKind.SOURCE, "acme", "192.0.2.10")
    assert subject_of(SubjectKind.SOURCE, event) == source


def test_an_event_that_names_no_subject() -> None:
    nobody = Story("").sign_on(0, 0, NOWHERE, None).events[0]
    assert subject_of(SubjectKind.ACCOUNT, nobody) is None
    assert subject_of(SubjectKind.SOURCE, nobody) is None
    change = AccountChange(id=bytes(16), time=0, tenant="t", account="a", change=Change.ROLE)
    assert subject_of(SubjectKind.SOURCE, change) is None


def test_detectors_of_another_kind_of_subject_are_left_out() -> None:
    class OfSources(Sound):
        about = structs.replace(ABOUT, keyed_by=SubjectKind.SOURCE)

    assert fold_of(OfSources()).detectors == ()


def test_a_state_is_kept_only_once_it_differs_from_a_fresh_one() -> None:
    class Idle(Sound):
        def observe(self, *_: Any) -> tuple[()]:
            return ()

    cell, _ = folded(fold_of(Idle()), events(5))
    assert cell.states == {}
    cell, _ = folded(fold_of(Sound()), events(5))
    assert cell.states["sound"].count == 5


def test_two_subjects_never_hold_one_state() -> None:
    fold = fold_of(Sound())
    one, other = fold.fresh(ALICE), fold.fresh(structs.replace(ALICE, uid="bob"))
    for event in events(4):
        fold.observe(one, event)
        fold.observe(other, event)
    assert one.states["sound"] is not other.states["sound"]
    assert one.states["sound"].count == other.states["sound"].count == 4


def test_a_state_is_dropped_after_its_time_to_live() -> None:
    class Brief(Sound):
        about = structs.replace(ABOUT, state_ttl=HOUR)

    fold = fold_of(Brief())
    cell, _ = folded(fold, events(2, gap=90))
    assert cell.states["sound"].count == 1
    fold.advance(cell, cell.seen + 3 * HOUR)
    assert cell.states == {}
    assert not fold.needs_ticks(cell)


def test_the_profile_learns_after_the_detectors_looked() -> None:
    seen = []

    class Looks(Sound):
        def observe(self, event: Any, subject: Any, state: Any, profile: Any, _: Any) -> tuple[()]:
            seen.append(profile.uses)
            return ()

    cell, _ = folded(fold_of(Looks()), events(3))
    assert seen == [0, 1, 2]
    assert cell.profile.uses == 3


def test_findings_of_ticks_come_before_those_of_the_event() -> None:
    _, found = folded(fold_of(Sound()), events(3, gap=50))
    assert [finding.time % HOUR == 0 for finding in found] == [True, False]


def test_ticks_do_not_depend_on_how_far_one_advances_at_once() -> None:
    fold = fold_of(Sound())
    one, _ = folded(fold, events(4))
    other, _ = folded(fold, events(4))
    at_once = fold.advance(one, one.seen + DAY)
    by_hours = [f for h in range(1, 25) for f in fold.advance(other, other.seen + h * HOUR)]
    assert at_once == by_hours
    assert len(at_once) == 1
    assert one == other


def test_a_daily_tick_comes_once_after_a_day_with_an_event() -> None:
    calls: list[int] = []

    class Counts(Sound):
        about = structs.replace(ABOUT, tick_every=DAY)

        def tick(self, until: int, *_: Any) -> tuple[()]:
            calls.append(until)
            return ()

    fold = fold_of(Counts())
    cell, _ = folded(fold, events(2, gap=60))
    first = (cell.seen // DAY + 1) * DAY
    assert fold.next_tick(cell) == first
    assert fold.advance(cell, first - 1) == []
    assert fold.needs_ticks(cell)
    fold.advance(cell, first + 9 * DAY)
    assert calls == [first]
    assert not fold.needs_ticks(cell)
    fold.observe(cell, structs.replace(events(1)[0], time=first + 9 * DAY + HOUR))
    assert calls == [first]
    fold.advance(cell, first + 20 * DAY)
    assert calls == [first, first + 10 * DAY]


@pytest.mark.parametrize("hourly", [False, True])
@pytest.mark.parametrize("waits", [0, 1, 9])
def test_a_daily_tick_comes_once_more_where_a_detector_waits(waits: int, hourly: bool) -> None:
    calls: list[int] = []

    class Counts(Sound):
        about = structs.replace(ABOUT, name="counts", tick_every=DAY)

        def tick(self, until: int, *_: Any) -> tuple[()]:
            calls.append(until)
            return ()

        def waits(self, state: Any) -> bool:
            return len(calls) % 10 <= waits

    fold = fold_of(Counts(), Sound()) if hourly else fold_of(Counts())
    assert hourly or fold.reach == 2 * DAY
    cell, _ = folded(fold, events(2, gap=60))
    first = (cell.seen // DAY + 1) * DAY
    calls.clear()
    fold.advance(cell, first)
    assert calls == [first]
    if not hourly:
        # A restart between the two forgets nothing.
        cell = fold.restore(fold.save(cell))
        assert cell.due == (first + DAY if waits else 0)
    fold.advance(cell, first + 9 * DAY)
    assert calls == ([first, first + DAY] if waits else [first])
    assert hourly or not fold.needs_ticks(cell)


def test_hourly_and_daily_ticks_go_side_by_side() -> None:
    calls: list[tuple[str, int]] = []

    class Hours(Sound):
        about = structs.replace(ABOUT, name="hours")

        def tick(self, until: int, *_: Any) -> tuple[()]:
            calls.append(("hours", until))
            return ()

    class Days(Sound):
        about = structs.replace(ABOUT, name="days", tick_every=DAY)

        def tick(self, until: int, *_: Any) -> tuple[()]:
            calls.append(("days", until))
            return ()

    fold = fold_of(Hours(), Days())
    cell, _ = folded(fold, events(1))
    midnight = (cell.seen // DAY + 1) * DAY
    calls.clear()
    fold.advance(cell, midnight + HOUR)
    assert [c for c in calls if c[0] == "days"] == [("days", midnight)]
    assert calls[-1] == ("hours", midnight + HOUR)
    assert [until for name, until in calls if name == "hours"] == [
        *range(cell.seen // HOUR * HOUR + HOUR, midnight + HOUR + 1, HOUR)
    ]


def test_a_cell_is_saved_and_restored_whole() -> None:
    fold = fold_of(Sound())
    cell, _ = folded(fold, events(7))
    assert fold_of(Sound()).restore(fold.save(cell)) == cell


def test_a_packed_cell_comes_back_whole_and_is_saved_alike() -> None:
    fold = fold_of(Sound())
    story = Story()
    for number, (place, device) in enumerate([(LYON, CHROME), (NOWHERE, None), (LYON, CHROME)]):
        story.sign_on(0, number * 10, place, device, f"s{number}")
    cell, _ = folded(fold, story.sorted())
    before = fold.save(cell)
    packed = fold.pack(fold.restore(before))
    assert fold.unpack(packed) == cell
    assert fold.save_packed(packed) == before == fold.save(cell)


def test_equal_places_are_one_object_when_they_are_read_back() -> None:
    fold = fold_of(Sound())
    story = Story().sign_on(0, 0, LYON, CHROME, "a").sign_on(0, 9, LYON, CHROME, "b")
    cell, _ = folded(fold, story.sorted())
    one, other = (fold.restore(fold.save(cell)).profile.sessions[name] for name in "ab")
    assert one.place is not None
    assert one.place is other.place
    assert one.device is other.device


def test_what_other_detectors_saved_is_refused() -> None:
    fold = fold_of(Sound())
    cell, _ = folded(fold, events(2))
    for other, saved in (
        (fold_of(), fold.save(cell)),
        (fold, fold_of().save(fold_of().fresh(cell.subject))),
    ):
        with pytest.raises(OutdatedStateError, match="other detectors"):
            other.restore(saved)


def test_a_state_of_another_version_is_refused() -> None:
    class Newer(Sound):
        about = structs.replace(ABOUT, state_version=2)

    fold = fold_of(Sound())
    cell, _ = folded(fold, events(2))
    with pytest.raises(OutdatedStateError, match="other versions"):
        fold_of(Newer()).restore(fold.save(cell))


def test_what_is_no_cell_is_refused() -> None:
    with pytest.raises(OutdatedStateError):
        fold_of(Sound()).restore(msgspec.msgpack.encode([1, 2]))


def test_a_damaged_cell_is_refused_whatever_is_wrong_with_it() -> None:
    """Cut at any byte; or naming places that are not there."""
    fold = fold_of(Sound())
    cell, _ = folded(fold, Story().sign_on(0, 0, LYON, CHROME, "a").sorted())
    saved = fold.save(cell)
    for length in range(0, len(saved), 7):
        with pytest.raises(OutdatedStateError):
            fold.restore(saved[:length])
    told = msgspec.msgpack.decode(saved)
    for which in ([99] * len(told[-1]), told[-1][:-1]):
        with pytest.raises(OutdatedStateError):
            fold.restore(msgspec.msgpack.encode([*told[:-1], which]))


def test_a_detector_that_falls_over_is_a_finding_and_the_others_go_on() -> None:
    class Sturdy(Sound):
        about = structs.replace(ABOUT, name="sturdy")

    story = Story().sign_on(0, 0, NOWHERE, None).sign_on(0, 1, NOWHERE, None)
    story.sign_on(0, 2, NOWHERE, None)
    _, found = folded(fold_of(Crashes(), Sturdy()), story.sorted())
    failures = [f for f in found if f.detector == DETECTOR_FAILURE]
    assert len(failures) == len({f.id for f in failures}) == 3
    assert all(f.theme is Theme.HEALTH and f.severity is Severity.LOW for f in failures)
    assert failures[0].evidence.facts["detector"] == "sound"
    assert "ZeroDivisionError" in str(failures[0].evidence.facts["error"])
    assert [f.detector for f in found if f.theme is not Theme.HEALTH] == ["sound"]


def test_a_tick_that_falls_over_is_a_finding_too() -> None:
    class FallsAsleep(Sound):
        def tick(self, *_: Any) -> Any:
            raise RuntimeError("asleep")

    fold = fold_of(FallsAsleep())
    cell, _ = folded(fold, events(1))
    found = fold.advance(cell, cell.seen + HOUR)
    assert [f.detector for f in found] == [DETECTOR_FAILURE]
    assert isinstance(cell.states["sound"], State)


class Together(Sound):
    """Sound, for many at once; falls over where it is told to, after it changed a state."""

    about = structs.replace(ABOUT, tick_every=DAY)
    calls = 0
    falls_over = False

    def tick_many(self, until: int, cases: Any, context: Context) -> list[Any]:
        type(self).calls += 1
        found = []
        for number, (subject, state, profile) in enumerate(cases):
            found += self.tick(until, subject, state, profile, context)
            if self.falls_over and number == 1:
                raise RuntimeError("fell over")
        return found


@pytest.mark.parametrize("falls_over", [False, True])
def test_many_cells_are_ticked_as_one_by_one(falls_over: bool) -> None:
    detector = Together()
    detector.falls_over = falls_over
    Together.calls = 0
    fold = fold_of(detector)
    streams = [events(count) for count in (1, 4, 2, 6)]
    one_by_one = [folded(fold, stream)[0] for stream in streams]
    together = [folded(fold, stream)[0] for stream in streams]
    until = together[0].seen + 3 * DAY
    alone = [found for cell in one_by_one for found in fold.advance(cell, until)]
    assert fold.advance_many(together, until) == alone
    assert together == one_by_one
    assert Together.calls > 0


@pytest.mark.parametrize("every", [HOUR, DAY])
def test_a_cell_knows_when_it_is_due(every: int) -> None:
    class Ticking(Together):
        about = structs.replace(ABOUT, tick_every=every, state_ttl=2 * DAY)

    fold = fold_of(Ticking())
    cell, _ = folded(fold, events(1))
    for event in events(6)[1:]:
        fold.observe(cell, event)
        assert cell.due == (fold.next_tick(cell) or 0) > 0
    restored = fold.restore(fold.save(cell))
    assert restored == cell, "due included"
    fold.advance(cell, cell.seen + 3 * HOUR)
    fold.advance_many([restored], restored.seen + 3 * HOUR)
    assert restored == cell
    fold.advance(cell, cell.seen + 4 * DAY)
    assert cell.due == 0


def test_many_cells_drop_what_outlived_its_time() -> None:
    class Brief(Together):
        about = structs.replace(ABOUT, tick_every=DAY, state_ttl=HOUR)

    fold = fold_of(Brief())
    cells = [folded(fold, events(2))[0] for _ in range(2)]
    assert fold.advance_many(cells, cells[0].seen + 2 * DAY) == []
    assert all(cell.states == {} for cell in cells)


SKIPPING = [
    d for d in registry.load() if d.about.skips_sessions and d.about.keyed_by is SubjectKind.ACCOUNT
]


@pytest.mark.parametrize("detector", SKIPPING, ids=lambda d: d.about.name)
def test_what_skips_open_sessions_would_find_and_note_nothing_there(detector: Any) -> None:
    fold = fold_of(detector)
    hostile = histories.hostile_of(detector.about.name)
    skipped = 0
    for stream in (*hostile, histories.honest()):
        cells: dict[Subject, Cell] = {}
        for event in stream:
            subject = subject_of(SubjectKind.ACCOUNT, event)
            if subject is None:
                continue
            cell = cells.setdefault(subject, fold.fresh(subject))
            state = cell.states.get(detector.about.name) or detector.state()
            before = msgspec.msgpack.encode(state)
            if goes_on(event, cell.profile):
                found = detector.observe(event, subject, state, cell.profile, fold.context)
                assert list(found) == []
                assert msgspec.msgpack.encode(state) == before
                skipped += 1
            fold.observe(cell, event)
    assert skipped > 20
