"""What applications asked about sign-ins: as long as events keep their details."""

from typing import ClassVar, Final

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, sign_in_questions, tables

AT_ONCE: Final = 1_000


class SignInQuestions(Job):
    """Deletes them when events of their time lose addresses: they hold the same."""

    name: ClassVar[str] = "sign_in_questions"
    title: ClassVar[str] = "what applications asked about sign-ins"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        before = work.limits.folded
        return sign_in_questions.forget(work.connection, before, AT_ONCE) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """What is kept, and what of that is too old."""
        return Due(
            kept=forgetting.count(connection, tables.sign_in_questions),
            due=sign_in_questions.old(connection, limits.folded),
            before=limits.folded,
        )
