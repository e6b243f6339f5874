"""Changes of incidents: the last ones stay for whoever follows, whenever they were."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import feed, forgetting, tables

_AT_ONCE = 1_000


class Changes(Job):
    """Deletes what is beyond the number that is kept."""

    name: ClassVar[str] = "changes"
    title: ClassVar[str] = "what changed among the incidents"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        return feed.forget(work.connection, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Those beyond the number that is kept; no time makes them old."""
        kept = forgetting.count(connection, tables.incident_changes)
        return Due(kept=kept, due=max(0, kept - feed.KEPT), before=limits.incidents)
