"""Policies that were tried beside, until nobody has looked for them for a while."""

from typing import ClassVar

from sqlalchemy import Connection

from detectors.core.event import DAY
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, rehearsals, tables

KEPT = 7 * DAY
"""How long (ms) a draft and what it came to are kept after they were last heard of."""


class Rehearsals(Job):
    """Deletes drafts that were tried, with what they came to."""

    name: ClassVar[str] = "rehearsals"
    title: ClassVar[str] = "policies that were tried"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return rehearsals.forget(work.connection, work.limits.time - KEPT) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Drafts, and those that go."""
        before = limits.time - KEPT
        return Due(
            kept=forgetting.count(connection, tables.rehearsals),
            due=rehearsals.old(connection, before),
            before=before,
        )
