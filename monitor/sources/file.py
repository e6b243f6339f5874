"""Reads one log, through rotation by rename or copy, compression and truncation, exactly once."""

import os
from collections.abc import Callable
from functools import partial
from glob import has_magic
from typing import Final

import msgspec
from msgspec import Struct

from detectors.core.detector import Text
from monitor.clock import monotonic
from monitor.sources import rotation
from monitor.sources.compression import (
    DamagedLogError,
    Log,
    declared_size,
    head_of,
    missing,
    open_log,
    unreadable,
)
from monitor.sources.lines import BLOCK, Cutter, gather
from monitor.sources.mark import HEAD, Mark, Part, Sighting, plan
from monitor.sources.source import Chunk, Source, SourceError

CURSOR_VERSION: Final = 1
_STEPS_AT_ONCE = 16
_SURVEYS = 5
_UNSETTLED = 20
"""Reads for which a folder that is being renamed in is left alone, before it is read anyway."""
HOLD_DELETED: Final = 60.0
"""Seconds for which a deleted file is still watched; its space is given back after."""


def accepts(spec: str) -> bool:
    """Whether this kind of source is meant: a path."""
    is_pattern = has_magic(spec) and not os.path.exists(spec)
    return bool(spec) and spec != "-" and not is_pattern and "\0" not in spec


def opened(spec: str, name: str, *, follow: bool) -> Source:
    """The log at this path; followed, with the rotated parts that are there at first.

    They are the history that judging starts from; and a daemon that is killed before it has
    committed anything, while its log rotates, loses nothing by it.
    """
    return FileSource(spec, name, follow=follow, wants=_any_part if follow else None)


def _any_part(_path: str) -> bool:
    return True


class _Cursor(Struct, array_like=True):
    version: int
    path: str
    marks: list[Mark]


class _TruncatedError(Exception):
    """The file is not the one any more whose beginning was read."""


class _Reader:
    """One open file: reads blocks, and checks each time that it is still the same file."""

    def __init__(self, part: Part, log: Log) -> None:
        self.path = part.sighting.path
        self.mark = part.mark
        self.log = log
        self.cutter = Cutter(self.path, self.mark.offset, self.mark.line)
        self.is_truncated = False
        self.is_over = False
        self.damage: DamagedLogError | None = None
        self._head = part.sighting.head
        self._to_skip = self.mark.offset if log.is_compressed else 0

    def fill(self) -> bool:
        """Read on by one block; False at the end, for now."""
        if self.is_over:
            return False
        if self._to_skip:
            skipped = len(self.log.read(min(BLOCK, self._to_skip)))
            self._to_skip -= skipped
            return skipped > 0
        block = self.log.read(BLOCK)
        if not self.log.is_compressed:
            self._check(block)
        if block:
            self.cutter.feed(block)
        return bool(block)

    def _check(self, block: bytes) -> None:
        # After the block was read: what is the same file now was it then.
        if not block and self.log.status().st_size < self.log.position:
            raise _TruncatedError
        if block and not self._head:
            # Seen empty, and written since: perhaps also copied away and written again.
            raise _TruncatedError
        head = self.log.head(HEAD)
        start = self.log.position - len(block)
        fresh = self._head[:start] + block[: max(0, HEAD - start)]
        if not (head.startswith(self._head) and head.startswith(fresh)):
            raise _TruncatedError
        if len(head) > len(self._head):
            self._head = head
            self.mark.learn(head)

    def is_at_end(self) -> bool:
        """Whether all that is in it now was given out."""
        return not self.cutter.is_pending() and self.log.is_at_end()

    def note(self) -> None:
        """Bring the mark up to what was given out."""
        self.mark.offset, self.mark.line = self.cutter.offset, self.cutter.line

    def is_place(self, status: os.stat_result) -> bool:
        """Whether this is the file that the status is of."""
        own = self.log.status()
        return (own.st_dev, own.st_ino) == (status.st_dev, status.st_ino)


