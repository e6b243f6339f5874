"""What sessions proved, and what was demanded of them, until it counts no longer."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import assurances, forgetting, tables


class Proofs(Job):
    """Deletes what sessions proved, and what was demanded of them, once that has ended."""

    name: ClassVar[str] = "proofs"
    title: ClassVar[str] = "what sessions proved, and had to prove"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return assurances.forget(work.connection, work.limits.time) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """What is said of sessions, and what of that has ended."""
        kept = (tables.assurances, tables.session_demands)
        return Due(
            kept=sum(forgetting.count(connection, table) for table in kept),
            due=assurances.ended(connection, limits.time),
            before=limits.time,
        )
