"""Health: what was wrong, long after it ended."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables


class Health(Job):
    """Deletes what ended; what stands is kept, however old."""

    name: ClassVar[str] = "health"
    title: ClassVar[str] = "what was wrong and has ended"

    def step(self, work: Work) -> int | None:
        """Delete it."""
        return forgetting.delete_ended(work.connection, work.limits.health) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """What was noted, and what goes."""
        table = tables.health
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, table.c.until < limits.health),
            before=limits.health,
        )
