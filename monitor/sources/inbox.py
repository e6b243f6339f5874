"""Reads what was sent to us, from the inbox that the receiving processes put it in."""

import logging
from collections import deque
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy.exc import SQLAlchemyError

from detectors.core.detector import Text
from monitor.sources.source import CHUNK_BYTES, Chunk, Rejected, Source, SourceError
from monitor.sources.specification import Opening
from monitor.store.inbox import Arrived, Inbox

PUSH: Final = "push:"

_PARCELS_AT_ONCE = 500

log = logging.getLogger(__name__)


def accepts(spec: str) -> bool:
    """Whether this kind of source is meant: `push:`."""
    return spec == PUSH


def check(opening: Opening) -> None:
    """Raises ValueError for options: what is pushed has none."""
    if opening.options:
        raise ValueError(f"takes no options, got {', '.join(sorted(opening.options))}")


def opened(opening: Opening) -> Source:
    """What was sent for the source of this name. Raises SourceError without a database."""
    if opening.database is None:
        raise SourceError(
            Text(
                en=f"source {opening.name} is fed by others and lies in the database; "
                "it can only be read by `vigie run`",
                fr=f"la source {opening.name} est alimentée par d'autres et se trouve dans la base "
                "de données ; seule la commande `vigie run` peut la lire",
            )
        )
    return InboxSource(opening.name, Inbox(opening.database), follow=opening.follow)


class _Cursor(Struct, array_like=True):
    """Behind the parcel `last`, or behind so many lines of it where there are more; `received`
    (ms) is the latest of all that were read."""

    last: int = 0
    line: int = 0
    received: int = 0


class InboxSource:
    """The parcels of one source, in the order in which they were put in.

    `follow` watches for ever; else it ends once the inbox is empty.
    """

    def __init__(self, name: str, inbox: Inbox, *, follow: bool = True) -> None:
        self.name = name
        self._inbox = inbox
        self._follow = follow
        self._next: deque[Arrived] = deque()
        self._at = _Cursor()
        self._unacknowledged: int | None = None
        self._is_empty = False

    def resume(self, cursor: bytes | None) -> None:
        """Go on behind a committed cursor. Raises SourceError if it is none."""
        self._next.clear()
        self._unacknowledged = None
        self._is_empty = False
        self._at = _Cursor() if cursor is None else _read_cursor(self.name, cursor)
        if self._at.last:
            self._forget_read()

    def read(self, limit: int) -> Chunk | None:
        """The next lines of one sender; None when nothing was sent since."""
        if not self._next:
            self._fetch()
        if not self._next:
            self._is_empty = True
            return None
        self._is_empty = False
        arrived = self._next[0]
        parcel = arrived.parcel
        start = self._at.line if arrived.id == self._at.last else 0
        lines = parcel.lines[start : start + limit]
        end = start + len(lines)
        rejects: tuple[Rejected, ...] = ()
        if end >= len(parcel.lines):
            end = 0
            rejects = parcel.rejects
            self._next.popleft()
            self._unacknowledged = self._unacknowledged or arrived.id
        self._at = _Cursor(arrived.id, end, max(self._at.received, arrived.received))
        return Chunk(
            path=parcel.sender,
            first_line=parcel.first_line + start,
            lines=lines,
            cursor=msgspec.msgpack.encode(self._at),
            reference=arrived.received,
            rejects=rejects,
            is_beginning=parcel.is_beginning and start == 0,
            tenant=parcel.tenant,
            part=f"#{arrived.id}",
        )

    def acknowledge(self) -> None:
        """Take what is committed out of the inbox; where that fails, with the next or later."""
        first = self._unacknowledged
        if first is None:
            return
        try:
            self._inbox.drop(self.name, first, self._behind())
        except SQLAlchemyError as error:
            log.warning("what source %s has read stays in the inbox: %s", self.name, error)
            return
        self._unacknowledged = None

    def is_exhausted(self) -> bool:
        """Whether it was to be read once, and nothing more was there."""
        return not self._follow and self._is_empty

    def backlog(self) -> tuple[int, int] | None:
        """Not known: what is read leaves the inbox."""
        return None

    def close(self) -> None:
        """Nothing is open."""
        self._next.clear()

    def _fetch(self) -> None:
        behind = self._behind()
        self._next.extend(self._inbox.after(self.name, behind, _PARCELS_AT_ONCE, CHUNK_BYTES))

    def _behind(self) -> int:
        """The last parcel of which there is nothing more to read."""
        return self._at.last - 1 if self._at.line else self._at.last

    def _forget_read(self) -> None:
        """What was read before a crash and not taken out; ids that begin again are no such."""
        at = self._at
        newest = self._inbox.newest_until(self.name, at.last)
        if newest is None:
            return
        if newest <= at.received:
            self._unacknowledged = 1
            return
        log.warning(
            "the inbox of source %s begins again, as after a restored backup: "
            "all that lies in it is read",
            self.name,
        )
        self._at = _Cursor(received=at.received)


def _read_cursor(name: str, cursor: bytes) -> _Cursor:
    try:
        return msgspec.msgpack.decode(cursor, type=_Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceError(
            Text(
                en=f"source {name} was something else before; give it another name",
                fr=f"la source {name} était autre chose auparavant ; donnez-lui un autre nom",
            )
        ) from error
