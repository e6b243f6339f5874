"""The sources: that each can be read, and what was read from it."""

from collections.abc import Iterator

from sqlalchemy import select

from alerts.wording import counted
from detectors.core.detector import Text
from monitor import clock
from monitor.doctor.check import Check, database_of
from monitor.settings import Settings, Source
from monitor.sources.source import SourceError
from monitor.sources.specification import open_source
from monitor.store import tables
from monitor.store.connection import reading

_LINES = Text("line", "ligne")
_EVENTS = Text("event", "événement")


def look(settings: Settings) -> Iterator[Check]:
    """Each source of the settings, then each that the database knows."""
    if not settings.sources:
        yield Check("sources", True, "none in the settings; `vigie run` needs at least one")
    for source in settings.sources:
        yield _readable(source)
    yield from _books(settings)


def _readable(source: Source) -> Check:
    spec = source.specification
    name = f"source {source.name}"
    if spec == "-" or source.url is not None:
        return Check(name, True, "standard input" if spec == "-" else spec)
    opened = None
    try:
        opened = open_source(spec, source.name, follow=False)
        opened.resume(None)
        chunk = opened.read(1)
    except SourceError as error:
        return Check(name, False, str(error), "")
    finally:
        if opened is not None:
            opened.close()
    seen = "empty so far" if chunk is None or not chunk.lines else "readable"
    return Check(name, True, f"{spec}: {seen}")


def _books(settings: Settings) -> Iterator[Check]:
    table = tables.sources
    with database_of(settings) as database:
        if database is None:
            return
        with reading(database).begin() as connection:
            rows = connection.execute(select(table).order_by(table.c.name)).all()
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
