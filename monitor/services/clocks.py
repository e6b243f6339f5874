"""Warnings that tickets are nearly late, or late: each is told once for each clock that runs."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import Connection

from alerts.ticket import LIMITS, Clock, Due, Limits, Warned, due, warning
from detectors.core.finding import Severity
from monitor.services.actor import DAEMON
from monitor.store import stream, tickets
from monitor.store.ticket_notes import Deed, add_change
from monitor.store.tickets import StoredTicket

MOST: Final = 100


class Alarm(Struct, frozen=True, kw_only=True):
    """A ticket that waits for `clock` until `at` (ms), which is near, or past."""

    ticket: StoredTicket
    warned: Warned
    clock: Clock
    at: int


def warn(
    connection: Connection,
    now: int,
    limits: Mapping[Severity, Limits] | None = None,
    most: int = MOST,
) -> list[Alarm]:
    """The warnings that are due, noted as told in the open transaction; at most so many, those of
    what is due first. Whoever calls tells people, in the same transaction.

    A ticket whose limits changed since it was opened is given its new time, and may be none.
    """
    given = dict(limits or LIMITS)
    found: list[Alarm] = []
    for one in tickets.waiting(connection, now, most):
        runs = due(one.ticket, now, given)
        at_once = tickets.with_clock(one, runs)
        told = warning(one.ticket, at_once.warned, now, given)
        if told is None or runs is None:
            tickets.note(connection, at_once)
            continue
        found.append(_told(connection, at_once, runs, told, now))
    return found


def _told(connection: Connection, one: StoredTicket, runs: Due, told: Warned, now: int) -> Alarm:
    noted = structs.replace(one, warned=told)
    tickets.note(connection, noted)
    by = (DAEMON.reference, DAEMON.name)
    word = f"{runs.clock.value}:{told.name.lower()}"
    add_change(connection, one, noted, Deed.WARNED, time=now, actor=by, word=word)
    stream.tell(connection, stream.Kind.TICKET, str(one.id), one.tenant)
    return Alarm(ticket=noted, warned=told, clock=runs.clock, at=runs.at)
