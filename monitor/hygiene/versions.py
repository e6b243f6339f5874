"""Whether a browser or a system was out of date on a day, by a dated table; unknown when it is old.

The table never says of a version that it is up to date once the table itself is older than
`TRUSTED_DAYS` on that day: what came since is not in it. What was out of date by then stays so.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from monitor.trouble import MisuseError

BROWSER_DAYS: Final = 90
"""Days after its successor came from which a browser is out of date."""
TRUSTED_DAYS: Final = 120
"""Days after its date for which the table says of a version that it is up to date."""


class Verdict(StrEnum):
    """What is said of a version."""

    CURRENT = "current"
    OUTDATED = "outdated"
    UNKNOWN = "unknown"


class VersionsError(MisuseError):
    """A table of versions that cannot be read."""


class Versions(Struct, frozen=True, forbid_unknown_fields=True):
    """The table, as of `as_of`.

    `browsers`: when each major version came. `successors`: how many later ones there must be
    before one is out of date, 1 where it is not said. `extended`: versions that are mended for
    longer, and until when; False where that was not known yet. `ended`: browsers that are mended no
    more. `systems`: until when a version was mended.
    """

    as_of: date
    browsers: dict[str, dict[int, date]] = field(default_factory=dict)
    successors: dict[str, int] = field(default_factory=dict)
    extended: dict[str, dict[int, date | bool]] = field(default_factory=dict)
    ended: dict[str, date] = field(default_factory=dict)
    systems: dict[str, dict[str, date]] = field(default_factory=dict)

    def browser(self, name: str | None, major: int | None, on: date) -> Verdict:
        """Whether a browser's version was out of date on a day."""
        if name is None or major is None:
            return Verdict.UNKNOWN
        if name in self.ended:
            return _past(self.ended[name], on)
        known = self.browsers.get(name)
        if not known:
            return Verdict.UNKNOWN
        replaced = self._replaced(name, major, known)
        if replaced is not None and on > replaced:
            return Verdict.OUTDATED
        return self._not_outdated(on)

    def system(self, name: str | None, version: str | None, on: date) -> Verdict:
        """Whether a system's version was not mended any more on a day."""
        known = self.systems.get(name or "")
        if not known or version is None:
            return Verdict.UNKNOWN
        end = known.get(version)
        if end is not None:
            return Verdict.OUTDATED if on > end else self._not_outdated(on)
        if _number(version) < min(map(_number, known)):
            return _past(min(known.values()), on)
        # One that the table does not name has no end that is known.
        return Verdict.UNKNOWN

    def _replaced(self, name: str, major: int, known: Mapping[int, date]) -> date | None:
        """From the day after which on a version is out of date; None where that is not known."""
        later = sorted(came for number, came in known.items() if number > major)
        needed = self.successors.get(name, 1)
        if len(later) < needed:
            return None
        replaced = later[needed - 1] + timedelta(days=BROWSER_DAYS)
        until = self.extended.get(name, {}).get(major)
        if isinstance(until, bool):
            return replaced if until else None
        return replaced if until is None else max(replaced, until)

    def _not_outdated(self, on: date) -> Verdict:
        age = on - self.as_of
        return Verdict.CURRENT if age <= timedelta(days=TRUSTED_DAYS) else Verdict.UNKNOWN


def _past(end: date, on: date) -> Verdict:
    return Verdict.OUTDATED if on > end else Verdict.UNKNOWN


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in version.split("."))


def read(text: str) -> Versions:
    """The table from TOML. Raises VersionsError."""
    try:
        return msgspec.convert(tomllib.loads(text), Versions, strict=False)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise VersionsError(f"the table of versions cannot be used: {error}") from error


def load(path: Path | None = None) -> Versions:
    """The table of a file, else the shipped one. Raises VersionsError."""
    if path is None:
        return _shipped()
    try:
        return read(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise VersionsError(f"{path}: {error}") from error


@cache
def _shipped() -> Versions:
    return read(files("monitor.hygiene").joinpath("versions.toml").read_text(encoding="utf-8"))
