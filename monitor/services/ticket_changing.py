"""What somebody makes of a ticket, kept with all that goes with it.

Everything is done in the caller's transaction, which holds the ticket, for somebody who may.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import UNSET, structs
from sqlalchemy import Connection

from alerts.ticket import Change, Kind, Limits, TicketError, changed
from detectors.core.finding import Severity
from monitor.services.actor import Actor, ActorKind, Role
from monitor.services.answers import decided
from monitor.services.audit import record
from monitor.services.authority import Operation
from monitor.services.refusal import StaleError
from monitor.services.standing import ACTIVE
from monitor.services.ticket_keeping import clocked
from monitor.services.ticket_words import is_told, tags_of
from monitor.store import reviewers, stream, ticket_notes, tickets
from monitor.store.reviewers import ReviewerRow
from monitor.store.ticket_notes import Deed
from monitor.store.tickets import StoredTicket

ME: Final = "me"
"""Whoever asks, as an assignee."""
_WRITE = Operation.TICKETS_WRITE


def changed_by(
    connection: Connection,
    actor: Actor,
    before: StoredTicket,
    change: Change,
    now: int,
    limits: Mapping[Severity, Limits] | None,
    act: str | None = None,
) -> StoredTicket:
    """A ticket after a change; `act` is that of several at once. Raises TicketError, StaleError."""
    wanted = change
    if change.assignee is not UNSET and change.assignee is not None:
        found = _assignee(connection, actor, before, change.assignee)
        wanted = structs.replace(change, assignee=found)
    tags = tags_of(frozenset(before.tags), wanted.add_tags, wanted.remove_tags)
    made = structs.replace(
        before,
        ticket=changed(before.ticket, wanted, now),
        tags=tuple(tags),
        # Whoever takes it up is not kept from it by what is to call nobody.
        held_by=before.held_by if wanted.is_of_tags else None,
    )
    if made == before:
        return before
    return keep_change(connection, actor, before, made, Deed.CHANGED, now, limits, act)


def keep_change(
    connection: Connection,
    actor: Actor,
    before: StoredTicket,
    after: StoredTicket,
    deed: Deed,
    now: int,
    limits: Mapping[Severity, Limits] | None,
    act: str | None = None,
) -> StoredTicket:
    """Keep what somebody made of a ticket; what they found of its incident is told to the
    detectors. Raises StaleError, and TicketError for what is not theirs to decide."""
    is_decided = after.ticket != before.ticket
    if before.kind is Kind.GUARDRAIL and actor.kind is ActorKind.KEY and is_decided:
        # Its end is the word of a person that they looked; what acts by itself waits for it.
        raise TicketError(
            "only a person decides about a guardrail that was reached",
            "seule une personne décide d'un garde-fou qui a été atteint",
        )
    kept = tickets.put(connection, before, clocked(structs.replace(after, updated=now), limits))
    if kept is None:
        raise stale()
    by = (actor.reference, actor.name)
    ticket_notes.add_change(connection, before, kept, deed, time=now, actor=by, act=act)
    note_deed(connection, actor, kept, deed.value, _difference(before, kept))
    found = kept.ticket.disposition
    if kept.incident is not None and found is not before.ticket.disposition:
        decided(connection, kept.incident, found, f"ticket:{kept.id}/{kept.version}", now)
    return kept


def say(connection: Connection, actor: Actor, one: StoredTicket, text: str, now: int) -> None:
    """Keep what somebody says on a ticket, which is found by it then."""
    by = (actor.reference, actor.name)
    ticket_notes.add_comment(connection, one, text, time=now, actor=by)
    tickets.find_by(connection, one.id, text)
    tickets.note(connection, structs.replace(one, updated=now))
    note_deed(connection, actor, one, "comment", {})


def note_deed(
    connection: Connection, actor: Actor, one: StoredTicket, deed: str, content: Mapping[str, Any]
) -> None:
    """Write down what somebody did to a ticket, and tell of it."""
    told = {"deed": deed, **content}
    record(connection, actor, _WRITE, f"ticket:{one.id}", tenant=one.tenant, content=told)
    stream.tell(connection, stream.Kind.TICKET, str(one.id), one.tenant)


def may_have(row: ReviewerRow, tenant: str | None) -> bool:
    """Whether a reviewer can be given tickets of a tenant; of any where none is said."""
    is_able = row.state == ACTIVE and Role(row.role) in _WRITE.roles
    return is_able and (row.tenant is None or tenant is None or row.tenant == tenant)


def stale() -> StaleError:
    """Why a change is refused that was made on another version."""
    return StaleError(
        "the ticket was changed meanwhile: look at it again",
        "le ticket a changé entre-temps\u00a0: regardez-le de nouveau",
    )


def _assignee(connection: Connection, actor: Actor, one: StoredTicket, wanted: str) -> str:
    """The id of whom a ticket is given to, by `me`, an id or an address."""
    if wanted == ME and actor.kind is ActorKind.REVIEWER:
        wanted = actor.uid
    row = None
    if is_told(wanted):
        row = reviewers.by_uid(connection, wanted) or reviewers.by_email(connection, wanted)
    if row is None or not may_have(row, one.tenant):
        raise TicketError(
            "nobody of this name works on tickets of this tenant",
            "personne de ce nom ne traite les tickets de ce client",
        )
    return row.uid


def _difference(before: StoredTicket, after: StoredTicket) -> dict[str, Any]:
    """What a change changed, for the audit."""
    told: dict[str, Any] = {}
    for name in ("status", "disposition", "assignee"):
        value = getattr(after.ticket, name)
        if value != getattr(before.ticket, name):
            told[name] = value
    if before.tags != after.tags:
        told["tags"] = list(after.tags)
    if before.held_by is not None and after.held_by is None:
        told["released_from"] = before.held_by
    return told
