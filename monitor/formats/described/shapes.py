"""The shapes that a line can have: JSON, separated values, or what a regular expression matches."""

import csv
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any, Protocol, TypeAlias

from monitor.formats.described.description import Csv, Json, Regex
from monitor.formats.described.errors import DescriptionError, OtherShapeError
from monitor.formats.described.path import PathError, finder, follow, leaves, steps_of, written
from monitor.formats.described.pattern import Pattern, PatternError, pattern_of
from monitor.formats.format import MAXIMUM_LINE, MalformedLine
from monitor.formats.lenient import decoded, text_of
from monitor.formats.limits import LEADING

Find: TypeAlias = Callable[[Any], Any]
"""What is at a place of a record: a text, number, truth value, list or object; None for nothing."""
_SHOWN_LEAVES = 200


class Shape(Protocol):
    """Takes lines of one shape apart. Stateless."""

    what: str
    """What a place is called: `path`, `column` or `group`."""
    limit: int
    """Bytes or characters of the longest line that is read."""

    def read(self, body: bytes) -> Any | None:
        """The record that a line is; None for a comment or a header. Raises OtherShapeError."""
        ...

    def finder(self, place: str) -> Find:
        """How to find what is at a place. Raises ValueError for a place that cannot be."""
        ...

    def outline(self, record: Any) -> Iterator[tuple[str, str]]:
        """Every place of a record that holds something, and what it holds."""
        ...


def shape_of(description: Json | Csv | Regex) -> Shape:
    """The shape that is described. Raises DescriptionError."""
    if isinstance(description, Json):
        return JsonShape()
    if isinstance(description, Csv):
        return CsvShape(description)
    return RegexShape(description)


@lru_cache(maxsize=4)
def _json(body: bytes) -> Any:
    # Claimed, looked at for its day, parsed, and by every described format in turn.
    return decoded(body)


class JsonShape:
    """One JSON object a line."""

    what = "path"
    limit = MAXIMUM_LINE

    def read(self, body: bytes) -> Any | None:
        """The object."""
        if body[:1] != b"{" and body.lstrip(LEADING)[:1] != b"{":
            raise OtherShapeError("no JSON object")
        try:
            return _json(body)
        except MalformedLine as error:
            raise OtherShapeError(str(error)) from None

    def finder(self, place: str) -> Find:
        """By a dotted path."""
        try:
            return finder(steps_of(place))
        except PathError as error:
            raise ValueError(str(error)) from None

    def outline(self, record: Any) -> Iterator[tuple[str, str]]:
        """The paths of the first values, texts that hold JSON gone into."""
        for steps in leaves(record, _SHOWN_LEAVES):
            value = text_of(follow(record, steps))
            if value is not None:
                yield written(steps), value


class CsvShape:
    """Separated values under the names of columns."""

    what = "column"
    limit = MAXIMUM_LINE

    def __init__(self, description: Csv) -> None:
        self._comment = description.comment.encode()
        self._dialect = _dialect(description)
        self._columns = self._names(description)
        self._heading = [name.casefold() for name in self._columns]

    def read(self, body: bytes) -> Any | None:
        """The cells."""
        if self._comment and body.startswith(self._comment):
            return None
        cells = self._cells(body.decode("utf-8", "backslashreplace"))
        if len(cells) != len(self._columns):
            raise OtherShapeError(f"{len(cells)} columns instead of {len(self._columns)}")
        if cells[0].strip().casefold() == self._heading[0] and self._is_heading(cells):
            return None
        return cells

    def finder(self, place: str) -> Find:
        """By the name of a column, in any case."""
        name = place.strip().casefold()
        if name not in self._heading:
            raise ValueError(f"no such column; there are {', '.join(self._columns)}")
        index = self._heading.index(name)
        return lambda cells: cells[index].strip()

    def outline(self, record: Any) -> Iterator[tuple[str, str]]:
        """The cells that hold something."""
        for name, cell in zip(self._columns, record, strict=True):
            if cell.strip():
                yield name, cell.strip()

    def _is_heading(self, cells: list[str]) -> bool:
        return [cell.strip().casefold() for cell in cells] == self._heading

    def _cells(self, text: str) -> list[str]:
        try:
            return next(csv.reader((text,), dialect=self._dialect))
        except (csv.Error, StopIteration) as error:
            raise OtherShapeError(f"not a line of CSV: {error}") from None

    def _names(self, description: Csv) -> list[str]:
        given = description.columns
        try:
            names = self._cells(given) if isinstance(given, str) else list(given)
        except OtherShapeError as error:
            raise DescriptionError("columns", str(error)) from None
        names = [name.strip() for name in names]
        seen: set[str] = set()
        for name in names:
            if not name or name.casefold() in seen:
                raise DescriptionError("columns", f"each needs a name of its own, got {name!r}")
            seen.add(name.casefold())
        return names


