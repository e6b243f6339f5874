"""Links to contest a measure: that one was used is of use while it would hold."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import closed, forgetting, tables

_TABLE = tables.appeal_links


class Appeals(Job):
    """Deletes what is noted of links that hold no more; what was contested is a ticket."""

    name: ClassVar[str] = "appeals"
    title: ClassVar[str] = "used links to contest a measure"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return closed.forget_links(work.connection, work.limits.time) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Links that were used, and those that go."""
        return Due(
            kept=forgetting.count(connection, _TABLE),
            due=forgetting.count(connection, _TABLE, _TABLE.c.expires < limits.time),
            before=limits.time,
        )
