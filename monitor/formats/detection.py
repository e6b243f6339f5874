"""Telling a line's format from the line, for sources that do not say theirs."""

from collections.abc import Mapping, Sequence
from datetime import UTC, tzinfo
from types import MappingProxyType
from typing import ClassVar

from detectors.core.event import Event
from monitor.formats.format import Format, MalformedLine, Origin, Zoned, formats
from monitor.formats.limits import trimmed
from monitor.formats.syslog import is_journal, is_syslog

AUTO = "auto"
"""The name under which `named` gives the format that tells each line's by itself."""
NONE_DESCRIBED: Mapping[str, Format] = MappingProxyType({})


class UnknownFormatError(ValueError):
    """A format was named that does not exist."""


def available(described: Mapping[str, Format] = NONE_DESCRIBED) -> dict[str, Format]:
    """Every format by name: those that the settings describe first, for somebody meant them."""
    return {**described, **formats()}


def named(
    name: str, zone: tzinfo = UTC, described: Mapping[str, Format] = NONE_DESCRIBED
) -> Format:
    """The format of that name, or `Auto` for `auto`; UnknownFormatError names those there are.

    `zone` is that of stamps that name none, for formats that have such; `described` are the
    formats of the settings.
    """
    known = available(described)
    if name == AUTO:
        return Auto([_in_zone(one, zone) for one in known.values()])
    found = known.get(name)
    if found is None:
        raise UnknownFormatError(
            f"no log format is called {name!r}; there are: {', '.join((AUTO, *known))}"
        )
    return _in_zone(found, zone)


def detect(sample: Sequence[bytes], described: Mapping[str, Format] = NONE_DESCRIBED) -> str | None:
    """The name of the format that claims most lines; None when none claims any."""
    known = available(described)
    claimed = {name: sum(1 for line in sample if one.claims(line)) for name, one in known.items()}
    best = max(claimed, key=lambda name: claimed[name], default=None)
    return best if best is not None and claimed[best] else None


def _in_zone(one: Format, zone: tzinfo) -> Format:
    """The format with bare stamps taken in this zone, where it may meet such."""
    return one.in_zone(zone) if isinstance(one, Zoned) else one


class Auto:
    """Every format at once: each line is read by the first that claims it.

    Described ones come before those of Vigie, each in order of name.
    """

    name: ClassVar[str] = AUTO
    title: ClassVar[str] = "Whatever format each line is of"
    composed: ClassVar[bool] = True

    def __init__(self, choice: Sequence[Format] | None = None) -> None:
        self._formats = tuple(formats().values() if choice is None else choice)

    def format_of(self, line: bytes) -> str | None:
        """The name of the format that reads this line; None when none claims it. Never raises."""
        found = self.chosen(line)
        return None if found is None else found.name

    def claims(self, line: bytes) -> bool:
        """Whether any format claims it."""
        return self.chosen(line) is not None

    def parse(self, line: bytes, origin: Origin) -> list[Event]:
        """As the format that claims the line.

        A line that none claims is passed over when it is blank, or a line of syslog or of the
        journal of a program that no format is for; else MalformedLine.
        """
        found = self.chosen(line)
        if found is not None:
            return found.parse(line, origin)
        rest = trimmed(line)
        if not rest or rest.startswith(b"-- ") or is_syslog(rest) or is_journal(rest):
            return []
        raise MalformedLine("no known format recognises this line")

    def day_without_year(self, line: bytes) -> tuple[int, int] | None:
        """(month, day) as the first format reads it that sees a stamp without a year."""
        for one in self._formats:
            day = one.day_without_year(line)
            if day is not None:
                return day
        return None

    def chosen(self, line: bytes) -> Format | None:
        """The format that reads this line; None when none claims it. Never raises."""
        for one in self._formats:
            if one.claims(line):
                return one
        return None
