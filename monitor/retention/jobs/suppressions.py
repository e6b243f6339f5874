"""Suppressions that are over: gone as incidents are, once nothing waits behind them."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, suppressions, tables

_AT_ONCE = 200


class Suppressions(Job):
    """Deletes the oldest first, with what each of them met."""

    name: ClassVar[str] = "suppressions"
    title: ClassVar[str] = "suppressions that are over"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        return suppressions.forget(work.connection, work.limits.incidents, _AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Suppressions, and those that go."""
        table = tables.suppressions
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, suppressions.over(limits.incidents)),
            before=limits.incidents,
        )
