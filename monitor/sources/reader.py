"""Reads one open file block by block, and notices when it is not the same file any more."""

import os

from monitor.sources.compression import DamagedLogError, Log
from monitor.sources.lines import BLOCK, Cutter
from monitor.sources.mark import HEAD, Part
from monitor.sources.source import SourceError


class TruncatedError(Exception):
    """The file is not the one any more whose beginning was read."""


class Reader:
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
        """Read on by one block; False at the end, for now.

        Raises TruncatedError, or SourceError, after which the same block is read again.
        """
        if self.is_over:
            return False
        if self._to_skip:
            skipped = len(self.log.read(min(BLOCK, self._to_skip)))
            self._to_skip -= skipped
            return skipped > 0
        block = self.log.read(BLOCK)
        if not self.log.is_compressed:
            try:
                self._check(block)
            except SourceError:
                self.log.position -= len(block)
                raise
        if block:
            self.cutter.feed(block)
        return bool(block)

    def _check(self, block: bytes) -> None:
        # After the block was read: what is the same file now was it then.
        if not block and self.log.status().st_size < self.log.position:
            raise TruncatedError
        if block and not self._head:
            # Seen empty, and written since: perhaps also copied away and written again.
            raise TruncatedError
        head = self.log.head(HEAD)
        start = self.log.position - len(block)
        fresh = self._head[:start] + block[: max(0, HEAD - start)]
        if not (head.startswith(self._head) and head.startswith(fresh)):
            raise TruncatedError
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
