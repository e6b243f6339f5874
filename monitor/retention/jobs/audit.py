"""The audit: its oldest entries, day by day; what is left begins after a place that is signed."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor import clock
from monitor.chain.entry import Mark
from monitor.chain.sealing import Seal, Statement
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import audit, trail

_AT_ONCE = 500
_ACTOR = "daemon:vigie"


class Audit(Job):
    """Takes away the oldest that prove whole, and enters that it did. What does not stays."""

    name: ClassVar[str] = "audit"
    title: ClassVar[str] = "entries of the audit"

    def step(self, work: Work) -> int | None:
        """Take away some."""
        sealer, before, now = work.sealer, work.limits.audit, clock.now_ms()
        if sealer is None or not before:
            return None

        def sign(mark: Mark) -> Seal:
            return sealer.seal(Statement.ANCHOR, mark, now)

        gone = audit.forget(work.connection, before, _AT_ONCE, sign)
        if gone:
            audit.append(
                work.connection,
                time=now,
                actor=_ACTOR,
                operation="audit:forget",
                subject="audit",
                content={"entries": gone, "before": before},
            )
        return gone or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Entries that are kept, and those that go."""
        return Due(
            kept=trail.count(connection),
            due=trail.count(connection, limits.audit),
            before=limits.audit,
        )
