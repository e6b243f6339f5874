"""A ticket is kept with everything that goes with it: its clock, its history, audit and stream.

Everything is done in the caller's transaction.
"""

from collections.abc import Mapping

from sqlalchemy import Connection

from alerts.ticket import Limits, due
from detectors.core.finding import Severity
from monitor.services.actor import DAEMON, Actor
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.store import stream, tickets
from monitor.store.ticket_notes import Deed, add_change
from monitor.store.tickets import StoredTicket


def clocked(one: StoredTicket, limits: Mapping[Severity, Limits] | None) -> StoredTicket:
    """The ticket with the clock that runs for it."""
    given = None if limits is None else dict(limits)
    return tickets.with_clock(one, due(one.ticket, one.ticket.opened, given))


def keep_new(
    connection: Connection,
    made: StoredTicket,
    deed: Deed,
    now: int,
    limits: Mapping[Severity, Limits] | None,
    actor: Actor = DAEMON,
    words: str = "",
) -> StoredTicket:
    """Keep a new ticket, which is found by these words too."""
    kept = tickets.add(connection, clocked(made, limits), words)
    tell(connection, kept, kept, deed, now, actor)
    return kept


def keep(
    connection: Connection,
    before: StoredTicket,
    after: StoredTicket,
    deed: Deed,
    now: int,
    limits: Mapping[Severity, Limits] | None,
    number: int = 0,
) -> StoredTicket:
    """Keep a ticket in place of what it was, which the caller holds; `number` says more of the
    deed."""
    kept = tickets.put(connection, before, clocked(after, limits))
    if kept is None:
        raise RuntimeError(f"ticket {before.id} was changed while it was held")
    if kept.title != before.title:
        tickets.find_by(connection, kept.id, f"{kept.title.en} {kept.title.fr}")
    tell(connection, before, kept, deed, now, DAEMON, number)
    return kept


def tell(
    connection: Connection,
    before: StoredTicket,
    after: StoredTicket,
    deed: Deed,
    now: int,
    actor: Actor,
    number: int = 0,
) -> None:
    """Write down what became of a ticket, in its history and in the audit, and tell of it."""
    by = (actor.reference, actor.name)
    add_change(connection, before, after, deed, time=now, actor=by, number=number)
    reference = f"ticket:{after.id}"
    told = {"deed": deed.value, "severity": after.ticket.severity.name.lower()}
    record(connection, actor, Operation.TICKETS_WRITE, reference, tenant=after.tenant, content=told)
    stream.tell(connection, stream.Kind.TICKET, str(after.id), after.tenant)
