"""Rejects: lines that could not be read, which may hold anything."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables

_AT_ONCE = 500


class Rejects(Job):
    """Deletes lines by when they came."""

    name: ClassVar[str] = "rejects"
    title: ClassVar[str] = "lines that could not be read"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        before = work.limits.rejects
        gone = forgetting.delete_rejects(work.connection, before, work.undated, _AT_ONCE)
        return gone or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Lines that are kept, and those that go."""
        table = tables.rejects
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, table.c.received < limits.rejects),
            before=limits.rejects,
        )
