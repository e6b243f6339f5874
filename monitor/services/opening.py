"""Tickets are opened, and follow their incidents: what the program does with them by itself.

Everything is done in the caller's transaction. A ticket is people's: evidence makes it graver,
opens it again and tells what it lost, and only people close it.
"""

from collections.abc import Collection, Mapping
from typing import Final

import msgspec
from msgspec import structs
from sqlalchemy import Connection, select

from alerts.incident import Incident
from alerts.ticket import Kind, Limits, Status, Ticket, evidence
from detectors.core.detector import Text
from detectors.core.event import Event
from detectors.core.finding import Finding, Severity
from detectors.core.identity import Subject, SubjectKind
from monitor.search import words_of
from monitor.services.actor import DAEMON, Actor
from monitor.services.ticket_evidence import (
    MOST_FINDINGS,
    Taken,
    count_match,
    follow,
    title_of,
)
from monitor.services.ticket_keeping import keep, keep_new
from monitor.store import incident_words, restrictions, stream, suppressions, tables, tickets
from monitor.store.reading import StoredIncident
from monitor.store.suppressions import StoredSuppression
from monitor.store.ticket_notes import Deed, add_comment
from monitor.store.tickets import Details, StoredTicket

LEAST: Final = Severity.MEDIUM
"""From this severity up an incident calls people, and has a ticket."""
REPORTED: Final = "reported_access"
"""The detector of what people report: its incident and the report are one ticket."""
_MOST_WORDS = 60
_finding = msgspec.msgpack.Decoder(Finding)
_event = msgspec.msgpack.Decoder(Event)

NOTHING: Final = Taken()


def take(
    connection: Connection,
    incident: StoredIncident,
    withdrawn: bool,
    now: int,
    limits: Mapping[Severity, Limits] | None = None,
) -> Taken:
    """Let the ticket of an incident follow it, and open one where it calls for it.

    The same incident twice is the same ticket, and comes to nothing the second time. Nothing is
    done about an account whose data is restricted. `limits` are those of clocks.
    """
    found = incident.incident
    if found.subject.key() in restrictions.hidden(connection):
        return NOTHING
    known = tickets.of_incident(connection, found.id, lock=True) or _report_of(connection, found)
    match = suppressions.meeting(connection, found, now)
    if known is not None:
        return follow(connection, known, found, withdrawn, match, now, limits)
    if withdrawn or found.severity < LEAST:
        return NOTHING
    return _open(connection, found, match, now, limits)


def open_ticket(
    connection: Connection,
    kind: Kind,
    tenant: str,
    subject: Subject | None,
    title: Text | str,
    *,
    now: int,
    severity: Severity = LEAST,
    text: str = "",
    facts: Mapping[str, str] | None = None,
    tags: Collection[str] = (),
    actor: Actor = DAEMON,
    joins: bool = False,
    limits: Mapping[Severity, Limits] | None = None,
) -> int:
    """Open a ticket that no incident stands behind; its number.

    `text` is its first comment, `facts` are told and found with it. With `joins`, one of this kind,
    tenant and subject that is still open takes the comment instead, and is told to be graver where
    it is.
    """
    by = (actor.reference, actor.name)
    known = _open_one(connection, kind, tenant, subject) if joins else None
    if known is None:
        told = Text(title, title) if isinstance(title, str) else title
        made = StoredTicket(
            kind=kind,
            tenant=tenant,
            title=told,
            ticket=Ticket(severity=severity, opened=now),
            created=now,
            updated=now,
            tags=tuple(sorted(set(tags))),
            details=Details(subject=subject, facts=dict(facts or {}), last=now),
        )
        known = keep_new(connection, made, Deed.OPENED, now, limits, actor)
    elif severity > known.ticket.severity:
        graver = structs.replace(known, ticket=evidence(known.ticket, severity, now), updated=now)
        known = keep(connection, known, graver, Deed.EVIDENCE, now, limits)
    if text:
        add_comment(connection, known, text, time=now, actor=by)
        tickets.find_by(connection, known.id, text)
        stream.tell(connection, stream.Kind.TICKET, str(known.id), tenant)
    return known.id


