"""`vigie ingest`: reads logs into the database once, from where it left them."""

import os
from fnmatch import fnmatch
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from alerts.wording import counted
from detectors.core.detector import Text
from monitor import assembly, placing
from monitor.cli.console import CommandError, progress, safe, stdout
from monitor.daemon import Stopping, stopped_by_signals
from monitor.engine import Outcome
from monitor.formats.detection import UnknownFormatError
from monitor.pipeline import Feed, Pipeline
from monitor.services.actor import operator
from monitor.services.audit import record
from monitor.settings import Settings, Source, load
from monitor.sources.rotation import is_rotated
from monitor.sources.specification import open_source
from monitor.store.connection import connect
from monitor.store.lock import only_engine
from monitor.store.migration import upgrade
from monitor.store.writing import Writing

_DEFAULT = "ingest"
_EVENTS = Text("new event", "nouvel événement")
_UNREADABLE = Text("unreadable line", "ligne illisible")
_INCIDENTS = Text("new incident", "nouvel incident")


def command(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Logs to read; `-` is standard input.")
    ],
    form: Annotated[
        str, typer.Option("--format", metavar="NAME|auto", help="The logs' format.")
    ] = "auto",
    source: Annotated[
        str | None,
        typer.Option(
            help="Name of the source: part of its events' ids. Another name, new events. Else "
            "that of the settings' source with this path, or ingest."
        ),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Tenant of lines that name none; else the settings'.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="Zone of stamps that name none; else UTC.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON.")] = False,
) -> None:
    """Read logs into the database: once, and a file that has grown from where it was left.

    What is there already is not stored twice; a log that the settings name is read as they say,
    and is the same events when the daemon reads it too. Exits 1 when a log could not be read to
    its end.

    Examples:

        vigie ingest /var/log/auth.log.2.gz /var/log/auth.log.1 /var/log/auth.log

        journalctl -u ssh -o json | vigie ingest - --format sshd
    """
    settings = load(config)
    try:
        feeds = [_feed(settings, file, form, source, tenant, zone) for file in files]
    except UnknownFormatError as error:
        raise CommandError(str(error), 2) from error
    url = settings.database_url
    total = Outcome()
    stopping = Stopping()
    with only_engine(url):
        upgrade(url)
        database = connect(url)
        enricher = placing.open_enricher(settings, remembers=True)
        engine = assembly.open_engine(settings, database, enricher)
        pipeline = Pipeline(engine, feeds, batch=settings.engine.batch)
        with stopped_by_signals(stopping), progress("bytes") as shown:
            tasks = {feed: shown.add_task(safe(feed.name), total=None) for feed in feeds}

            def told(outcome: Outcome) -> None:
                _add(total, outcome)
                for feed, task in tasks.items():
                    backlog = feed.backlog()
                    if backlog is not None:
                        shown.update(task, completed=backlog[0], total=backlog[1])

            pipeline.read_out(stopping, stopping.pause, told)
        pipeline.close()
        with database.begin() as connection:
            books = [Writing(connection).source(feed.name, feed.format) for feed in feeds]
            read = {"sources": [feed.name for feed in feeds], "events": total.events}
            record(connection, operator(), "events:ingest", "events", content=read)
        database.dispose()
    troubles = [f"{feed.name}: {feed.trouble}" for feed in feeds if feed.trouble]
    if as_json:
        counts = msgspec.json.encode(msgspec.structs.asdict(total) | {"troubles": troubles})
        stdout.print_json(counts.decode())
    else:
        rejected = sum(book.rejected for book in books)
        stdout.print(
            f"[bold]{counted(total.events, _EVENTS, 'en')}[/], {total.duplicates:,} known already, "
            f"{counted(rejected, _UNREADABLE, 'en')} so far, "
            f"[bold]{counted(total.incidents, _INCIDENTS, 'en')}[/]"
        )
    if troubles:
        raise CommandError("; ".join(troubles))
    if stopping():
        raise CommandError("stopped before the end; run it again to go on from there")


def _feed(
    settings: Settings,
    file: str,
    form: str,
    source: str | None,
    tenant: str | None,
    zone: str | None,
) -> Feed:
    place = file if file == "-" else str(Path(file).absolute())
    opened = open_source(file, f"{source or _DEFAULT}:{place}", follow=False)
    # What the daemon reads of it as well is the same events.
    known = (None if source else _configured(settings, place)) or Source(name=source or _DEFAULT)
    chosen = assembly.form_of(
        settings, known.format if form == "auto" else form, zone or known.zone
    )
    return Feed(
        opened,
        chosen,
        tenant or known.tenant or settings.tenant,
        origin=known.name,
        is_of_tenant=not tenant and known.tenant is not None,
    )


def _configured(settings: Settings, place: str) -> Source | None:
    """The settings' source that reads this log, or what rotation left of it, as well."""
    real = os.path.realpath(place)
    for one in settings.sources:
        path = os.path.realpath(one.path) if one.path else ""
        if path and (path == real or is_rotated(real, path)):
            return one
        if one.glob and fnmatch(place, os.path.abspath(one.glob)):
            return one
    return None


def _add(total: Outcome, outcome: Outcome) -> None:
    for name in Outcome.__struct_fields__:
        setattr(total, name, getattr(total, name) + getattr(outcome, name))
