"""Hygiene: what tenants' accounts came to on days that are long over."""

from typing import ClassVar

from sqlalchemy import Connection

from detectors.core.event import DAY
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, hygiene, tables

_ROWS = 500


class Hygiene(Job):
    """Deletes the oldest first; what is kept of an account goes with its entry in the directory."""

    name: ClassVar[str] = "hygiene"
    title: ClassVar[str] = "what tenants' accounts came to, day by day"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        return hygiene.delete_days(work.connection, _day(work.limits), _ROWS) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Tenants' days that are kept, and those that go."""
        table = tables.hygiene_days
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, table.c.day < _day(limits)),
            before=limits.hygiene,
        )


def _day(limits: Limits) -> int:
    return limits.hygiene // DAY
