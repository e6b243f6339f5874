"""The directory as it is kept: tenants and accounts, each with a version that counts its changes.

Everything works on a connection that is given, so that what belongs together is one transaction.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Select, delete, func, insert, select, text, tuple_, update
from sqlalchemy.engine import RowMapping

from detectors.core.context import AccountKind
from monitor.directory.account import Account, Mfa, State, account_id, fold
from monitor.directory.origin import Origin, Provenance
from monitor.directory.tenant import Tenant, tenant_id
from monitor.store import tables

_T = TypeVar("_T")
_ACCOUNTS = tables.accounts
_TENANTS = tables.tenants
_AT_ONCE: Final = 500
"""Rows of one statement: below what either database takes as parameters."""
_encode = msgspec.msgpack.Encoder().encode
_account = msgspec.msgpack.Decoder(Account)
_tenant = msgspec.msgpack.Decoder(Tenant)


class StoredAccount(Struct, frozen=True, kw_only=True):
    """An account as it is kept. `version` counts its changes from 1; times are ms since 1970 UTC,
    None for one that is not kept yet."""

    account: Account
    version: int = 0
    created: int | None = None
    updated: int | None = None

    @property
    def id(self) -> bytes:
        """By what addresses and programs know it."""
        return account_id(self.account.tenant, self.account.uid)


class StoredTenant(Struct, frozen=True, kw_only=True):
    """A tenant as it is kept; as of an account."""

    tenant: Tenant
    version: int = 0
    created: int | None = None
    updated: int | None = None

    @property
    def id(self) -> bytes:
        """By what addresses and programs know it."""
        return tenant_id(self.tenant.uid)


class AccountFilter(Struct, frozen=True, kw_only=True):
    """Which accounts are wanted; None is any. `text` is part of a uid or name, case aside."""

    tenant: str | None = None
    text: str = ""
    kind: AccountKind | None = None
    state: State | None = None
    mfa: Mfa | None = None
    privileged: bool | None = None


class Place(Struct, frozen=True, array_like=True):
    """Where a page of accounts begins: behind this one."""

    tenant: str
    uid: str


class Seen(Struct, frozen=True):
    """An account that a log showed: its tenant and uid there, and its name if it told one."""

    tenant: str
    uid: str
    name: str = ""


class DirectoryTable:
    """The directory of one database, on one connection and in its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def tenants(self, within: str | None, text: str, after: str, limit: int) -> list[StoredTenant]:
        """Tenants by uid, those behind `after`; only that of `within` where it is given."""
        query = select(_TENANTS).where(_TENANTS.c.uid > after)
        if within is not None:
            query = query.where(_TENANTS.c.uid == within)
        if text:
            query = query.where(_TENANTS.c.search.contains(fold(text), autoescape=True))
        found = self._connection.execute(query.order_by(_TENANTS.c.uid).limit(limit)).mappings()
        return [_stored_tenant(row) for row in found]

    def tenant(self, uid: str, *, lock: bool = False) -> StoredTenant | None:
        """The tenant of this uid; with `lock`, nobody else changes it until this transaction
        ends."""
        return self.tenant_by_id(tenant_id(uid), lock=lock)

    def latest_tenant(self) -> int:
        """When a tenant was changed last (ms), 0 for never."""
        query = select(func.max(_TENANTS.c.updated))
        return int(self._connection.execute(query).scalar() or 0)

    def tenants_since(self, since: int) -> list[StoredTenant]:
        """The tenants that were changed from `since` (ms) on, by uid."""
        query = select(_TENANTS).where(_TENANTS.c.updated >= since).order_by(_TENANTS.c.uid)
        return [_stored_tenant(row) for row in self._connection.execute(query).mappings()]

    def tenant_by_id(self, identifier: bytes, *, lock: bool = False) -> StoredTenant | None:
        """The tenant of this id."""
        query = select(_TENANTS).where(_TENANTS.c.id == identifier)
        query = query.with_for_update() if lock else query
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _stored_tenant(row)

    def put_tenant(self, tenant: Tenant, before: StoredTenant | None, at: int) -> StoredTenant:
        """Keep a tenant, new or in place of what it was `before`. Raises
        sqlalchemy.exc.IntegrityError for a new one that is there already."""
        made = StoredTenant(
            tenant=tenant,
            version=1 if before is None else before.version + 1,
            created=at if before is None else before.created,
            updated=at,
        )
        values = _tenant_row(made)
        if before is None:
            self._connection.execute(insert(_TENANTS).values(values))
        else:
            mine = update(_TENANTS).where(_TENANTS.c.id == values["id"])
            self._connection.execute(mine.values(values))
        return made

    def add_tenants(self, uids: Iterable[str], origin: Origin, at: int) -> list[str]:
        """Make tenants of which nothing is known but the uid; those that were not there."""
        said = {"uid": Provenance(origin, at)}
        rows = [
            _tenant_row(
                StoredTenant(
                    tenant=Tenant(uid=uid, origins=said), version=1, created=at, updated=at
                )
            )
            for uid in sorted(set(uids))
        ]
        return [str(row["uid"]) for row in self._insert_new(tables.tenants, rows)]

    def remove_bare_tenants(self, uids: Iterable[str]) -> None:
        """Forget those of these tenants that nobody said anything of, and that have no account."""
        named = select(_ACCOUNTS.c.id).where(_ACCOUNTS.c.tenant == _TENANTS.c.uid).exists()
        for part in _parts(list(uids)):
            gone = delete(_TENANTS).where(_TENANTS.c.uid.in_(part), _TENANTS.c.version == 1, ~named)
            self._connection.execute(gone)

    def accounts(
        self, wanted: AccountFilter, after: Place | None, limit: int
    ) -> list[StoredAccount]:
        """Accounts by tenant and uid, those behind `after`."""
        query = _filtered(select(_ACCOUNTS), wanted)
        if after is not None:
            place = tuple_(_ACCOUNTS.c.tenant, _ACCOUNTS.c.uid)
            query = query.where(place > tuple_(after.tenant, after.uid))
        query = query.order_by(_ACCOUNTS.c.tenant, _ACCOUNTS.c.uid).limit(limit)
        return [stored_of(row) for row in self._connection.execute(query).mappings()]

    def every(self, wanted: AccountFilter) -> Iterator[StoredAccount]:
        """All of them, a part in memory at a time."""
        after = None
        while part := self.accounts(wanted, after, _AT_ONCE):
            yield from part
            after = Place(part[-1].account.tenant, part[-1].account.uid)

    def count(self, wanted: AccountFilter) -> int:
        """How many accounts there are."""
        query = _filtered(select(func.count()).select_from(_ACCOUNTS), wanted)
        return int(self._connection.execute(query).scalar_one())

    def in_use(self, tenant: str, states: Collection[State]) -> int:
        """How many accounts of a tenant are in these states."""
        query = select(func.count()).where(_ACCOUNTS.c.tenant == tenant)
        query = query.where(_ACCOUNTS.c.state.in_([state.value for state in states]))
        return int(self._connection.execute(query).scalar_one())

    def states(self, within: str | None) -> dict[str, dict[State, int]]:
        """How many accounts each tenant has in each state."""
        query = select(_ACCOUNTS.c.tenant, _ACCOUNTS.c.state, func.count())
        if within is not None:
            query = query.where(_ACCOUNTS.c.tenant == within)
        found: dict[str, dict[State, int]] = {}
        for tenant, state, count in self._connection.execute(
            query.group_by(_ACCOUNTS.c.tenant, _ACCOUNTS.c.state)
        ):
            found.setdefault(tenant, {})[State(state)] = count
        return found

    def account(self, identifier: bytes, *, lock: bool = False) -> StoredAccount | None:
        """The account of this id; with `lock`, nobody else changes it until this transaction
        ends."""
        return self.accounts_of((identifier,), lock=lock).get(identifier)

    def accounts_of(
        self, identifiers: Iterable[bytes], *, lock: bool = False
    ) -> dict[bytes, StoredAccount]:
        """The accounts of these ids, by id; those that are not there are left out."""
        found: dict[bytes, StoredAccount] = {}
        for part in _parts(sorted(set(identifiers))):
            query = select(_ACCOUNTS).where(_ACCOUNTS.c.id.in_(part)).order_by(_ACCOUNTS.c.id)
            query = query.with_for_update() if lock else query
            for row in self._connection.execute(query).mappings():
                found[bytes(row["id"])] = stored_of(row)
        return found

    def by_names(self, tenant: str, names: Iterable[str]) -> dict[str, bytes]:
        """The ids of accounts that have these as aliases, by the folded name."""
        table = tables.account_names
        found: dict[str, bytes] = {}
        for part in _parts(sorted({fold(name) for name in names})):
            query = select(table.c.name, table.c.account_id).where(
                table.c.tenant == tenant, table.c.name.in_(part)
            )
            found |= {row.name: bytes(row.account_id) for row in self._connection.execute(query)}
        return found

    def by_external(self, tenant: str, provider: str, external_id: str) -> StoredAccount | None:
        """The account that another system knows by an id."""
        table = tables.account_ids
        query = select(table.c.account_id).where(
            table.c.tenant == tenant,
            table.c.provider == provider,
            table.c.external_id == external_id,
        )
        found = self._connection.execute(query).scalar()
        return None if found is None else self.account(bytes(found))

    def by_externals(
        self, tenant: str, ids: Iterable[tuple[str, str]]
    ) -> dict[tuple[str, str], bytes]:
        """The ids of accounts that other systems know so, by provider and id there."""
        table = tables.account_ids
        found: dict[tuple[str, str], bytes] = {}
        for part in _parts(sorted(set(ids))):
            query = select(table).where(
                table.c.tenant == tenant,
                tuple_(table.c.provider, table.c.external_id).in_(part),
            )
            for row in self._connection.execute(query):
                found[row.provider, row.external_id] = bytes(row.account_id)
        return found

    def providers(self, within: str | None) -> list[str]:
        """Other systems that have ids of accounts, by name."""
        table = tables.account_ids
        query = select(table.c.provider).distinct().order_by(table.c.provider)
        query = query if within is None else query.where(table.c.tenant == within)
        return list(self._connection.execute(query).scalars())

    def aliases(self, within: str | None = None) -> Iterator[tuple[str, str, str]]:
        """Tenant, name (letter case folded) and uid of every alias, in the order of the first
        two."""
        names = tables.account_names
        query = select(names.c.tenant, names.c.name, _ACCOUNTS.c.uid).join_from(
            names, _ACCOUNTS, names.c.account_id == _ACCOUNTS.c.id
        )
        if within is not None:
            query = query.where(names.c.tenant == within)
        query = query.order_by(names.c.tenant, names.c.name)
        streaming = self._connection.execution_options(yield_per=_AT_ONCE)
        with streaming.execute(query) as result:
            for row in result:
                yield row.tenant, row.name, row.uid

    def put(
        self, given: Sequence[tuple[StoredAccount | None, Account]], at: int
    ) -> list[StoredAccount]:
        """Keep accounts, each new or in place of what it was before, with their names and ids.

        Raises sqlalchemy.exc.IntegrityError for a name or an id that is another account's.
        """
        made = [
            StoredAccount(
                account=account,
                version=1 if before is None else before.version + 1,
                created=at if before is None or before.created is None else before.created,
                updated=at,
            )
            for before, account in given
        ]
        rows = [_row(one) for one in made]
        self._forget_names([row["id"] for row in rows])
        _execute(self._connection, _UPSERT, rows)
        _execute(self._connection, insert(tables.account_names), _names(made))
        _execute(self._connection, insert(tables.account_ids), _externals(made))
        return made

    def add(self, account: Account, at: int) -> StoredAccount:
        """Keep a new account. Raises sqlalchemy.exc.IntegrityError when it is there, or has a name
        or an id that is another one's."""
        made = StoredAccount(account=account, version=1, created=at, updated=at)
        self._connection.execute(insert(_ACCOUNTS).values(_row(made)))
        _execute(self._connection, insert(tables.account_names), _names([made]))
        _execute(self._connection, insert(tables.account_ids), _externals([made]))
        return made

    def remove(self, identifiers: Iterable[bytes]) -> int:
        """Forget accounts altogether, with their names and ids; how many there were."""
        gone = list(identifiers)
        self._forget_names(gone)
        count = 0
        for part in _parts(gone):
            count += self._connection.execute(
                delete(_ACCOUNTS).where(_ACCOUNTS.c.id.in_(part))
            ).rowcount
        return count

    def add_seen(self, seen: Iterable[Seen], at: int) -> int:
        """Keep what logs showed and nobody told of, as provisional; how many were new.

        Accounts that are there stay as they are, and what is another name of one is none.
        """
        met = self._unnamed(list(seen))
        self.add_tenants((one.tenant for one in met), Origin.LOG, at)
        said = Provenance(Origin.LOG, at)
        rows = []
        for one in met:
            name = "".join(c for c in one.name if c.isprintable())[:256]
            origins = {"uid": said, **({"display_name": said} if name else {})}
            account = Account(tenant=one.tenant, uid=one.uid, display_name=name, origins=origins)
            rows.append(_row(StoredAccount(account=account, version=1, created=at, updated=at)))
        return len(self._insert_new(_ACCOUNTS, rows))

    def _unnamed(self, seen: list[Seen]) -> list[Seen]:
        by_tenant: dict[str, list[Seen]] = {}
        for one in seen:
            by_tenant.setdefault(one.tenant, []).append(one)
        found: list[Seen] = []
        for tenant, those in by_tenant.items():
            known = self.by_names(tenant, (one.uid for one in those))
            found += [one for one in those if fold(one.uid) not in known]
        return found

    def _insert_new(self, table: Any, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        there: set[bytes] = set()
        for part in _parts([row["id"] for row in rows]):
            query = select(table.c.id).where(table.c.id.in_(part))
            there.update(bytes(found) for found in self._connection.execute(query).scalars())
        new = {row["id"]: row for row in rows if row["id"] not in there}
        columns = ", ".join(column.name for column in table.columns)
        values = ", ".join(f":{column.name}" for column in table.columns)
        # Names are those of our own tables. Another process may have made it meanwhile.
        statement = f"INSERT INTO {table.name} ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING"  # noqa: S608
        _execute(self._connection, text(statement), list(new.values()))
        return list(new.values())

    def _forget_names(self, identifiers: list[bytes]) -> None:
        for part in _parts(identifiers):
            for table in (tables.account_names, tables.account_ids):
                self._connection.execute(delete(table).where(table.c.account_id.in_(part)))


def _upsert() -> Any:
    names = [column.name for column in _ACCOUNTS.columns]
    changed = ", ".join(f"{name} = excluded.{name}" for name in names if name != "id")
    # Names are those of our own table.
    return text(
        f"INSERT INTO accounts ({', '.join(names)}) VALUES ({', '.join(f':{n}' for n in names)})"  # noqa: S608
        f" ON CONFLICT (id) DO UPDATE SET {changed}"
    )


_UPSERT: Final = _upsert()


def _execute(connection: Connection, statement: Any, rows: list[dict[str, Any]]) -> None:
    for part in _parts(rows):
        connection.execute(statement, part)


def _parts(values: Sequence[_T]) -> Iterator[list[_T]]:
    for start in range(0, len(values), _AT_ONCE):
        yield list(values[start : start + _AT_ONCE])


def _filtered(query: Select[Any], wanted: AccountFilter) -> Select[Any]:
    table = _ACCOUNTS.c
    for column, value in (
        (table.tenant, wanted.tenant),
        (table.kind, wanted.kind and wanted.kind.value),
        (table.state, wanted.state and wanted.state.value),
        (table.mfa, wanted.mfa and wanted.mfa.value),
        (table.privileged, wanted.privileged),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.text:
        query = query.where(table.search.contains(fold(wanted.text), autoescape=True))
    return query


def _row(stored: StoredAccount) -> dict[str, Any]:
    account = stored.account
    searched = (account.uid, account.display_name, account.email, *account.aliases)
    return {
        "id": stored.id,
        "account_key": account.subject.key(),
        "tenant": account.tenant,
        "uid": account.uid,
        "kind": account.kind.value,
        "state": account.state.value,
        "mfa": account.mfa.value,
        "privileged": account.privileged,
        "shared_until": None if account.sharing is None else account.sharing.until,
        "search": "\n".join(fold(word) for word in searched if word),
        "version": stored.version,
        "created": stored.created,
        "updated": stored.updated,
        "body": _encode(account),
    }


def _names(made: Iterable[StoredAccount]) -> list[dict[str, Any]]:
    return [
        {"tenant": one.account.tenant, "name": name, "account_id": one.id}
        for one in made
        for name in dict.fromkeys(fold(alias) for alias in one.account.aliases)
    ]


def _externals(made: Iterable[StoredAccount]) -> list[dict[str, Any]]:
    return [
        {
            "tenant": one.account.tenant,
            "provider": provider,
            "external_id": external_id,
            "account_id": one.id,
        }
        for one in made
        for provider, external_id in one.account.external.items()
    ]


def stored_of(row: RowMapping) -> StoredAccount:
    """An account of a row of its table."""
    return StoredAccount(
        account=_account.decode(row["body"]),
        version=row["version"],
        created=row["created"],
        updated=row["updated"],
    )


def _stored_tenant(row: RowMapping) -> StoredTenant:
    return StoredTenant(
        tenant=_tenant.decode(row["body"]),
        version=row["version"],
        created=row["created"],
        updated=row["updated"],
    )


def _tenant_row(stored: StoredTenant) -> dict[str, Any]:
    tenant = stored.tenant
    return {
        "id": stored.id,
        "uid": tenant.uid,
        "search": f"{fold(tenant.uid)}\n{fold(tenant.name)}",
        "version": stored.version,
        "created": stored.created,
        "updated": stored.updated,
        "body": _encode(tenant),
    }
