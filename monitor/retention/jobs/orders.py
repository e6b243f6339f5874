"""Orders to responders: what became of them stays as long as incidents do."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, gate_list, outbox, tables

_AT_ONCE = 500


class Orders(Job):
    """Deletes orders that are over, and what the gate's list no longer says."""

    name: ClassVar[str] = "orders"
    title: ClassVar[str] = "orders to responders"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        gate_list.forget(work.connection, work.limits.time)
        return outbox.forget(work.connection, work.limits.incidents, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Orders that are kept, and those that go."""
        return Due(
            kept=forgetting.count(connection, tables.outbox),
            due=outbox.over(connection, limits.incidents),
            before=limits.incidents,
        )
