"""What is kept of accounts' hygiene and of tenants' days: rows, their bodies as MessagePack."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, case, delete, exists, func, select, text, tuple_

from alerts.ticket import Kind, Status
from detectors.core.event import Event
from detectors.core.identity import SubjectKind
from detectors.core.listing import Listing
from monitor.directory.account import Account
from monitor.store import factors, tables

_AT_ONCE: Final = 500
_LEAST: Final = -(1 << 63)
_NEWEST: Final = 0
_decode_event = msgspec.msgpack.Decoder(Event).decode
_decode_account = msgspec.msgpack.Decoder(Account).decode
_decode_listings = msgspec.msgpack.Decoder(tuple[Listing, ...]).decode


class HygieneRow(NamedTuple):
    """What is kept of an account; `facts` are bits, `last_seen` is in ms, 0 for never."""

    account_id: bytes
    tenant: str
    uid: str
    facts: int
    last_seen: int
    body: bytes


class Entry(NamedTuple):
    """An account of the directory with since when it is kept (ms), the listings that were taken up
    of it, and its hygiene."""

    account_id: bytes
    account: Account
    created: int
    told: tuple[Listing, ...]
    body: bytes | None


class Shown(NamedTuple):
    """An account of which something is kept, as the directory has it."""

    account_id: bytes
    account: Account
    facts: int
    last_seen: int
    body: bytes


class Day(NamedTuple):
    """What a tenant's accounts came to on a day (since 1970, UTC)."""

    tenant: str
    day: int
    accounts: int
    body: bytes


class AlertRow(NamedTuple):
    """How many alerts there are of an account, how many of those nobody looked at, and since when
    the oldest of these waits (ms), 0 for none."""

    alerts: int
    waiting: int
    since: int


