"""What a source of log lines is: pulled, never pushed, with a cursor that makes reading exact."""

from typing import Protocol

from msgspec import Struct

from detectors.core.detector import Text
from monitor.trouble import Trouble

CHUNK_BYTES = 4 << 20
"""A chunk holds about this many bytes at most."""
KEPT_OF_REJECTED = 4 << 10
"""Bytes kept of a line that is not handed over."""

TOO_LONG = Text(
    en="the line is longer than 1 MiB",
    fr="la ligne dépasse 1 Mio",
)
CUT_OFF = Text(
    en="the archive is damaged and ends in the middle of this line",
    fr="l'archive est endommagée et s'arrête au milieu de cette ligne",
)


class SourceError(Trouble):
    """A source cannot be read (now); `text` says why and what to do, in both languages.

    Nothing is lost by it: the next `read` goes on, or tries again, where this one stopped.
    """

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


class Rejected(Struct, frozen=True):
    """A line that is kept as a reject without having been held whole.

    `length` is in bytes, `head` its first bytes, at most `KEPT_OF_REJECTED`.
    """

    position: str
    reason: Text
    length: int
    head: bytes


class Chunk(Struct, frozen=True):
    """Consecutive lines of one file, and the cursor behind them.

    `lines` are without their line ends (LF or CRLF); the first is line `first_line` of `path`,
    1-based. `cursor` (MessagePack) stands behind these lines and `rejects`, which come after
    `lines`: committing it together with what they became makes reading exact. `reference` (ms
    since 1970) is what "now" was for these lines: when the file was last written to, or the
    clock. A chunk without lines and rejects is progress too: commit its cursor and read on.
    `is_beginning`: identical lines are counted from here on, since what begins here may be sent
    again whole and then is the same events. With a `tenant`, lines that name none are of it, and
    lines that name another one are refused. `part` tells parts of one stream apart to people.
    """

    path: str
    first_line: int
    lines: list[bytes]
    cursor: bytes
    reference: int
    rejects: tuple[Rejected, ...] = ()
    is_beginning: bool = False
    tenant: str | None = None
    part: str = ""

    def position(self, index: int) -> str:
        """Where the `index`-th line of the chunk stands: `path:line`, with the part if any."""
        return f"{self.path}{self.part}:{self.first_line + index}"


class Source(Protocol):
    """One source. Used from one thread; holds a few MiB however slowly it is read."""

    name: str

    def resume(self, cursor: bytes | None) -> None:
        """Go on behind a committed cursor, or start when None. Raises SourceError if it is none."""
        ...

    def read(self, limit: int) -> Chunk | None:
        """At most `limit` lines and about `CHUNK_BYTES`; None when there is nothing now.

        Never waits. Raises SourceError when something is in the way; call again later.
        """
        ...

    def acknowledge(self) -> None:
        """All that was read so far is committed: what only served to read it may go."""
        ...

    def is_exhausted(self) -> bool:
        """Whether there will never be more."""
        ...

    def backlog(self) -> tuple[int, int] | None:
        """(bytes read, bytes in all) as they lie on disk, or None where that is not known."""
        ...

    def close(self) -> None:
        """Give back what is open. Nothing is lost."""
        ...
