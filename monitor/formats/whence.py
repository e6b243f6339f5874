"""Where a value came from: the words in which formats say it, and the parts that a line has."""

from collections.abc import Callable
from typing import Protocol, TypeAlias, runtime_checkable

from msgspec import Struct

from monitor.formats.format import Origin


class Whence(Struct, frozen=True):
    """Where one value of an event came from.

    `where` names the place: `path user.id`, `column IP`, `group ip`, `characters 10 to 14`, or a
    setting. `text` is what stands there, as it is written; None where it is no part of the line.
    `through` says what made the value of it, such as a table of the settings.
    """

    where: str
    text: str | None = None
    through: str | None = None


Traced: TypeAlias = dict[str, tuple[Whence, ...]]
"""By field of an event: where its value came from, one or several places."""


@runtime_checkable
class Traceable(Protocol):
    """A format that can say itself where the values of its events come from."""

    def trace(self, line: bytes, origin: Origin) -> list[Traced]:
        """For each event that `parse` gives: whence each field that a line or setting fills."""
        ...


class Part(Struct, frozen=True):
    """A part of a line: its name, what stands there, and the line with something else there.

    A word has a `span` in the text that it is a word `of`: its first and last character, from 1.
    """

    place: str
    text: str
    put: Callable[[str], bytes]
    span: tuple[int, int] | None = None
    of: str = ""


@runtime_checkable
class Parted(Protocol):
    """A format whose lines have parts with names better than the characters they take."""

    def parts(self, line: bytes) -> list[Part]:
        """The parts of a line that `parse` reads."""
        ...
