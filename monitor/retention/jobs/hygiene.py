"""Hygiene: what tenants' accounts came to on days that are long over, and that it was told."""

from typing import ClassVar

from sqlalchemy import Connection

from detectors.core.event import DAY
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, hygiene, hygiene_reports, tables

_ROWS = 500


class Hygiene(Job):
    """Deletes the oldest first; what is kept of an account goes with its entry in the directory."""

    name: ClassVar[str] = "hygiene"
    title: ClassVar[str] = "what tenants' accounts came to, day by day"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        done = hygiene.delete_days(work.connection, _day(work.limits), _ROWS)
        return done or hygiene_reports.forget(work.connection, work.limits.hygiene) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Tenants' days and what was told of them that are kept, and those that go."""
        days, told = tables.hygiene_days, tables.hygiene_reports
        return Due(
            kept=forgetting.count(connection, days) + forgetting.count(connection, told),
            due=forgetting.count(connection, days, days.c.day < _day(limits))
            + forgetting.count(connection, told, told.c.made < limits.hygiene),
            before=limits.hygiene,
        )


def _day(limits: Limits) -> int:
    return limits.hygiene // DAY
