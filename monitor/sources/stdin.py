"""Reads standard input, line by line, without ever waiting for it."""

import os
import select
import stat
from typing import Final

import msgspec

from detectors.core.detector import Text
from monitor.clock import now_ms
from monitor.sources.lines import BLOCK, Cutter, gather
from monitor.sources.source import Chunk, Source, SourceError
from monitor.sources.specification import Opening

STANDARD_INPUT: Final = "-"


def accepts(spec: str) -> bool:
    """Whether this kind of source is meant: `-`."""
    return spec == STANDARD_INPUT


def opened(opening: Opening) -> Source:
    """Standard input; it ends when its writer closes it, followed or not."""
    return StdinSource(opening.name)


class StdinSource:
    """The lines of an open descriptor, a pipe, a terminal or a file.

    What was read from a pipe is gone from it, so that no cursor can bring it back: after a crash
    the same input must be given again, and the events' ids see to it that none counts twice. The
    pipe itself holds the writer up while the reader is slow.
    """

    def __init__(self, name: str, descriptor: int = 0) -> None:
        self.name = name
        self._descriptor = descriptor
        self._cutter = Cutter(STANDARD_INPUT)
        self._is_over = False
        self._poll = select.poll()
        self._poll.register(self._descriptor, select.POLLIN)

    def resume(self, cursor: bytes | None) -> None:
        """Begin with what comes now, whatever the cursor: there is no going back in a pipe."""
        self._cutter = Cutter(STANDARD_INPUT)

    def read(self, limit: int) -> Chunk | None:
        """The lines that are there now. Raises SourceError when it cannot be read."""
        cutter = self._cutter
        got = gather(cutter, self._fill, limit)
        if got.is_empty() and got.is_at_end:
            return None
        cursor = msgspec.msgpack.encode((cutter.offset, cutter.line))
        return Chunk(STANDARD_INPUT, got.first, got.lines, cursor, now_ms(), got.rejects)

    def acknowledge(self) -> None:
        """Nothing is kept: a pipe forgets what was read."""

    def is_exhausted(self) -> bool:
        """Whether the writer closed its end and everything was read."""
        return self._is_over and not self._cutter.is_pending()

    def backlog(self) -> tuple[int, int] | None:
        """(bytes read, bytes in all) when a file is redirected into it."""
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            return None
        return self._cutter.position, max(status.st_size, self._cutter.position)

    def close(self) -> None:
        """Read no more of it; the descriptor is left to the process."""
        self._is_over = True

    def _fill(self) -> bool:
        if self._is_over or not self._poll.poll(0):
            return False
        try:
            block = os.read(self._descriptor, BLOCK)
        except BlockingIOError:
            return False
        except OSError as error:
            raise _unreadable(error) from error
        if block:
            self._cutter.feed(block)
            return True
        self._is_over = True
        self._cutter.finish()
        return self._cutter.is_pending()


def _unreadable(error: OSError) -> SourceError:
    why = os.strerror(error.errno) if error.errno else str(error)
    return SourceError(
        Text(
            en=f"standard input cannot be read ({why}); pipe the log into the command",
            fr=f"entrée standard illisible ({why}) ; passez le journal à la commande par un tube",
        )
    )