class HygieneTable:
    """The hygiene of one database, on one connection and in its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def snapshots(
        self, after: int | None, since: bytes, most: int
    ) -> tuple[list[bytes], int | None]:
        """The newest snapshots of accounts with a key above `after` that took in anything since the
        id `since`; and the last one's key, None when there are no more."""
        table = tables.snapshots
        query = (
            select(table.c.subject_key, table.c.body)
            .where(
                table.c.kind == SubjectKind.ACCOUNT.value,
                table.c.slot == _NEWEST,
                table.c.subject_key > (_LEAST if after is None else after),
                table.c.last >= since,
            )
            .order_by(table.c.subject_key)
            .limit(most)
        )
        rows = self._connection.execute(query).all()
        return [row[1] for row in rows], rows[-1][0] if len(rows) == most else None

    def latest_events(self, key: int, most: int) -> list[Event]:
        """The last events of an account key, the last one first."""
        table = tables.events
        query = (
            select(table.c.body)
            .where(table.c.account_key == key)
            .order_by(table.c.id.desc())
            .limit(most)
        )
        return [_decode_event(row[0]) for row in self._connection.execute(query)]

    def absent(self, account_ids: Collection[bytes]) -> set[bytes]:
        """Those of these accounts that the directory has not."""
        column = tables.accounts.c.id
        there = {
            bytes(found)
            for part in _parts(sorted(account_ids))
            for found in self._connection.execute(select(column).where(column.in_(part))).scalars()
        }
        return set(account_ids) - there

    def of(self, account_ids: Collection[bytes]) -> dict[bytes, bytes]:
        """What is kept of these accounts, by id."""
        table = tables.hygiene_accounts
        found: dict[bytes, bytes] = {}
        for part in _parts(sorted(account_ids)):
            query = select(table.c.account_id, table.c.body).where(table.c.account_id.in_(part))
            found |= {bytes(row[0]): row[1] for row in self._connection.execute(query)}
        return found

    def entries(self, after: bytes, most: int) -> list[Entry]:
        """The next accounts of the directory by id, those behind `after`."""
        accounts, listings, kept = tables.accounts, tables.listings, tables.hygiene_accounts
        joined = accounts.outerjoin(listings, listings.c.account_id == accounts.c.id)
        joined = joined.outerjoin(kept, kept.c.account_id == accounts.c.id)
        query = (
            select(accounts.c.id, accounts.c.body, accounts.c.created, listings.c.body, kept.c.body)
            .select_from(joined)
            .where(accounts.c.id > after)
            .order_by(accounts.c.id)
            .limit(most)
        )
        return [
            Entry(
                bytes(row[0]),
                _decode_account(row[1]),
                row[2],
                () if row[3] is None else _decode_listings(row[3]),
                row[4],
            )
            for row in self._connection.execute(query)
        ]

    def own_factors(self, keys: Sequence[int]) -> dict[int, frozenset[str]]:
        """The kinds of factors that the accounts with these keys have set up here, by key; codes
        for an emergency are none."""
        table = tables.factors
        found: dict[int, set[str]] = {}
        for start in range(0, len(keys), _AT_ONCE):
            query = select(table.c.subject_key, table.c.kind).where(
                table.c.owner_kind == factors.ACCOUNT,
                table.c.kind.in_((factors.PASSKEY, factors.TOTP)),
                table.c.subject_key.in_(keys[start : start + _AT_ONCE]),
            )
            for key, kind in self._connection.execute(query):
                found.setdefault(key, set()).add(kind)
        return {key: frozenset(kinds) for key, kinds in found.items()}

    def alerts(self, keys: Sequence[int]) -> dict[int, AlertRow]:
        """What was alerted of the accounts with these keys, and not withdrawn or held back."""
        table = tables.tickets
        is_new = table.c.status == Status.NEW
        found: dict[int, AlertRow] = {}
        for start in range(0, len(keys), _AT_ONCE):
            query = (
                select(
                    table.c.subject_key,
                    func.count(),
                    func.sum(case((is_new, 1), else_=0)),
                    func.min(case((is_new, table.c.opened), else_=None)),
                )
                .where(
                    table.c.subject_key.in_(keys[start : start + _AT_ONCE]),
                    table.c.kind == Kind.INCIDENT,
                    table.c.withdrawn.is_(False),
                    table.c.suppressed_by.is_(None),
                )
                .group_by(table.c.subject_key)
            )
            for key, count, waiting, since in self._connection.execute(query):
                found[key] = AlertRow(count, int(waiting), since or 0)
        return found

    def put(self, rows: Iterable[HygieneRow]) -> None:
        """Keep these in place of what was kept of the accounts."""
        values = [row._asdict() for row in rows]
        _upsert(self._connection, tables.hygiene_accounts, ("account_id",), values)

    def forget(self, account_ids: Collection[bytes]) -> int:
        """Delete what is kept of these accounts; how many there were."""
        table = tables.hygiene_accounts
        return sum(
            self._connection.execute(delete(table).where(table.c.account_id.in_(part))).rowcount
            for part in _parts(list(account_ids))
        )

    def lone(self, most: int) -> list[bytes]:
        """Accounts of which something is kept and that are not in the directory any more."""
        accounts, kept = tables.accounts, tables.hygiene_accounts
        query = (
            select(kept.c.account_id)
            .select_from(kept.outerjoin(accounts, kept.c.account_id == accounts.c.id))
            .where(accounts.c.id.is_(None))
            .limit(most)
        )
        return [bytes(row[0]) for row in self._connection.execute(query)]

    def accounts(
        self, tenant: str | None, facts: int, after: tuple[str, str] | None, most: int
    ) -> list[Shown]:
        """Accounts of which any of these facts is said (bits; 0: of which anything is kept), by
        tenant and uid, those behind `after`."""
        accounts, kept = tables.accounts, tables.hygiene_accounts
        joined = kept.join(accounts, kept.c.account_id == accounts.c.id)
        query: Select[Any] = select(
            kept.c.account_id, accounts.c.body, kept.c.facts, kept.c.last_seen, kept.c.body
        )
        query = _filtered(query.select_from(joined), tenant, facts)
        if after is not None:
            place = tuple_(kept.c.tenant, kept.c.uid)
            query = query.where(place > tuple_(*after))
        query = query.order_by(kept.c.tenant, kept.c.uid).limit(most)
        return [
            Shown(bytes(row[0]), _decode_account(row[1]), row[2], row[3], row[4])
            for row in self._connection.execute(query)
        ]

    def place_of(self, account_id: bytes) -> tuple[str, str] | None:
        """Tenant and uid of an account of which something is kept."""
        table = tables.hygiene_accounts
        query = select(table.c.tenant, table.c.uid).where(table.c.account_id == account_id)
        row = self._connection.execute(query).first()
        return None if row is None else (row[0], row[1])

    def put_days(self, rows: Iterable[Day]) -> None:
        """Keep these days in place of what was kept of them."""
        values = [row._asdict() for row in rows]
        _upsert(self._connection, tables.hygiene_days, ("tenant", "day"), values)

    def days(self, tenant: str | None, since: int) -> list[Day]:
        """The days from `since` on, of one tenant or of all, in order of day and tenant."""
        table = tables.hygiene_days
        query = select(table).where(table.c.day >= since).order_by(table.c.day, table.c.tenant)
        if tenant is not None:
            query = query.where(table.c.tenant == tenant)
        return [Day(*row) for row in self._connection.execute(query)]

    def latest_days(self, tenant: str | None, after: str, most: int) -> list[Day]:
        """The last day of each tenant, by tenant, those behind `after`."""
        table = tables.hygiene_days
        newest = select(table.c.tenant, func.max(table.c.day).label("day")).where(
            table.c.tenant > after
        )
        if tenant is not None:
            newest = newest.where(table.c.tenant == tenant)
        last = newest.group_by(table.c.tenant).order_by(table.c.tenant).limit(most).subquery()
        query = (
            select(table)
            .join(last, (table.c.tenant == last.c.tenant) & (table.c.day == last.c.day))
            .order_by(table.c.tenant)
        )
        return [Day(*row) for row in self._connection.execute(query)]


