"""The inbox: what was sent by sources that are no longer set up, whom nobody will read."""

from typing import ClassVar

from sqlalchemy import Connection

from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables

_AT_ONCE = 100


class Inbox(Job):
    """Deletes it as lines that could not be read. What a source that is set up sent is never
    touched: it was answered for."""

    name: ClassVar[str] = "inbox"
    title: ClassVar[str] = "what sources sent that are no longer set up"

    def step(self, work: Work) -> int | None:
        """Delete some."""
        before = work.limits.rejects
        gone = forgetting.delete_unread(work.connection, work.sources, before, _AT_ONCE)
        return gone or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """What waits to be read, of which nothing goes while its source is set up."""
        kept = forgetting.count(connection, tables.inbox)
        return Due(kept=kept, due=0, before=limits.rejects)
