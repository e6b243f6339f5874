"""Reads every log that a pattern matches, those that appear later too, each line once."""

import os
from collections import deque
from glob import glob, has_magic
from heapq import heappop, heappush

import msgspec
from msgspec import Struct, structs

from detectors.core.detector import Text
from monitor.clock import monotonic
from monitor.sources import rotation
from monitor.sources.compression import DamagedLogError
from monitor.sources.file import HOLD_DELETED, FileSource
from monitor.sources.source import Chunk, Source, SourceError
from monitor.sources.specification import Opening, is_address

CURSOR_VERSION = 1
MAXIMUM_OPEN = 200
"""Logs whose files are kept open between two looks; the others are opened when they change."""
_LOOK_EVERY = 1.0
"""Seconds between two looks for logs that are new; more where a look takes long."""
_LOOK_SHARE = 20.0
"""Looking takes at most one part in so many of the time."""


class _Cursor(Struct, array_like=True):
    version: int
    pattern: str
    logs: dict[str, msgspec.Raw]


def accepts(spec: str) -> bool:
    """Whether this kind of source is meant: a pattern, unless a file has that very name."""
    return has_magic(spec) and not is_address(spec) and not os.path.exists(spec)


def opened(opening: Opening) -> Source:
    """All logs that match."""
    return GlobSource(opening.spec, opening.name, follow=opening.follow)