def _dialect(description: Csv) -> type[csv.Dialect]:
    class Described(csv.Dialect):
        delimiter = description.delimiter
        quotechar = description.quote or None
        quoting = csv.QUOTE_MINIMAL if description.quote else csv.QUOTE_NONE
        escapechar = description.escape or None
        doublequote = True
        skipinitialspace = description.delimiter != " "
        lineterminator = "\n"
        strict = True

    try:
        if description.delimiter in "\r\n":
            raise ValueError("no line can hold that delimiter")  # noqa: TRY301 - said as csv does
        next(csv.reader(("",), dialect=Described), None)
    except (csv.Error, TypeError, ValueError) as error:
        raise DescriptionError("delimiter", f"delimiter, quote or escape: {error}") from None
    return Described


class RegexShape:
    """What the groups of the first of several patterns that matches hold."""

    what = "group"

    def __init__(self, description: Regex) -> None:
        given = description.pattern
        texts = (given,) if isinstance(given, str) else given
        self._patterns = [_pattern(text, index, given) for index, text in enumerate(texts)]
        self.limit = min(pattern.limit for pattern in self._patterns)
        self._groups = {name for one in self._patterns for name in one.expression.groupindex}

    def read(self, body: bytes) -> Any | None:
        """The match's groups."""
        text = body.decode("utf-8", "backslashreplace")
        for pattern in self._patterns:
            found = pattern.match(text)
            if found is not None:
                return found.groupdict()
        if len(text) > self.limit:
            raise OtherShapeError(f"longer than the {self.limit:,} characters that are read")
        raise OtherShapeError("the pattern does not match")

    def finder(self, place: str) -> Find:
        """By the name of a group."""
        if place not in self._groups:
            told = ", ".join(sorted(self._groups)) or "none; write (?P<name>...)"
            raise ValueError(f"no such group; there are {told}")
        return lambda groups: groups.get(place)

    def outline(self, record: Any) -> Iterator[tuple[str, str]]:
        """The groups that matched."""
        for name, text in record.items():
            if text:
                yield name, text

    def furthest(self, body: bytes) -> tuple[int, str]:
        """How many characters a pattern matches at most, and the rest of that pattern."""
        text = body.decode("utf-8", "backslashreplace")
        return max((_furthest(one, text) for one in self._patterns), key=lambda found: found[0])


def _pattern(text: str, index: int, given: object) -> Pattern:
    try:
        return pattern_of(text)
    except PatternError as error:
        key = "pattern" if isinstance(given, str) else f"pattern[{index}]"
        raise DescriptionError(key, str(error)) from None


def _furthest(pattern: Pattern, text: str) -> tuple[int, str]:
    """By trying what a pattern begins with, ever less of it."""
    whole = pattern.expression.pattern
    best = 0, whole
    for end in range(len(whole)):
        if whole[end] in "?*+{":
            continue
        depth = re.sub(r"\\.|\[\^?\]?[^\]]*\]", "", whole[:end])
        closed = whole[:end] + ")" * max(0, depth.count("(") - depth.count(")"))
        try:
            found = pattern_of(closed).match(text)
        except PatternError:
            continue
        if found is not None and found.end() > best[0]:
            best = found.end(), whole[end:]
    return best
