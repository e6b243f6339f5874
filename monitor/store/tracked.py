"""Where a ticket is kept elsewhere, and how it stood there last: one link for each tracker."""

from msgspec import Struct
from sqlalchemy import Connection, func, insert, select, update

from alerts.outbox import STANDING, State
from alerts.ports import Action
from monitor.store import tables
from monitor.store.ticket_notes import LinkKind
from monitor.store.tickets import StoredTicket


class Tracked(Struct, frozen=True):
    """What a ticket is called in a tracker, its address there, and how it stood there last
    (`alerts.tracking`), empty where that is not known."""

    ticket: int
    responder: str
    reference: str
    address: str
    state: str


def link(connection: Connection, ticket: int, responder: str) -> Tracked | None:
    """Where a ticket is kept by a tracker."""
    table = tables.ticket_links
    query = select(table.c.title, table.c.address, table.c.state).where(
        table.c.ticket_id == ticket, table.c.responder == responder
    )
    found = connection.execute(query.order_by(table.c.id).limit(1)).first()
    if found is None:
        return None
    return Tracked(ticket, responder, found.title, found.address or "", found.state or "")


def put(connection: Connection, one: StoredTicket, tracked: Tracked) -> None:
    """Keep where a ticket is, in place of what was known of it."""
    table = tables.ticket_links
    values = {"title": tracked.reference, "address": tracked.address, "state": tracked.state}
    mine = (table.c.ticket_id == one.id, table.c.responder == tracked.responder)
    if connection.execute(update(table).where(*mine).values(values)).rowcount:
        return
    own = {
        "ticket_id": one.id,
        "subject_key": one.key,
        "kind": LinkKind.OUTER.value,
        "responder": tracked.responder,
    }
    connection.execute(insert(table).values(values | own))


def is_told(connection: Connection, ticket: int, responder: str) -> bool:
    """Whether a tracker was ever told of a ticket."""
    return _count(connection, ticket, responder, frozenset(State)) > 0


def is_pending(connection: Connection, ticket: int, responder: str) -> bool:
    """Whether a tracker has still to be told something of a ticket."""
    return _count(connection, ticket, responder, STANDING) > 0


def _count(connection: Connection, ticket: int, responder: str, states: frozenset[State]) -> int:
    table = tables.outbox
    query = select(func.count()).where(
        table.c.ticket_id == ticket,
        table.c.responder == responder,
        table.c.action == Action.TRACK,
        table.c.state.in_(states),
    )
    return int(connection.execute(query).scalar_one())
