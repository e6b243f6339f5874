"""Reads the systemd journal by `journalctl -o json`, entry by entry, with journald's own cursor.

`journalctl` is run again and again, each time from the last entry on, and not with `--follow`,
which leaves out what came before the last boot. The entry at the cursor is asked for once more:
when it is not the first to come, it is gone, and `--after-cursor` would have skipped one for it.
"""

import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from detectors.core.detector import Text
from monitor.clock import monotonic, now_ms
from monitor.sources.journalctl import Journalctl
from monitor.sources.lines import Cutter, gather
from monitor.sources.source import Chunk, Rejected, Source, SourceError
from monitor.sources.specification import Opening

JOURNALD: Final = "journald:"
_FIELDS = (
    "MESSAGE",
    "PRIORITY",
    "SYSLOG_IDENTIFIER",
    "SYSLOG_PID",
    "CONTAINER_NAME",
    "_COMM",
    "_HOSTNAME",
    "_PID",
    "_SOURCE_REALTIME_TIMESTAMP",
    "_SYSTEMD_UNIT",
)
_PATH = "journald"
_SEQUENCE = re.compile(r"s=([0-9a-f]{1,32});i=([0-9a-f]{1,16});")
_LONGEST_PAUSE_S = 60.0


class Options(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be set for the journal.

    `units` and `identifiers` (SYSLOG_IDENTIFIER): only entries of one of each. `directory` or
    `files` are read instead of this machine's own journal. `fields` are given besides the usual
    ones, for a format that reads more.
    """

    units: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    directory: str | None = None
    files: tuple[str, ...] = ()
    fields: tuple[Annotated[str, Meta(pattern=r"\A[A-Z0-9_]{1,64}\Z")], ...] = ()
    interval_seconds: Annotated[float, Meta(ge=0.01, le=3_600)] = 1.0

    def arguments(self) -> list[str]:
        """What `journalctl` is told of them."""
        return [
            *(f"--unit={unit}" for unit in self.units),
            *(f"--identifier={identifier}" for identifier in self.identifiers),
            *([] if self.directory is None else [f"--directory={self.directory}"]),
            *(f"--file={file}" for file in self.files),
        ]


def accepts(spec: str) -> bool:
    """Whether this kind of source is meant: `journald:`."""
    return spec == JOURNALD


def check(opening: Opening) -> None:
    """Raises ValueError for options that are none."""
    _options(opening)


def opened(opening: Opening) -> Source:
    """The journal, nothing read of it yet. Raises SourceError."""
    try:
        options = _options(opening)
    except ValueError as error:
        raise SourceError(
            Text(en=f"{opening.name}: {error}", fr=f"{opening.name} : {error}")
        ) from error
    return JournalSource(opening.name, options, follow=opening.follow)


class _Cursor(Struct, array_like=True):
    """Behind the entry at `at` (journald's cursor), and behind so many after it that were too long
    to be held; `count` lines were given, of what `arguments` choose."""

    at: str | None = None
    passed: int = 0
    count: int = 0
    arguments: list[str] = []


class _Entry(Struct):
    at: str = msgspec.field(name="__CURSOR")


_entries = msgspec.json.Decoder(_Entry)


class JournalSource:
    """The journal's entries as JSON, one a line.

    `follow` looks again every `interval_seconds`; else it ends where the journal ends now.
    """

    def __init__(self, name: str, options: Options, *, follow: bool = True) -> None:
        self.name = name
        self._options = options
        self._follow = follow
        self._run: Journalctl | None = None
        self.resume(None)

    def resume(self, cursor: bytes | None) -> None:
        """Go on behind a committed cursor. Raises SourceError if it is none."""
        self.close()
        self._at = _Cursor() if cursor is None else _read(self.name, cursor)
        self._cutter = Cutter(_PATH)
        self._trouble: SourceError | None = None
        self._pause = self._options.interval_seconds
        self._next = 0.0
        self._is_over = self._is_troubled = self._is_well_again = False
        # Until the first entry of a run came, and how many put aside before are met again.
        self._is_at_start = True
        self._to_pass = 0

    def read(self, limit: int) -> Chunk | None:
        """The entries that are there now. Raises SourceError when the journal cannot be read."""
        if self._run is None and not self._cutter.is_pending() and not self._begin():
            return None
        got = gather(self._cutter, self._fill, limit)
        lines, rejects = got.lines, got.rejects
        if lines and self._is_at_start:
            self._is_at_start = False
            lines, rejects = self._met(lines, rejects)
        if rejects and not lines and self._to_pass:
            self._to_pass -= 1
            rejects = rejects[1:]
        if lines or rejects or self._is_well_again:
            return self._chunk(lines, rejects)
        return self.read(limit) if self._cutter.is_pending() else None

    def acknowledge(self) -> None:
        """Nothing is kept for it: the journal keeps itself."""

    def is_exhausted(self) -> bool:
        """Whether the journal was read to its end and is not followed."""
        return self._is_over and not self._cutter.is_pending()

    def backlog(self) -> tuple[int, int] | None:
        """None: the journal does not say how much there is behind a cursor."""
        return None

    def close(self) -> None:
        """End the program that reads, if it runs."""
        if self._run is not None:
            self._run.close()
            self._run = None

    def _met(
        self, lines: list[bytes], rejects: tuple[Rejected, ...]
    ) -> tuple[list[bytes], tuple[Rejected, ...]]:
        """A run's first entries without the one known, else with the word that it is gone."""
        if self._at.at is None:
            return lines, rejects
        first = _place(lines[0])
        if first == self._at.at:
            return lines[1:], rejects
        self._to_pass = 0
        if self._at.arguments != self._options.arguments() or _follows(self._at.at, first):
            return lines, rejects
        return lines, (Rejected(_PATH, _gone(), 0, b""), *rejects)

    def _chunk(self, lines: list[bytes], rejects: tuple[Rejected, ...]) -> Chunk:
        at, self._is_well_again = self._at, False
        place = next((p for line in reversed(lines) if (p := _place(line)) is not None), at.at)
        passed = (0 if lines else at.passed) + sum(reject.length > 0 for reject in rejects)
        count = at.count + len(lines)
        self._at = _Cursor(place, passed, count, self._options.arguments())
        cursor = msgspec.msgpack.encode(self._at)
        return Chunk(_PATH, at.count + 1, lines, cursor, now_ms(), rejects)

    def _begin(self) -> bool:
        """Run the program when it is time to. Raises SourceError, also for the run before."""
        if self._trouble is not None:
            trouble, self._trouble = self._trouble, None
            raise trouble
        if self._is_over or monotonic() < self._next:
            return False
        fields = ",".join((*_FIELDS, *self._options.fields))
        place = [] if self._at.at is None else [f"--cursor={self._at.at}"]
        try:
            self._run = Journalctl(
                [f"--output-fields={fields}", *self._options.arguments(), *place]
            )
        except SourceError:
            self._put_off()
            raise
        self._cutter = Cutter(_PATH)
        self._is_at_start = True
        self._to_pass = self._at.passed
        return True

    def _fill(self) -> bool:
        block = None if self._run is None else self._run.take()
        if block:
            self._cutter.feed(block)
            return True
        if block is not None:
            self._finish()
        return False

    def _finish(self) -> None:
        """The program wrote all it will: what it left unfinished is read again by the next."""
        run, self._run = self._run, None
        try:
            if run is not None:
                run.end()
        except SourceError as error:
            self._trouble = error
            self._put_off()
            return
        self._pause = self._options.interval_seconds
        self._next = monotonic() + self._pause
        self._is_over = not self._follow
        # That a trouble is over is told though nothing new came.
        self._is_well_again, self._is_troubled = self._is_troubled, False

    def _put_off(self) -> None:
        self._is_troubled = True
        self._next = monotonic() + self._pause
        self._pause = min(2 * self._pause, max(_LONGEST_PAUSE_S, self._options.interval_seconds))


def _follows(at: str, place: str | None) -> bool:
    """Whether one entry comes right after another, by their numbers in one journal."""
    before, after = _SEQUENCE.match(at), _SEQUENCE.match(place or "")
    if before is None or after is None or before[1] != after[1]:
        return False
    return int(after[2], 16) == int(before[2], 16) + 1


def _options(opening: Opening) -> Options:
    try:
        options = msgspec.convert(dict(opening.options), Options)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error
    if options.directory is not None and options.files:
        raise ValueError("expected one of directory and files")
    return options


def _place(line: bytes) -> str | None:
    try:
        return _entries.decode(line).at
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _read(name: str, cursor: bytes) -> _Cursor:
    try:
        return msgspec.msgpack.decode(cursor, type=_Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SourceError(
            Text(
                en=f"{name}: the stored reading position is not one of a journal; restore a "
                "matching backup, or give the source a new name to read it from the start",
                fr=f"{name} : la position de lecture enregistrée n'est pas celle d'un journal "
                "systemd ; restaurez une sauvegarde qui correspond, ou donnez un nouveau nom à la "
                "source pour la relire depuis le début",
            )
        ) from error


def _gone() -> Text:
    return Text(
        en="the entry that was read last is not in the journal any more: entries between it and "
        "this one may have been removed before they were read; let the journal keep more "
        "(SystemMaxUse= in journald.conf) than comes while Vigie is away",
        fr="la dernière entrée lue n'est plus dans le journal : des entrées entre elle et celle-ci "
        "ont pu être supprimées avant d'être lues ; laissez le journal en conserver davantage "
        "(SystemMaxUse= dans journald.conf) qu'il n'en arrive en l'absence de Vigie",
    )
