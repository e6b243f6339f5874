"""Stores what was received, in one transaction what came meanwhile; tries again until it is in."""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from monitor import clock
from monitor.receiving.spool import Parcelled, Spool
from monitor.store.connection import explain
from monitor.store.inbox import MOST_BYTES, MOST_LINES, Inbox, Parcel
from monitor.store.reading import Reading
from monitor.store.receipts import BATCH, Receipts, note_receipts
from monitor.store.writing import Writing

MOST_STORED: Final = 1 << 30
"""Bytes that may lie in the inbox, unread by the engine; then nothing more is taken."""
LINGER_S: Final = 0.02
_WAIT_S = 1.0
_LONGEST_PAUSE_S = 15.0
_LAST_PAUSE_S = 0.1
_LOOK_EVERY_S = 10.0

log = logging.getLogger(__name__)


class Writer:
    """Empties the spool into the inbox, in a thread of its own.

    A message is stored once, also where the database is lost while it commits: each batch leaves
    its number with it, by which a batch is known that was stored after all.
    """

    def __init__(
        self,
        database: Database,
        spool: Spool,
        freed: Callable[[], None],
        name: str = "",
        *,
        most_stored: int = MOST_STORED,
    ) -> None:
        """`freed` is called when there is room in the spool again; never twice at once. `name` is
        the receiver's own."""
        self._database = database
        self._inbox = Inbox(database)
        self._spool = spool
        self._freed = freed
        self._most_stored = most_stored
        self._receipts: Mapping[str, Receipts] = {}
        self._noted: Mapping[str, Receipts] = self._receipts
        self._name = name
        self._batch_note = BATCH + name
        self._batches = 0
        self._looked: float | None = None
        self._is_full = False
        self._deadline: float | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)
        self.trouble: str | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def note(self, receipts: Mapping[str, Receipts]) -> None:
        """Store these counts soon, unless newer ones come before."""
        self._receipts = receipts

    def is_at_work(self) -> bool:
        """Whether it goes on; if not, something went wrong that nobody foresaw."""
        return self._thread.is_alive()

    def stop(self, seconds: float) -> bool:
        """Store what is left, for so many seconds at most; whether that came to an end."""
        self._deadline = clock.monotonic() + seconds
        self._spool.close()
        self._stopping.set()
        self._thread.join(seconds + 1.0)
        return not self._thread.is_alive() and not self._spool.used

    def _work(self) -> None:
        while True:
            self._wait_for_room()
            self._store_receipts()
            taken = self._spool.take(_WAIT_S, LINGER_S)
            if taken:
                self._store(taken)
                self._spool.release(taken)
                self._freed()
            elif self._stopping.is_set():
                self._store_receipts()
                return

    def _store(self, taken: Sequence[Parcelled]) -> None:
        self._batches += 1
        number = b"%d" % self._batches
        parcels = [parcel for one in taken for parcel in _parcels(one)]
        pause, is_retry = 0.5, False
        while not self._is_stored(parcels, number, is_retry):
            if self._stopping.wait(pause):
                clock.pause(_LAST_PAUSE_S)
            pause, is_retry = min(2 * pause, _LONGEST_PAUSE_S), True

    def _is_stored(self, parcels: Sequence[Parcel], number: bytes, is_retry: bool) -> bool:
        try:
            if not (is_retry and Reading(self._database).note(self._batch_note) == number):
                self._inbox.put(parcels, clock.now_ms(), self._noting(number))
        except SQLAlchemyError as error:
            self.trouble = _describe(error)
            if self._is_too_late():
                raise
            log.warning("%s; what was received waits", self.trouble)
            return False
        self.trouble = None
        return True

    def _noting(self, number: bytes) -> Callable[[Connection], None]:
        return lambda connection: Writing(connection).set_note(self._batch_note, number)

    def _store_receipts(self) -> None:
        receipts = self._receipts
        if receipts is self._noted:
            return
        self._noted = receipts
        try:
            with self._database.begin() as connection:
                note_receipts(connection, receipts, self._name)
        except SQLAlchemyError as error:
            log.warning("counts of what was received are not stored: %s", _describe(error))

    def _is_too_late(self) -> bool:
        return self._deadline is not None and clock.monotonic() >= self._deadline

    def _wait_for_room(self) -> None:
        """While the engine is far behind, leave in the spool what is there: it fills, streams are
        slowed down, and datagrams counted."""
        while not self._stopping.is_set() and self._is_inbox_full():
            self._stopping.wait(_WAIT_S)

    def _is_inbox_full(self) -> bool:
        now = clock.monotonic()
        if self._looked is not None and now - self._looked < _LOOK_EVERY_S and not self._is_full:
            return False
        self._looked = now
        try:
            self._is_full = self._inbox.waiting().size >= self._most_stored
        except SQLAlchemyError as error:
            self.trouble = _describe(error)
            return False
        if self._is_full:
            self.trouble = "the inbox is full: the engine does not keep up, or does not run"
        return self._is_full


def _parcels(one: Parcelled) -> list[Parcel]:
    """In parcels that are not too large; identical lines are counted on from one to the next."""
    cuts, size = [0], 0
    for index, line in enumerate(one.lines):
        if index - cuts[-1] >= MOST_LINES or (index > cuts[-1] and size + len(line) > MOST_BYTES):
            cuts.append(index)
            size = 0
        size += len(line)
    ends = [*cuts[1:], len(one.lines)]
    return [
        Parcel(
            one.source,
            one.sender.name,
            one.lines[start:end],
            rejects=tuple(one.rejects) if end == ends[-1] else (),
        )
        for start, end in zip(cuts, ends, strict=True)
    ]


def _describe(error: SQLAlchemyError) -> str:
    cause = explain(error) if isinstance(error, DBAPIError) else str(error)
    return f"the database did not take what was received: {cause}"
