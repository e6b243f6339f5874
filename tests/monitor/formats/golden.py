"""Golden pairs: log lines in `*.log` beside how each is read, in `*.expected.ndjson`.

A folder of fixtures is a format's, and has its name; one with a `vigie.toml` is described there.

`python -m tests.monitor.formats.golden` writes what the formats say now; read the difference
before committing it.
"""

import json
import tomllib
from collections.abc import Iterator
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, structs, to_builtins

from detectors.core.event import Event
from monitor.formats.described.described import Described
from monitor.formats.format import Format, MalformedLine, Origin, formats
from monitor.formats.occurrence import Occurrences
from monitor.formats.year import YearInference

FIXTURES = Path(__file__).parents[2] / "fixtures" / "formats"
DESCRIBED = FIXTURES.parent / "described"
NOW_MS = 1_782_864_000_000
"""2026-07-01: the day from which fixtures without a year are looked back at."""


@cache
def described() -> dict[str, Described]:
    """The formats that fixtures describe, by name."""
    found = {}
    for path in sorted(DESCRIBED.glob("*/vigie.toml")):
        for name, given in tomllib.loads(path.read_text(encoding="utf-8"))["formats"].items():
            found[name] = Described(name, given)
    return found


def every() -> dict[str, Format]:
    """Every format that there are fixtures of, by name."""
    return {**formats(), **described()}


def lines_of(path: Path) -> list[bytes]:
    """The lines of a log file, without their newlines."""
    return path.read_bytes().removesuffix(b"\n").split(b"\n")


def origin_of(one: Format, lines: list[bytes], source: str = "fixture") -> Origin:
    """What a replay of these lines would give the format, its counts fresh."""
    days = [day for line in lines if (day := one.day_without_year(line)) is not None]
    years = YearInference.from_days(days, NOW_MS)
    return Origin(source, "acme", years.year_of, Occurrences(limit=None).occurrence)


def shown(event: Event) -> dict[str, Any]:
    """An event as JSON: its fields that are not empty, enums by value, the id in hex."""
    fields = {"event": type(event).__name__}
    for name, value in structs.asdict(event).items():
        # Which location data a place is from, formats never say.
        said = value is not None and value is not False and value != "" and name != "built"
        if said or name == "account" or (name == "mfa" and value is False):
            fields[name] = value.hex() if isinstance(value, bytes) else _plain(value)
    return fields


def _plain(value: Any) -> Any:
    if isinstance(value, Struct):
        return to_builtins(value)
    return value.value if isinstance(value, Enum) else value


def read(one: Format, line: bytes, origin: Origin) -> dict[str, Any]:
    """How a line is read: its events, that it is skipped, or why it is malformed."""
    try:
        events = one.parse(line, origin)
    except MalformedLine as error:
        return {"malformed": str(error)}
    return {"events": [shown(event) for event in events]} if events else {"skipped": True}


def pairs() -> Iterator[tuple[str, Path, Path]]:
    """(format's name, log file, file of what is expected) of every fixture there is."""
    for name in every():
        folder = DESCRIBED if name in described() else FIXTURES
        for path in sorted((folder / name).glob("*.log")):
            yield name, path, path.with_suffix(".expected.ndjson")


if __name__ == "__main__":
    for name, log, expected in pairs():
        lines = lines_of(log)
        origin = origin_of(every()[name], lines)
        said = [{"line": n, **read(every()[name], x, origin)} for n, x in enumerate(lines, 1)]
        expected.write_text("".join(json.dumps(x, ensure_ascii=False) + "\n" for x in said))
