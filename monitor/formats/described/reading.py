"""One field of a description, ready to be read from records."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeAlias, TypeVar

from monitor.formats.described.description import Field, Scalar
from monitor.formats.described.errors import DescriptionError
from monitor.formats.described.pattern import Pattern, PatternError, pattern_of
from monitor.formats.described.shapes import Find, Shape
from monitor.formats.lenient import text_of
from monitor.formats.syslog import Envelope

T = TypeVar("T")
Source: TypeAlias = Callable[[Any, Envelope | None], Any]


class Place(NamedTuple):
    """Somewhere that a value can be, and what to call it."""

    label: str
    find: Source


class Taken(NamedTuple, Generic[T]):
    """What a field came to: the value, the text it was made of, and the place of that.

    `value` is None when there is none; `text` and `label` when it is of no line: a constant or a
    default. `is_listed` says that the table of values gave it.
    """

    value: T | None
    text: str | None = None
    label: str | None = None
    is_listed: bool = False


class Lookup(Generic[T]):
    """A table from texts, in any case, with `*` at either end for anything."""

    def __init__(self, table: Mapping[str, T]) -> None:
        self._exact: dict[str, T] = {}
        loose: list[tuple[str, T]] = []
        for key, value in table.items():
            if key.startswith("*") or key.endswith("*"):
                loose.append((key.casefold(), value))
            else:
                self._exact[key.strip().casefold()] = value
        self._loose = sorted(loose, key=lambda one: -len(one[0]))

    def get(self, text: str) -> tuple[T] | None:
        """What is listed for it, alone in a tuple: exactly, else by the longest that fits."""
        text = text.strip().casefold()
        if text in self._exact:
            return (self._exact[text],)
        for key, value in self._loose:
            if _fits(key, text):
                return (value,)
        return None


def _fits(key: str, text: str) -> bool:
    inner = key.strip("*")
    if not key.startswith("*"):
        return text.startswith(inner)
    return inner in text if key.endswith("*") else text.endswith(inner)


class Reading(Generic[T]):
    """Reads one field. `typed` makes a value of what a table says, `convert` of a text.

    `values` are all that the table and the default can give; `fixed` tells of what does not come
    from the line whether it is a constant or a default.
    """

    def __init__(
        self,
        field: Field,
        places: Sequence[Place],
        nothing: frozenset[str],
        typed: Callable[[Scalar], T | None],
        convert: Callable[[str], T | None],
    ) -> None:
        self._places = places
        self._nothing = nothing
        self._convert = convert
        self._split = field.split
        item = 1 if field.item is None else field.item
        self._item = item - 1 if item > 0 else item
        self._match: Pattern | None = None
        if field.match is not None:
            try:
                self._match = pattern_of(field.match)
            except PatternError as error:
                raise DescriptionError("match", str(error)) from None
        self._is_cut = field.split is not None or field.match is not None
        table = {k: _typed(v, typed, f"values.{k}") for k, v in (field.values or {}).items()}
        self._table = Lookup(table) if table else None
        self._otherwise = _given(field.otherwise, typed, "otherwise")
        fixed = field.default if field.constant is None else field.constant
        self.fixed = "its default" if field.constant is None else "its constant"
        name = self.fixed.removeprefix("its ")
        self._missing: Taken[T] = Taken(_typed(fixed, typed, name) if fixed is not None else None)
        self.values = [*table.values(), *(self._otherwise or ()), self._missing.value]

    def take(self, record: Any, envelope: Envelope | None) -> Taken[T]:
        """The value of the first place that holds one; else the default."""
        unread: Taken[T] | None = None
        for place in self._places:
            texts = self._texts_at(place, record, envelope)
            if texts:
                taken = self._read(texts, place.label)
                if taken.value is not None or taken.is_listed:
                    return taken
                unread = unread or taken
        if unread is None or self._missing.value is not None:
            return self._missing
        return unread

    def _texts_at(self, place: Place, record: Any, envelope: Envelope | None) -> Sequence[str]:
        value = place.find(record, envelope)
        if value is None:
            return ()
        if type(value) is str:
            texts = [] if value.strip() in self._nothing else [value]
        else:
            texts = self._texts(value)
        if self._is_cut:
            return [cut for text in texts if (cut := self._cut(text)) is not None]
        return texts

    def _read(self, texts: Sequence[str], label: str) -> Taken[T]:
        """A list is what its first listed element says, else its first one."""
        if self._table is not None:
            for text in texts:
                listed = self._table.get(text)
                if listed is not None:
                    return Taken(listed[0], text, label, True)
            if self._otherwise is not None:
                return Taken(self._otherwise[0], texts[0], label, True)
        for text in texts:
            value = self._convert(text)
            if value is not None:
                return Taken(value, text, label)
        return Taken(None, texts[0], label)

    def _texts(self, value: Any) -> list[str]:
        values = value if isinstance(value, list) else (value,)
        texts = (text_of(one) for one in values)
        return [text for text in texts if text is not None and text.strip() not in self._nothing]

    def _cut(self, text: str) -> str | None:
        if self._split is not None:
            items = text.split(self._split)
            if not -len(items) <= self._item < len(items):
                return None
            text = items[self._item].strip()
        if self._match is not None:
            found = self._match.match(text)
            if found is None:
                return None
            groups = found.re.groupindex
            text = found["value" if "value" in groups else min(1, found.re.groups)] or ""
        return None if text.strip() in self._nothing else text


def _typed(value: Scalar, typed: Callable[[Scalar], T | None], key: str) -> T | None:
    try:
        return typed(value)
    except ValueError as error:
        raise DescriptionError(key, str(error)) from None


def _given(
    value: Scalar | None, typed: Callable[[Scalar], T | None], key: str
) -> tuple[T | None] | None:
    return None if value is None else (_typed(value, typed, key),)


def places_of(field: Field, shape: Shape, nothing: frozenset[str]) -> list[Place]:
    """The places of a field, ready to be looked at. Raises DescriptionError."""
    if field.header is not None:
        return [Place(f"header {field.header}", _header(field.header))]
    given = field.places or ()
    names = (given,) if isinstance(given, str) else given
    found = [Place(f"{shape.what} {name}", _within(finder_of(shape, name))) for name in names]
    return found if field.join is None else [_joined(found, field.join, nothing)]


def _joined(places: Sequence[Place], by: str, nothing: frozenset[str]) -> Place:
    """All of several places as one text; nothing where one of them holds nothing."""

    def find(record: Any, envelope: Envelope | None) -> str | None:
        parts = [text_of(place.find(record, envelope)) for place in places]
        texts = [part for part in parts if part is not None and part.strip() not in nothing]
        return by.join(texts) if len(texts) == len(parts) else None

    return Place(" and ".join(place.label for place in places), find)


def finder_of(shape: Shape, place: str, key: str = "from") -> Find:
    """How to find what is at a place. Raises DescriptionError."""
    try:
        return shape.finder(place)
    except ValueError as error:
        raise DescriptionError(key, f"{place!r}: {error}") from None


def _within(find: Find) -> Source:
    return lambda record, _: find(record)


def _header(name: str) -> Source:
    return lambda _, envelope: None if envelope is None else getattr(envelope, name)
