"""The parts of any line: the values of its JSON, else its words; each can be changed alone."""

import json
import re
from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import Any

from monitor.formats.described.path import Step, follow, leaves, written
from monitor.formats.format import MalformedLine
from monitor.formats.lenient import decoded, text_of
from monitor.formats.whence import Part, Whence

MOST = 400
"""Values, or words of one text, that are looked at."""
_BYTES = 1 << 22
"""Of a long line fewer parts are: each of them means to read the whole line several times."""
_WORD = re.compile(r"[^\s,;=()\[\]<>\"'{}]++(?!=|\"[:=])")
"""Not the names of values: `user` in `user=ann` is how the line is built."""


def parts_of(line: bytes) -> list[Part]:
    """The values of a JSON object by path and the words of those that are sentences; else words."""
    most = max(8, min(MOST, _BYTES // (len(line) + 1)))
    record = _object(line)
    if record is not None:
        readable = {key: _message(value) for key, value in record.items()}
        each = (part for steps in leaves(readable, most) for part in _of_leaf(readable, steps))
        return [*islice(each, 2 * most)]
    text = line.decode("utf-8", "surrogateescape")
    return [_word("", word, partial(_put_word, word)) for word in islice(_words(text), most)]


def named(parts: list[Part]) -> list[Whence]:
    """The places of some parts: of a value all of whose words are among them, the value itself."""
    whole = {part.place for part in parts if part.span is None and not _is_cut(part, parts)}
    runs: list[list[Part]] = []
    for part in parts:
        if (part.span is None) != (part.place in whole):
            continue
        if runs and _are_neighbours(runs[-1][-1], part):
            runs[-1].append(part)
        else:
            runs.append([part])
    return [_whence(run[0], run[-1]) for run in runs]


def _is_cut(part: Part, parts: list[Part]) -> bool:
    words = [one for one in parts if one.span is not None and one.place == part.place]
    return 0 < len(words) < len(list(_words(part.text)))


def _are_neighbours(one: Part, other: Part) -> bool:
    if one.span is None or other.span is None or one.place != other.place:
        return False
    return _WORD.search(one.of, one.span[1], other.span[0] - 1) is None


def _whence(first: Part, last: Part) -> Whence:
    if first.span is None or last.span is None:
        return Whence(first.place, first.text)
    start, end = first.span[0], last.span[1]
    where = f"characters {start} to {end}"
    within = f"{first.place}, {where}" if first.place else where
    return Whence(within, first.of[start - 1 : end])


def _words(text: str) -> Iterator[re.Match[str]]:
    spoken = (word for word in _WORD.finditer(text) if any(map(str.isalnum, word[0])))
    return islice(spoken, MOST)


def _word(place: str, word: re.Match[str], put: partial[bytes]) -> Part:
    return Part(place, word[0], put, (word.start() + 1, word.end()), word.string)


def _with(word: re.Match[str], new: str) -> str:
    return word.string[: word.start()] + new + word.string[word.end() :]


def _put_word(word: re.Match[str], new: str) -> bytes:
    return _with(word, new).encode("utf-8", "surrogateescape")


def _object(line: bytes) -> dict[str, Any] | None:
    """The object, floats as Python has them where it can, to write them as they were."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        try:
            found = decoded(line)
        except MalformedLine:
            return None
    return found if isinstance(found, dict) else None


def _message(value: Any) -> Any:
    """A text that journald wrote as a list of its bytes is read as that text."""
    is_message = isinstance(value, list) and value and all(type(one) is int for one in value)
    if not is_message or not all(0 <= one < 256 for one in value):
        return value
    return _Message(bytes(value).decode("utf-8", "surrogateescape"))


class _Message(str):
    """A text to be written as the list of its bytes."""

    __slots__ = ()


def _of_leaf(record: dict[str, Any], steps: tuple[Step, ...]) -> Iterator[Part]:
    value = follow(record, steps)
    text = text_of(value)
    if text is None:
        return
    place = f"path {written(steps)}"
    yield Part(place, text, partial(_put_leaf, record, steps))
    if isinstance(value, str) and " " in value:
        for word in _words(value):
            yield _word(place, word, partial(_put_in_leaf, record, steps, word))


def _put_in_leaf(
    record: dict[str, Any], steps: tuple[Step, ...], word: re.Match[str], new: str
) -> bytes:
    return _written(_changed(record, steps, _with(word, new)))


def _put_leaf(record: dict[str, Any], steps: tuple[Step, ...], new: str) -> bytes:
    """In place of a number or truth value comes such a one, where the text is one."""
    value: Any = new
    if not isinstance(follow(record, steps), str):
        try:
            value = json.loads(new)
        except ValueError:
            value = new
    return _written(_changed(record, steps, value))


def _changed(value: Any, steps: tuple[Step, ...], new: Any) -> Any:
    if not steps:
        return _Message(new) if isinstance(value, _Message) else new
    copied = value.copy()
    copied[steps[0]] = _changed(value[steps[0]], steps[1:], new)
    return copied


def _written(record: dict[str, Any]) -> bytes:
    record = {
        key: list(value.encode("utf-8", "surrogateescape")) if type(value) is _Message else value
        for key, value in record.items()
    }
    return json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass")
