"""Reads a list that comes in pages, newest first, and grows while it is read: oldest first, once.

Such lists (Keycloak's events among them) have no cursor. New entries push all others down, so that
an index means another entry a moment later; entries of one moment stand in any order, another one
each time; some are put in late, among older ones; the oldest ones are taken away. So nothing here
trusts an index. A page is believed only when it reaches down to what is known already, or is the
end of the list; entries are told apart by their keys, as far back as any may still be put in.
"""

from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text
from monitor.sources.source import SourceError

LARGEST_PAGE: Final = 20_000
"""Entries; as many may bear the same millisecond."""
_TRIES = 20
_SHIFTS = 3
_DEEPEST = (1 << 31) - 1

Page = Callable[[int, int], list["Entry"]]
"""At most so many entries from an index on, 0 being the newest: (first, maximum)."""


class Entry(Struct, frozen=True, gc=False):
    """One entry: its time in ms, a key that tells it from all others, and itself as a line."""

    time: int
    key: int
    line: bytes


class Reached(Struct, array_like=True):
    """How far a list is read: `time` (ms) of the newest entry, the keys of the last ones by time,
    and the server's clock (ms) when it was last read to its top. Fresh, nothing is read."""

    time: int = -1
    seen: dict[int, int] = {}
    looked: int = 0

    def with_seen(self, entries: list[Entry]) -> "Reached":
        """The same, these entries known besides."""
        return Reached(self.time, self.seen | {e.key: e.time for e in entries}, self.looked)


class Climb:
    """One reading, from what is known up to the top of the list.

    `back` (ms) is how far behind the newest known entry to look for late ones; keys are kept for
    `kept` ms behind it. `size` is that of a page, two at least. `now` is the server's clock: an
    entry from its future moves nothing on.
    `is_connected`, once it was iterated: whether every page reached down to what was known. When
    not, the list had ended above it, and what was between is gone.
    """

    def __init__(
        self, page: Page, reached: Reached, *, now: int, back: int, kept: int, size: int
    ) -> None:
        self.reached = reached
        self.is_connected = True
        self._page = page
        self._now = now
        self._kept = kept
        self._size = size
        self._floor = max(reached.time - back, -1)
        self._is_fresh = reached.time < 0

    def __iter__(self) -> Iterator[list[Entry]]:
        """New entries in portions, by time; `reached` stands behind each that was given.

        Raises SourceError when the list does not stand still enough to be read.
        """
        top = self._page(0, self._size)
        if self._reaches_down(top, 0, self._size):
            yield from self._take(top)
        else:
            yield from self._climb(self._depth())
        self.reached = Reached(self.reached.time, self.reached.seen, self._now)

    def _climb(self, at: int) -> Iterator[list[Entry]]:
        """Up from index `at`, where an entry stands that is known or too old, or the end is."""
        size, tries = self._size, 0
        while tries < _TRIES:
            tries += 1
            first = max(0, at - size + 1)
            page = self._page(first, size)
            if not self._reaches_down(page, first, size):
                at = at + size if tries <= _SHIFTS else self._depth()
            elif not page and first:
                at = self._depth()
            elif page and page[0].time <= self._floor and first:
                size = min(2 * size, LARGEST_PAGE)
            else:
                yield from self._take(page)
                if not first:
                    return
                at = first + _below(page, self._floor)
                size, tries = max(self._size, size // 2), 0
        raise _restless()

    def _take(self, page: list[Entry]) -> Iterator[list[Entry]]:
        """What is new of a page; it is known from then on, and the floor is its newest entry."""
        seen = self.reached.seen
        new = [e for e in page if e.time >= self._floor and e.key not in seen]
        if len(new) == len(page) and not self._is_fresh:
            self.is_connected = False
        newest = page[0].time if page else -1
        self._floor, self._is_fresh = max(self._floor, newest), False
        time = max(self.reached.time, min(newest, self._now))
        known = seen | {entry.key: entry.time for entry in new}
        kept = {key: at for key, at in known.items() if at >= time - self._kept}
        self.reached = Reached(time, kept, self.reached.looked)
        if new:
            new.sort(key=lambda entry: entry.time)
            yield new

    def _reaches_down(self, page: list[Entry], first: int, size: int) -> bool:
        """Whether a page ends in what is known, or the list in it."""
        if page and page[-1].time < self._floor:
            return True
        if not page or len(page) == size:
            return not page
        # A server that gives fewer than it was asked for need not have come to the end.
        rest = self._page(first + len(page) - 1, size)
        return all(entry.time >= page[-1].time for entry in rest)

    def _depth(self) -> int:
        """An index at which an entry below the floor stands, or none any more."""
        above, below = self._size - 1, 2 * self._size
        while not self._is_below(below):
            above, below = below, 2 * below
            if below > _DEEPEST:
                raise _restless()
        while below - above > max(1, self._size // 2):
            middle = (above + below) // 2
            if self._is_below(middle):
                below = middle
            else:
                above = middle
        return below

    def _is_below(self, index: int) -> bool:
        page = self._page(index, 1)
        return not page or page[0].time < self._floor


def _below(page: list[Entry], floor: int) -> int:
    """The first index in a page of an entry older than the floor."""
    return next((i for i, entry in enumerate(page) if entry.time < floor), len(page))


def _restless() -> SourceError:
    return SourceError(
        Text(
            en="the list of events changes faster than it can be read; it is tried again",
            fr="la liste des événements change plus vite qu'elle ne peut être lue ; nouvel essai",
        )
    )
