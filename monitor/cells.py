"""The cells in memory: those in use as objects, the rest compressed; a cache of the fold."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable
from functools import partial
from itertools import islice

import zstandard
from msgspec import Struct

from detectors.core.finding import Finding
from detectors.core.fold import Cell, Fold, OutdatedStateError, Packed
from detectors.core.identity import Subject, first_id, time_of
from monitor.horizon import Beginnings, is_open
from monitor.store.writing import SnapshotRow, Writing

_START = bytes(16)
_LEAST_SHARE = 8
"""A part of the room, one in so many, is kept for objects however many are packed."""
_PACKED = 2
"""KB that a packed cell takes, with its entry."""
_OBJECTS = 6
"""KB that a cell takes as objects, and one more for each session."""
# A third of the MessagePack, for 7 us there and back.
_compress = zstandard.ZstdCompressor(level=-1, write_checksum=False).compress
_decompress = zstandard.ZstdDecompressor().decompress


def _as_found(_writing: Writing, found: Finding) -> Finding:
    return found


class Entry:
    """One subject in memory. `stale`: its events in the store may go beyond its cell; `saved`: it
    has a snapshot; `due`: the next boundary (ms) at which it is ticked, 0 for none; `size`: about
    how many KB its cell takes as objects, 0 while it is packed."""

    __slots__ = ("cell", "due", "key", "last", "packed", "saved", "size", "stale", "subject")

    def __init__(self, subject: Subject, key: int) -> None:
        self.subject = subject
        self.key = key
        self.cell: Cell | None = None
        self.last = _START
        self.stale = False
        self.saved = False
        self.packed: Packed | None = None
        self.due = 0
        self.size = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing is known of its subject, here or in the store."""
        return not self.stale and not self.saved and self.cell is None and self.packed is None


class Refolded(Struct):
    """What folding a subject again came to: findings to put, and those that vanished."""

    put: list[Finding]
    withdrawn: list[Finding]


