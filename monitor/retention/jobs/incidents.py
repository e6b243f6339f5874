"""Incidents: gone with their findings and their evidence, when nothing came to them for long."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables

_AT_ONCE = 20
_FINDINGS = 500


class Incidents(Job):
    """Deletes incidents that nobody holds, then findings that are no incident's."""

    name: ClassVar[str] = "incidents"
    title: ClassVar[str] = "incidents, with their findings and evidence"

    def __init__(self) -> None:
        self._after = (0, b"")

    def step(self, work: Work) -> int | None:
        """Delete some."""
        connection, before = work.connection, work.limits.incidents
        rows = forgetting.old_incidents(connection, before, self._after, _AT_ONCE)
        if rows:
            ids = [row.id for row in rows]
            held = forgetting.held(connection, ids)
            self._after = (rows[-1].updated, rows[-1].id)
            return forgetting.delete_incidents(connection, [i for i in ids if i not in held])
        lone = forgetting.lone_findings(connection, before, _FINDINGS)
        return forgetting.delete_findings(connection, lone) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Incidents, and those that go."""
        table = tables.incidents
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, table.c.updated < limits.incidents),
            before=limits.incidents,
        )
