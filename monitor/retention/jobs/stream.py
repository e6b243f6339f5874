"""Changes on people's side, and at the gate: the last ones stay for whoever follows."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, gate_changes, stream, tables

_AT_ONCE = 1_000


class Stream(Job):
    """Deletes what is beyond the number that is kept."""

    name: ClassVar[str] = "stream"
    title: ClassVar[str] = "what changed among tickets and measures"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        gone = stream.forget(work.connection, _AT_ONCE)
        return gone + gate_changes.forget(work.connection, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Those beyond the number that is kept; no time makes them old."""
        kept = forgetting.count(connection, tables.changes)
        at_gate = forgetting.count(connection, tables.gate_changes)
        due = max(0, kept - stream.KEPT) + max(0, at_gate - gate_changes.KEPT)
        return Due(kept=kept + at_gate, due=due, before=limits.incidents)
