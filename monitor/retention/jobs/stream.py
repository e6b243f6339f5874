"""Changes on people's side: the last ones stay for whoever follows, whenever they were."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, stream, tables

_AT_ONCE = 1_000


class Stream(Job):
    """Deletes what is beyond the number that is kept."""

    name: ClassVar[str] = "stream"
    title: ClassVar[str] = "what changed among tickets and measures"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        return stream.forget(work.connection, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Those beyond the number that is kept; no time makes them old."""
        kept = forgetting.count(connection, tables.changes)
        return Due(kept=kept, due=max(0, kept - stream.KEPT), before=limits.incidents)
