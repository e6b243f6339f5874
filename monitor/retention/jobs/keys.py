"""Keys of the console: links and sessions that have expired."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables


class Keys(Job):
    """Deletes them by the clock."""

    name: ClassVar[str] = "keys"
    title: ClassVar[str] = "the console's expired links and sessions"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return forgetting.delete_console_keys(work.connection, work.limits.time) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Keys that are kept, and those that have expired."""
        table = tables.console_keys
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, table.c.expires <= limits.time),
            before=limits.time,
        )
