"""What orders say of people: to whom, in which words, and what was answered."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, outbox, tables

_AT_ONCE = 200


class OrderDetails(Job):
    """Empties orders that are over; that something was done, by whom and when stays for longer."""

    name: ClassVar[str] = "order_details"
    title: ClassVar[str] = "to whom orders went, and their words"

    def step(self, work: Work) -> int | None:
        """Empty some."""
        limits = work.limits
        return outbox.empty(work.connection, limits.order_details, limits.time, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Orders, and those that are emptied."""
        return Due(
            kept=forgetting.count(connection, tables.outbox),
            due=outbox.full(connection, limits.order_details),
            before=limits.order_details,
        )
