"""How the sources are, and what is wrong with them or with Vigie: for page, API and command."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from alerts.wording import said
from detectors.core.finding import Severity
from monitor.clock import now_ms
from monitor.health.pulse import PULSE, Fed, Pulse, Who, decode
from monitor.health.redaction import redact, visible
from monitor.health.rule import abouts, source_of, source_subject
from monitor.health.telling import remedy_of, sentence_of, title_of
from monitor.health.waiting import PREFIX, alive
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, within
from monitor.store.receipts import Receipts, Refusal
from monitor.store.watching import HealthRow, RejectRow, SourceRow, Watching

WORTH_TELLING = Severity.MEDIUM
"""Below it, a finding stands on its page and calls nobody."""
MOST = 200
"""Sources that are shown, those that sent something last."""
HISTORY = 50
"""Findings of the past that are shown."""
SOON = 0.99
"""A log of which so much was read is not one that is read for the first time."""
REJECTS = 25
"""Rejected lines that are shown at once."""


class HealthView(Struct, frozen=True, kw_only=True):
    """One health finding in the reader's words; `source` is None for one of Vigie itself, and
    `until` while it stands (ms)."""

    subject: str
    source: str | None
    kind: str
    severity: Severity
    title: str
    sentence: str
    remedy: str
    since: int
    until: int | None


class SenderView(Struct, frozen=True, kw_only=True):
    """One that sends syslog: its address, when it sent last (ms), what was taken and refused."""

    address: str
    last: int
    messages: int
    refused: int


class ReceivingView(Struct, frozen=True, kw_only=True):
    """What was sent to a source of syslog: where it listens, what was taken, and what was refused
    by reason in the reader's words, the most first; some of the senders."""

    listening: tuple[str, ...]
    messages: int
    connections: int
    refused: dict[str, int]
    senders: tuple[SenderView, ...]


class SourceView(Struct, frozen=True, kw_only=True):
    """One source. Times are in ms, None where they are not known: `received` when its last line
    was committed, `lag` how far its events were behind that. `per_minute` is lines. `share` is how
    much of what there is was read, None where that is not known or nothing is behind."""

    id: int
    name: str
    format: str
    lines: int
    events: int
    duplicates: int
    skipped: int
    rejected: int
    late: int
    last_event: int | None
    received: int | None
    lag: int | None
    per_minute: float | None
    waiting: int
    is_read: bool
    reasons: dict[str, int]
    findings: tuple[HealthView, ...]
    receiving: ReceivingView | None = None
    share: float | None = None

    @property
    def rate(self) -> float:
        """Lines in a minute, 0 where that is not known."""
        return self.per_minute or 0.0


class RejectView(Struct, frozen=True, kw_only=True):
    """A line that could not be read, redacted; `received` in ms, None where it is not known."""

    id: int
    position: str
    reason: str
    line: str
    received: int | None


class Overview(Struct, frozen=True, kw_only=True):
    """All sources, how Vigie itself is, and what was wrong before. `engine` is None where none
    tells of itself, `waiting` are those that would take over; `loose` are findings of no source
    that is shown."""

    sources: tuple[SourceView, ...]
    more: int
    engine: Who | None
    waiting: tuple[Who, ...]
    loose: tuple[HealthView, ...]
    past: tuple[HealthView, ...]

    @property
    def troubled(self) -> int:
        """How many findings stand that somebody should do something about."""
        found = (*self.loose, *(one for source in self.sources for one in source.findings))
        return sum(one.severity >= WORTH_TELLING for one in found)


