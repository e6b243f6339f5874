"""The program itself: what it runs on, and what it can find and read."""

import sqlite3
import sys
from collections.abc import Iterator

from detectors.core import registry
from monitor.doctor.check import Check
from monitor.formats.detection import available
from monitor.settings import Settings

_LEAST_SQLITE = (3, 35, 0)


def look(settings: Settings) -> Iterator[Check]:
    """Python, SQLite, and that detectors and formats are there."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check("Python", (3, 11) <= sys.version_info[:2] <= (3, 13), version, "use 3.11 to 3.13")
    yield Check(
        "SQLite",
        sqlite3.sqlite_version_info >= _LEAST_SQLITE,
        sqlite3.sqlite_version,
        "use a Python built with SQLite 3.35 or newer",
    )
    yield Check("detectors", bool(registry.load(settings.detectors)), ", ".join(registry.classes()))
    known = available(settings.described())
    yield Check("formats", bool(known), ", ".join(known))
