"""The records of a list, one at a time, each with the line that it begins in.

A record that is broken (a quote that is never closed, a field without end) is told, and reading
goes on with the line behind its first one: one slip must not swallow the rest.
"""

import csv
import io
from collections import deque
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

from detectors.core.detector import Text

LONGEST_LINE: Final = 1 << 16
"""Characters of a line; what is behind is left out, and the record refused."""
MOST_LINES: Final = 200
"""Lines of one record, whose cells may hold ends of lines."""
MOST_BROKEN: Final = 1_000
"""Broken records; a list with more is none."""


class Record(Struct, frozen=True):
    """The cells of one record, or why it cannot be read; `line` counts from 1."""

    line: int
    cells: tuple[str, ...]
    why: Text | None = None


def records(text: io.TextIOBase, delimiter: str) -> Iterator[Record]:
    """The records of a text, blank ones left out. Ends after `MOST_BROKEN` broken ones."""
    lines = _Lines(text)
    broken = 0
    while broken < MOST_BROKEN:
        lines.begin()
        # Each has its own, which knows nothing of what went wrong before.
        reader = csv.reader(lines, delimiter=delimiter, strict=True)
        try:
            cells = next(reader)
        except StopIteration:
            return
        except (csv.Error, _EndlessError) as error:
            broken += 1
            yield Record(lines.first, (), _why(error))
            lines.resume()
            continue
        if any(cell.strip() for cell in cells):
            yield Record(lines.first, tuple(cells))


class _EndlessError(ValueError):
    """A line or a record has no end."""


class _Lines:
    """Lines of a text; those of the record at hand can be read again."""

    def __init__(self, text: io.TextIOBase) -> None:
        self._text = text
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.first = 1

    def begin(self) -> None:
        """The record before is done with."""
        self.first += len(self._taken)
        self._taken = []

    def resume(self) -> None:
        """Read all but the first line of this record again."""
        self._again.extendleft(reversed(self._taken[1:]))
        del self._taken[1:]

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._read()
        if not line:
            raise StopIteration
        self._taken.append(line)
        if len(line) > LONGEST_LINE or len(self._taken) > MOST_LINES:
            raise _EndlessError
        return line

    def _read(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1)
        if len(line) > LONGEST_LINE:
            while (rest := self._text.readline(LONGEST_LINE)) and not rest.endswith(("\n", "\r")):
                pass
        return line


def _why(error: Exception) -> Text:
    if isinstance(error, _EndlessError):
        return Text(
            "a quote is never closed here, or a line has no end",
            "un guillemet n'est jamais refermé ici, ou une ligne n'a pas de fin",
        )
    if "field larger" in str(error):
        return Text("a field is too large", "un champ est trop grand")
    if "unexpected end" in str(error):
        return Text("a quote is never closed", "un guillemet n'est jamais refermé")
    return Text(f"quotes are out of place ({error})", f"des guillemets sont mal placés ({error})")
