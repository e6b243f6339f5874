"""Questions that somebody keeps: they go with whoever asked them."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, questions, tables


class Questions(Job):
    """Deletes the kept questions of reviewers who were removed, shared ones as well."""

    name: ClassVar[str] = "questions"
    title: ClassVar[str] = "kept questions of reviewers who are gone"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return questions.forget(work.connection) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Questions that are kept, and those of nobody."""
        return Due(
            kept=forgetting.count(connection, tables.ticket_filters),
            due=questions.nobodys(connection),
            before=limits.time,
        )
