"""`vigie replay`: logs through the whole chain in memory; writes what is asked for, acts never."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, BinaryIO, TypeAlias

import msgspec
import typer
from rich.table import Table

from alerts.incident import Incident
from alerts.telling import describe, name_of
from alerts.wording import SPACE, counted, is_french, number, said
from detectors.core.detector import Text
from detectors.core.finding import Finding, Severity
from detectors.core.identity import SubjectKind
from monitor import assembly, clock
from monitor.cli.console import CommandError, progress, safe, stderr, stdout
from monitor.formats.detection import UnknownFormatError
from monitor.replay import Books, Read, Reading, Result, count, fold, merge
from monitor.settings import load
from monitor.sources.source import SourceError
from monitor.sources.specification import open_source
from monitor.store import tables
from monitor.store.connection import connect

_SHOWN_INCIDENTS = 20
_PAUSE_S = 0.02

Output: TypeAlias = tuple[Path | None, Callable[[Result], Iterator[bytes]]]


def command(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE…", help="Logs to read; `-` is standard input.")
    ],
    form: Annotated[
        str, typer.Option("--format", metavar="NAME|auto", help="The logs' format.")
    ] = "auto",
    events: Annotated[
        Path | None, typer.Option(metavar="OUT.ndjson", help="Every event as read and enriched.")
    ] = None,
    findings: Annotated[
        Path | None, typer.Option(metavar="OUT.ndjson", help="What the detectors found.")
    ] = None,
    incidents: Annotated[
        Path | None, typer.Option(metavar="OUT.ndjson", help="What it comes to.")
    ] = None,
    geo: Annotated[
        Path | None, typer.Option(metavar="CITY.mmdb", help="Another City database.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings: detectors' parameters.")] = None,
    arrival_order: Annotated[
        bool, typer.Option("--arrival-order", help="Take events as they come, late ones too.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Run logs through the whole chain in memory, and act on nothing.

    Exits 0 whether or not anything was found; a line that cannot be read is counted and shown.

    Examples:

        vigie replay /var/log/auth.log

        zcat old.gz | vigie replay - --format sshd --incidents incidents.ndjson

        vigie replay idp.ndjson --events events.ndjson --findings findings.ndjson
    """
    settings = load(config)
    if geo is not None:
        settings = msgspec.structs.replace(
            settings, geo=msgspec.structs.replace(settings.geo, city=geo)
        )
    outputs: list[Output] = [
        (events, Result.event_records),
        (findings, Result.finding_records),
        (incidents, Result.incident_records),
    ]
    _check_outputs(files, outputs)
    try:
        reading = Reading(assembly.form_of(settings, form), settings.tenant)
    except UnknownFormatError as error:
        raise CommandError(str(error), 2) from error
    enricher = assembly.open_enricher(settings)
    read = _read(reading, files)
    if not arrival_order:
        read = merge(read, reading.books)
    database = connect("sqlite://")
    tables.metadata.create_all(database)
    engine = assembly.open_engine(settings, database, enricher, live=False)
    with progress("events") as shown:
        task = shown.add_task("judging", total=len(read))
        for outcome in fold(engine, read, files if arrival_order else None):
            shown.advance(task, outcome.events + outcome.duplicates)
            count(reading.books, outcome)
    result = Result(database, read, engine.correlate if arrival_order else None)
    _write(result, outputs)
    if as_json:
        summary = msgspec.json.encode(_summary(reading.books, result))
        (stderr if _to_stdout(outputs) else stdout).print_json(summary.decode())
    else:
        _tell(reading.books, result, settings.language, to_stderr=_to_stdout(outputs))


def _check_outputs(files: Sequence[str], outputs: Sequence[Output]) -> None:
    taken = {Path(file).resolve(): "an input" for file in files if file != "-"}
    for path, _ in outputs:
        if path is None:
            continue
        if str(path) == "-" and sys.stdout is None:
            raise CommandError("there is no standard output to write to", 1)
        target = Path("-") if str(path) == "-" else path.resolve()
        if target in taken:
            raise CommandError(f"{path} is {taken[target]}; it is not written over", 2)
        if target.is_dir() or not target.parent.is_dir():
            raise CommandError(f"{path} is no file that can be written", 2)
        if not target.exists() or target.is_file():
            # A device may take several.
            taken[target] = "another output"


def _to_stdout(outputs: Sequence[Output]) -> bool:
    return any(str(path) == "-" for path, _ in outputs)


def _read(reading: Reading, files: Sequence[str]) -> list[Read]:
    with progress("bytes") as shown:
        for file in files:
            source = open_source(file, file, follow=False)
            task = shown.add_task(safe(file), total=None)
            before = reading.books.lines
            try:
                for lines in reading.take(source):
                    if not lines:
                        clock.pause(_PAUSE_S)
                    done = source.backlog()
                    if done is not None:
                        shown.update(task, completed=done[0], total=done[1])
            except SourceError as error:
                if reading.books.lines == before:
                    raise
                stderr.print(f"[yellow]{safe(file)}:[/] {safe(error)}; what came before it counts")
            finally:
                source.close()
    return reading.finish(clock.now_ms())


