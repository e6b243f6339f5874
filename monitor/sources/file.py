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
from monitor.sources.compression import (
    DamagedLogError,
    declared_size,
    missing,
    open_log,
    unreadable,
)
from monitor.sources.lines import gather
from monitor.sources.mark import Mark, Part, Sighting, plan
from monitor.sources.reader import Reader, TruncatedError
from monitor.sources.source import Chunk, Source, SourceError
from monitor.sources.specification import Opening, is_address
from monitor.sources.survey import Survey, state_of

CURSOR_VERSION: Final = 1
_STEPS_AT_ONCE = 16
_UNSETTLED = 20
"""Reads for which a folder that is being renamed in is left alone, before it is read anyway."""
MISSED: Final = 10.0
"""Seconds without a file that are no trouble: a rotation leaves none for a moment."""
HOLD_DELETED: Final = 60.0
"""Seconds for which a deleted file is still watched; its space is given back after."""


def accepts(spec: str) -> bool:
    """Whether this kind of source is meant: a path."""
    is_pattern = has_magic(spec) and not os.path.exists(spec)
    is_other = spec == "-" or is_pattern or (is_address(spec) and not os.path.exists(spec))
    return bool(spec) and not is_other and "\0" not in spec


def opened(opening: Opening) -> Source:
    """The log at this path; followed, with the rotated parts that are there at first.

    They are the history that judging starts from; and a daemon that is killed before it has
    committed anything, while its log rotates, loses nothing by it.
    """
    wants = _any_part if opening.follow else None
    return FileSource(
        opening.spec, opening.name, follow=opening.follow, wants=wants, is_missed=True
    )


def _any_part(_path: str) -> bool:
    return True


class _Cursor(Struct, array_like=True):
    version: int
    path: str
    marks: list[Mark]


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
        is_missed: bool = False,
    ) -> None:
        """`is_missed`: followed, it is an error while there is no such file, but for a moment, as
        when it is rotated."""
        self.name = name
        self.path = path
        self.follow = follow
        self._wants = wants
        self._is_missed = is_missed
        self._forget()

    def _forget(self) -> None:
        self._marks: list[Mark] = []
        self._queue: list[Part] = []
        self._reader: Reader | None = None
        self._lingering: Reader | None = None
        self._retired = 0.0
        self._is_first = True
        self._is_survey_due = True
        self._files = Survey(
            self.path,
            is_with_siblings=self.follow or self._wants is not None,
            is_required=not self.follow,
        )
        self._unsettled = 0
        self._done = 0
        self._gone_since: float | None = None

    def resume(self, cursor: bytes | None) -> None:
        """Go on behind a cursor of this source, or start when None. Raises SourceError."""
        self.close()
        if cursor is None:
            return
        try:
            saved = msgspec.msgpack.decode(cursor, type=_Cursor)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
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

    def acknowledge(self) -> None:
        """Nothing is kept for reading it: the file is somebody else's."""

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
        self._files.state = state_of(status)
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

    def _take(self, reader: Reader, limit: int) -> Chunk | None:
        got = gather(reader.cutter, partial(self._fill, reader), limit)
        reader.note()
        if got.is_empty():
            return None if got.is_at_end else self._progress()
        reference = reader.log.status().st_mtime_ns // 1_000_000
        return Chunk(reader.path, got.first, got.lines, self.cursor(), reference, got.rejects)

    def _fill(self, reader: Reader) -> bool:
        try:
            return reader.fill()
        except TruncatedError:
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

    def _release(self, reader: Reader) -> None:
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

    def _end(self, reader: Reader) -> bool:
        if reader.cutter.is_inside_line():
            reader.cutter.finish()
            return True
        reader.mark.is_closed = reader.log.is_compressed
        self._release(reader)
        if reader.damage is not None:
            raise reader.damage
        return True

    def _retire(self, reader: Reader) -> bool:
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

    def _replace(self, reader: Reader) -> bool:
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

    def _has_moved(self, reader: Reader) -> bool:
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
        self._reader = Reader(part, log)
        return True

    def _look_again(self) -> bool:
        if self._files.trouble is not None:
            self._is_survey_due = True
            raise self._files.trouble
        if not self.follow:
            return False
        try:
            status = os.stat(self.path)
        except OSError:
            self._files.state = None
            self._miss()
            return False
        self._gone_since = None
        self._is_survey_due = state_of(status) != self._files.state
        return self._is_survey_due

    def _miss(self) -> None:
        """There is no such file: raises SourceError once that is so for long."""
        if self._gone_since is None:
            self._gone_since = monotonic()
        elif self._is_missed and monotonic() - self._gone_since > MISSED:
            raise missing(self.path)

    def _survey(self) -> None:
        """Look at all files of the log and plan what to read; still due while names change."""
        self._is_survey_due = True
        sightings, is_settled = self._files.sightings(self._marks)
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
