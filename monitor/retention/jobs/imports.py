"""Imports of lists of accounts: what they would do or did, once that is of no use any more."""

from typing import ClassVar

from sqlalchemy import Connection, func, select

from detectors.core.event import DAY
from monitor.directory.importing import UNDO_DAYS
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import tables
from monitor.store.imports import ImportTable, forget_old


class Imports(Job):
    """Deletes the rows of previews that nobody decided on, and of what can be undone no more; that
    there was an import stays."""

    name: ClassVar[str] = "imports"
    title: ClassVar[str] = "rows of lists of accounts that can be taken over or undone no more"

    def step(self, work: Work) -> int | None:
        """Delete them."""
        return forget_old(work.connection, work.limits.time) or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Imports of which rows are kept, and those whose rows go."""
        counted = select(func.count(tables.import_rows.c.import_id.distinct()))
        return Due(
            kept=int(connection.execute(counted).scalar_one()),
            due=len(ImportTable(connection).outdated(limits.time)),
            before=limits.time - UNDO_DAYS * DAY,
        )
