"""Measures: what was decided about accounts stays as long as incidents do, once it is over."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import closed, forgetting, tables

_AT_ONCE = 200


class Measures(Job):
    """Deletes measures that are over, after their incident and their ticket; one that is in force
    never goes, and one that waits for somebody only where what it was about is gone."""

    name: ClassVar[str] = "measures"
    title: ClassVar[str] = "measures that are over"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        return closed.forget_measures(work.connection, work.limits.incidents, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Measures, and those that go."""
        return Due(
            kept=forgetting.count(connection, tables.measures),
            due=closed.count_old_measures(connection, limits.incidents),
            before=limits.incidents,
        )
