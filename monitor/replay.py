"""Replay: whole logs through the whole chain in memory, on event time, acting on nothing.

The same lines give the same result from files, from standard input, and in any order.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

import msgspec
from msgspec import Struct
from sqlalchemy import Engine as Database
from sqlalchemy import Select, select

from alerts.incident import Incident
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind
from monitor import clock
from monitor.engine import Engine, Intake, Outcome
from monitor.export.ocsf import event_record, finding_record, incident_record
from monitor.formats.detection import Auto
from monitor.formats.format import Format, MalformedLine, Origin
from monitor.formats.occurrence import Occurrences
from monitor.formats.year import YearInference
from monitor.sources.source import Chunk, Source
from monitor.sources.specification import open_source
from monitor.store import tables
from monitor.store.writing import Reject

SOURCE = "replay"
BATCH = 5_000
SHOWN_REJECTS = 10
_PAUSE_S = 0.02

_encode = msgspec.msgpack.Encoder().encode
_decode_event = msgspec.msgpack.Decoder(Event).decode
_decode_finding = msgspec.msgpack.Decoder(Finding).decode
_decode_incident = msgspec.msgpack.Decoder(Incident).decode


Correlate: TypeAlias = Callable[
    [Sequence[Finding], Sequence[Incident], Sequence[Incident]], list[Incident]
]
"""Findings, incidents known before and campaigns in, incidents out."""


class Read(Struct, frozen=True, gc=False):
    """One event as it was read: its id, the event as MessagePack, and where it stood."""

    id: bytes
    body: bytes
    input: int
    line: int
    format: str


class Books(Struct):
    """What was read: counts, and the first lines that could not be."""

    lines: int = 0
    events: int = 0
    skipped: int = 0
    rejected: int = 0
    repeated: int = 0
    late: int = 0
    first_rejects: list[Reject] = []


class Reading:
    """Lines in, events out; stamps without a year wait until every line was seen."""

    def __init__(self, form: Format, tenant: str) -> None:
        self._form = form
        self._tenant = tenant
        self._inputs: list[str] = []
        self._occurrences: list[Occurrences] = []
        self._read: list[Read] = []
        self._waiting: list[tuple[int, int, bytes]] = []
        self._days: set[tuple[int, int]] = set()
        self._rejects: list[tuple[int, int, Reject]] = []
        self.books = Books()

    def take(self, source: Source, limit: int = BATCH) -> Iterator[int]:
        """Read one input to its end; yields the lines of each chunk, 0 while there are none.

        Raises SourceError; what was read before it counts.
        """
        self._inputs.append(source.name)
        self._occurrences.append(Occurrences(limit=None))
        source.resume(None)
        while not source.is_exhausted():
            chunk = source.read(limit)
            if chunk is not None:
                self._take_chunk(chunk)
            yield 0 if chunk is None else len(chunk.lines)

    def finish(self, now: int) -> list[Read]:
        """Every event in the order it was read, with the years that all lines together tell.

        `now` in ms since 1970: no log is read as one that ends in the future.
        """
        year_of = YearInference.from_days(self._days, now)
        for position, number, line in self._waiting:
            self._parse(position, number, line, year_of)
        self._waiting.clear()
        self._read.sort(key=lambda one: (one.input, one.line))
        self._rejects.sort(key=lambda one: one[:2])
        self.books.rejected = len(self._rejects)
        self.books.first_rejects = [one[2] for one in self._rejects[:SHOWN_REJECTS]]
        return self._read

    def _take_chunk(self, chunk: Chunk) -> None:
        position = len(self._inputs) - 1
        books = self.books
        books.lines += len(chunk.lines) + len(chunk.rejects)
        year_of = YearInference.from_days((), 0)
        day_of = self._form.day_without_year
        for number, line in enumerate(chunk.lines, chunk.first_line):
            day = day_of(line)
            if day is None:
                self._parse(position, number, line, year_of)
            else:
                self._days.add(day)
                self._waiting.append((position, number, line))
        for offset, unread in enumerate(chunk.rejects):
            number = chunk.first_line + len(chunk.lines) + offset
            reject = Reject(unread.position, unread.reason.en, unread.head)
            self._rejects.append((position, number, reject))

    def _parse(
        self, position: int, number: int, line: bytes, year_of: Callable[[int, int], int]
    ) -> None:
        origin = Origin(SOURCE, self._tenant, year_of, self._occurrences[position])
        try:
            events = self._form.parse(line, origin)
        except MalformedLine as error:
            place = f"{self._inputs[position]}:{number}"
            self._rejects.append((position, number, Reject(place, str(error), line)))
            return
        if not events:
            self.books.skipped += 1
        name = self._form.format_of(line) if isinstance(self._form, Auto) else self._form.name
        for event in events:
            self._read.append(Read(event.id, _encode(event), position, number, name or ""))


def read_whole(files: Iterable[str], form: Format, tenant: str) -> tuple[list[Read], Books]:
    """All events of some files, in order, and what reading them came to.

    Raises SourceError, UnknownFormatError.
    """
    reading = Reading(form, tenant)
    for file in files:
        source = open_source(file, file, follow=False)
        try:
            for lines in reading.take(source):
                if not lines:
                    clock.pause(_PAUSE_S)
        finally:
            source.close()
    return merge(reading.finish(clock.now_ms()), reading.books), reading.books


def merge(read: Sequence[Read], books: Books) -> list[Read]:
    """Events by (time, id), each once: what stands in several lines keeps its first place.

    Where lines say different things under one id, what they say decides and not their order.
    """
    merged: list[Read] = []
    for one in sorted(read, key=lambda one: (one.id, one.body, one.input, one.line)):
        if not merged or merged[-1].id != one.id:
            merged.append(one)
    books.repeated = len(read) - len(merged)
    return merged


def _is_account(subject: Subject) -> bool:
    return subject.kind is SubjectKind.ACCOUNT


def count(books: Books, outcome: Outcome) -> None:
    """Book what a batch came to."""
    books.events += outcome.events
    books.repeated += outcome.duplicates
    books.late += outcome.late


def fold(
    engine: Engine, read: Sequence[Read], inputs: Sequence[str] | None = None
) -> Iterator[Outcome]:
    """Fold the events batch by batch, then the ticks that wait at the end. `inputs` names the
    streams when they come as they arrived; None when they are merged."""
    for start in range(0, len(read), BATCH):
        streams: dict[int, Intake] = {}
        intakes: list[Intake] = []
        for one in read[start : start + BATCH]:
            stream = 0 if inputs is None else one.input
            intake = streams.get(stream)
            if intake is None:
                name = SOURCE if inputs is None else inputs[stream]
                intake = streams[stream] = Intake(SOURCE, SOURCE, name, None, [])
                intakes.append(intake)
            intake.events.append(_decode_event(one.body))
        yield engine.process(intakes)
    while engine.is_behind:
        yield engine.catch_up()


class Result:
    """What a replay came to, read back from its store; all in order of time, then id."""

    def __init__(
        self,
        database: Database,
        read: Sequence[Read],
        correlate_again: Correlate | None = None,
    ) -> None:
        """`correlate_again` (one subject's findings) gives incidents the ids that they have when
        events come in order, and not those that they were opened under; None keeps the latter."""
        self._database = database
        self._lines = {one.id: one for one in reversed(read)}
        self._correlate_again = correlate_again

    def event_records(self) -> Iterator[bytes]:
        """Every event as it was read and enriched, as OCSF."""
        for event in self._events():
            one = self._lines[event.id]
            yield event_record(event, log_format=one.format, line=one.line)

    def finding_records(self) -> Iterator[bytes]:
        """Every finding as OCSF."""
        found = self.findings()
        named = {identifier for finding in found for identifier in finding.event_ids}
        events = {event.id: event for event in self._events() if event.id in named}
        for finding in found:
            yield finding_record(finding, events)

    def incident_records(self) -> Iterator[bytes]:
        """Every incident in its last state as OCSF."""
        findings = {finding.id: finding for finding in self.findings()}
        for incident in self.incidents():
            yield incident_record(incident, [findings[i] for i in incident.findings])

    def findings(self) -> list[Finding]:
        """The findings that hold."""
        table = tables.findings
        query = select(table.c.body).where(~table.c.withdrawn).order_by(table.c.id)
        return [_decode_finding(body) for body in self._bodies(query)]

    def incidents(self) -> list[Incident]:
        """The incidents that hold."""
        if self._correlate_again is not None:
            return self._correlated(self._correlate_again)
        table = tables.incidents
        query = select(table.c.body).where(~table.c.withdrawn).order_by(table.c.id)
        return [_decode_incident(body) for body in self._bodies(query)]

    def _correlated(self, correlate: Correlate) -> list[Incident]:
        by_subject: dict[Subject, list[Finding]] = {}
        for finding in self.findings():
            subject = finding.subject
            if subject.kind is not SubjectKind.ACCOUNT:
                subject = Subject(SubjectKind.TENANT, subject.tenant, "")
            by_subject.setdefault(subject, []).append(finding)
        whole = {s: correlate(f, (), ()) for s, f in by_subject.items() if not _is_account(s)}
        found = [incident for some in whole.values() for incident in some]
        for subject, findings in by_subject.items():
            if _is_account(subject):
                campaigns = whole.get(Subject(SubjectKind.TENANT, subject.tenant, ""), [])
                found += correlate(findings, (), campaigns)
        return sorted(found, key=lambda incident: incident.id)

    def _events(self) -> Iterator[Event]:
        table = tables.events
        for body in self._bodies(select(table.c.body).order_by(table.c.id)):
            yield _decode_event(body)

    def _bodies(self, query: Select[bytes]) -> Iterator[bytes]:
        with self._database.connect() as connection:
            yield from connection.execute(query).scalars()
