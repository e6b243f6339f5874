"""What rotated logs are called, and in which order they were written."""

import os
import re
from collections.abc import Iterable

from monitor.sources.compression import SUFFIXES

_SUFFIX = re.compile(r"[.\-_](?P<stamp>\d[\dT.:_\-]*|old)\Z")
_COUNT_DIGITS = 4
"""`.1` to `.9999` count rotations; longer numbers are dates."""


def base_of(path: str) -> str:
    """The log that a path is a rotated part of (`auth.log.2.gz` -> `auth.log`), or itself."""
    plain = without_compression(path)
    match = _SUFFIX.search(plain)
    name_starts = len(os.path.dirname(plain)) + 1 if os.path.dirname(plain) else 0
    if match is None or match.start() <= name_starts:
        return path
    return plain[: match.start()]


def is_rotated(path: str, log: str) -> bool:
    """Whether `path` has a name that rotation gives to older parts of `log`."""
    return path != log and (base_of(path) == log or without_compression(path) == log)


def without_compression(path: str) -> str:
    """The path without `.gz`, `.xz`, `.zst` or `.bz2`."""
    root, extension = os.path.splitext(path)
    return root if extension in SUFFIXES else path


def siblings(log: str) -> dict[str, int]:
    """Paths beside `log` that begin with its name and `.`, `-` or `_`, with their inodes.

    A path that is there both plain and compressed is given plain: compression is under way.
    Raises OSError.
    """
    folder, name = os.path.split(log)
    prefixes = tuple(name + separator for separator in ".-_")
    with os.scandir(folder or ".") as entries:
        found = {
            os.path.join(folder, entry.name): entry.inode()
            for entry in entries
            if entry.name.startswith(prefixes)
        }
    return {
        path: inode
        for path, inode in found.items()
        if without_compression(path) == path or without_compression(path) not in found
    }


def oldest_first(log: str, modified: Iterable[tuple[str, int]]) -> list[str]:
    """Rotated paths in the order they were written; the log itself is last.

    `modified` gives paths with modification times in ns. Numbers and dates in the names decide
    where all names have the same kind, since clocks tick coarsely and copies get new times.
    """
    pairs = list(modified)
    stamps = {path: _stamp(log, path) for path, _ in pairs if path != log}
    kinds = {kind for kind, _ in stamps.values()}
    if kinds == {"count"}:
        rotated = sorted(stamps, key=lambda path: (-int(stamps[path][1]), path))
    elif kinds == {"date"}:
        rotated = sorted(stamps, key=lambda path: (stamps[path][1], path))
    else:
        times = dict(pairs)
        rotated = sorted(stamps, key=lambda path: (times[path], path))
    return rotated + [path for path, _ in pairs if path == log]


def _stamp(log: str, path: str) -> tuple[str, str]:
    match = _SUFFIX.search(without_compression(path))
    if match is None or base_of(path) != log or match["stamp"] == "old":
        return ("other", "")
    stamp = match["stamp"]
    if stamp.isdecimal() and len(stamp) <= _COUNT_DIGITS:
        return ("count", stamp)
    return ("date", stamp)
