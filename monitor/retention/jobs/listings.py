"""Listings: what the directory said of accounts of which nothing else is left."""

from typing import ClassVar

from sqlalchemy import Connection

from detectors.core.identity import Subject, SubjectKind
from monitor.retention.job import Due, Job, Work
from monitor.retention.periods import Limits
from monitor.store import forgetting, tables
from monitor.store.listings import ListingsTable

_ROWS = 500
_KIND = SubjectKind.ACCOUNT


class Listings(Job):
    """Looks through those that are gone from the directory, a part at a time; one stays while
    anything is known of the account that it may be judged by."""

    name: ClassVar[str] = "listings"
    title: ClassVar[str] = "what the directory said of accounts that are gone"

    def __init__(self) -> None:
        self._after = b""

    def step(self, work: Work) -> int | None:
        """Look at some, and delete those of which nothing else is known."""
        table = ListingsTable(work.connection)
        rows = table.ended(self._after, _ROWS)
        if not rows:
            return None
        self._after = rows[-1][0]
        keys = {key: Subject(_KIND, tenant, uid).key() for key, tenant, uid in rows}
        known = work.writing.keys_with_snapshots(_KIND.value, set(keys.values()))
        known |= work.writing.keys_with_events(set(keys.values()) - known)
        return table.forget([key for key, subject in keys.items() if subject not in known])

    def due(self, connection: Connection, limits: Limits) -> Due:
        """Accounts of which something was said, and those that are gone from the directory."""
        table = tables.listings
        return Due(
            kept=forgetting.count(connection, table),
            due=forgetting.count(connection, table, table.c.version == 0),
            before=limits.accounts,
        )
