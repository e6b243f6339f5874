"""Links to set up factors: what nobody used, and at last that one was used."""

from typing import ClassVar

from sqlalchemy import Connection

from detectors.core.event import DAY
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import enrolments, forgetting, tables

UNUSED = 30 * DAY
"""How long (ms) it can be looked up that a link was given and nobody used it."""


class Enrolments(Job):
    """Deletes links that are over: unused ones soon; those that served as accounts are forgotten,
    for until then they tell that somebody had a factor before."""

    name: ClassVar[str] = "enrolments"
    title: ClassVar[str] = "links to set up factors that are over"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        limits = work.limits
        before = limits.time - UNUSED
        return enrolments.forget(work.connection, before, limits.accounts) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """What there is, and what of that is over."""
        over = enrolments.is_over(limits.time - UNUSED, limits.accounts)
        return Due(
            kept=forgetting.count(connection, tables.enrolment_links),
            due=forgetting.count(connection, tables.enrolment_links, over),
            before=limits.time - UNUSED,
        )
