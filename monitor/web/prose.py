"""Markdown of our own documents as values that a template shows: headings, paragraphs, lists,
tables, and in them code, strong and stressed words. What is anything else stays text."""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct

KEPT: Final = 128
"""Documents that are kept as they were read: those that the program has."""
_SPAN: Final = re.compile(
    r"`(?P<code>[^`]+)`|\*\*(?P<strong>.+?)\*\*|(?<![\w*])\*(?P<em>[^*\s][^*]*)\*"
    r"|\[(?P<link>[^\]]+)\]\([^)]*\)"
)
_ITEM: Final = re.compile(r"(?:[-*]|(?P<number>\d+)\.) +(?P<text>.*)")
_HEADING: Final = re.compile(r"(#{1,6}) +(.*)")
_RULE: Final = re.compile(r"\|?[\s:|-]+\|?")


class Span(Struct, frozen=True):
    """A piece of a line: its text, and `code`, `strong`, `em` or nothing."""

    text: str
    kind: str = ""


Spans = tuple[Span, ...]


class Block(Struct, frozen=True, kw_only=True):
    """A block: `heading` (of a `level` from 1), `paragraph`, `list`, `numbers` (a numbered list) or
    `table`, whose first row is its head. `items` are its lines, a table's are its rows' cells."""

    kind: str
    level: int = 0
    items: tuple[tuple[Spans, ...], ...] = ()

    @property
    def text(self) -> str:
        """All that it says, without marks."""
        return " ".join(span.text for row in self.items for cell in row for span in cell)


@lru_cache(KEPT)
def prose(markdown: str) -> tuple[Block, ...]:
    """The blocks of a document."""
    return tuple(_block(lines) for lines in _chunks(markdown) if lines and not _is_picture(lines))


def section(blocks: Iterable[Block], title: str) -> list[Block]:
    """What follows the heading of this title, up to the next of its level."""
    found: list[Block] = []
    level = 0
    for one in blocks:
        if one.kind == "heading" and level and one.level <= level:
            break
        if level:
            found.append(one)
        if one.kind == "heading" and one.text == title:
            level = one.level
    return found


def _chunks(markdown: str) -> Iterator[list[str]]:
    """Lines that belong together."""
    held: list[str] = []
    for line in markdown.splitlines():
        kind = _kind(line)
        if held and (kind in ("", "heading") or _kind(held[0]) == "heading" or _turns(held, kind)):
            yield held
            held = []
        if kind:
            held.append(line)
    if held:
        yield held


def _turns(held: list[str], kind: str) -> bool:
    """Whether a line of this kind begins something else; a line of text goes on with an item."""
    former = _kind(held[0])
    return kind != former and not (kind == "text" and former in ("list", "numbers"))


def _kind(line: str) -> str:
    text = line.strip()
    if not text:
        return ""
    if _HEADING.fullmatch(text):
        return "heading"
    if text.startswith("|"):
        return "table"
    item = _ITEM.fullmatch(text)
    if item is not None:
        return "numbers" if item["number"] else "list"
    return "text"


def _is_picture(lines: list[str]) -> bool:
    return all(line.strip().startswith("![") for line in lines)


def _block(lines: list[str]) -> Block:
    kind = _kind(lines[0])
    heading = _HEADING.fullmatch(lines[0].strip())
    if heading is not None:
        return Block(kind=kind, level=len(heading[1]), items=((_spans(heading[2]),),))
    if kind == "table":
        rows = [one for one in lines if not _RULE.fullmatch(one.strip())]
        return Block(kind=kind, items=tuple(tuple(map(_spans, _cells(one))) for one in rows))
    if kind in ("list", "numbers"):
        return Block(kind=kind, items=tuple((_spans(one),) for one in _items(lines)))
    return Block(kind="paragraph", items=((_spans(" ".join(one.strip() for one in lines)),),))


def _items(lines: list[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        item = _ITEM.fullmatch(line.strip())
        if item is not None:
            found.append(item["text"])
        else:
            found[-1] += f" {line.strip()}"
    return found


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _spans(text: str) -> Spans:
    found: list[Span] = []
    end = 0
    for match in _SPAN.finditer(text):
        if match.start() > end:
            found.append(Span(text[end : match.start()]))
        kind = match.lastgroup or ""
        found.append(Span(match[kind], "" if kind == "link" else kind))
        end = match.end()
    if end < len(text) or not found:
        found.append(Span(text[end:]))
    return tuple(found)