class Sources:
    """Asks how the sources are. Safe to share between threads."""

    def __init__(self, watching: Watching, now: Callable[[], int] = now_ms) -> None:
        """`now` gives ms since 1970 UTC."""
        self._watching = watching
        self._now = now

    @allowed(Operation.SOURCES_READ)
    def overview(self, actor: Actor, language: str) -> Overview:
        """Everything at a glance, in a language."""
        rows = self._watching.sources()
        standing = self._findings(language, standing=True)
        shown = rows[:MOST]
        names = {row.name for row in shown}
        pulse = self._pulse()
        return Overview(
            sources=self._views(shown, standing, pulse, language),
            more=len(rows) - len(shown),
            engine=None if pulse is None else pulse.who,
            waiting=tuple(one.who for one in alive(self._watching.notes(PREFIX), self._now())),
            loose=tuple(one for one in standing if one.source not in names),
            past=tuple(self._findings(language, standing=False)),
        )

    @allowed(Operation.SOURCES_READ)
    def source(self, actor: Actor, which: int | str, language: str) -> SourceView | None:
        """One source, by its number or its name; None when there is no such."""
        rows = [r for r in self._watching.sources() if which in (r.id, r.name)]
        if not rows:
            return None
        subject = source_subject(rows[0].name)
        standing = self._findings(language, standing=True, subject=subject)
        return self._views(rows[:1], standing, self._pulse(), language)[0]

    @allowed(Operation.SOURCES_READ)
    def past(self, actor: Actor, source: str, language: str) -> list[HealthView]:
        """What was wrong with a source before, the last first."""
        return self._findings(language, standing=False, subject=source_subject(source))

    @allowed(Operation.SOURCES_READ)
    def rejects(
        self, actor: Actor, source: int, before: int | None = None, limit: int = REJECTS
    ) -> list[RejectView]:
        """The last lines of a source that could not be read, the last one first, redacted."""
        return [_reject(row) for row in self._watching.rejects(source, limit, before)]

    @allowed(Operation.STATUS_READ)
    def standing(self, actor: Actor) -> int:
        """How many health findings stand that somebody should do something about; none that a
        tenant's people could do."""
        if within(actor) is not None:
            return 0
        troubles = self._watching.standing()
        return sum(one.count for one in troubles if _severity(one.kind) >= WORTH_TELLING)

    def _pulse(self) -> Pulse | None:
        pulse = decode(self._watching.note(PULSE))
        return pulse if pulse is not None and pulse.is_alive(self._now()) else None

    def _views(
        self,
        rows: Iterable[SourceRow],
        standing: list[HealthView],
        pulse: Pulse | None,
        language: str,
    ) -> tuple[SourceView, ...]:
        fed: Mapping[str, Fed] = {} if pulse is None else pulse.sources
        waiting = {one.source: one.lines for one in self._watching.inbox()}
        receipts = self._watching.receipts()
        received = {name: _receiving(one, language) for name, one in receipts.items()}
        return tuple(
            _view(
                row,
                fed.get(row.name),
                waiting.get(row.name, 0),
                standing,
                received.get(row.name),
            )
            for row in rows
        )

    def _findings(
        self, language: str, *, standing: bool, subject: str | None = None
    ) -> list[HealthView]:
        rows = self._watching.findings(
            standing=standing, limit=5 * MOST if standing else HISTORY, subject=subject
        )
        return [_finding(row, language) for row in rows]


def _view(
    row: SourceRow,
    fed: Fed | None,
    waiting: int,
    standing: list[HealthView],
    receiving: ReceivingView | None,
) -> SourceView:
    return SourceView(
        id=row.id,
        name=row.name,
        format=row.format,
        lines=row.lines,
        events=row.events,
        duplicates=row.duplicates,
        skipped=row.skipped,
        rejected=row.rejected,
        late=row.late,
        last_event=row.last_event or None,
        received=row.received,
        lag=row.lag,
        per_minute=None if fed is None else fed.per_minute,
        waiting=waiting,
        is_read=fed is not None,
        reasons={} if fed is None else dict(sorted(fed.rejects.items(), key=_most)),
        findings=tuple(one for one in standing if one.source == row.name),
        receiving=receiving,
        share=None if fed is None else _share(fed),
    )


def _share(fed: Fed) -> float | None:
    """How much of a log was read, while it is read for the first time."""
    read, there = fed.backlog or (0, 0)
    return read / there if there and read < SOON * there else None


def _receiving(receipts: Receipts, language: str) -> ReceivingView:
    refused = {said(one.text, language): receipts.refused.get(one, 0) for one in Refusal}
    return ReceivingView(
        listening=tuple(receipts.listening),
        messages=receipts.messages,
        connections=receipts.connections,
        refused=dict(sorted(((why, n) for why, n in refused.items() if n), key=_most)),
        senders=tuple(
            SenderView(
                address=one.name,
                last=one.last,
                messages=one.messages,
                refused=sum(one.refused.values()),
            )
            for one in receipts.senders
        ),
    )


def _most(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _finding(row: HealthRow, language: str) -> HealthView:
    facts: dict[str, Any] = row.facts
    return HealthView(
        subject=row.subject,
        source=source_of(row.subject),
        kind=row.kind,
        severity=_severity(row.kind),
        title=title_of(row.kind, language),
        sentence=sentence_of(row.kind, facts, language),
        remedy=remedy_of(row.kind, language),
        since=row.since,
        until=row.until,
    )


def _severity(kind: str) -> Severity:
    about = abouts().get(kind)
    return Severity.LOW if about is None else about.severity


def _reject(row: RejectRow) -> RejectView:
    return RejectView(
        id=row.id,
        position=visible(row.position),
        reason=redact(row.reason.encode()),
        line=redact(row.raw),
        received=row.received,
    )
