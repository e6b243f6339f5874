"""Questions that somebody keeps, and where they were last: they go with whoever it was."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, marks, questions, tables


class Questions(Job):
    """Deletes the kept questions of reviewers who were removed, shared ones as well."""

    name: ClassVar[str] = "questions"
    title: ClassVar[str] = "kept questions of reviewers who are gone"

    def step(self, work: Work) -> int | None:
        """Delete them, and what is noted of where these reviewers looked."""
        count = questions.forget(work.connection) + marks.forget(work.connection)
        return count or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Questions that are kept, and those of nobody."""
        return Due(
            kept=forgetting.count(connection, tables.ticket_filters),
            due=questions.nobodys(connection) + marks.nobodys(connection),
            before=limits.time,
        )
