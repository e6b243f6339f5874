"""`vigie explain`: how lines are read, enriched and judged."""

import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from alerts.telling import describe, innocent_of, name_of, sentence_of
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import Event
from detectors.core.identity import SubjectKind, as_uuid
from monitor import assembly, clock
from monitor.cli.console import CommandError, safe, stderr, stdout
from monitor.enrichment.enricher import Enricher
from monitor.export.ocsf import event_record
from monitor.formats.described.described import Described
from monitor.formats.detection import Auto, UnknownFormatError
from monitor.formats.format import MAXIMUM_LINE, Format, MalformedLine, Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.provenance import SOURCE as SOURCE_NAME
from monitor.formats.provenance import TENANT, ZONE, is_set, trace
from monitor.formats.whence import Traced, Whence
from monitor.formats.year import LatestBefore
from monitor.judging import Judging
from monitor.replay import SOURCE
from monitor.settings import Settings, Source, load

_MOST = 1_000
"""Lines explained in one call."""
_LOCATED = Whence("ip", through="looked up in the location data")
_DEVICE = Whence("user_agent", through="read as a device")
_LONGEST = 80


def command(
    lines: Annotated[
        list[str], typer.Argument(metavar="LINE…", help="Log lines; `-` reads standard input.")
    ],
    form: Annotated[
        str, typer.Option("--format", metavar="NAME|auto", help="The lines' format.")
    ] = "auto",
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Read them as this source of the settings would."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the events as OCSF, and whence each value.")
    ] = False,
) -> None:
    """Show how lines are understood: each field and where it came from, what is found.

    Several lines are judged one after the other, as one history. Exits 1 when one of them could
    not be read.

    Examples:

        vigie explain 'Nov 3 10:00:01 web sshd[7]: Accepted password for ann from 192.0.2.7 port 22'

        tail -n 50 /var/log/auth.log | vigie explain -

        vigie explain --config vigie.toml --format crm '{"ts": 1714809600, "type": "login"}'
    """
    settings = load(config)
    named = None if source is None else _source(settings, source)
    zone = "UTC" if named is None else named.zone
    try:
        chosen = assembly.form_of(settings, form if named is None else named.format, zone)
    except UnknownFormatError as error:
        raise CommandError(str(error), 2) from error
    explained = Explanation(settings, chosen, assembly.open_enricher(settings), named)
    unread = sum(not explained.explain(line, as_json=as_json) for line in _lines(lines))
    if not as_json:
        explained.conclude()
    if unread:
        raise CommandError(f"{unread} of the lines could not be read")


