"""Challenges: what became of them stays for as long as orders to responders do."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import challenges, forgetting, tables

_AT_ONCE = 500


class Challenges(Job):
    """Deletes challenges that were over for as long as orders are kept."""

    name: ClassVar[str] = "challenges"
    title: ClassVar[str] = "challenges that are over"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        return challenges.forget(work.connection, work.limits.orders, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Challenges that are kept, and those that go."""
        return Due(
            kept=forgetting.count(connection, tables.challenges),
            due=challenges.over(connection, limits.orders),
            before=limits.orders,
        )