class FileSource:
    """The lines of one log.

    With `follow` the log is watched for ever, through its rotation, and a last line waits for
    its newline; else it is read to its end. `wants` says which rotated parts (paths) are read
    when there is no cursor yet; none by default. With a cursor, everything newer is read.
    """

    def __init__(
        self,
        path: str,
        name: str,
        *,
        follow: bool = True,
        wants: Callable[[str], bool] | None = None,
    ) -> None:
        self.name = name
        self.path = path
        self.follow = follow
        self._wants = wants
        self._forget()

    def _forget(self) -> None:
        self._marks: list[Mark] = []
        self._queue: list[Part] = []
        self._reader: _Reader | None = None
        self._lingering: _Reader | None = None
        self._retired = 0.0
        self._is_first = True
        self._is_survey_due = True
        self._surveyed: tuple[int, int, int, int] | None = None
        self._trouble: SourceError | None = None
        self._reported: set[str] = set()
        self._unsettled = 0
        self._done = 0

    def resume(self, cursor: bytes | None) -> None:
        """Go on behind a cursor of this source, or start when None. Raises SourceError."""
        self.close()
        if cursor is None:
            return
        try:
            saved = msgspec.msgpack.decode(cursor, type=_Cursor)
        except msgspec.DecodeError as error:
            raise _no_cursor(self.path) from error
        if saved.version != CURSOR_VERSION:
            raise _no_cursor(self.path)
        self._marks = saved.marks
        self._is_first = saved.path != self.path

    def read(self, limit: int) -> Chunk | None:
        """The next lines; None when there are none now. Raises SourceError."""
        if self._is_first:
            self._survey()
            if self._is_survey_due:
                return None
            if self.follow:
                # Committed before the first line: what was seen here is known from now on.
                return self._progress()
        for _ in range(_STEPS_AT_ONCE):
            chunk = self._take_lingering(limit)
            if chunk is None and self._reader is not None:
                chunk = self._take(self._reader, limit)
            if chunk is not None:
                return chunk
            if not self._advance():
                return None
        return self._progress()

    def is_exhausted(self) -> bool:
        """Whether everything was read; never while following."""
        return self.is_idle() and not self.follow and not self._is_survey_due

    def backlog(self) -> tuple[int, int] | None:
        """(bytes read, bytes in all) of the files known to be waiting, as they lie on disk."""
        read = total = self._done + (self._lingering.log.consumed() if self._lingering else 0)
        if self._reader is not None:
            read += self._reader.log.consumed()
            total += max(self._reader.log.status().st_size, self._reader.log.consumed())
        return read, total + sum(part.sighting.size for part in self._queue)

    def waiting_since(self) -> int | None:
        """When (ns) the file that is read next was last written to; None without one."""
        reader = self._reader
        if reader is not None and not (self._queue and reader.is_at_end()):
            return reader.log.status().st_mtime_ns
        return self._queue[0].sighting.modified if self._queue else None

    def is_idle(self) -> bool:
        """Whether nothing is open and nothing known is waiting."""
        return self._reader is None and self._lingering is None and not self._queue

    def look(self) -> None:
        """Find out what there is to read, without reading. Raises SourceError."""
        if self._is_survey_due and self._reader is None:
            self._survey()

    def adopt(self, other: "FileSource") -> None:
        """Take for read what another source read of files that turn out to be of this log."""
        self._marks += other._marks
        self._is_first = False

    def park(self) -> None:
        """Close what is open while there is nothing more in it; `read` notices when there is."""
        reader = self._reader
        if reader is None or reader.path != self.path or self._queue:
            return
        status = reader.log.status()
        if reader.cutter.is_pending() or status.st_size != reader.log.position:
            return
        self._surveyed = _state(status)
        self._release(reader)
        if self._lingering is not None:
            self._release(self._lingering)

    def close(self) -> None:
        """Close what is open and forget where reading stood; `resume` begins again."""
        for reader in (self._reader, self._lingering):
            if reader is not None:
                reader.log.close()
        self._forget()

    def cursor(self) -> bytes:
        """The cursor behind everything given out so far."""
        marks = [mark for mark in self._marks if mark.head]
        return msgspec.msgpack.encode(_Cursor(CURSOR_VERSION, self.path, marks))

    def _progress(self) -> Chunk:
        return Chunk(self.path, 1, [], self.cursor(), 0)

    def _take(self, reader: _Reader, limit: int) -> Chunk | None:
        got = gather(reader.cutter, partial(self._fill, reader), limit)
        reader.note()
        if got.is_empty():
            return None if got.is_at_end else self._progress()
        reference = reader.log.status().st_mtime_ns // 1_000_000
        return Chunk(reader.path, got.first, got.lines, self.cursor(), reference, got.rejects)

    def _fill(self, reader: _Reader) -> bool:
        try:
            return reader.fill()
        except _TruncatedError:
            reader.is_truncated = reader.is_over = True
        except DamagedLogError as error:
            reader.damage = error
            reader.cutter.finish(is_cut_off=True)
            return reader.cutter.is_pending()
        return False

    def _take_lingering(self, limit: int) -> Chunk | None:
        reader = self._lingering
        if reader is None:
            return None
        chunk = self._take(reader, limit)
        if chunk is None and self._reader is not None:
            if reader.cutter.is_inside_line() and self._reader.log.status().st_size > 0:
                reader.cutter.finish()
                return self._take(reader, limit)
            is_deleted = reader.log.status().st_nlink == 0
            if reader.is_over or (is_deleted and monotonic() - self._retired > HOLD_DELETED):
                self._release(reader)
        return chunk

    def _release(self, reader: _Reader) -> None:
        self._done += reader.log.consumed()
        reader.log.close()
        if reader is self._lingering:
            self._lingering = None
        if reader is self._reader:
            self._reader = None

    def _advance(self) -> bool:
        """At the end of what is open: go on to what comes next. False when nothing does."""
        reader = self._reader
        if reader is None:
            return self._open_next()
        if reader.is_truncated:
            return self._replace(reader)
        if reader.log.is_compressed or not self.follow:
            return self._end(reader)
        if reader.path == self.path:
            if not self._has_moved(reader):
                return False
            if self._fill(reader) or reader.is_truncated:
                # Written between the last look at it and its renaming.
                return True
        return self._retire(reader)

    def _end(self, reader: _Reader) -> bool:
        if reader.cutter.is_inside_line():
            reader.cutter.finish()
            return True
        reader.mark.is_closed = reader.log.is_compressed
        self._release(reader)
        if reader.damage is not None:
            raise reader.damage
        return True

    def _retire(self, reader: _Reader) -> bool:
        """Watch a rotated file a while longer: its writer may still have it open."""
        if self._lingering is not None:
            if self._lingering.cutter.is_inside_line():
                self._lingering.cutter.finish()
                return True
            self._release(self._lingering)
        self._is_survey_due = self._is_survey_due or reader.path == self.path
        self._lingering, self._reader = reader, None
        self._retired = monotonic()
        return True

    def _replace(self, reader: _Reader) -> bool:
        """The file was truncated: find its copy, and begin again with what is there now."""
        if self._lingering is not None and self._lingering.cutter.is_inside_line():
            self._lingering.cutter.finish()
            return True
        self._survey()
        if self._is_survey_due:
            return False
        self._reader = None
        is_copied = any(part.mark is reader.mark for part in self._queue)
        if reader.cutter.is_inside_line() and not is_copied:
            reader.cutter.finish()
            self._retire(reader)
        else:
            reader.log.close()
        return True

    def _has_moved(self, reader: _Reader) -> bool:
        try:
            return not reader.is_place(os.stat(self.path))
        except FileNotFoundError:
            return False
        except OSError as error:
            raise unreadable(self.path, error) from error

    def _open_next(self) -> bool:
        if self._is_survey_due:
            self._survey()
            if self._is_survey_due:
                return False
        if not self._queue:
            return self._look_again()
        part = self._queue.pop(0)
        try:
            log = open_log(part.sighting.path, part.mark.offset)
        except FileNotFoundError:
            self._is_survey_due = True
            return True
        except SourceError:
            self._is_survey_due = True
            raise
        status = log.status()
        if (status.st_dev, status.st_ino) != (part.sighting.device, part.sighting.inode):
            log.close()
            self._is_survey_due = True
            return True
        self._reader = _Reader(part, log)
        return True

    def _look_again(self) -> bool:
        if self._trouble is not None:
            self._is_survey_due = True
            raise self._trouble
        if not self.follow:
            return False
        try:
            status = os.stat(self.path)
        except OSError:
            self._surveyed = None
            return False
        self._is_survey_due = _state(status) != self._surveyed
        return self._is_survey_due

    def _survey(self) -> None:
        """Look at all files of the log and plan what to read; still due while names change."""
        self._is_survey_due = True
        sightings, is_settled = self._sightings()
        self._unsettled = 0 if is_settled else self._unsettled + 1
        if 0 < self._unsettled < _UNSETTLED:
            return
        is_first, wants = self._is_first, self._wants

        def is_wanted(one: Sighting) -> bool:
            return not is_first or (wants is not None and wants(one.path))

        self._marks, self._queue = plan(
            self.path, self._marks, sightings, is_wanted, is_settled=is_settled
        )
        self._queue = [p for p in self._queue if not self._is_held(p) and not _is_read(p)]
        self._is_survey_due = self._is_first = False

    def _is_held(self, part: Part) -> bool:
        """Whether this part is read by the descriptor that is still open on it."""
        reader = self._lingering
        if reader is None or reader.is_over or part.mark is not reader.mark:
            return False
        if part.sighting.path == self.path:
            self._release(reader)
            return False
        return True

    def _sightings(self) -> tuple[list[Sighting], bool]:
        is_settled = False
        for _ in range(_SURVEYS):
            listed = self._list()
            found = [one for path in listed if (one := self._sight(path)) is not None]
            is_settled = listed == self._list()
            if is_settled:
                break
        by_path = {one.path: one for one in found}
        order = rotation.oldest_first(self.path, [(s.path, s.modified) for s in found])
        return [by_path[path] for path in order], is_settled

    def _list(self) -> dict[str, int]:
        listed: dict[str, int] = {}
        if self.follow or self._wants is not None:
            try:
                listed = rotation.siblings(self.path)
            except (FileNotFoundError, NotADirectoryError):
                listed = {}
            except OSError as error:
                self._report(os.path.dirname(self.path) or ".", unreadable(self.path, error))
        try:
            status = os.stat(self.path)
        except OSError:
            listed[self.path] = 0
            self._surveyed = None
        else:
            listed[self.path] = status.st_ino
            self._surveyed = _state(status)
        return listed

    def _sight(self, path: str) -> Sighting | None:
        is_log = path == self.path
        if is_log:
            self._trouble = None
        try:
            log = open_log(path)
        except FileNotFoundError:
            if is_log and not self.follow:
                self._trouble = missing(path)
            return None
        except SourceError as error:
            if is_log:
                self._trouble = error
            elif rotation.is_rotated(path, self.path):
                self._report(path, error)
            return None
        try:
            one = _sighting(path, log)
        except OSError:
            return None
        finally:
            log.close()
        is_ours = is_log or rotation.is_rotated(path, self.path) or self._is_known(one)
        return one if is_ours else None

    def _is_known(self, one: Sighting) -> bool:
        return any(mark.fits(one.head) for mark in self._marks)

    def _report(self, path: str, error: SourceError) -> None:
        """Say once that an older part is in the way, and do without it from then on."""
        if path not in self._reported:
            self._reported.add(path)
            raise error


def _sighting(path: str, log: Log) -> Sighting:
    status = log.status()
    head = head_of(log, HEAD)
    return Sighting(
        path,
        status.st_dev,
        status.st_ino,
        status.st_size,
        status.st_mtime_ns,
        head,
        log.is_compressed,
    )


def _is_read(part: Part) -> bool:
    """Whether a compressed part says itself that it holds no more than was read."""
    if not part.sighting.is_compressed or not part.mark.offset:
        return False
    try:
        size = declared_size(part.sighting.path)
    except OSError:
        return False
    if size == part.mark.offset % (1 << 32):
        part.mark.is_closed = True
    return part.mark.is_closed


def _state(status: os.stat_result) -> tuple[int, int, int, int]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)


def _no_cursor(path: str) -> SourceError:
    return SourceError(
        Text(
            en=f"{path}: the stored reading position was not written by this version of Vigie; "
            "restore a matching backup, or give the source a new name to read it from the start",
            fr=f"{path} : la position de lecture enregistrée ne vient pas de cette version de "
            "Vigie ; restaurez une sauvegarde qui correspond, ou donnez un nouveau nom à la "
            "source pour la relire depuis le début",
        )
    )
