"""The gate's list: what it no longer says of accounts."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, gate_list, tables


class Gate(Job):
    """Deletes what has ended by itself; what a person has to take back stays."""

    name: ClassVar[str] = "gate"
    title: ClassVar[str] = "what the gate's list no longer says"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return gate_list.forget(work.connection, work.limits.time) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """What it says, and what of that has ended."""
        return Due(
            kept=forgetting.count(connection, tables.gate_list),
            due=gate_list.ended(connection, limits.time),
            before=limits.time,
        )
