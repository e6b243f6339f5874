"""Incidents and tickets for other systems, as OCSF says it: in full, and so written down."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection, Engine

from monitor.export.ocsf import Worked, incident_record, ticket_record
from monitor.services.actor import Actor
from monitor.services.audit import record
from monitor.services.authority import Operation, allowed, authorise, within
from monitor.services.looks import Looks
from monitor.services.refusal import NotThereError
from monitor.store import tickets
from monitor.store.connection import reading
from monitor.store.incident_filter import Cursor, Filter
from monitor.store.reading import Reading, StoredIncident
from monitor.store.ticket_filter import Cursor as TicketCursor
from monitor.store.ticket_filter import TicketFilter
from monitor.store.tickets import StoredTicket

MOST: Final = 200
_LOOK = Operation.PERSON_LOOK


class IncidentLines(Struct, frozen=True):
    """A page of records, each without a newline, and the place of its last where there are more."""

    lines: tuple[bytes, ...]
    next: Cursor | None


class TicketLines(Struct, frozen=True):
    """The same of tickets."""

    lines: tuple[bytes, ...]
    next: TicketCursor | None


class Exports:
    """Of one database. Safe to share between threads."""

    def __init__(self, engine: Engine, looks: Looks) -> None:
        self._engine = engine
        self._reading = Reading(engine)
        self._database = reading(engine)
        self._looks = looks

    @allowed(Operation.INCIDENTS_READ)
    def incidents(
        self, actor: Actor, wanted: Filter, after: Cursor | None = None, limit: int = MOST
    ) -> IncidentLines:
        """Incidents in the order of `wanted`, those behind `after`, with what people made of them.
        Who may not look at people whole is refused: an export is of no use masked."""
        authorise(actor, _LOOK)
        most = min(limit, MOST)
        found = self._reading.incidents(
            structs.replace(wanted, tenant=within(actor)), after, most + 1
        )
        shown = found[:most]
        self._note(actor, "incidents", len(shown))
        return IncidentLines(self._records(shown), shown[-1].cursor if len(found) > most else None)

    @allowed(Operation.INCIDENTS_READ)
    def incident(self, actor: Actor, identifier: bytes) -> bytes:
        """One incident. Raises NotThereError."""
        authorise(actor, _LOOK)
        found = self._reading.incident(identifier)
        if found is None or within(actor) not in (None, found.incident.subject.tenant):
            raise NotThereError("there is no such incident")
        self._looks.opens(actor, found.incident.subject, identifier)
        return self._records([found])[0]

    @allowed(Operation.TICKETS_READ)
    def tickets(
        self,
        actor: Actor,
        wanted: TicketFilter,
        after: TicketCursor | None = None,
        limit: int = MOST,
    ) -> TicketLines:
        """Tickets in the order of `wanted`, those behind `after`: those of incidents with all that
        their incident says."""
        authorise(actor, _LOOK)
        most = min(limit, MOST)
        bound = structs.replace(wanted, tenant=within(actor) or wanted.tenant)
        with self._database.begin() as connection:
            found = tickets.page(connection, bound, after, most + 1)
        shown = found[:most]
        self._note(actor, "tickets", len(shown))
        place = tickets.place_of(shown[-1], bound.order) if len(found) > most else None
        return TicketLines(tuple(map(self._ticket, shown)), place)

    def _ticket(self, one: StoredTicket) -> bytes:
        found = None if one.incident is None else self._reading.incident(one.incident)
        if found is None:
            return ticket_record(worked_of(one))
        return self._records([found], {found.incident.id: one})[0]

    def _records(
        self,
        found: Sequence[StoredIncident],
        known: dict[bytes, StoredTicket] | None = None,
    ) -> tuple[bytes, ...]:
        ids = [one.incident.id for one in found]
        findings = self._reading.findings_of(ids)
        if known is None:
            with self._database.begin() as connection:
                known = _tickets_of(connection, ids)
        return tuple(
            incident_record(
                one.incident,
                [stored.finding for stored in findings[one.incident.id]],
                worked_of(known[one.incident.id]) if one.incident.id in known else None,
            )
            for one in found
        )

    def _note(self, actor: Actor, what: str, count: int) -> None:
        with self._engine.begin() as connection:
            record(
                connection,
                actor,
                _LOOK,
                what,
                tenant=actor.tenant,
                reason="export",
                content={"count": count},
            )


def worked_of(one: StoredTicket) -> Worked:
    """What people made of something, as its ticket says."""
    return Worked(
        number=one.id,
        title=one.title.en,
        kind=one.kind.value,
        tenant=one.tenant,
        severity=one.ticket.severity,
        status=one.ticket.status,
        opened=one.ticket.opened,
        updated=one.updated,
        disposition=one.ticket.disposition,
        assignee=one.ticket.assignee,
        subject=one.subject,
        is_held=one.held_by is not None,
        withdrawn=one.withdrawn,
    )


def _tickets_of(connection: Connection, incidents: Sequence[bytes]) -> dict[bytes, StoredTicket]:
    numbers = tickets.of_incidents(connection, incidents)
    found = tickets.tickets_of(connection, numbers.values())
    return {incident: found[n] for incident, n in numbers.items() if n in found}
