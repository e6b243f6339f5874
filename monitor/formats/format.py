"""What a log format is, and the discovery of those there are."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import tzinfo
from functools import cache
from typing import Protocol, cast, runtime_checkable

from msgspec import Struct

from detectors.core.event import Event

MAXIMUM_LINE = 1 << 20
"""Bytes; a longer line is rejected unread."""


class MalformedLine(ValueError):  # noqa: N818 - the design's word
    """A line that should have been an event of this format and cannot be read; says why."""


class Origin(Struct, frozen=True):
    """What a line does not say of itself.

    `source` is the configured name of the source (in a replay always `replay`), `tenant` its
    setting for lines that name none; `is_of_tenant`: that was set for this source by itself, and
    stands before what only may be a tenant, such as a realm. `year_of(month, day)` gives the
    year of a stamp that has none. `occurrence(second, line)` gives how many times this same line
    was met in this second before, and counts it: 0 for the first.
    """

    source: str
    tenant: str
    year_of: Callable[[int, int], int]
    occurrence: Callable[[int, bytes], int]
    is_of_tenant: bool = False


class Format(Protocol):
    """One log format. Stateless: every line is read by itself, in whatever order they come.

    One whose stamps may name no zone has `in_zone` (`Zoned`) as well.
    """

    @property
    def name(self) -> str:
        """What settings and commands call it."""
        ...

    @property
    def title(self) -> str:
        """What people call it."""
        ...

    def claims(self, line: bytes) -> bool:
        """Whether this looks like a line of this format, whatever it says. Cheap; never raises."""
        ...

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        """The events that a line (without its newline) stands for, their ids set, not enriched.

        Empty for a line that is simply something else than a sign-in or an account change.
        Raises MalformedLine, and nothing else, when it should be one and cannot be read.
        """
        ...

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        """(month, day) of a line whose stamp has no year, else None. Cheap; never raises."""
        ...


@runtime_checkable
class Zoned(Protocol):
    """A format with stamps that may name no zone."""

    def in_zone(self, zone: tzinfo) -> Format:
        """The same format, with bare stamps taken in this zone."""
        ...


@cache
def formats() -> dict[str, Format]:
    """Every format there is, by name: any class of this package with `claims` and `parse`.

    A class that is `composed` of the others, and no format of its own, is left out.
    """
    package = importlib.import_module("monitor.formats")
    found: dict[str, Format] = {}
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{info.name}")
        for _, member in inspect.getmembers(module, inspect.isclass):
            if member.__module__ == module.__name__ and _is_format(member):
                one = cast(Format, member())
                found[one.name] = one
    return dict(sorted(found.items()))


def _is_format(member: type) -> bool:
    if member is Format or getattr(member, "composed", False):
        return False
    return all(hasattr(member, n) for n in ("name", "claims", "parse"))