class Cells:
    """Cells of one kind of subject, by (tenant, uid)."""

    def __init__(
        self,
        fold: Fold,
        *,
        others: Collection[str] = (),
        stored_as: Callable[[Writing, Finding], Finding] = _as_found,
        hot: int = 200_000,
        limit: int = 1_500_000,
        room: int = 1_300_000,
    ) -> None:
        """`others` are the detectors that speak of these subjects without being folded here:
        folding again leaves what they found. `stored_as` gives what is stored of a finding that was
        found before. `hot` cells at most are kept as objects, fewer where
        they take more than `room` (KB) together with the packed ones, and `limit` in all: so the
        fewer there are, the more of them stay as objects."""
        self._fold = fold
        self.beginnings = Beginnings(fold)
        self._others = frozenset(others)
        self._stored_as = stored_as
        self._kind = fold.kind.value
        self._hot_limit = hot
        self._limit = limit
        self._room = room
        self._entries: dict[tuple[str, str], Entry] = {}
        self._hot: OrderedDict[Entry, None] = OrderedDict()
        self._size = 0
        self._dirty: dict[Entry, None] = {}
        self._due: dict[int, dict[Entry, None]] = {}
        self._run = 0
        self._sound = 0

    def start(self, run: int, sound: int) -> None:
        """Begin a run. Snapshots written in the run `sound` or later hold every event."""
        self._run = run
        self._sound = sound
        self._entries.clear()
        self._hot.clear()
        self._size = 0
        self._dirty.clear()
        self._due.clear()

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def objects(self) -> int:
        """How many are kept as objects; the others are packed."""
        return len(self._hot)

    @property
    def size(self) -> int:
        """About how many bytes they take."""
        return (self._size + _PACKED * (len(self._entries) - len(self._hot))) << 10

    @property
    def run(self) -> int:
        """The run of the engine that it is in."""
        return self._run

    @property
    def dirty(self) -> int:
        """How many cells have changed since their last snapshot."""
        return len(self._dirty)

    def load(self, writing: Writing, names: Iterable[tuple[str, str]]) -> None:
        """Bring the entries of these (tenant, uid) in, from snapshots where they are not here."""
        missing = [
            Entry(subject, subject.key())
            for subject in (
                Subject(self._fold.kind, *name) for name in names if name not in self._entries
            )
        ]
        if not missing:
            return
        saved = writing.snapshots(self._kind, [entry.key for entry in missing])
        unsaved = [entry.key for entry in missing if entry.key not in saved]
        behind = set() if self._sound == 1 else self._known(writing, unsaved)
        for entry in missing:
            snapshot = saved.get(entry.key)
            if snapshot is not None:
                entry.saved = True
                self._restore(entry, snapshot)
            else:
                entry.stale = entry.key in behind
            self._entries[entry.subject.tenant, entry.subject.uid] = entry

    def find(self, name: tuple[str, str]) -> Entry | None:
        """The entry of a subject, where it is in memory."""
        return self._entries.get(name)

    def entry(self, name: tuple[str, str]) -> Entry:
        """The entry of a subject that was loaded."""
        return self._entries[name]

    def use(self, entry: Entry) -> Cell:
        """Its cell, to be changed: it counts as changed from now on."""
        cell = entry.cell
        if cell is None:
            packed = entry.packed
            cell = (
                self._fold.fresh(entry.subject)
                if packed is None
                else self._fold.unpack(_inflated(packed))
            )
            entry.cell = cell
            entry.packed = None
        self._heat(entry)
        self._mark(entry)
        return cell

    def profile_in(self, body: bytes) -> Cell | None:
        """The cell that a snapshot has, with its profile and without its detectors' states; None
        for one that an older version wrote."""
        try:
            return self._fold.restore_profile(body)
        except OutdatedStateError:
            return None

    def settle(self, entry: Entry, cell: Cell) -> None:
        """Note how far the cell was folded, after changing it."""
        entry.last = position(cell)
        self._weigh(entry, cell)
        if cell.due != entry.due:
            self._schedule(entry, cell.due)

    def is_due(self, until: int) -> bool:
        """Whether time passing up to `until` (ms) changes any entry."""
        return bool(self._due) and min(self._due) <= until

    @property
    def first_due(self) -> int | None:
        """The next boundary (ms) at which any entry is ticked; None where none is."""
        return min(self._due, default=None)

    def ticking(self, until: int, most: int | None = None) -> list[Entry]:
        """The entries that time passing up to `until` (ms) may change, so many at most, those
        that are due longest first."""
        found: list[Entry] = []
        for boundary in sorted(self._due):
            if boundary > until or (most is not None and len(found) >= most):
                break
            left = None if most is None else most - len(found)
            found.extend(islice(self._due[boundary], left))
        return found

    def refold(
        self, writing: Writing, entry: Entry, first: bytes, now: int, until: int | None = None
    ) -> Refolded:
        """Fold a subject's stored events again, from the last snapshot before the event `first`.

        Event time is at `now` (ms); ticks are run up to `until` (ms), to `now` where it is None.
        What was found before the horizon stays.
        """
        cell, start = self.beginnings.before(writing, entry.subject, first, now)
        found: dict[bytes, Finding] = {}
        for event in writing.events_of(entry.subject, start):
            found.update((f.id, f) for f in self._fold.observe(cell, event))
        found.update((f.id, f) for f in self._fold.advance(cell, now if until is None else until))
        # What was saved after them does not hold them.
        writing.drop_snapshots(self._kind, entry.key, first, partial(self._is_of, entry))
        entry.cell = cell
        entry.packed = None
        entry.stale = False
        self._heat(entry)
        self._mark(entry)
        self.settle(entry, cell)
        carried = self.beginnings.horizon.carried
        former = {
            f.id: f
            for f in writing.findings_of(entry.subject)
            if f.detector not in self._others and is_open(f, cell, carried) and _is_after(f, start)
        }
        return Refolded(
            [
                f
                for f in found.values()
                if self._differs(writing, f, former.get(f.id)) and is_open(f, cell, carried)
            ],
            [f for f in former.values() if f.id not in found],
        )

    def _differs(self, writing: Writing, found: Finding, former: Finding | None) -> bool:
        return former is None or former not in (found, self._stored_as(writing, found))

    def save(self, writing: Writing, most: int | None, lateness: int) -> int:
        """Write snapshots of changed cells, those that wait longest first; how many."""
        waiting = list(islice(self._dirty, most))
        rows = []
        horizons: list[bytes | None] = []
        for entry in waiting:
            rows.append(SnapshotRow(entry.key, entry.last, self._run, self._packed(entry)))
            horizons.append(first_id(time_of(entry.last) - lateness) if entry.saved else None)
            entry.saved = True
        writing.save_snapshots(self._kind, rows, horizons)
        for entry in waiting:
            del self._dirty[entry]
        return len(waiting)

    def trim(self, writing: Writing, lateness: int) -> None:
        """Pack what is not in use, and let go of the longest unused when there are too many."""
        room = max(self._room // _LEAST_SHARE, self._room - _PACKED * len(self._entries))
        while len(self._hot) > self._hot_limit or (self._size > room and len(self._hot) > 1):
            entry, _ = self._hot.popitem(last=False)
            self._size -= entry.size
            entry.size = 0
            if entry.cell is not None:
                entry.packed = _deflated(self._fold.pack(entry.cell))
                entry.cell = None
        excess = len(self._entries) - self._limit
        if excess > 0:
            self.save(writing, None, lateness)
            for name, entry in list(self._entries.items()):
                if excess <= 0:
                    break
                if entry.due or entry in self._hot:
                    continue
                del self._entries[name]
                excess -= 1

    def let_go(self, before: bytes) -> None:
        """Forget those that nothing was heard of since the id `before`, saved or not."""
        for name, entry in list(self._entries.items()):
            if entry.last < before and not entry.due and not entry.stale:
                if entry in self._hot:
                    del self._hot[entry]
                    self._size -= entry.size
                self._dirty.pop(entry, None)
                del self._entries[name]

    def drop(self, name: tuple[str, str]) -> None:
        """Forget one, saved or not."""
        entry = self._entries.pop(name, None)
        if entry is None:
            return
        self._schedule(entry, 0)
        if entry in self._hot:
            del self._hot[entry]
            self._size -= entry.size
        self._dirty.pop(entry, None)

    def put_away(self, writing: Writing, name: tuple[str, str], lateness: int) -> None:
        """Save one, and let time pass without it."""
        entry = self._entries.get(name)
        if entry is None:
            return
        if entry in self._dirty:
            self._dirty = {entry: None} | self._dirty
            self.save(writing, 1, lateness)
        self.drop(name)

    def rest(self, entry: Entry) -> None:
        """Let time pass without it, until it is used again."""
        self._schedule(entry, 0)

    def _schedule(self, entry: Entry, due: int) -> None:
        if entry.due:
            waiting = self._due[entry.due]
            del waiting[entry]
            if not waiting:
                del self._due[entry.due]
        if due:
            self._due.setdefault(due, {})[entry] = None
        entry.due = due

    def _heat(self, entry: Entry) -> None:
        """Let it be the last whose cell is packed."""
        self._hot[entry] = None
        self._hot.move_to_end(entry)

    def _weigh(self, entry: Entry, cell: Cell) -> None:
        """Reckon with what its cell takes as objects."""
        size = _OBJECTS + len(cell.profile.sessions)
        self._size += size - entry.size
        entry.size = size

    def _mark(self, entry: Entry) -> None:
        if entry not in self._dirty:
            self._dirty[entry] = None

    def _packed(self, entry: Entry) -> bytes:
        if entry.cell is not None:
            return self._fold.save(entry.cell)
        if entry.packed is not None:
            return self._fold.save_packed(_inflated(entry.packed))
        return self._fold.save(self._fold.fresh(entry.subject))

    def _restore(self, entry: Entry, snapshot: SnapshotRow) -> None:
        cell = self.beginnings.restored(entry.subject, snapshot.body)
        if cell is None:
            entry.stale = True
            return
        entry.cell = cell
        self._heat(entry)
        self._weigh(entry, cell)
        entry.last = snapshot.last
        entry.stale = snapshot.run < self._sound
        if not entry.stale:
            self._schedule(entry, cell.due)

    def _is_of(self, entry: Entry, body: bytes) -> bool:
        return self.beginnings.restored(entry.subject, body) is not None

    def _known(self, writing: Writing, keys: Collection[int]) -> set[int]:
        """Those that something is stored of, be it only from before the horizon."""
        known = writing.keys_with_events(keys)
        if self.beginnings.horizon.closed:
            known |= writing.keys_with_snapshots(self._kind, keys)
        return known


def _deflated(packed: Packed) -> Packed:
    return Packed(_compress(packed.body), packed.ends)


def _inflated(packed: Packed) -> Packed:
    return Packed(_decompress(packed.body), packed.ends)


def position(cell: Cell) -> bytes:
    """The id up to which a cell has taken in everything: its last event, or its last tick."""
    return cell.last if cell.seen >= cell.ticked else first_id(cell.ticked)


def _is_after(finding: Finding, start: bytes) -> bool:
    if start == _START:
        return True
    anchor = finding.event_ids[0]
    if time_of(anchor) == finding.time:
        return anchor > start
    return finding.time > time_of(start)
