"""What the engine took up of the directory: listings with the event times from which they hold."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, delete, func, or_, select, text, tuple_

from detectors.core.listing import Listing, TenantListing
from monitor.directory.account import Account
from monitor.directory.tenant import Tenant
from monitor.store import tables

_AT_ONCE: Final = 500
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(tuple[Listing, ...]).decode
_decode_tenant = msgspec.msgpack.Decoder(tuple[TenantListing, ...]).decode
_account = msgspec.msgpack.Decoder(Account).decode
_tenant = msgspec.msgpack.Decoder(Tenant).decode


class Entry(NamedTuple):
    """An account of the directory whose version has not been taken up, and its listings so far;
    `account` is None for one that is gone."""

    account_id: bytes
    tenant: str
    uid: str
    version: int
    updated: int
    account: Account | None
    told: tuple[Listing, ...]


class ListingRow(NamedTuple):
    """The listings of an account as they are kept."""

    account_id: bytes
    tenant: str
    uid: str
    version: int
    told: tuple[Listing, ...]


class ListingsTable:
    """The listings of one database, on one connection and in its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def changed(
        self, since: int | None, most: int, after: tuple[int, bytes] | None = None
    ) -> list[Entry]:
        """Accounts that changed since they were taken up: those updated at `since` (ms) or later,
        or any where it is None, those that changed first at first; behind `after`, when one was
        updated and its id."""
        accounts, listings = tables.accounts, tables.listings
        query = (
            select(
                accounts.c.id,
                accounts.c.tenant,
                accounts.c.uid,
                accounts.c.version,
                accounts.c.updated,
                accounts.c.body,
                listings.c.body,
            )
            .select_from(accounts.outerjoin(listings, listings.c.account_id == accounts.c.id))
            .where(or_(listings.c.version.is_(None), listings.c.version != accounts.c.version))
            .order_by(accounts.c.updated, accounts.c.id)
            .limit(most)
        )
        if since is not None:
            query = query.where(accounts.c.updated >= since)
        if after is not None:
            query = query.where(
                accounts.c.updated >= after[0],
                tuple_(accounts.c.updated, accounts.c.id) > tuple_(*after),
            )
        return [
            Entry(*row[:5], _account(row[5]), () if row[6] is None else _decode(row[6]))
            for row in self._connection.execute(query)
        ]

    def gone(self, most: int) -> list[Entry]:
        """Accounts that were taken up and are not in the directory any more."""
        accounts, listings = tables.accounts, tables.listings
        query = (
            select(listings.c.account_id, listings.c.tenant, listings.c.uid, listings.c.body)
            .select_from(listings.outerjoin(accounts, listings.c.account_id == accounts.c.id))
            .where(and_(accounts.c.id.is_(None), listings.c.version != 0))
            .order_by(listings.c.account_id)
            .limit(most)
        )
        return [
            Entry(row[0], row[1], row[2], 0, 0, None, _decode(row[3]))
            for row in self._connection.execute(query)
        ]

    def ended(self, after: bytes, most: int) -> list[tuple[bytes, str, str]]:
        """The next accounts that are gone from the directory, as (id, tenant, uid), those with ids
        behind `after`."""
        table = tables.listings
        query = (
            select(table.c.account_id, table.c.tenant, table.c.uid)
            .where(table.c.version == 0, table.c.account_id > after)
            .order_by(table.c.account_id)
            .limit(most)
        )
        return [(bytes(row[0]), row[1], row[2]) for row in self._connection.execute(query)]

    def latest(self) -> int:
        """When an account was changed last (ms), 0 for never."""
        query = select(func.max(tables.accounts.c.updated))
        return int(self._connection.execute(query).scalar() or 0)

    def every(self) -> Iterator[ListingRow]:
        """All listings that say anything, a part in memory at a time."""
        table = tables.listings
        query = select(table).where(table.c.body != _encode(()))
        with self._connection.execute(query.execution_options(yield_per=_AT_ONCE)) as result:
            for row in result:
                yield ListingRow(
                    row.account_id, row.tenant, row.uid, row.version, _decode(row.body)
                )

    def of(self, account: bytes) -> tuple[Listing, ...] | None:
        """The listings of one account (its id); None where nothing was ever said."""
        table = tables.listings
        query = select(table.c.body).where(table.c.account_id == account)
        body = self._connection.execute(query).scalar()
        return None if body is None else _decode(body)

    def has_any(self) -> bool:
        """Whether anything was ever said of an account."""
        query = select(tables.listings.c.account_id).limit(1)
        return self._connection.execute(query).first() is not None

    def put(self, rows: Iterable[ListingRow]) -> None:
        """Keep these in place of what was kept of the accounts."""
        values = [row._asdict() for row in rows]
        for row in values:
            row["body"] = _encode(row.pop("told"))
        _upsert(self._connection, tables.listings, "account_id", values)

    def tenants(self) -> dict[str, tuple[TenantListing, ...]]:
        """The listings of tenants."""
        table = tables.tenant_listings
        return {
            row.tenant: _decode_tenant(row.body) for row in self._connection.execute(select(table))
        }

    def put_tenant(self, tenant: str, told: tuple[TenantListing, ...]) -> None:
        """Keep a tenant's listings."""
        values = [{"tenant": tenant, "body": _encode(told)}]
        _upsert(self._connection, tables.tenant_listings, "tenant", values)

    def tenants_of(self, uids: Collection[str]) -> list[Tenant]:
        """Those of these tenants that the directory has."""
        table = tables.tenants
        wanted = sorted(uids)
        return [
            _tenant(row.body)
            for start in range(0, len(wanted), _AT_ONCE)
            for row in self._connection.execute(
                select(table.c.body).where(table.c.uid.in_(wanted[start : start + _AT_ONCE]))
            )
        ]

    def forget(self, account_ids: Collection[bytes]) -> int:
        """Delete the listings of these accounts; how many there were."""
        table = tables.listings
        found = list(account_ids)
        return sum(
            self._connection.execute(
                delete(table).where(table.c.account_id.in_(found[start : start + _AT_ONCE]))
            ).rowcount
            for start in range(0, len(found), _AT_ONCE)
        )


def _upsert(connection: Connection, table: Any, key: str, values: list[dict[str, Any]]) -> None:
    names = [column.name for column in table.columns]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name != key)
    # Names are those of our own tables.
    statement = text(
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608
        f" VALUES ({', '.join(f':{name}' for name in names)})"
        f" ON CONFLICT ({key}) DO UPDATE SET {changed}"
    )
    for start in range(0, len(values), _AT_ONCE):
        connection.execute(statement, values[start : start + _AT_ONCE])
