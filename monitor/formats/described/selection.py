"""Which lines a described format is for, by what they hold at some places."""

from collections.abc import Mapping, Sequence
from typing import Any

from monitor.formats.described.description import Description, Scalar
from monitor.formats.described.errors import DescriptionError
from monitor.formats.described.reading import Lookup, finder_of
from monitor.formats.described.shapes import Find, Shape
from monitor.formats.lenient import text_of

_Conditions = Sequence[tuple[str, Find, Lookup[bool]]]


class Selection:
    """The `only` and `never` of a description. Raises DescriptionError."""

    def __init__(self, description: Description, shape: Shape) -> None:
        self._only = _conditions(description.only, shape, "only")
        self._never = _conditions(description.never, shape, "never")

    def admits(self, record: Any) -> bool:
        """Whether the format is for this line."""
        for _, find, listed in self._only:
            if not _holds(find(record), listed):
                return False
        return not any(_holds(find(record), listed) for _, find, listed in self._never)

    def objection(self, record: Any) -> str | None:
        """Why the format is not for this line; None when it is."""
        for place, find, listed in self._only:
            value = find(record)
            if not _holds(value, listed):
                return f"only.{place} does not list {_told(value)}"
        for place, find, listed in self._never:
            if _holds(value := find(record), listed):
                return f"never.{place} lists {_told(value)}"
        return None


def _conditions(
    given: Mapping[str, Scalar | tuple[Scalar, ...]], shape: Shape, key: str
) -> _Conditions:
    found = []
    for place, values in given.items():
        several = values if isinstance(values, tuple) else (values,)
        if not several:
            raise DescriptionError(f"{key}.{place}", "an empty list")
        listed = Lookup({text_of(value) or "": True for value in several})
        found.append((place, finder_of(shape, place, f"{key}.{place}"), listed))
    return found


def _holds(value: Any, listed: Lookup[bool]) -> bool:
    for one in value if isinstance(value, list) else (value,):
        text = text_of(one)
        if text is not None and listed.get(text) is not None:
            return True
    return False


def _told(value: Any) -> str:
    text = text_of(value)
    return "what is there: nothing" if text is None else repr(text[:80])