class GlobSource:
    """All logs that match a pattern (`*`, `?`, `[...]`, `**`), with one cursor.

    A rotated part of a log that is there itself belongs to that log, matched or not. What there
    is at first is read file by file, the one that was written to longest ago first; from then on
    every log has its turn. One unreadable log does not stop the others.
    """

    def __init__(self, pattern: str, name: str, *, follow: bool = True) -> None:
        self.name = name
        self.pattern = pattern
        self.follow = follow
        self._forget()

    def _forget(self) -> None:
        self._logs: dict[str, FileSource] = {}
        self._cursors: dict[str, msgspec.Raw] = {}
        self._behind: list[tuple[int, str]] = []
        self._turns: deque[str] = deque()
        self._is_first = True
        self._next_look: float | None = None
        self._troubles: dict[str, str] = {}
        self._vanished: dict[str, float] = {}
        self._unsaid: list[SourceError] = []

    def resume(self, cursor: bytes | None) -> None:
        """Go on behind a cursor of this source, or start when None. Raises SourceError."""
        self.close()
        if cursor is None:
            return
        try:
            saved = msgspec.msgpack.decode(cursor, type=_Cursor)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _no_cursor(self.pattern) from error
        if saved.version != CURSOR_VERSION:
            raise _no_cursor(self.pattern)
        self._is_first = saved.pattern != self.pattern
        for path, own in saved.logs.items():
            source = FileSource(path, self.name, follow=self.follow, wants=lambda _: True)
            source.resume(bytes(own))
            self._add(path, source)

    def read(self, limit: int) -> Chunk | None:
        """The next lines of one log; None when there are none now. Raises SourceError."""
        if self._next_look is None or (self.follow and monotonic() >= self._next_look):
            is_first = self._is_first
            self._look()
            if is_first and self.follow:
                # Committed before the first line: what was seen here is known from now on.
                return Chunk(self.pattern, 1, [], self._cursor(), 0)
        if self._unsaid:
            raise self._unsaid.pop(0)
        chunk = self._read_behind(limit) or self._read_in_turn(limit)
        if chunk is None and self._unsaid:
            raise self._unsaid.pop(0)
        return chunk

    def acknowledge(self) -> None:
        """Nothing is kept for reading them: the files are somebody else's."""

    def is_exhausted(self) -> bool:
        """Whether every log was read to its end; never while following."""
        is_idle = not self._behind and not self._unsaid and self._next_look is not None
        return is_idle and not self.follow

    def backlog(self) -> tuple[int, int] | None:
        """(bytes read, bytes in all) of all logs together, as they lie on disk."""
        each = [source.backlog() or (0, 0) for source in self._logs.values()]
        return sum(read for read, _ in each), sum(total for _, total in each)

    def close(self) -> None:
        """Close what is open and forget where reading stood; `resume` begins again."""
        for source in self._logs.values():
            source.close()
        self._forget()

    def _look(self) -> None:
        begun = monotonic()
        matches = sorted(path for path in glob(self.pattern, recursive=True) if _is_log(path))
        matched = set(matches) if self._is_first and not self.follow else None
        present = set(matches)
        for path in dict.fromkeys(self._log_of(path, present) for path in matches):
            if path not in self._logs:
                self._discover(path, matched)
        if self._is_first and not matches and not self.follow:
            self._unsaid.append(_nothing(self.pattern))
        self._drop_vanished()
        self._is_first = False
        now = monotonic()
        self._next_look = now + max(_LOOK_EVERY, (now - begun) * _LOOK_SHARE)

    def _log_of(self, path: str, present: set[str]) -> str:
        for log in (rotation.base_of(path), rotation.without_compression(path)):
            if log != path and (log in self._logs or log in present):
                return log
        return path

    def _discover(self, path: str, matches: set[str] | None) -> None:
        """A log not known yet. Followed, it is read with all its rotated parts."""

        def wants(part: str) -> bool:
            return matches is None or part in matches

        source = FileSource(path, self.name, follow=self.follow, wants=wants)
        for other in [one for one in self._logs if rotation.is_rotated(one, path)]:
            source.adopt(self._logs[other])
            self._drop(other)
        self._add(path, source)

    def _add(self, path: str, source: FileSource) -> None:
        self._logs[path] = source
        try:
            source.look()
        except SourceError as error:
            self._note(path, error)
        self._cursors[path] = msgspec.Raw(source.cursor())
        heappush(self._behind, (source.waiting_since() or 0, path))

    def _drop_vanished(self) -> None:
        """Forget the logs of which nothing is left, a while after they went."""
        now = monotonic()
        for path in list(self._turns):
            if _has_parts(path):
                self._vanished.pop(path, None)
            elif now - self._vanished.setdefault(path, now) > HOLD_DELETED:
                self._drop(path)

    def _drop(self, path: str) -> None:
        self._logs.pop(path).close()
        self._cursors.pop(path, None)
        self._troubles.pop(path, None)
        self._vanished.pop(path, None)
        self._turns = deque(one for one in self._turns if one != path)
        self._behind = sorted(pair for pair in self._behind if pair[1] != path)

    def _read_behind(self, limit: int) -> Chunk | None:
        while self._behind:
            _, path = heappop(self._behind)
            source = self._logs[path]
            try:
                chunk = source.read(limit)
            except SourceError as error:
                self._note(path, error)
                if isinstance(error, DamagedLogError):
                    heappush(self._behind, (source.waiting_since() or 0, path))
                    continue
                chunk = None
            if chunk is not None:
                heappush(self._behind, (source.waiting_since() or 0, path))
                return self._signed(path, chunk)
            self._turns.append(path)
            self._park(source)
        return None

    def _read_in_turn(self, limit: int) -> Chunk | None:
        if not self.follow:
            return None
        for _ in range(len(self._turns)):
            path = self._turns[0]
            self._turns.rotate(-1)
            source = self._logs[path]
            try:
                chunk = source.read(limit)
            except SourceError as error:
                self._note(path, error)
                continue
            if chunk is not None:
                return self._signed(path, chunk)
            self._park(source)
        return None

    def _signed(self, path: str, chunk: Chunk) -> Chunk:
        self._troubles.pop(path, None)
        self._cursors[path] = msgspec.Raw(chunk.cursor)
        return structs.replace(chunk, cursor=self._cursor())

    def _cursor(self) -> bytes:
        return msgspec.msgpack.encode(_Cursor(CURSOR_VERSION, self.pattern, self._cursors))

    def _park(self, source: FileSource) -> None:
        if len(self._logs) > MAXIMUM_OPEN:
            source.park()

    def _note(self, path: str, error: SourceError) -> None:
        """Say each trouble once, until the log can be read again."""
        if self._troubles.get(path) != error.text.en:
            self._troubles[path] = error.text.en
            self._unsaid.append(error)


def _is_log(path: str) -> bool:
    return os.path.lexists(path) and not os.path.isdir(path)


def _has_parts(path: str) -> bool:
    if os.path.lexists(path):
        return True
    try:
        return bool(rotation.siblings(path))
    except OSError:
        return False


def _nothing(pattern: str) -> SourceError:
    return SourceError(
        Text(
            en=f"{pattern}: no file matches this pattern; check it, and quote it in a shell",
            fr=f"{pattern} : aucun fichier ne correspond à ce motif ; vérifiez-le, et mettez-le "
            "entre guillemets dans un shell",
        )
    )


def _no_cursor(pattern: str) -> SourceError:
    return SourceError(
        Text(
            en=f"{pattern}: the stored reading position was not written by this version of Vigie; "
            "restore a matching backup, or give the source a new name to read it from the start",
            fr=f"{pattern} : la position de lecture enregistrée ne vient pas de cette version de "
            "Vigie ; restaurez une sauvegarde qui correspond, ou donnez un nouveau nom à la "
            "source pour la relire depuis le début",
        )
    )
