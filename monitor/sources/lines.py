"""Cuts blocks of bytes into lines, and always knows how many bytes the lines given out were."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text
from monitor.formats.format import MAXIMUM_LINE
from monitor.sources.source import (
    CHUNK_BYTES,
    CUT_OFF,
    KEPT_OF_REJECTED,
    TOO_LONG,
    Rejected,
    SourceError,
)

BLOCK: Final = 256 << 10
"""Bytes to feed at a time; never more than `MAXIMUM_LINE`."""
_BLOCKS_AT_ONCE = CHUNK_BYTES // BLOCK


class Cutter:
    """Lines out of blocks. Holds at most one block and one unfinished line.

    `offset` is the byte behind the last line given out and `line` how many those were;
    `position` the byte behind the last block fed. Feed only when nothing `is_pending`.
    """

    def __init__(self, path: str, offset: int = 0, line: int = 0) -> None:
        self.path = path
        self.offset = offset
        self.line = line
        self.position = offset
        self._carry = b""
        self._lines: list[bytes] = []
        self._next = 0
        self._has_carriage_return = False
        self._is_unterminated = False
        self._rejected: tuple[Text, int, bytes] | None = None
        self._skipped = 0
        self._head = b""

    def is_pending(self) -> bool:
        """Whether there is something to take."""
        return bool(self._lines) or self._rejected is not None

    def is_inside_line(self) -> bool:
        """Whether a line began that has not ended."""
        return bool(self._carry or self._skipped)

    def feed(self, block: bytes) -> None:
        """Take in the next bytes."""
        self.position += len(block)
        if self._skipped:
            end = block.find(b"\n")
            if end < 0:
                self._skipped += len(block)
                return
            self._reject(TOO_LONG, self._skipped + end, self._head)
            self._skipped = 0
            block = block[end + 1 :]
        data = self._carry + block if self._carry else block
        lines = data.split(b"\n")
        self._carry = lines.pop()
        if lines and len(lines[0]) > MAXIMUM_LINE:
            self._reject_first(lines)
        if len(self._carry) > MAXIMUM_LINE:
            self._begin_skipping()
        self._lines, self._next = lines, 0
        self._has_carriage_return = b"\r\n" in data

    def finish(self, *, is_cut_off: bool = False) -> None:
        """There will be no more for now: what has no newline is a line, unless it was cut off."""
        if self._skipped:
            self._reject(TOO_LONG, self._skipped, self._head)
        elif self._carry and is_cut_off:
            self._reject(CUT_OFF, len(self._carry), self._carry[:KEPT_OF_REJECTED])
        elif self._carry:
            self._lines, self._next = [self._carry], 0
            self._has_carriage_return = self._carry.endswith(b"\r")
        self._is_unterminated = self.is_inside_line()
        self._carry, self._skipped = b"", 0

    def take(self, limit: int) -> list[bytes]:
        """At most `limit` lines; none while a reject is in front of them."""
        if self._rejected is not None:
            return []
        lines = self._lines[self._next : self._next + limit]
        self._next += len(lines)
        self._count(sum(map(len, lines)), len(lines))
        if self._next == len(self._lines):
            self._lines, self._next = [], 0
        if self._has_carriage_return:
            return [line[:-1] if line[-1:] == b"\r" else line for line in lines]
        return lines

    def take_rejected(self) -> Rejected | None:
        """The line that is kept as a reject in front of the others, if there is one."""
        if self._rejected is None:
            return None
        reason, length, head = self._rejected
        self._rejected = None
        self._count(length, 1)
        return Rejected(f"{self.path}:{self.line}", reason, length, head)

    def _count(self, length: int, lines: int) -> None:
        self.offset += length + lines
        self.line += lines
        if self._is_unterminated and lines:
            self.offset -= 1
            self._is_unterminated = False

    def _reject(self, reason: Text, length: int, head: bytes) -> None:
        self._rejected = (reason, length, head)

    def _reject_first(self, lines: list[bytes]) -> None:
        lines[0] = self._without_hole(lines[0])
        if len(lines[0]) > MAXIMUM_LINE:
            self._reject(TOO_LONG, len(lines[0]), lines[0][:KEPT_OF_REJECTED])
            del lines[0]

    def _begin_skipping(self) -> None:
        self._carry = self._without_hole(self._carry)
        if len(self._carry) > MAXIMUM_LINE:
            self._skipped, self._head = len(self._carry), self._carry[:KEPT_OF_REJECTED]
            self._carry = b""

    def _without_hole(self, line: bytes) -> bytes:
        # A writer that does not append leaves a hole as long as the old file when that is
        # truncated; the line behind it is a line like any other.
        rest = line.lstrip(b"\0")
        self.offset += len(line) - len(rest)
        return rest


class Gathered(Struct, frozen=True):
    """What one read comes to; `first` is the number of its first line.

    `is_at_end`: there is nothing more for now. With nothing gathered and not at the end, reading
    made progress inside a line and goes on.
    """

    first: int
    lines: list[bytes]
    rejects: tuple[Rejected, ...]
    is_at_end: bool

    def is_empty(self) -> bool:
        """Whether there is neither a line nor a reject."""
        return not self.lines and not self.rejects


def gather(cutter: Cutter, fill: Callable[[], bool], limit: int) -> Gathered:
    """At most `limit` lines and about `CHUNK_BYTES`, and the reject behind them if one is met.

    `fill` feeds the cutter once, and is False when there is nothing to feed. A SourceError from
    it is raised only when nothing was gathered before; it is met again at the next call.
    """
    start, first = cutter.offset, cutter.line + 1
    lines: list[bytes] = []
    for _ in range(_BLOCKS_AT_ONCE):
        try:
            if not cutter.is_pending() and not fill():
                return Gathered(first, lines, (), is_at_end=True)
        except SourceError:
            if not lines:
                raise
            break
        rejected = cutter.take_rejected()
        if rejected is not None:
            return Gathered(first, lines, (rejected,), is_at_end=False)
        lines += cutter.take(limit - len(lines))
        if len(lines) >= limit or cutter.offset - start >= CHUNK_BYTES:
            break
    return Gathered(first, lines, (), is_at_end=False)