def open_by_hand(
    connection: Connection,
    incident: Incident,
    actor: Actor,
    now: int,
    limits: Mapping[Severity, Limits] | None = None,
) -> int:
    """The number of an incident's ticket, which somebody opens where it has none, however slight
    the incident is."""
    known = tickets.of_incident(connection, incident.id, lock=True)
    if known is not None:
        return known.id
    made = _made(connection, incident, now)
    words = _words(incident)
    return keep_new(connection, made, Deed.OPENED, now, limits, actor, words).id


def _open(
    connection: Connection,
    incident: Incident,
    match: StoredSuppression | None,
    now: int,
    limits: Mapping[Severity, Limits] | None,
) -> Taken:
    made = _made(connection, incident, now)
    made = structs.replace(made, held_by=None if match is None else match.id)
    deed = Deed.OPENED if match is None else Deed.HELD
    kept = keep_new(connection, made, deed, now, limits, words=_words(incident))
    if match is None:
        return Taken(ticket_id=kept.id, is_new=True)
    count_match(connection, match, incident, kept.id, now)
    return Taken(ticket_id=kept.id, suppressed_by=match.id)


def _made(connection: Connection, incident: Incident, now: int) -> StoredTicket:
    name = _account_name(connection, incident)
    # The engine's incident knows an account by its id alone.
    incident_words.add(connection, incident.id, words_of(name))
    return StoredTicket(
        kind=Kind.INCIDENT,
        incident=incident.id,
        tenant=incident.subject.tenant,
        title=title_of(incident),
        category=incident.category,
        ticket=Ticket(severity=incident.severity, opened=now),
        created=now,
        updated=now,
        details=Details(
            subject=incident.subject,
            account_name=name,
            findings=incident.findings[:MOST_FINDINGS],
            last=incident.updated,
        ),
    )


def _report_of(connection: Connection, incident: Incident) -> StoredTicket | None:
    """The report that an incident came of, where it is one of a report."""
    if all(part.detector != REPORTED for part in incident.assessment.contributions):
        return None
    return _open_one(connection, Kind.REPORT, incident.subject.tenant, incident.subject, alone=True)


def _open_one(
    connection: Connection,
    kind: Kind,
    tenant: str,
    subject: Subject | None,
    *,
    alone: bool = False,
) -> StoredTicket | None:
    """The last ticket of this kind about somebody that is open; `alone`: without an incident."""
    table = tables.tickets
    query = select(table.c.id).where(
        table.c.kind == kind.value,
        table.c.tenant == tenant,
        table.c.status != Status.RESOLVED.value,
        table.c.subject_key.is_(None) if subject is None else table.c.subject_key == subject.key(),
    )
    if alone:
        query = query.where(table.c.incident_id.is_(None))
    numbers = connection.execute(query.order_by(table.c.id.desc()).limit(20)).scalars().all()
    found = tickets.tickets_of(connection, numbers, lock=True)
    return next((found[n] for n in numbers if n in found and found[n].subject == subject), None)


def _words(incident: Incident) -> str:
    named = [one.uid for one in incident.others[:_MOST_WORDS]]
    return " ".join([*named, *(part.detector for part in incident.assessment.contributions)])


def _account_name(connection: Connection, incident: Incident) -> str:
    """What the log calls the account, where it tells it beside its id."""
    if incident.subject.kind is not SubjectKind.ACCOUNT or not incident.findings:
        return ""
    findings, events = tables.findings, tables.events
    query = select(findings.c.body).where(findings.c.id == incident.findings[-1])
    body = connection.execute(query).scalar()
    if body is None:
        return ""
    anchor = _finding.decode(body).event_ids[0]
    told = connection.execute(select(events.c.body).where(events.c.id == anchor)).scalar()
    name = None if told is None else _event.decode(told).account_name
    return "" if name is None or name == incident.subject.uid else name
