"""Tickets that were closed and measures that are over: those that are old, and how they go.

An incident goes first, then its ticket, then what was done for it: whoever reads of a measure finds
why it was taken for as long as it can be read.
"""

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select

from alerts.measure import OPEN, OVER, TOUCHED
from alerts.ticket import Status
from monitor.store import tables

_OF_TICKETS: Final = (
    tables.ticket_comments,
    tables.ticket_changes,
    tables.ticket_tags,
    tables.suppression_matches,
)


def old_tickets(connection: Connection, before: int, most: int) -> list[int]:
    """The numbers of tickets that were closed and not changed since `before` (ms), the oldest
    first; none whose incident is there, and none about which a measure is in force."""
    table = tables.tickets
    query = select(table.c.id).where(*_is_old(before)).order_by(table.c.id).limit(most)
    return list(connection.execute(query).scalars())


def count_old_tickets(connection: Connection, before: int) -> int:
    """How many there are."""
    query = select(func.count()).select_from(tables.tickets).where(*_is_old(before))
    return int(connection.execute(query).scalar_one())


def forget_tickets(connection: Connection, numbers: Collection[int]) -> int:
    """Delete tickets with all that was said of them; how many."""
    if not numbers:
        return 0
    for table in _OF_TICKETS:
        connection.execute(delete(table).where(table.c.ticket_id.in_(numbers)))
    links = tables.ticket_links
    gone = or_(links.c.ticket_id.in_(numbers), links.c.other_id.in_(numbers))
    connection.execute(delete(links).where(gone))
    where = tables.tickets.c.id.in_(numbers)
    return int(connection.execute(delete(tables.tickets).where(where)).rowcount)


def forget_measures(connection: Connection, before: int, most: int) -> int:
    """Delete measures that are over and were not changed since `before` (ms), with the links by
    which they could be contested, at most so many; how many."""
    table, links = tables.measures, tables.appeal_links
    query = select(table.c.id).where(*_is_over(before)).order_by(table.c.id).limit(most)
    old = list(connection.execute(query).scalars())
    connection.execute(delete(links).where(links.c.measure_id.in_(old)))
    return int(connection.execute(delete(table).where(table.c.id.in_(old))).rowcount)


def count_old_measures(connection: Connection, before: int) -> int:
    """How many would be deleted."""
    query = select(func.count()).select_from(tables.measures).where(*_is_over(before))
    return int(connection.execute(query).scalar_one())


def forget_links(connection: Connection, before: int) -> int:
    """Delete what is noted of links to contest a measure that held until before `before` (ms)."""
    table = tables.appeal_links
    return int(connection.execute(delete(table).where(table.c.expires < before)).rowcount)


def held(connection: Connection, incidents: Collection[bytes]) -> set[bytes]:
    """Those of these incidents whose ticket is open, or for which a measure is in force."""
    tickets, measures = tables.tickets, tables.measures
    is_open = select(tickets.c.incident_id).where(
        tickets.c.incident_id.in_(incidents), tickets.c.status != Status.RESOLVED.value
    )
    stands = select(measures.c.incident_id).where(
        measures.c.incident_id.in_(incidents), measures.c.state.in_(TOUCHED)
    )
    return {
        bytes(found) for query in (is_open, stands) for found in connection.execute(query).scalars()
    }


def _is_old(before: int) -> list[ColumnElement[bool]]:
    """What was proposed and decided by nobody for as long keeps no ticket."""
    table, measures = tables.tickets, tables.measures
    at_work = select(measures.c.ticket_id).where(
        measures.c.ticket_id.is_not(None),
        measures.c.state.in_(TOUCHED)
        | (measures.c.state.in_(OPEN) & (measures.c.updated >= before)),
    )
    return [
        table.c.status == Status.RESOLVED.value,
        table.c.updated < before,
        _is_gone(table.c.incident_id, tables.incidents.c.id),
        table.c.id.not_in(at_work),
    ]


def _is_over(before: int) -> list[Any]:
    """What waits for a person goes only where all that it was about is gone."""
    table = tables.measures
    was_about = table.c.incident_id.is_not(None) | table.c.ticket_id.is_not(None)
    return [
        table.c.state.in_(OVER) | (table.c.state.in_(OPEN) & was_about),
        table.c.updated < before,
        _is_gone(table.c.incident_id, tables.incidents.c.id),
        _is_gone(table.c.ticket_id, tables.tickets.c.id),
    ]


def _is_gone(column: ColumnElement[Any], key: ColumnElement[Any]) -> ColumnElement[bool]:
    return column.is_(None) | ~select(key).where(key == column).exists()
