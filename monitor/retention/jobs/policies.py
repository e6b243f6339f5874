"""Versions of the policy: who adopted what, and why, stays as long as the audit."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, policies, tables


class Policies(Job):
    """Deletes versions that were replaced long ago, and on which no measure rests any more."""

    name: ClassVar[str] = "policies"
    title: ClassVar[str] = "versions of the policy that were replaced"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return policies.forget(work.connection, work.limits.audit) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Versions, and those that go."""
        return Due(
            kept=forgetting.count(connection, tables.policies),
            due=policies.replaced(connection, limits.audit),
            before=limits.audit,
        )
