"""What a reviewer looks at: incidents and why, as values that pages, API and CLI show alike."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs

from alerts.incident import Hypothesis, Incident
from alerts.wording import said
from detectors.core.detector import About
from detectors.core.event import DAY, HOUR, SignIn
from detectors.core.finding import Severity
from detectors.core.identity import Subject, SubjectKind
from detectors.core.registry import classes
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.cases import Case, case_of
from monitor.services.incident_views import finding_of, row_of
from monitor.services.looks import Looks
from monitor.services.picture import Picture, picture
from monitor.services.veil import veil_picture, veil_row, veil_sign_in, veil_view
from monitor.services.views import IncidentPage, IncidentRow, IncidentView, SignInRow
from monitor.store.incident_filter import Cursor, Filter
from monitor.store.reading import (
    COUNTED,
    Backlog,
    Reading,
    StoredFinding,
    StoredIncident,
)
from monitor.store.watching import SourceRow

PAGE = 40
MOST_COUNTED = COUNTED - 1
SHOWN_OTHERS = 60
MAXIMUM_FINDINGS = 200
MAXIMUM_SIGN_INS = 500
BEFORE = 7 * DAY
"""How long before an incident its sign-ins are looked at."""
AFTER = DAY
_CLOSE = 6 * HOUR
CAUGHT_UP = 0.99
"""From this share of its bytes on a source is no history any more but a log being followed."""
SMALL_BACKLOG = 1 << 16
"""Bytes that are read in an instant: what is left of them is no history either."""


class Status(Struct, frozen=True, kw_only=True):
    """What Vigie is doing. `lag` is in ms, None before the first event.

    `backlogs` say how far each source is read, of those that can tell. `history` is the share of
    all their bytes that is read while a history is loaded, 0 to 1; None once it is caught up.
    """

    incidents: dict[Severity, int]
    sources: list[SourceRow]
    lag: int | None
    backlogs: dict[str, Backlog]
    history: float | None

    @property
    def to_review(self) -> int:
        """Incidents that a reviewer is called for."""
        return sum(n for severity, n in self.incidents.items() if severity >= Severity.MEDIUM)

    def loaded(self, source: str) -> float | None:
        """The share of a source's history that is loaded; None when it is caught up."""
        backlog = self.backlogs.get(source)
        return history_of([backlog]) if backlog else None

    def total(self, counter: str) -> int:
        """The sum of one counter over all sources."""
        return sum(int(getattr(source, counter)) for source in self.sources)


