"""`vigie explain`: how lines are read, enriched and judged."""

import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from alerts.correlation import correlate, correlate_campaigns
from alerts.incident import Incident
from alerts.telling import describe, innocent_of, name_of, sentence_of
from detectors.core import registry
from detectors.core.context import Context
from detectors.core.event import Event, SignIn, is_attempt
from detectors.core.finding import Finding
from detectors.core.fold import Cell, Fold, subject_of
from detectors.core.identity import Subject, SubjectKind, as_uuid
from detectors.core.standing import Campaigns
from monitor import assembly, clock
from monitor.cli.console import CommandError, safe, stdout
from monitor.enrichment.enricher import Enricher
from monitor.export.ocsf import event_record
from monitor.formats.detection import Auto, UnknownFormatError
from monitor.formats.format import MAXIMUM_LINE, Format, MalformedLine, Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.year import LatestBefore
from monitor.replay import SOURCE
from monitor.settings import Settings, load

_MOST = 1_000
"""Lines explained in one call."""
_ENRICHED = ("place", "network", "device")


def command(
    lines: Annotated[
        list[str], typer.Argument(metavar="LINE…", help="Log lines; `-` reads standard input.")
    ],
    form: Annotated[
        str, typer.Option("--format", metavar="NAME|auto", help="The lines' format.")
    ] = "auto",
    config: Annotated[Path | None, typer.Option(help="Settings.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the events as OCSF.")] = False,
) -> None:
    """Show how lines are understood: format, fields, place, network, device, what is found.

    Several lines are judged one after the other, as one history. Exits 1 when one of them could
    not be read.

    Examples:

        vigie explain 'Nov 3 10:00:01 web sshd[7]: Accepted password for ann from 192.0.2.7 port 22'

        tail -n 50 /var/log/auth.log | vigie explain -
    """
    settings = load(config)
    try:
        chosen = assembly.form_of(settings, form)
    except UnknownFormatError as error:
        raise CommandError(str(error), 2) from error
    explained = Explanation(settings, chosen, assembly.open_enricher(settings))
    unread = sum(not explained.explain(line, as_json=as_json) for line in _lines(lines))
    if not as_json:
        explained.conclude()
    if unread:
        raise CommandError(f"{unread} of the lines could not be read")


class Explanation:
    """Lines of one history, explained one by one."""

    def __init__(self, settings: Settings, form: Format, enricher: Enricher) -> None:
        self._form = form
        self._language = settings.language
        self._enricher = enricher
        self._correlation = assembly.correlation_of(settings)
        self._origin = Origin(
            SOURCE, settings.tenant, LatestBefore(clock.now_ms()), Occurrences(limit=None)
        )
        detectors = registry.load(settings.detectors)
        self._fold = Fold(
            SubjectKind.ACCOUNT,
            detectors,
            Context(kinds=settings.kinds(), rules=settings.rules_by_tenant()),
        )
        self._campaigns = Campaigns(detectors, self._fold.context)
        self._attempts: list[SignIn] = []
        self._cells: dict[Subject, Cell] = {}
        self._findings: dict[Subject, list[Finding]] = {}

    def explain(self, line: bytes, *, as_json: bool) -> bool:
        """Print what becomes of a line; whether it could be read."""
        try:
            events = self._form.parse(line, self._origin)
        except MalformedLine as error:
            stdout.print(f"[yellow]cannot be read:[/] {safe(error)}")
            return False
        if not events and not as_json:
            stdout.print("[dim]about something else: no sign-in, no account change[/]")
        for event in events:
            enriched = self._enricher.enrich(event)
            if as_json:
                record = event_record(enriched, log_format=self._format_of(line))
                sys.stdout.buffer.write(record + b"\n")
                sys.stdout.buffer.flush()
            else:
                self._tell(self._format_of(line), enriched)
        return True

    def conclude(self) -> None:
        """Print what all the findings come to."""
        campaigns: dict[str, list[Finding]] = {}
        for finding in self._campaigns.fold(self._attempts).put:
            if finding.subject.kind is SubjectKind.ACCOUNT:
                self._findings.setdefault(finding.subject, []).append(finding)
            else:
                campaigns.setdefault(finding.subject.tenant, []).append(finding)
        for subject, findings in self._findings.items():
            allowed = self._fold.context.allows_sharing(subject)
            self._tell_incidents(
                correlate(findings, (), self._correlation, sharing_is_allowed=allowed), findings
            )
        for findings in campaigns.values():
            self._tell_incidents(correlate_campaigns(findings, (), self._correlation), findings)

    def _tell_incidents(self, incidents: Sequence[Incident], findings: Sequence[Finding]) -> None:
        for incident in incidents:
            severity = name_of(incident.severity, self._language)
            subject = incident.subject
            called = subject.tenant if subject.kind is SubjectKind.TENANT else subject.uid
            told = safe(describe(incident, findings, self._language))
            stdout.print(f"[bold]{severity}[/] {safe(called)}: {told}")

    def _format_of(self, line: bytes) -> str:
        name = self._form.format_of(line) if isinstance(self._form, Auto) else self._form.name
        return name or ""

    def _tell(self, form: str, event: Event) -> None:
        table = Table(title=f"{safe(type(event).__name__)}, read as {safe(form)}", box=None)
        for column in ("field", "value", "from"):
            table.add_column(column, overflow="fold")
        for name in event.__struct_fields__:
            value = getattr(event, name)
            if value is not None:
                source = "addresses and agents" if name in _ENRICHED else "the line"
                table.add_row(name, safe(_shown(name, value)), source)
        stdout.print(table)
        for finding in self._judge(event):
            severity = name_of(finding.severity, self._language)
            stdout.print(
                f"[bold]found[/] {safe(finding.detector)} ({severity}): "
                f"{safe(sentence_of(finding, self._language))} "
                f"[dim]{safe(innocent_of(finding, self._language))}[/]"
            )

    def _judge(self, event: Event) -> list[Finding]:
        subject = subject_of(SubjectKind.ACCOUNT, event)
        if subject is None:
            return []
        cell = self._cells.get(subject)
        if cell is None:
            cell = self._cells[subject] = self._fold.fresh(subject)
        if isinstance(event, SignIn) and is_attempt(event):
            self._attempts.append(event)
        found = self._fold.observe(cell, event)
        self._findings.setdefault(subject, []).extend(found)
        return found


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
