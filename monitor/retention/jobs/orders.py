"""Orders to responders: what became of them stays while anything can follow from it."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, outbox, tables

_AT_ONCE = 500


class Orders(Job):
    """Deletes orders that are over; those that were given up, and nobody saw to, after a year."""

    name: ClassVar[str] = "orders"
    title: ClassVar[str] = "orders to responders that are over"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        limits = work.limits
        before, given_up = limits.orders, limits.incidents
        return outbox.forget(work.connection, before, given_up, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Orders that are kept, and those that go."""
        return Due(
            kept=forgetting.count(connection, tables.outbox),
            due=outbox.over(connection, limits.orders, limits.incidents),
            before=limits.orders,
        )
