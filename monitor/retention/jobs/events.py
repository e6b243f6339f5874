"""Events: gone when they are old, but for those that incidents for review are shown by."""

from typing import ClassVar

from sqlalchemy import Connection

from detectors.core.identity import first_id
from monitor.retention.job import Due, Work
from monitor.retention.jobs.details import move
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables

_DELETED = 1_000
_FINDINGS = 500


class Events:
    """Copies the evidence of standing incidents, then deletes day after day."""

    name: ClassVar[str] = "events"
    title: ClassVar[str] = "events"

    def __init__(self) -> None:
        self._finding: bytes | None = bytes(16)

    def step(self, work: Work) -> int | None:
        """Copy some evidence, else delete some events."""
        at = work.cells.beginnings.horizon
        # Not before accounts have followed.
        until = min(work.limits.events, at.carried)
        if at.kept < until:
            if self._finding is not None:
                found, self._finding = forgetting.cited(
                    work.connection, self._finding, at.kept, until, _FINDINGS
                )
                return forgetting.keep_evidence(work.connection, found)
            at = move(work, kept=until)
        gone = forgetting.delete_events(work.connection, at.kept, _DELETED)
        return gone or None

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Events that are stored, and those that go."""
        table = tables.events
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, table.c.id < first_id(limits.events)),
            before=limits.events,
        )
