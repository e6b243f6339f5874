"""How responders did: of those of whom nothing was heard for long."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, leases, tables


class Breakers(Job):
    """Deletes what is noted of responders that are not asked for anything any more."""

    name: ClassVar[str] = "breakers"
    title: ClassVar[str] = "how responders did that are no longer asked"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return leases.forget_breakers(work.connection, work.limits.health) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Responders of which something is noted, and those that go."""
        return Due(
            kept=forgetting.count(connection, tables.breakers),
            due=leases.quiet_breakers(connection, limits.health),
            before=limits.health,
        )