class Review:
    """The reviewer's questions. Language is `en` or `fr`; anything else reads as English."""

    def __init__(
        self, reading: Reading, now: Callable[[], int] = now_ms, looks: Looks | None = None
    ) -> None:
        """`looks` says who sees whom an incident is about, and writes it down; None: whoever may,
        and nothing is written."""
        self._reading = reading
        self._now = now
        self._looks = looks
        self._abouts: Mapping[str, About] = {name: kind.about for name, kind in classes().items()}

    @allowed(Operation.INCIDENTS_READ)
    def page(
        self, actor: Actor, wanted: Filter, after: Cursor | None, language: str, limit: int = PAGE
    ) -> IncidentPage:
        """One page of a list of incidents."""
        wanted = bound(wanted, actor)
        stored = self._reading.incidents(wanted, after, limit + 1)
        shown, more = stored[:limit], len(stored) > limit
        counted = self._reading.count(wanted)
        return IncidentPage(
            rows=self._seen(actor, shown, language),
            next=shown[-1].cursor if more else None,
            total=min(counted, MOST_COUNTED),
            is_more=counted > MOST_COUNTED,
        )

    @allowed(Operation.INCIDENTS_READ)
    def count(self, actor: Actor, wanted: Filter) -> int:
        """How many incidents there are of a filter; of more than 1,000, 1,001."""
        return self._reading.count(bound(wanted, actor))

    @allowed(Operation.INCIDENTS_READ)
    def among(
        self, actor: Actor, wanted: Filter, incidents: Collection[bytes], language: str
    ) -> list[IncidentRow]:
        """Those of these incidents that are of a filter, in its order."""
        stored = self._reading.among(bound(wanted, actor), incidents)
        return self._seen(actor, stored, language)

    @allowed(Operation.INCIDENTS_READ)
    def incident(self, actor: Actor, identifier: bytes, language: str) -> IncidentView | None:
        """One incident; None when there is none of this id."""
        stored = self._stored(actor, identifier)
        if stored is None:
            return None
        view = self._view(stored, self._findings(stored.incident), language)
        return view if self._opens(actor, stored.incident) else veil_view(view)

    @allowed(Operation.INCIDENTS_READ)
    def case(self, actor: Actor, identifier: bytes, language: str) -> Case | None:
        """One incident with all that is told of it: reasons, story and picture; None when there is
        none of this id."""
        stored = self._stored(actor, identifier)
        if stored is None:
            return None
        incident, findings = stored.incident, self._findings(stored.incident)
        view = self._view(stored, findings, language)
        rows = self._sign_ins(incident, findings)
        drawn = self._drawn(incident, findings, rows, language)
        if not self._opens(actor, incident):
            rows = [veil_sign_in(row) for row in rows]
            view, drawn = veil_view(view), veil_picture(drawn)
        return case_of(incident.assessment, view, rows, drawn, language)

    @allowed(Operation.INCIDENTS_READ)
    def sign_ins(self, actor: Actor, identifier: bytes) -> list[SignInRow] | None:
        """The last 500 sign-ins around an incident and all that show it, oldest first."""
        stored = self._stored(actor, identifier)
        if stored is None:
            return None
        rows = self._sign_ins(stored.incident, self._findings(stored.incident))
        if self._opens(actor, stored.incident):
            return rows
        return [veil_sign_in(row) for row in rows]

    @allowed(Operation.INCIDENTS_READ)
    def picture(self, actor: Actor, identifier: bytes, language: str) -> Picture | None:
        """What the map and the time chart show of an incident."""
        stored = self._stored(actor, identifier)
        if stored is None:
            return None
        incident, findings = stored.incident, self._findings(stored.incident)
        drawn = self._drawn(incident, findings, self._sign_ins(incident, findings), language)
        return drawn if self._opens(actor, incident) else veil_picture(drawn)

    def rows_of(self, stored: Sequence[StoredIncident], language: str) -> list[IncidentRow]:
        """Incidents as rows, whole, for services that were allowed them otherwise."""
        return self._rows(stored, language)

    @allowed(Operation.STATUS_READ)
    def status(self, actor: Actor) -> Status:
        """The counters of the engine and its sources; of the incidents alone for one tenant's
        people, who could count others' sign-ins by the rest."""
        tenant = within(actor)
        if tenant is not None:
            counts = self._reading.counts(tenant)
            return Status(incidents=counts, sources=[], lag=None, backlogs={}, history=None)
        sources = self._reading.sources()
        last = max((source.last_event for source in sources), default=0)
        backlogs = self._reading.backlogs()
        return Status(
            incidents=self._reading.counts(),
            sources=sources,
            lag=max(0, self._now() - last) if last else None,
            backlogs=backlogs,
            history=history_of(backlogs.values()),
        )

    def _view(
        self, stored: StoredIncident, findings: Sequence[StoredFinding], language: str
    ) -> IncidentView:
        incident = stored.incident
        parts = {part.finding: part for part in incident.assessment.contributions}
        return IncidentView(
            row=row_of(stored, findings, self._names(findings), language, MAXIMUM_FINDINGS),
            theme=incident.theme,
            reached=incident.reached,
            posterior=dict(zip(Hypothesis, incident.assessment.posterior, strict=True)),
            attack=incident.assessment.attack,
            findings=[
                finding_of(
                    number,
                    one,
                    parts.get(one.finding.id),
                    self._abouts.get(one.finding.detector),
                    language,
                )
                for number, one in enumerate(findings, 1)
            ],
            others=incident.others[:SHOWN_OTHERS],
        )

    def _drawn(
        self,
        incident: Incident,
        findings: Sequence[StoredFinding],
        rows: Sequence[SignInRow],
        language: str,
    ) -> Picture:
        return picture(
            [row.event for row in rows],
            [one.finding for one in findings if not one.withdrawn],
            {name: said(about.title, language) for name, about in self._abouts.items()},
            (incident.opened - _CLOSE, incident.updated + _CLOSE),
        )

    def _opens(self, actor: Actor, incident: Incident) -> bool:
        """Whether somebody sees whom it is about."""
        if self._looks is None:
            return permits(actor, Operation.PERSON_LOOK)
        return self._looks.opens(actor, incident.subject, incident.id)

    def _stored(self, actor: Actor, identifier: bytes) -> StoredIncident | None:
        """An incident that somebody may see."""
        stored = self._reading.incident(identifier)
        tenant = within(actor)
        if stored is None or tenant not in (None, stored.incident.subject.tenant):
            return None
        return stored

    def _around(self, incident: Incident) -> list[SignIn]:
        """The sign-ins around an incident: of an account the last ones, of a campaign the first
        ones from its addresses."""
        subject = incident.subject
        named = (subject, *incident.others)
        addresses = {one.uid for one in named if one.kind is SubjectKind.SOURCE}
        until = incident.updated + AFTER
        if subject.kind is SubjectKind.ACCOUNT or not addresses:
            since = incident.opened - BEFORE
            return self._reading.sign_ins(subject, since, until, MAXIMUM_SIGN_INS)
        since = incident.opened - HOUR
        return self._reading.sign_ins_from(
            subject.tenant, addresses, since, until, MAXIMUM_SIGN_INS
        )

    def _findings(self, incident: Incident) -> list[StoredFinding]:
        found = self._reading.findings_of([incident.id])[incident.id]
        found.sort(
            key=lambda one: (
                one.withdrawn,
                one.finding.subject.kind is not incident.subject.kind,
                one.finding.id,
            )
        )
        return found[:MAXIMUM_FINDINGS]

    def _seen(
        self, actor: Actor, stored: Sequence[StoredIncident], language: str
    ) -> list[IncidentRow]:
        rows = self._rows(stored, language)
        if permits(actor, Operation.PERSON_LOOK):
            return rows
        return [veil_row(row) for row in rows]

    def _rows(self, stored: Sequence[StoredIncident], language: str) -> list[IncidentRow]:
        found = self._reading.findings_of([one.incident.id for one in stored])
        names = self._names([one for some in found.values() for one in some])
        return [
            row_of(one, found[one.incident.id], names, language, MAXIMUM_FINDINGS) for one in stored
        ]

    def _names(self, findings: Sequence[StoredFinding]) -> dict[Subject, str]:
        anchors = {one.finding.event_ids[0]: one.finding.subject for one in findings}
        events = self._reading.events([*anchors])
        return {anchors[e.id]: e.account_name for e in events if e.account_name}

    def _sign_ins(self, incident: Incident, findings: Sequence[StoredFinding]) -> list[SignInRow]:
        shows: dict[bytes, list[int]] = {}
        for number, one in enumerate(findings, 1):
            if not one.withdrawn:
                for identifier in one.finding.event_ids:
                    shows.setdefault(identifier, []).append(number)
        around = self._around(incident)
        evidence = [e for e in self._reading.events([*shows]) if isinstance(e, SignIn)]
        events = {event.id: event for event in (*around, *evidence)}
        return [
            SignInRow(event=events[identifier], findings=tuple(shows.get(identifier, ())))
            for identifier in sorted(events)
        ]


def bound(wanted: Filter, actor: Actor) -> Filter:
    """Within the own tenant; whoever may not look cannot find out by searching either."""
    own, is_masked = within(actor), not permits(actor, Operation.PERSON_LOOK)
    is_elses = own is not None and wanted.tenant not in (None, own)
    tells = is_elses or (is_masked and wanted.account is not None)
    return structs.replace(
        wanted,
        tenant=wanted.tenant if own is None else own,
        by_tenant=is_masked,
        words=() if tells else wanted.words,
    )


def history_of(backlogs: Iterable[Backlog]) -> float | None:
    """The share of these logs' bytes that is read; None when hardly any is left."""
    given = list(backlogs)
    total = sum(backlog.total for backlog in given)
    read = sum(min(backlog.read, backlog.total) for backlog in given)
    if total - read < SMALL_BACKLOG or read >= CAUGHT_UP * total:
        return None
    return read / total


def plain(value: Any) -> Any:
    """A view value as what JSON knows: names instead of members, ids as text."""
    return msgspec.to_builtins(value, enc_hook=str)
