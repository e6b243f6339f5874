"""Whom event time has still to pass for after a restart: accounts that are not in memory.

A detector may speak when time passes, without any event. Accounts in memory are ticked as they are
due; the others would be only once they are heard of again. So it is noted up to when all are
ticked, and from there on whoever was heard of is brought in again.
"""

from detectors.core.fold import subject_of
from detectors.core.identity import SubjectKind, first_id
from monitor.store.writing import Writing

NOTE = "owed"
"""The note of the event time (ms) below which every account is ticked."""
_LOOKED_AT = 1_000
"""Events looked at for each few accounts."""


class Waiting:
    """The accounts that may wait to be ticked, found by what was heard of them."""

    def __init__(self, reach: int) -> None:
        """`reach` (ms): an account that owes a tick was heard of so long before it, at most."""
        self._reach = reach
        self._noted: int | None = None
        self._since = 0
        self._position = b""
        self._end = b""
        self._met: set[int] = set()
        self._again: set[tuple[str, str]] = set()

    def start(self, writing: Writing, watermark: int) -> None:
        """Begin a run on a store whose event time has come to `watermark` (ms)."""
        noted = writing.note(NOTE)
        self._noted = None if noted is None else int(noted)
        self._since = watermark if self._noted is None else self._noted
        self._position = first_id(max(0, self._since - self._reach))
        self._end = first_id(watermark + 1)
        self._met.clear()
        self._again.clear()

    def add(self, name: tuple[str, str]) -> None:
        """Let one, (tenant, uid), wait: time passed without it for a while."""
        self._again.add(name)

    def is_due(self, until: int) -> bool:
        """Whether time passing up to `until` (ms) may change anything about them."""
        return bool(self._again) or (self._position < self._end and self._since <= until)

    def take(self, writing: Writing, most: int) -> list[tuple[str, str]]:
        """The (tenant, uid) of the next of them, `most` at most; they do not wait any more."""
        if self._again:
            some = sorted(self._again)[:most]
            self._again.difference_update(some)
            return some
        new: dict[int, bytes] = {}
        rows = writing.heard_between(self._position, self._end, _LOOKED_AT)
        for identifier, key in rows:
            if len(new) == most:
                break
            self._position = identifier
            if key not in self._met:
                self._met.add(key)
                new[key] = identifier
        else:
            if len(rows) < _LOOKED_AT:
                self._position = self._end
                self._met.clear()
        subjects = (
            subject_of(SubjectKind.ACCOUNT, event)
            for event in writing.events_by_id(new.values()).values()
        )
        return [(subject.tenant, subject.uid) for subject in subjects if subject is not None]

    def note(self, writing: Writing, due: int) -> None:
        """Note up to when all are ticked; the first that is in memory is due at `due` (ms)."""
        owed = min(due, self._since) if self._position < self._end else due
        if owed != self._noted:
            writing.set_note(NOTE, str(owed).encode())
            self._noted = owed
