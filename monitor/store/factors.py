"""Factors as they are kept, within whatever transaction is open: of reviewers and of accounts."""

from collections.abc import Iterable
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    delete,
    insert,
    or_,
    select,
    update,
)

from monitor.store import tables

PASSWORD: Final = "password"
TOTP: Final = "totp"
RECOVERY: Final = "recovery"
PASSKEY: Final = "passkey"
ACCOUNT: Final = "account"
"""The kind of owner that an account of the SaaS is."""


class Owner(Struct, frozen=True):
    """Whose factors they are: `reviewer` or `account`, with the id among those; of an account also
    what tables know it by."""

    kind: str
    uid: str
    subject_key: int | None = None

    @property
    def reference(self) -> str:
        """What a secret is bound to."""
        return f"{self.kind}:{self.uid}"


class FactorRow(Struct, frozen=True):
    """One factor; `secret` is sealed. Times are ms since 1970 UTC.

    `step` is the last one of one-time codes that was taken; of a passkey, when what it last proved
    was asked. A recovery code without a `selector` is a digest, as they once were.
    """

    id: int
    kind: str
    secret: bytes
    created: int
    last_used: int | None
    step: int | None
    handle: str | None = None
    name: str | None = None
    credential: bytes | None = None
    counter: int | None = None
    backed_up: bool | None = None
    selector: str | None = None

    @property
    def called(self) -> str:
        """What it is called in addresses: those that were there before are called by number."""
        return self.handle or f"{self.id:032x}"


_COLUMNS = [tables.factors.c[name] for name in FactorRow.__struct_fields__]


def of(connection: Connection, owner: Owner) -> list[FactorRow]:
    """All of somebody's factors, in the order in which they came."""
    query = select(*_COLUMNS).where(*_mine(owner)).order_by(tables.factors.c.id)
    return [_row(row) for row in connection.execute(query).mappings()]


def by_credential(
    connection: Connection, kind: str, digest: bytes
) -> tuple[Owner, FactorRow] | None:
    """The passkey with this digest of its id, of an owner of this kind, and whose it is."""
    table = tables.factors
    query = select(*_COLUMNS, table.c.owner, table.c.subject_key)
    found = connection.execute(
        query.where(table.c.credential == digest, table.c.owner_kind == kind)
    ).mappings()
    row = found.one_or_none()
    if row is None:
        return None
    return Owner(kind, row["owner"], row["subject_key"]), _row(row)


def add(
    connection: Connection, owner: Owner, kind: str, secret: bytes, now: int, **more: Any
) -> int:
    """Keep one more; `more` are values of other columns. Its id."""
    row = _values(owner, kind, secret, now) | more
    made = connection.execute(insert(tables.factors).values(row).returning(tables.factors.c.id))
    return int(made.scalar_one())


def replace(
    connection: Connection, owner: Owner, kind: str, secrets: Iterable[bytes], now: int
) -> None:
    """Keep these in place of all that somebody has of a kind."""
    remove(connection, owner, kind)
    rows = [_values(owner, kind, secret, now) for secret in secrets]
    if rows:
        connection.execute(insert(tables.factors), rows)


def rename(connection: Connection, factor: int, name: str) -> None:
    """Call one otherwise."""
    table = tables.factors
    connection.execute(update(table).where(table.c.id == factor).values(name=name))


def drop(connection: Connection, factor: int) -> bool:
    """Forget one; False where it is gone already."""
    table = tables.factors
    return bool(connection.execute(delete(table).where(table.c.id == factor)).rowcount)


def renew(connection: Connection, factor: FactorRow, secret: bytes) -> None:
    """Keep the same factor's secret in another form."""
    table = tables.factors
    mine = (table.c.id == factor.id, table.c.secret == factor.secret)
    connection.execute(update(table).where(*mine).values(secret=secret))


def take_step(connection: Connection, factor: int, step: int, now: int) -> bool:
    """Use up a step of one-time codes. Of several that try at once, one succeeds; and none with an
    earlier step than the last."""
    table = tables.factors
    free = or_(table.c.step.is_(None), table.c.step < step)
    taken = update(table).where(table.c.id == factor, table.c.kind == TOTP, free)
    return bool(connection.execute(taken.values(step=step, last_used=now)).rowcount)


def take_code(connection: Connection, factor: int, now: int) -> bool:
    """Use up a recovery code. Of several that try at once, one succeeds."""
    table = tables.factors
    unused = (table.c.id == factor, table.c.kind == RECOVERY, table.c.last_used.is_(None))
    return bool(connection.execute(update(table).where(*unused).values(last_used=now)).rowcount)


def take_passkey(
    connection: Connection, seen: FactorRow, asked: int, counter: int, *, backed_up: bool, now: int
) -> bool:
    """Use up what was asked of a passkey at a time (ms): False where something asked then or later
    was proved by it before, or its authenticator's count was brought further meanwhile."""
    table = tables.factors
    fresh = (
        table.c.id == seen.id,
        table.c.kind == PASSKEY,
        or_(table.c.step.is_(None), table.c.step < asked),
        table.c.counter == seen.counter,
    )
    taken = update(table).where(*fresh)
    values = {"step": asked, "counter": counter, "backed_up": backed_up, "last_used": now}
    return bool(connection.execute(taken.values(values)).rowcount)


def note_used(connection: Connection, factor: int, now: int) -> None:
    """Remember when one was last used."""
    table = tables.factors
    connection.execute(update(table).where(table.c.id == factor).values(last_used=now))


def remove(connection: Connection, owner: Owner, *kinds: str) -> None:
    """Forget somebody's factors of these kinds, of all where none is named."""
    table = tables.factors
    some = (table.c.kind.in_(kinds),) if kinds else ()
    connection.execute(delete(table).where(*_mine(owner), *some))


def _values(owner: Owner, kind: str, secret: bytes, now: int) -> dict[str, Any]:
    return {
        "owner_kind": owner.kind,
        "owner": owner.uid,
        "subject_key": owner.subject_key,
        "kind": kind,
        "secret": secret,
        "created": now,
    }


def _row(row: RowMapping) -> FactorRow:
    values = {name: row[name] for name in FactorRow.__struct_fields__}
    return FactorRow(**{**values, "secret": bytes(row["secret"])})


def _mine(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    table = tables.factors
    return table.c.owner_kind == owner.kind, table.c.owner == owner.uid
