"""A list that moves under its reader's hands is read whole, once, and by time."""

import random
from collections.abc import Callable
from contextlib import suppress
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from monitor.sources.climb import Climb, Entry, Reached
from monitor.sources.source import SourceError

OVERLAP = 100
KEPT = 250


class Shelf:
    """A list as a server keeps it: by time, newest first, those of one moment in any order."""

    def __init__(self, seed: int = 0) -> None:
        self.entries: list[Entry] = []
        self.now = 0
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None
        self._chance = random.Random(seed)
        self._previous: list[Entry] = []
        self.repeats = 0
        self._keys = 0

    def put(self, time: int) -> None:
        self._keys += 1
        self.entries.append(Entry(time, self._keys, b"%d" % self._keys))

    def expire(self, before: int) -> None:
        self.entries = [entry for entry in self.entries if entry.time >= before]

    def page(self, first: int, maximum: int) -> list[Entry]:
        self.asked += 1
        if self.repeats:
            self.repeats -= 1
            return self._previous
        self.meanwhile()
        self._chance.shuffle(self.entries)
        self.entries.sort(key=lambda entry: -entry.time)
        self._previous = self.entries[first : first + maximum]
        return self._previous


def climb(shelf: Shelf, reached: Reached, back: int = OVERLAP, size: int = 5) -> Climb:
    return Climb(shelf.page, reached, now=shelf.now, back=back, kept=KEPT, size=size)


def read(shelf: Shelf, reached: Reached, **given: int) -> tuple[list[Entry], Climb]:
    one = climb(shelf, reached, **given)
    return [entry for portion in one for entry in portion], one


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 11, 100, 1_000])
def test_a_list_is_read_from_its_foot(count: int) -> None:
    shelf = Shelf()
    for at in range(count):
        shelf.put(at * 7)
    shelf.now = count * 7
    found, one = read(shelf, Reached())
    assert [entry.time for entry in found] == [at * 7 for at in range(count)]
    assert one.is_connected
    assert one.reached.looked == shelf.now
    again, one = read(shelf, one.reached)
    assert again == []
    assert one.is_connected


def test_what_is_known_is_not_read_again() -> None:
    shelf = Shelf()
    for at in range(10_000):
        shelf.put(at)
    shelf.now = 10_000
    _, one = read(shelf, Reached(), size=500)
    shelf.asked = 0
    shelf.put(10_000)
    found, _ = read(shelf, one.reached, size=500)
    assert (len(found), shelf.asked) == (1, 1)


def test_the_list_grows_with_every_page() -> None:
    shelf = Shelf()
    for at in range(200):
        shelf.put(at)
    clock = iter(range(200, 10_000))

    def grow() -> None:
        shelf.put(next(clock))

    shelf.meanwhile = grow
    one = climb(shelf, Reached())
    found = [entry for portion in one for entry in portion]
    assert [entry.time for entry in found] == sorted({entry.time for entry in found})
    assert found[0].time == 0
    shelf.meanwhile = lambda: None
    shelf.now = 10_000
    rest, _ = read(shelf, one.reached)
    assert len({entry.key for entry in found + rest}) == len(found + rest) == len(shelf.entries)


def test_many_of_one_moment() -> None:
    shelf = Shelf()
    for at in (1, *[2] * 300, 3):
        shelf.put(at)
    shelf.now = 10
    found, _ = read(shelf, Reached())
    assert [entry.time for entry in found] == [1, *[2] * 300, 3]
    assert len({entry.key for entry in found}) == 302


def test_what_comes_late_is_found_within_the_overlap() -> None:
    shelf = Shelf()
    for at in range(500):
        shelf.put(at)
    shelf.now = 500
    _, one = read(shelf, Reached())
    shelf.put(499 - OVERLAP)
    shelf.put(300)
    found, _ = read(shelf, one.reached)
    assert [entry.time for entry in found] == [399]


def test_a_stamp_from_the_future_hides_nothing() -> None:
    shelf = Shelf()
    for at in (1, 2, 1_000_000):
        shelf.put(at)
    shelf.now = 3
    found, one = read(shelf, Reached())
    assert (len(found), one.reached.time) == (3, 3)
    shelf.put(4)
    shelf.now = 5
    assert [entry.time for entry in read(shelf, one.reached)[0]] == [4]


def test_what_is_gone_is_told() -> None:
    shelf = Shelf()
    for at in range(50):
        shelf.put(at)
    shelf.now = 50
    _, one = read(shelf, Reached())
    for at in range(1_000, 1_050):
        shelf.put(at)
    shelf.now = 1_050
    shelf.expire(1_020)
    found, one = read(shelf, one.reached)
    assert [entry.time for entry in found] == [*range(1_020, 1_050)]
    assert not one.is_connected
    shelf.expire(10_000)
    empty, one = read(shelf, one.reached)
    assert (empty, one.is_connected) == ([], False)


