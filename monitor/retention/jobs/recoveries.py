"""Recoveries of lost factors: they go with incidents of their age."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, recoveries, tables


class Recoveries(Job):
    """Deletes cases that are over; the audit keeps that there was one."""

    name: ClassVar[str] = "recoveries"
    title: ClassVar[str] = "recoveries of lost factors that are over"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return recoveries.forget(work.connection, work.limits.incidents) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """What there is, and what of that goes."""
        table = tables.recoveries
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, table.c.settled < limits.incidents),
            before=limits.incidents,
        )
