"""Changes on people's side, and at the gate: the last ones stay for whoever follows; at the gate
no longer than a day, for they name accounts and whoever is behind reads everything anew."""

from typing import ClassVar

from sqlalchemy import Connection

from detectors.core.event import DAY
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, gate_changes, stream, tables

_AT_ONCE = 1_000


class Stream(Job):
    """Deletes what is beyond the number that is kept, and at the gate what is older than a day."""

    name: ClassVar[str] = "stream"
    title: ClassVar[str] = "what changed among tickets and measures, and at the gate"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        gone = stream.forget(work.connection, _AT_ONCE)
        before = work.limits.time - DAY
        return gone + gate_changes.forget(work.connection, before, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Those beyond the number that is kept, and at the gate those of before yesterday."""
        kept = forgetting.count(connection, tables.changes)
        at_gate = forgetting.count(connection, tables.gate_changes)
        due = max(0, kept - stream.KEPT) + gate_changes.over(connection, limits.time - DAY)
        return Due(kept=kept + at_gate, due=due, before=limits.incidents)