class Explanation:
    """Lines of one history, explained one by one."""

    def __init__(
        self,
        settings: Settings,
        form: Format,
        enricher: Enricher,
        source: Source | None = None,
    ) -> None:
        self._form = form
        self._described = settings.described()
        self._settings = _told_settings(source)
        self._language = settings.language
        self._enricher = enricher
        own = None if source is None else source.tenant
        self._origin = Origin(
            SOURCE if source is None else source.name,
            settings.tenant if own is None else own,
            LatestBefore(clock.now_ms()),
            Occurrences(limit=None),
            own is not None,
        )
        context = Context(kinds=settings.kinds(), rules=settings.rules_by_tenant())
        detectors = registry.load(settings.detectors)
        self._judging = Judging(detectors, context, assembly.correlation_of(settings))

    def explain(self, line: bytes, *, as_json: bool) -> bool:
        """Print what becomes of a line; whether it could be read."""
        try:
            events = self._form.parse(line, self._origin)
        except MalformedLine as error:
            out = stderr if as_json else stdout
            out.print(f"[yellow]cannot be read:[/] {safe(error)}")
            self._remark(line, out)
            return False
        if not events and not as_json:
            stdout.print("[dim]about something else: no sign-in, no account change[/]")
            self._remark(line, stdout)
        for event, traced in zip(events, trace(self._form, line, self._origin), strict=True):
            enriched = self._enricher.enrich(event)
            places = {name: self._places(name, enriched, event, traced) for name in _said(enriched)}
            if as_json:
                _write(event_record(enriched, log_format=self._format_of(line)), places)
            else:
                self._tell(self._format_of(line), enriched, places)
        return True

    def _remark(self, line: bytes, out: Console) -> None:
        """What described formats have to say of a line that they do not read."""
        asked = [self._form]
        if isinstance(self._form, Auto):
            chosen = self._form.chosen(line)
            asked = [*self._described.values()] if chosen is None else [chosen]
        for form in asked:
            if isinstance(form, Described):
                for remark in form.remarks(line):
                    out.print(f"  [dim]{safe(form.name)}: {safe(remark)}[/]")

    def _places(self, name: str, event: Event, bare: Event, traced: Traced) -> tuple[Whence, ...]:
        if getattr(event, name) != getattr(bare, name):
            return (_DEVICE if name == "device" else _LOCATED,)
        return tuple(self._settings.get(place, place) for place in traced.get(name, ()))

    def conclude(self) -> None:
        """Print what all the findings come to."""
        for incident, findings in self._judging.incidents():
            severity = name_of(incident.severity, self._language)
            subject = incident.subject
            called = subject.tenant if subject.kind is SubjectKind.TENANT else subject.uid
            told = safe(describe(incident, findings, self._language))
            stdout.print(f"[bold]{severity}[/] {safe(called)}: {told}")

    def _format_of(self, line: bytes) -> str:
        name = self._form.format_of(line) if isinstance(self._form, Auto) else self._form.name
        return name or ""

    def _tell(self, form: str, event: Event, places: Traced) -> None:
        table = Table(title=f"{safe(type(event).__name__)}, read as {safe(form)}", box=None)
        for column in ("field", "value", "from"):
            table.add_column(column, overflow="fold")
        for name, whence in places.items():
            told = "\n".join(safe(_told(place)) for place in whence)
            table.add_row(name, safe(_shown(name, getattr(event, name))), told)
        stdout.print(table)
        for finding in self._judging.take(event):
            severity = name_of(finding.severity, self._language)
            stdout.print(
                f"[bold]found[/] {safe(finding.detector)} ({severity}): "
                f"{safe(sentence_of(finding, self._language))} "
                f"[dim]{safe(innocent_of(finding, self._language))}[/]"
            )


def _source(settings: Settings, name: str) -> Source:
    found = next((source for source in settings.sources if source.name == name), None)
    if found is None:
        known = ", ".join(source.name for source in settings.sources) or "none"
        raise CommandError(f"no source is called {name!r}; there are: {known}", 2)
    return found


def _told_settings(source: Source | None) -> dict[Whence, Whence]:
    """The names under which the settings hold what a line does not say."""
    if source is None:
        without = "without --source"
        return {
            TENANT: Whence("setting tenant"),
            ZONE: Whence("UTC", through=without),
            SOURCE_NAME: Whence(SOURCE, through=without),
        }
    key = f"sources {source.name}"
    tenant = "setting tenant" if source.tenant is None else f"{key}: tenant"
    return {
        TENANT: Whence(tenant),
        ZONE: Whence(f"{key}: zone", through=source.zone),
        SOURCE_NAME: Whence(f"{key}: name"),
    }


def _said(event: Event) -> list[str]:
    """The fields to show; which location data a place is from is nobody's question here."""
    return [name for name in event.__struct_fields__ if is_set(event, name) and name != "built"]


def _told(place: Whence) -> str:
    return " ".join(
        part
        for part in (
            place.where,
            None if place.text is None else repr(place.text[:_LONGEST]),
            None if place.through is None else f"({place.through})",
        )
        if part is not None
    )


def _write(record: bytes, places: Traced) -> None:
    """One event as OCSF on standard output, with whence each of Vigie's fields came."""
    told = msgspec.json.decode(record)
    told.setdefault("unmapped", {})["from"] = {
        name: [
            {k: v for k, v in msgspec.structs.asdict(one).items() if v is not None} for one in some
        ]
        for name, some in places.items()
    }
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
    sys.stdout.buffer.flush()


def _shown(name: str, value: object) -> str:
    if isinstance(value, bytes):
        return as_uuid(value)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, msgspec.Struct):
        parts = msgspec.structs.asdict(value).items()
        return ", ".join(f"{key} {_shown(key, part)}" for key, part in parts if part is not None)
    return f"{value} ms ({clock.utc(int(str(value)))})" if name == "time" else str(value)


def _lines(given: Sequence[str]) -> Iterator[bytes]:
    for text in given:
        if text != "-":
            yield text.encode("utf-8", "surrogateescape")[:MAXIMUM_LINE]
            continue
        for line in islice(sys.stdin.buffer, _MOST):
            yield line.rstrip(b"\r\n")[:MAXIMUM_LINE]
