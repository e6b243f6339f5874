"""Imports as they are kept: what each line would do, what was before, and where it stands."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update
from sqlalchemy.engine import RowMapping

from detectors.core.context import AccountKind
from detectors.core.event import DAY, HOUR
from monitor.directory.comparing import Compared
from monitor.directory.importing import (
    PREVIEW_HOURS,
    UNDO_DAYS,
    Import,
    ImportState,
    Outcome,
    Row,
)
from monitor.store import tables
from monitor.store.directory import StoredAccount, stored_of

_IMPORTS = tables.imports
_ROWS = tables.import_rows
_AT_ONCE: Final = 500
_OPEN: Final = ("active", "suspended")
_encode = msgspec.msgpack.Encoder().encode
_import = msgspec.msgpack.Decoder(Import)
_row = msgspec.msgpack.Decoder(Row)


class StoredImport(Struct, frozen=True, kw_only=True):
    """An import as it is kept; `tenant` is the only one that it is for, None for any. Times are ms
    since 1970 UTC."""

    id: int
    tenant: str | None
    state: ImportState
    created: int
    decided: int | None
    told: Import


class StoredRow(Struct, frozen=True, kw_only=True):
    """What one line does; `version` is the account's before, 0 where it was not there, and
    `applied` what it became."""

    number: int
    outcome: Outcome
    account_id: bytes | None
    tenant: str | None
    version: int
    applied: int | None
    row: Row


class ImportTable:
    """The imports of one database, on one connection and in its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def create(self, tenant: str | None, told: Import, at: int) -> int:
        """A new import that is being read; its number."""
        values = {
            "tenant": tenant,
            "state": ImportState.READING.value,
            "created": at,
            "body": _encode(told),
        }
        query = insert(_IMPORTS).values(values).returning(_IMPORTS.c.id)
        return int(self._connection.execute(query).scalar_one())

    def get(self, number: int, *, lock: bool = False) -> StoredImport | None:
        """The import of this number; with `lock`, nobody else decides on it meanwhile."""
        query = select(_IMPORTS).where(_IMPORTS.c.id == number)
        query = query.with_for_update() if lock else query
        row = self._connection.execute(query).mappings().first()
        return None if row is None else _stored(row)

    def last(self, within: str | None, limit: int) -> list[StoredImport]:
        """Imports, the last first; only those for `within` where it is given."""
        query = select(_IMPORTS).order_by(_IMPORTS.c.id.desc()).limit(limit)
        if within is not None:
            query = query.where(_IMPORTS.c.tenant == within)
        return [_stored(row) for row in self._connection.execute(query).mappings()]

    def put(self, number: int, state: ImportState, told: Import, decided: int | None) -> None:
        """Where an import stands now."""
        values = {"state": state.value, "body": _encode(told), "decided": decided}
        mine = update(_IMPORTS).where(_IMPORTS.c.id == number)
        self._connection.execute(mine.values(values))

    def add_rows(self, number: int, first: int, compared: Sequence[Compared]) -> None:
        """What lines of an import come to; the first has the number `first`."""
        rows = [
            {
                "import_id": number,
                "number": first + at,
                "outcome": one.outcome.value,
                "account_id": one.id,
                "tenant": one.tenant,
                "version": one.version,
                "applied": None,
                "body": _encode(one.row),
            }
            for at, one in enumerate(compared)
        ]
        for start in range(0, len(rows), _AT_ONCE):
            self._connection.execute(insert(_ROWS), rows[start : start + _AT_ONCE])

    def rows(
        self, number: int, outcomes: Iterable[Outcome], after: int, limit: int
    ) -> list[StoredRow]:
        """Rows of an import with these outcomes, those behind `after`."""
        query = (
            select(_ROWS)
            .where(
                _ROWS.c.import_id == number,
                _ROWS.c.outcome.in_([one.value for one in outcomes]),
                _ROWS.c.number > after,
            )
            .order_by(_ROWS.c.number)
            .limit(limit)
        )
        return [_stored_row(row) for row in self._connection.execute(query).mappings()]

    def not_named(self, number: int, after: bytes, limit: int) -> list[StoredAccount]:
        """Accounts in use, of the tenants that an import names, that it does not name; by id."""
        accounts = tables.accounts
        tenants = select(_ROWS.c.tenant).where(_ROWS.c.import_id == number).distinct()
        named = exists().where(_ROWS.c.import_id == number, _ROWS.c.account_id == accounts.c.id)
        query = (
            select(accounts)
            .where(
                accounts.c.tenant.in_(tenants),
                accounts.c.state.in_(_OPEN),
                accounts.c.id > after,
                ~named,
            )
            .order_by(accounts.c.id)
            .limit(limit)
        )
        return [stored_of(row) for row in self._connection.execute(query).mappings()]

    def people(self, number: int) -> int:
        """How many accounts of people in use the tenants have that an import names."""
        accounts = tables.accounts
        tenants = select(_ROWS.c.tenant).where(_ROWS.c.import_id == number).distinct()
        query = (
            select(func.count())
            .select_from(accounts)
            .where(
                accounts.c.tenant.in_(tenants),
                accounts.c.state.in_(_OPEN),
                accounts.c.kind == AccountKind.PERSON.value,
            )
        )
        return int(self._connection.execute(query).scalar_one())

    def set_applied(self, number: int, applied: Mapping[int, int], rows: Mapping[int, Row]) -> None:
        """Which version each account became, by row; `rows` are those that came out otherwise than
        they were shown."""
        mine = update(_ROWS).where(_ROWS.c.import_id == number, _ROWS.c.number == bindparam("at"))
        values = [{"at": at, "made": version} for at, version in applied.items()]
        if values:
            self._connection.execute(mine.values(applied=bindparam("made")), values)
        changed = [{"at": at, "made": _encode(row)} for at, row in rows.items()]
        if changed:
            self._connection.execute(mine.values(body=bindparam("made")), changed)

    def forget_rows(self, number: int) -> None:
        """Drop what an import would do or did: it can be undone no more."""
        self._connection.execute(delete(_ROWS).where(_ROWS.c.import_id == number))

    def outdated(self, at: int) -> list[int]:
        """Imports whose rows are of no use any more: previews that nobody decided on, and what can
        be undone no more."""
        undecided_before, decided_before = at - PREVIEW_HOURS * HOUR, at - UNDO_DAYS * DAY
        waiting = (ImportState.READING.value, ImportState.PREVIEWED.value)
        has_rows = exists().where(_ROWS.c.import_id == _IMPORTS.c.id)
        query = select(_IMPORTS.c.id).where(
            has_rows,
            (_IMPORTS.c.state.in_(waiting) & (_IMPORTS.c.created < undecided_before))
            | (_IMPORTS.c.decided < decided_before),
        )
        return [int(number) for number in self._connection.execute(query).scalars()]


def forget_old(connection: Connection, at: int) -> int:
    """Drop the rows of imports that are of no use any more at a time (ms), for they name people;
    how many imports."""
    table = ImportTable(connection)
    old = table.outdated(at)
    for number in old:
        table.forget_rows(number)
    return len(old)


def _stored(row: RowMapping) -> StoredImport:
    return StoredImport(
        id=row["id"],
        tenant=row["tenant"],
        state=ImportState(row["state"]),
        created=row["created"],
        decided=row["decided"],
        told=_import.decode(row["body"]),
    )


def _stored_row(row: RowMapping) -> StoredRow:
    return StoredRow(
        number=row["number"],
        outcome=Outcome(row["outcome"]),
        account_id=None if row["account_id"] is None else bytes(row["account_id"]),
        tenant=row["tenant"],
        version=row["version"] or 0,
        applied=row["applied"],
        row=_row.decode(row["body"]),
    )
