"""Factors as they are kept, within whatever transaction is open: of reviewers and of accounts."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

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
    """One factor; `secret` is sealed, or a digest. Times are ms since 1970 UTC."""

    id: int
    kind: str
    secret: bytes
    created: int
    last_used: int | None
    step: int | None


_COLUMNS = [tables.factors.c[name] for name in FactorRow.__struct_fields__]


def of(connection: Connection, owner: Owner) -> list[FactorRow]:
    """All of somebody's factors, in the order in which they came."""
    table = tables.factors
    query = select(*_COLUMNS).where(*_mine(owner)).order_by(table.c.id)
    return [
        FactorRow(**{**row, "secret": bytes(row["secret"])})
        for row in connection.execute(query).mappings()
    ]


def replace(
    connection: Connection, owner: Owner, kind: str, secrets: Iterable[bytes], now: int
) -> None:
    """Keep these in place of all that somebody has of a kind."""
    connection.execute(delete(tables.factors).where(*_mine(owner), tables.factors.c.kind == kind))
    rows = [
        {
            "owner_kind": owner.kind,
            "owner": owner.uid,
            "subject_key": owner.subject_key,
            "kind": kind,
            "secret": secret,
            "created": now,
        }
        for secret in secrets
    ]
    if rows:
        connection.execute(insert(tables.factors), rows)


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


def take_code(connection: Connection, owner: Owner, digest: bytes, now: int) -> bool:
    """Use up a recovery code. Of several that try at once, one succeeds."""
    table = tables.factors
    unused = (table.c.kind == RECOVERY, table.c.secret == digest, table.c.last_used.is_(None))
    taken = update(table).where(*_mine(owner), *unused)
    return bool(connection.execute(taken.values(last_used=now)).rowcount)


def note_used(connection: Connection, factor: int, now: int) -> None:
    """Remember when one was last used."""
    table = tables.factors
    connection.execute(update(table).where(table.c.id == factor).values(last_used=now))


def remove(connection: Connection, owner: Owner, *kinds: str) -> None:
    """Forget somebody's factors of these kinds, of all where none is named."""
    table = tables.factors
    some = (table.c.kind.in_(kinds),) if kinds else ()
    connection.execute(delete(table).where(*_mine(owner), *some))


def _mine(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    table = tables.factors
    return table.c.owner_kind == owner.kind, table.c.owner == owner.uid
