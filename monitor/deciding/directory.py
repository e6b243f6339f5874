"""The directory as detectors see it, read one account at a time: for whoever judges a few."""

from collections.abc import Iterable

from sqlalchemy import Connection

from detectors.core.event import SECOND
from detectors.core.identity import Subject
from detectors.core.listing import (
    Listing,
    Rules,
    TenantListing,
    at_time,
    complete_since,
    rules_at,
)
from monitor.directory.account import account_id
from monitor.store.directory import DirectoryTable
from monitor.store.listings import ListingsTable

KEPT = 30 * SECOND
"""How long (ms) what was said of tenants is taken to hold."""


class ReadDirectory:
    """What the engine took up, as of the connection that is given. For one thread."""

    def __init__(self) -> None:
        self._connection: Connection | None = None
        self._told: dict[Subject, tuple[Listing, ...]] = {}
        self._tenants: dict[str, tuple[TenantListing, ...]] = {}
        self._until = -1
        self._is_filled = False

    def use(self, connection: Connection, now: int) -> bool:
        """Read from this connection from now (ms) on; whether anything is said of anybody."""
        self._connection = connection
        self._told.clear()
        if now >= self._until:
            table = ListingsTable(connection)
            self._tenants = table.tenants()
            self._is_filled = bool(self._tenants) or table.has_any()
            self._until = now + KEPT
        return self._is_filled

    def of(self, subject: Subject, at: int) -> Listing | None:
        """What is said of an account, or of the one that has this for another name."""
        told = self._told.get(subject)
        if told is None:
            told = self._told[subject] = self._read(subject)
        return at_time(told, at) if told else None

    def complete_since(self, tenant: str, at: int) -> int | None:
        """Since when all accounts of a tenant should be listed."""
        return complete_since(self._tenants.get(tenant, ()), at)

    def rules(self, tenant: str, at: int) -> Rules | None:
        """What a tenant allows."""
        told = self._tenants.get(tenant)
        return None if told is None else rules_at(told, at)

    def services(self, tenant: str) -> Iterable[Subject]:
        """Nobody: no detector of accounts asks for all of them."""
        return ()

    def _read(self, subject: Subject) -> tuple[Listing, ...]:
        if self._connection is None:
            return ()
        table = ListingsTable(self._connection)
        told = table.of(account_id(subject.tenant, subject.uid))
        if told is None:
            names = DirectoryTable(self._connection).by_names(subject.tenant, [subject.uid])
            told = table.of(next(iter(names.values()))) if names else None
        return told or ()