def test_what_expires_while_it_is_read_is_told() -> None:
    shelf = Shelf()
    for at in range(200):
        shelf.put(at)
    shelf.now = 200
    one = climb(shelf, Reached())
    portions = iter(one)
    first = next(portions)
    shelf.expire(first[-1].time + 20)
    assert next(portions)[0].time == first[-1].time + 20
    assert len(list(portions)) > 1
    assert not one.is_connected


def test_a_page_that_comes_again_skips_nothing() -> None:
    for before in range(60):
        shelf = Shelf()
        for at in range(120):
            shelf.put(at)
        shelf.now = 120
        found: list[Entry] = []
        one = climb(shelf, Reached())
        shelf.meanwhile = _after(shelf, before)
        with suppress(SourceError):
            for portion in one:
                found += portion
        found += read(shelf, one.reached)[0]
        assert [entry.time for entry in found] == [*range(120)]


def _after(shelf: Shelf, pages: int) -> Callable[[], None]:
    left = iter(range(pages))

    def count() -> None:
        if next(left, None) is None:
            shelf.repeats, shelf.meanwhile = 1, lambda: None

    return count


def test_a_server_that_gives_fewer_than_asked_is_no_end() -> None:
    shelf = Shelf()
    for at in range(100):
        shelf.put(at)
    one = Climb(
        lambda first, maximum: shelf.page(first, min(maximum, 3)),
        Reached(),
        now=100,
        back=OVERLAP,
        kept=KEPT,
        size=10,
    )
    with pytest.raises(SourceError, match="changes faster"):
        list(one)


def test_an_end_that_never_comes_is_an_error() -> None:
    endless = [Entry(5, 1, b"x")]
    one = Climb(lambda first, maximum: endless * maximum, Reached(), now=9, back=1, kept=1, size=5)
    with pytest.raises(SourceError, match="changes faster"):
        list(one)


class Moving(RuleBasedStateMachine):
    """Whatever is put in within the overlap, and wherever reading breaks off, all come once."""

    @initialize(seed=st.integers(0, 1_000), size=st.integers(2, 7))
    def begin(self, seed: int, size: int) -> None:
        self.shelf = Shelf(seed)
        self.size = size
        self.reached = Reached()
        self.given: list[int] = []
        self.chance = random.Random(seed)

    @rule(moments=st.lists(st.integers(0, 3), max_size=30))
    def arrive(self, moments: list[int]) -> None:
        for moment in moments:
            self.shelf.now += moment
            self.shelf.put(self.shelf.now)

    @rule(late=st.integers(0, OVERLAP))
    def arrive_late(self, late: int) -> None:
        self.shelf.put(max(0, self.shelf.now - late))

    @rule(busy=st.booleans(), most=st.integers(1, 40), repeats=st.booleans())
    def read(self, busy: bool, most: int, repeats: bool) -> None:
        self.shelf.meanwhile = self._work if busy else lambda: None
        self.shelf.repeats = int(repeats and self.shelf.asked > 0)
        one = climb(self.shelf, self.reached, size=self.size)
        with suppress(SourceError):
            for portion in islice(one, most):
                self.given += [entry.key for entry in portion]
                self.reached = one.reached
        self.shelf.meanwhile = lambda: None
        self.shelf.repeats = 0

    def _work(self) -> None:
        if self.chance.random() < 0.3:
            self.shelf.now += 1
            self.shelf.put(max(0, self.shelf.now - self.chance.choice((0, 0, 0, 20))))

    @invariant()
    def nothing_comes_twice(self) -> None:
        if hasattr(self, "given"):
            assert len(set(self.given)) == len(self.given)

    def teardown(self) -> None:
        if not hasattr(self, "given"):
            return
        found, _ = read(self.shelf, self.reached, size=self.size)
        self.given += [entry.key for entry in found]
        assert sorted(self.given) == sorted(entry.key for entry in self.shelf.entries)


TestMoving = Moving.TestCase
TestMoving.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(st.lists(st.integers(0, 400), max_size=80), st.integers(2, 9))
def test_keys_are_kept_for_as_long_as_was_said(times: list[int], size: int) -> None:
    shelf = Shelf()
    for at in times:
        shelf.put(at)
    shelf.now = 400
    _, one = read(shelf, Reached(), size=size)
    newest = max(times, default=0)
    assert sorted(one.reached.seen.values()) == sorted(t for t in times if t >= newest - KEPT)
