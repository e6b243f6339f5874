"""A ticket follows its incident: new evidence opens it again, and it is told what it lost.

Everything is done in the caller's transaction.
"""

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection, select

from alerts.incident import Incident
from alerts.telling import name_of
from alerts.ticket import Kind, Limits, Status, Ticket, evidence
from detectors.core.detector import Text
from detectors.core.finding import Severity
from monitor.services.ticket_keeping import keep
from monitor.store import stream, suppressions, tables, tickets
from monitor.store.suppressions import StoredSuppression
from monitor.store.ticket_notes import Deed
from monitor.store.tickets import StoredTicket

MOST_FINDINGS: Final = 2_000


class Taken(Struct, frozen=True, kw_only=True):
    """What an incident came to: its ticket, None where it has none; whether people are called for
    it for the first time, or again; the suppression that holds it back; whether all that the ticket
    rests on was withdrawn just now, and how many of its findings were."""

    ticket_id: int | None = None
    is_new: bool = False
    reopened: bool = False
    suppressed_by: int | None = None
    is_withdrawn: bool = False
    lost: int = 0


def follow(
    connection: Connection,
    before: StoredTicket,
    incident: Incident,
    withdrawn: bool,
    match: StoredSuppression | None,
    now: int,
    limits: Mapping[Severity, Limits] | None,
) -> Taken:
    """Let a ticket, which the caller holds, follow its incident; `match` is the suppression that
    meets it."""
    standing = () if withdrawn else incident.findings
    fresh = len(set(standing) - set(before.details.findings))
    lost = _lost(connection, before, standing)
    after = _knowing(before, incident, standing, lost, withdrawn)
    weighed = evidence(before.ticket, _weight(before, incident), now)
    is_withdrawn = withdrawn and not before.withdrawn
    is_again = not withdrawn and (fresh > 0 or before.withdrawn)
    told = Taken(ticket_id=before.id, is_withdrawn=is_withdrawn, lost=len(lost))
    if before.ticket.status is Status.RESOLVED:
        if not is_again:
            deed, number = _deed(before, after, lost)
            _settle(connection, before, after, deed, number, now, limits)
            return told
        if match is not None:
            count_match(connection, match, incident, before.id, now)
            _settle(connection, before, after, None, 0, now, limits)
            return structs.replace(told, suppressed_by=match.id)
        again = structs.replace(after, ticket=weighed)
        _settle(connection, before, again, Deed.REOPENED, fresh, now, limits)
        return structs.replace(told, reopened=True)
    is_released = before.held_by is not None and match is None and not withdrawn
    if is_released:
        begun = Ticket(severity=incident.severity, opened=now)
        after = structs.replace(after, held_by=None, ticket=begun)
        _settle(connection, before, after, Deed.RELEASED, 0, now, limits)
        return structs.replace(told, is_new=True)
    if not withdrawn:
        after = structs.replace(after, ticket=weighed)
    deed, number = _deed(before, after, lost)
    _settle(connection, before, after, deed, number, now, limits)
    return structs.replace(told, suppressed_by=before.held_by)


def _knowing(
    before: StoredTicket,
    incident: Incident,
    standing: Collection[bytes],
    lost: Collection[bytes],
    withdrawn: bool,
) -> StoredTicket:
    """The ticket that knows what its incident rests on now."""
    details = before.details
    known = tuple(dict.fromkeys((*details.findings, *standing)))[-MOST_FINDINGS:]
    gone = tuple(dict.fromkeys((*details.lost, *lost)))
    changed = structs.replace(
        details,
        findings=known,
        lost=tuple(one for one in gone if one not in set(standing))[-MOST_FINDINGS:],
        last=max(details.last, incident.updated),
    )
    return structs.replace(
        before,
        incident=incident.id,
        category=incident.category,
        title=title_of(incident) if before.kind is Kind.INCIDENT else before.title,
        withdrawn=withdrawn,
        details=changed,
    )


def _deed(
    before: StoredTicket, after: StoredTicket, lost: Collection[bytes]
) -> tuple[Deed | None, int]:
    """What is told of it, and how many findings that is of; None where nothing is."""
    if after.withdrawn and not before.withdrawn:
        return Deed.WITHDRAWN, len(before.details.findings)
    if before.withdrawn and not after.withdrawn:
        return Deed.RESTORED, 0
    if lost:
        return Deed.LOST, len(lost)
    is_other = before.category is not after.category or before.ticket != after.ticket
    return (Deed.EVIDENCE, 0) if is_other or before.incident != after.incident else (None, 0)


def _settle(
    connection: Connection,
    before: StoredTicket,
    after: StoredTicket,
    deed: Deed | None,
    number: int,
    now: int,
    limits: Mapping[Severity, Limits] | None,
) -> None:
    if deed is not None:
        keep(connection, before, structs.replace(after, updated=now), deed, now, limits, number)
    elif after.details != before.details:
        # Nothing that people decide on: whoever edits it at this moment is not disturbed.
        noted = structs.replace(before, details=after.details, updated=now)
        tickets.note(connection, noted)
        stream.tell(connection, stream.Kind.TICKET, str(before.id), before.tenant)


def count_match(
    connection: Connection, match: StoredSuppression, incident: Incident, ticket: int, now: int
) -> None:
    """Count an incident that a suppression met."""
    if suppressions.add_match(connection, match, incident, ticket, now):
        tenant = incident.subject.tenant
        stream.tell(connection, stream.Kind.SUPPRESSION, str(match.id), tenant)


def _lost(connection: Connection, before: StoredTicket, standing: Collection[bytes]) -> list[bytes]:
    """Findings that a ticket knows of and that were withdrawn since; what went to another incident
    was not."""
    gone = sorted(set(before.details.findings) - set(standing) - set(before.details.lost))
    table = tables.findings
    found: list[bytes] = []
    for start in range(0, len(gone), 500):
        some = gone[start : start + 500]
        query = select(table.c.id).where(table.c.id.in_(some), table.c.withdrawn.is_(True))
        found += [bytes(one) for one in connection.execute(query).scalars()]
    return found


def title_of(incident: Incident) -> Text:
    """What the ticket of an incident is called."""
    return Text(name_of(incident.category, "en"), name_of(incident.category, "fr"))


def _weight(before: StoredTicket, incident: Incident) -> Severity:
    """How grave a ticket is by its incident; what somebody reported is no less for it."""
    if before.kind is Kind.INCIDENT:
        return incident.severity
    return max(before.ticket.severity, incident.severity)
