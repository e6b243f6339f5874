"""`vigie doctor`: whether everything that Vigie needs is in order, and what to do where not."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Annotated, NamedTuple

import maxminddb
import msgspec
import typer
from geoip2.database import Reader
from geoip2.errors import AddressNotFoundError
from rich.table import Table
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from alerts.wording import counted
from detectors.core import registry
from detectors.core.detector import Text
from monitor import assembly, clock
from monitor.cli.console import CommandError, safe, stdout
from monitor.enrichment.database import GeoDatabaseError
from monitor.enrichment.networks import NetworkListError
from monitor.enrichment.shipped import ShippedDataError, unpack
from monitor.formats.format import formats
from monitor.settings import Settings, load
from monitor.sources.source import SourceError
from monitor.sources.specification import open_source
from monitor.store import migration, tables
from monitor.store.connection import (
    UnsuitableDatabaseError,
    connect,
    explain,
    file_of,
    reading,
    shown,
)

_LINES = Text("line", "ligne")
_EVENTS = Text("event", "événement")
_LEAST_FREE = 1 << 30
_LEAST_SQLITE = (3, 35, 0)
_MARKS = {True: "[green]in order[/]", False: "[red]not in order[/]"}


class Check(NamedTuple):
    """One thing looked at: whether it is in order, what was seen, and what to do where not."""

    name: str
    good: bool
    seen: str
    remedy: str = ""


def command(
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Check settings, database, location data, sources, disk and rights; exits 1 when one is bad.

    Example:

        vigie doctor
    """
    settings = load(config)
    checks = [check for look in _LOOKS for check in look(settings)]
    if as_json:
        stdout.print_json(msgspec.json.encode([check._asdict() for check in checks]).decode())
    else:
        table = Table(box=None)
        for column in ("what", "state", "seen", "to do"):
            table.add_column(column, overflow="fold")
        for check in checks:
            table.add_row(check.name, _MARKS[check.good], safe(check.seen), safe(_to_do(check)))
        stdout.print(table)
    bad = [check.name for check in checks if not check.good]
    if bad:
        raise CommandError(f"not in order: {', '.join(bad)}")


def _to_do(check: Check) -> str:
    return "" if check.good else check.remedy


def _program(settings: Settings) -> Iterator[Check]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Check("Python", (3, 11) <= sys.version_info[:2] <= (3, 13), version, "use 3.11 to 3.13")
    yield Check(
        "SQLite",
        sqlite3.sqlite_version_info >= _LEAST_SQLITE,
        sqlite3.sqlite_version,
        "use a Python built with SQLite 3.35 or newer",
    )
    yield Check("detectors", bool(registry.load(settings.detectors)), ", ".join(registry.classes()))
    yield Check("formats", bool(formats()), ", ".join(formats()))


def _database(settings: Settings) -> Iterator[Check]:
    url = settings.database_url
    try:
        at = migration.current(url)
    except (DBAPIError, OSError, UnsuitableDatabaseError, migration.NewerDatabaseError) as error:
        told = explain(error) if isinstance(error, DBAPIError) else str(error)
        yield Check("database", False, told, "check the address and its rights")
        return
    place = shown(url)
    if at is None:
        yield Check("database", True, f"{place}: not made yet; `vigie run` makes it")
        return
    yield Check("database", at == migration.head(), f"{place}: at {at}", "run `vigie db upgrade`")
    path = file_of(url)
    if path is not None:
        megabytes = sum(
            part.stat().st_size for part in path.parent.glob(f"{path.name}*") if part.is_file()
        ) / (1 << 20)
        yield Check("database's size", True, f"{megabytes:,.0f} MiB")
        sound = _quick_check(url)
        yield Check("database's soundness", sound == "ok", sound, "restore a backup")
    yield from _books(url)


def _quick_check(url: str) -> str:
    database = connect(url)
    try:
        with reading(database).begin() as connection:
            return str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())
    finally:
        database.dispose()


def _books(url: str) -> Iterator[Check]:
    database = connect(url)
    table = tables.sources
    with reading(database).begin() as connection:
        rows = connection.execute(select(table).order_by(table.c.name)).all()
    database.dispose()
    for row in rows:
        readable = row.rejected <= row.lines // 2
        seen = (
            f"{counted(row.lines, _LINES, 'en')}, {counted(row.events, _EVENTS, 'en')}, "
            f"{row.skipped:,} about something else, "
            f"{row.rejected:,} unreadable, {row.late:,} late; "
            f"last event {clock.utc(row.last_event) if row.last_event else 'none'}"
        )
        remedy = "check the source's format with `vigie explain`"
        yield Check(f"read from {row.name}", readable, seen, remedy)


def _location(settings: Settings) -> Iterator[Check]:
    try:
        enricher = assembly.open_enricher(settings)
    except (GeoDatabaseError, NetworkListError, ShippedDataError, OSError) as error:
        yield Check("location data", False, str(error), "check the paths under [geo]")
        return
    yield Check("location data", True, enricher.version)
    yield _read_through(settings.geo.city)


def _read_through(city: Path | None) -> Check:
    """Look up addresses all over with geoip2's own reader, which a damaged file cannot crash."""
    name = "city database"
    path = unpack("city.mmdb") if city is None else city
    if isinstance(path, bytes):
        return Check(name, True, "kept in memory: no folder to unpack it to can be written")
    found = 0
    try:
        with Reader(path, mode=maxminddb.MODE_FILE) as reader:
            for first in range(1, 224):
                with suppress(AddressNotFoundError):
                    found += reader.city(f"{first}.40.7.9").location.latitude is not None
    except (maxminddb.InvalidDatabaseError, ValueError, OSError, TypeError) as error:
        return Check(name, False, f"{path}: {error}", "fetch it again: it is damaged")
    return Check(name, found > 0, f"{path}: {found} of 223 addresses located", "fetch it again")


def _sources(settings: Settings) -> Iterator[Check]:
    if not settings.sources:
        yield Check("sources", True, "none in the settings; `vigie run` needs at least one")
    for source in settings.sources:
        spec = source.specification
        name = f"source {source.name}"
        if spec == "-" or source.url is not None:
            yield Check(name, True, "standard input" if spec == "-" else spec)
            continue
        opened = None
        try:
            opened = open_source(spec, source.name, follow=False)
            opened.resume(None)
            chunk = opened.read(1)
        except SourceError as error:
            yield Check(name, False, str(error), "")
            continue
        finally:
            if opened is not None:
                opened.close()
        seen = "empty so far" if chunk is None or not chunk.lines else "readable"
        yield Check(name, True, f"{spec}: {seen}")


def _disk(settings: Settings) -> Iterator[Check]:
    folder = settings.data
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    free = shutil.disk_usage(folder).free
    yield Check(
        "disk", free >= _LEAST_FREE, f"{free / (1 << 30):,.1f} GiB free", "free at least 1 GiB"
    )
    yield Check(
        "data folder", os.access(folder, os.W_OK), str(settings.data), "make it writable for us"
    )
    if settings.data.exists():
        closed = settings.data.stat().st_mode & 0o007 == 0
        yield Check(
            "data folder's rights",
            closed,
            f"{settings.data.stat().st_mode & 0o777:o}",
            "chmod o-rwx: it holds personal data",
        )


_LOOKS: tuple[Callable[[Settings], Iterator[Check]], ...] = (
    _program,
    _database,
    _location,
    _sources,
    _disk,
)
