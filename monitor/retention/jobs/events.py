"""Events: gone when they are old, but for those that incidents for review are shown by."""

from typing import ClassVar

from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from detectors.core.identity import first_id
from monitor.retention.job import Due, Job, Work
from monitor.retention.jobs.details import move
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables
from monitor.store.partitions import drop_before

_DELETED = 500
_FINDINGS = 500
_COUNTED = 1_000_000
"""Of days that go whole so many events are counted at most: counting takes longer than dropping."""


class Events(Job):
    """Copies the evidence of standing incidents, then deletes day after day."""

    name: ClassVar[str] = "events"
    title: ClassVar[str] = "events"

    def __init__(self) -> None:
        self._finding: bytes | None = bytes(16)
        self._kept = 0

    def apart(self, database: Database) -> None:
        """Drop whole days where they are tables of their own."""
        if self._kept:
            drop_before(database, self._kept)
            self._kept = 0

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
                forgetting.keep_evidence(work.connection, found)
                return 0
            at = move(work, kept=until)
            self._kept = at.kept
            return forgetting.dropped_events(work.connection, at.kept, _COUNTED)
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
