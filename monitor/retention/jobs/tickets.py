"""Tickets: gone when they were closed for long, with all that was said of them."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import closed, forgetting, tables

_AT_ONCE = 50


class Tickets(Job):
    """Deletes tickets that are closed, after their incident; none that a measure rests on which is
    in force."""

    name: ClassVar[str] = "tickets"
    title: ClassVar[str] = "closed tickets, with what was said of them"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        connection = work.connection
        old = closed.old_tickets(connection, work.limits.incidents, _AT_ONCE)
        return closed.forget_tickets(connection, old) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Tickets, and those that go."""
        return Due(
            kept=forgetting.count(connection, tables.tickets),
            due=closed.count_old_tickets(connection, limits.incidents),
            before=limits.incidents,
        )
