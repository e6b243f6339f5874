"""Ledgers: counts of addresses and tenants that were quiet for long, and of days long closed."""

from typing import ClassVar

from sqlalchemy import Connection

from detectors.core.event import DAY
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables


class Ledgers(Job):
    """Deletes those that no event can count for any more: each detector says for how long, and
    what is folded again needs the counts of its own day."""

    name: ClassVar[str] = "ledgers"
    title: ClassVar[str] = "counts of addresses and tenants"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        beside, limits = work.beside, work.limits
        gone = beside.campaigns.drop_quiet(beside.writing, limits.time)
        gone += beside.populations.drop_old(beside.writing, limits.folded)
        gone += beside.leanings.drop_old(beside.writing, limits.folded)
        return gone or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Those that are kept; of which ones go, only the engine knows."""
        table = tables.ledgers
        kept = forgetting.count(connection, table)
        oldest = limits.folded // DAY
        return Due(kept=kept, due=0, before=oldest * DAY)