def _write(result: Result, outputs: Sequence[Output]) -> None:
    for path, records in outputs:
        if path is None:
            continue
        if str(path) == "-":
            _pour(sys.stdout.buffer, records(result))
            continue
        target = path.resolve()
        if target.exists() and not target.is_file():
            # A pipe or a device is written to, and never replaced.
            with target.open("wb") as written:
                _pour(written, records(result))
            continue
        _replace(target, records(result))


def _pour(written: BinaryIO, records: Iterator[bytes]) -> None:
    for record in records:
        written.write(record + b"\n")
    written.flush()


def _replace(target: Path, records: Iterator[bytes]) -> None:
    """Write beside and rename: whoever reads it never sees half of it."""
    beside = target.with_name(f".{target.name}.part")
    try:
        with beside.open("wb") as written:
            if target.exists():
                os.fchmod(written.fileno(), target.stat().st_mode & 0o777)
            _pour(written, records)
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _summary(books: Books, result: Result) -> dict[str, object]:
    incidents = result.incidents()
    return {
        "lines": books.lines,
        "events": books.events,
        "repeated": books.repeated,
        "skipped": books.skipped,
        "rejected": books.rejected,
        "late": books.late,
        "rejects": [{"position": r.position, "reason": r.reason} for r in books.first_rejects],
        "findings": dict(sorted(Counter(f.detector for f in result.findings()).items())),
        "incidents": dict(sorted(Counter(i.category.value for i in incidents).items())),
        "for_review": sum(i.severity >= Severity.MEDIUM for i in incidents),
    }


_LINES = Text("line", "ligne")
_EVENTS = Text("event", "événement")
_ADDRESSES = Text("address", "adresse")
_FINDINGS = Text("finding", "constat")
_INCIDENTS = Text("incident", "incident")
_REPEATED = Text("repeated", "en double")
_ELSE = Text("about something else", "sur autre chose")
_UNREADABLE = Text("unreadable", "illisible")
_SEVERAL_UNREADABLE = Text("unreadable", "illisibles")
_LATE = Text("too late", "trop tard")
_REVIEW = Text("for review", "à examiner")
_MORE = Text(
    "… and {count} more; --incidents writes all", "… et {count} de plus ; --incidents écrit tout"
)
_COLUMNS = {
    "severity": Text("severity", "gravité"),
    "category": Text("category", "catégorie"),
    "subject": Text("subject", "sujet"),
    "tenant": Text("tenant", "client"),
    "why": Text("why", "pourquoi"),
}


def _called(incident: Incident, language: str) -> str:
    """Whom an incident is about; a campaign over many addresses by how many."""
    if incident.subject.kind is SubjectKind.TENANT:
        return counted(len(incident.others), _ADDRESSES, language)
    return incident.subject.uid


def _read_in_words(books: Books, language: str) -> str:
    """What was read, in one line."""
    colon = f"{SPACE}:" if is_french(language) else ":"
    parts = [
        counted(books.events, _EVENTS, language),
        *(
            f"{number(count, language)} {said(what, language)}"
            for count, what in (
                (books.repeated, _REPEATED),
                (books.skipped, _ELSE),
                (books.rejected, _UNREADABLE if books.rejected < 2 else _SEVERAL_UNREADABLE),
            )
        ),
    ]
    if books.late:
        parts.append(f"{number(books.late, language)} {said(_LATE, language)}")
    return f"[bold]{counted(books.lines, _LINES, language)}[/]{colon} {', '.join(parts)}"


def _tell(books: Books, result: Result, language: str, *, to_stderr: bool) -> None:
    out = stderr if to_stderr else stdout
    colon = f"{SPACE}:" if is_french(language) else ":"
    out.print(_read_in_words(books, language))
    for reject in books.first_rejects:
        what = f"{said(_UNREADABLE, language)}[/] {safe(reject.position)}{colon}"
        out.print(f"  [yellow]{what} {safe(reject.reason)}")
    findings = result.findings()
    counts = Counter(finding.detector for finding in findings)
    told = ", ".join(f"{number(count, language)} {name}" for name, count in sorted(counts.items()))
    summed = f"[bold]{counted(len(findings), _FINDINGS, language)}[/]"
    out.print(f"{summed}{colon} {told}" if told else summed)
    incidents = sorted(result.incidents(), key=lambda i: (-i.severity, -i.confidence, i.id))
    review = sum(i.severity >= Severity.MEDIUM for i in incidents)
    out.print(
        f"[bold]{counted(len(incidents), _INCIDENTS, language)}[/], "
        f"[bold]{number(review, language)}[/] {said(_REVIEW, language)}"
    )
    if incidents:
        out.print(_table(incidents[:_SHOWN_INCIDENTS], findings, language))
    if len(incidents) > _SHOWN_INCIDENTS:
        more = number(len(incidents) - _SHOWN_INCIDENTS, language)
        out.print(said(_MORE, language).format(count=more))


def _table(incidents: Sequence[Incident], findings: Sequence[Finding], language: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for column, title in _COLUMNS.items():
        ratio = 6 if column == "why" else None
        table.add_column(said(title, language), overflow="fold", ratio=ratio)
    for incident in incidents:
        table.add_row(
            name_of(incident.severity, language),
            name_of(incident.category, language),
            safe(_called(incident, language)),
            safe(incident.subject.tenant),
            safe(describe(incident, findings, language)),
        )
    return table