def delete_days(connection: Connection, before: int, most: int) -> int:
    """Delete at most so many rows of days (since 1970) before this one; how many there were."""
    table = tables.hygiene_days
    keys = connection.execute(
        select(table.c.tenant, table.c.day).where(table.c.day < before).limit(most)
    ).all()
    if not keys:
        return 0
    place = tuple_(table.c.tenant, table.c.day)
    return connection.execute(
        delete(table).where(place.in_([(row[0], row[1]) for row in keys]))
    ).rowcount


def _filtered(query: Select[Any], tenant: str | None, facts: int) -> Select[Any]:
    kept, held = tables.hygiene_accounts, tables.restrictions
    # What is restricted is kept, and not shown.
    restricted = exists().where(
        held.c.until.is_(None), held.c.tenant == kept.c.tenant, held.c.account == kept.c.uid
    )
    query = query.where(~restricted)
    if tenant is not None:
        query = query.where(kept.c.tenant == tenant)
    if facts:
        query = query.where(kept.c.facts.op("&")(facts) != 0)
    return query


def _parts(values: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(values), _AT_ONCE):
        yield values[start : start + _AT_ONCE]


def _upsert(
    connection: Connection, table: Any, keys: tuple[str, ...], values: list[dict[str, Any]]
) -> None:
    names = [column.name for column in table.columns]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name not in keys)
    # Names are those of our own tables.
    statement = text(
        f"INSERT INTO {table.name} ({', '.join(names)})"  # noqa: S608
        f" VALUES ({', '.join(f':{name}' for name in names)})"
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"
    )
    for start in range(0, len(values), _AT_ONCE):
        connection.execute(statement, values[start : start + _AT_ONCE])
