"""How far back the fold sees, and what it begins with there: the accounts as they were then.

What is forgotten cannot be folded again. So each account keeps a snapshot that follows the horizon,
as a second fold that is days behind the first: folding again from it comes to what folding all
events would. Where it is lost, or other detectors wrote it, folding begins at the horizon, and what
was found in the first days behind it stays as it is.
"""

from msgspec import Struct, msgpack
from sqlalchemy import Connection

from detectors.core.event import DAY
from detectors.core.finding import Finding
from detectors.core.fold import Cell, Fold, OutdatedStateError
from detectors.core.identity import Subject, first_id, time_of
from monitor.store.writing import SnapshotRow, Writing

NOTE = "horizon"
"""The note that it is kept in."""
SETTLING = 14 * DAY
"""Event time that detectors without a past need until what they say can be compared."""
_START = bytes(16)


class Horizon(Struct, frozen=True, array_like=True, kw_only=True):
    """Event times in ms, 0 for none; each of them only ever moves forward.

    Events before `kept` are deleted, and those before `coarse` have lost their details. The fold
    sees none before `carried`: up to there, every account has a snapshot that follows. What comes
    in from before `closed` is too late. `kept <= coarse <= carried <= closed`.
    """

    kept: int = 0
    coarse: int = 0
    carried: int = 0
    closed: int = 0


def read(noted: bytes | None) -> Horizon:
    """The horizon that was noted; none where there is no note."""
    return Horizon() if noted is None else msgpack.decode(noted, type=Horizon)


def noted(connection: Connection) -> Horizon:
    """The horizon of a database."""
    return read(Writing(connection).note(NOTE))


class Beginnings:
    """What folding a subject again begins with."""

    def __init__(self, fold: Fold) -> None:
        self._fold = fold
        self._kind = fold.kind.value
        self.horizon = Horizon()

    @property
    def first(self) -> bytes:
        """The id below which the fold sees nothing; the least one where it sees all."""
        return first_id(self.horizon.carried)

    def before(
        self, writing: Writing, subject: Subject, first: bytes, until: int
    ) -> tuple[Cell, bytes]:
        """The cell that an event with the id `first` can be folded onto, and the id up to which
        all is in it. Event time is at `until` (ms).

        It is the newest one from before that event, but none from before the one that follows the
        horizon, which is taken also when the event itself is older.
        """
        key = subject.key()
        rows = writing.snapshots_of(self._kind, key)
        trailing = next((row for is_trailing, row in rows if is_trailing), None)
        for is_trailing, row in rows:
            if (row.last < first or is_trailing) and (
                trailing is None or row.last >= trailing.last
            ):
                cell = self.restored(subject, row.body)
                if cell is not None:
                    return cell, max(row.last, self.first)
        return self._afresh(writing, subject, trailing, rows, until), max(
            _START if trailing is None else trailing.last, self.first
        )

    def carry(self, writing: Writing, subject: Subject, run: int, until: int, most: int) -> int:
        """Let an account's snapshot follow to `closed`, by at most so many events; by how many.

        Fewer than `most` means that it is there. Event time is at `until` (ms).
        """
        end = first_id(self.horizon.closed)
        cell, start = self.before(writing, subject, end, until)
        events = writing.events_of(subject, start, end, most)
        for event in events:
            self._fold.observe(cell, event)
        last = max(start, events[-1].id) if events else start
        row = SnapshotRow(subject.key(), last, run, self._fold.save(cell))
        writing.save_trailing(self._kind, [row])
        return len(events)

    def restored(self, subject: Subject, body: bytes) -> Cell | None:
        """The cell of a snapshot; None where it is of another subject or of other detectors."""
        try:
            cell = self._fold.restore(body)
        except OutdatedStateError:
            return None
        return cell if cell.subject == subject else None

    def _afresh(
        self,
        writing: Writing,
        subject: Subject,
        trailing: SnapshotRow | None,
        rows: list[tuple[bool, SnapshotRow]],
        until: int,
    ) -> Cell:
        """A cell without states: with what is known of the account where that is left."""
        cell = None
        if trailing is not None:
            try:
                cell = self._fold.restore_profile(trailing.body)
            except OutdatedStateError:
                cell = None
        if cell is None or cell.subject != subject:
            cell = self._fold.fresh(subject)
        carried = self.horizon.carried
        first = self.first
        if carried and (
            any(row.last < first for _, row in rows)
            or writing.has_events_before(subject.key(), first)
        ):
            cell.since = carried + min(SETTLING, max(0, until - carried) // 2)
        return cell


def is_open(finding: Finding, cell: Cell, carried: int) -> bool:
    """Whether folding a cell again can tell if a finding follows: it is about what came after the
    horizon (ms), and stands on nothing from before the cell's past is known."""
    if finding.time <= carried:
        return False
    since = cell.since
    return finding.time >= since and all(time_of(event) >= since for event in finding.event_ids)
