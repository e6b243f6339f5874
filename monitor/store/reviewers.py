"""Reviewers as they are kept, within whatever transaction is open."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, and_, delete, func, insert, or_, select, text, update
from sqlalchemy.engine import RowMapping

from monitor.store import tables


class ReviewerRow(Struct, frozen=True):
    """One reviewer. Times are ms since 1970 UTC, None for never; `tenant` None for all."""

    uid: str
    email: str
    name: str
    role: str
    tenant: str | None
    state: str
    version: int
    created: int
    last_sign_in: int | None


_COLUMNS = [tables.reviewers.c[name] for name in ReviewerRow.__struct_fields__]


def email_key(email: str) -> str:
    """What two spellings of one address have in common."""
    return email.strip().casefold()


def add(connection: Connection, row: ReviewerRow) -> None:
    """Keep a new one. Raises sqlalchemy.exc.IntegrityError where the address is taken."""
    values = {name: getattr(row, name) for name in ReviewerRow.__struct_fields__}
    values["email_key"] = email_key(row.email)
    connection.execute(insert(tables.reviewers).values(values))


def by_uid(connection: Connection, uid: str) -> ReviewerRow | None:
    """The one of this id."""
    return _one(connection, tables.reviewers.c.uid == uid)


def by_email(connection: Connection, email: str) -> ReviewerRow | None:
    """The one of this address, however it is spelt."""
    return _one(connection, tables.reviewers.c.email_key == email_key(email))


def page(
    connection: Connection, most: int, after: tuple[str, str] | None = None
) -> list[ReviewerRow]:
    """So many of them by address, behind that one (`email_key` and id)."""
    table = tables.reviewers
    query = select(*_COLUMNS).order_by(table.c.email_key, table.c.uid).limit(most)
    if after is not None:
        key, uid = after
        behind = and_(table.c.email_key == key, table.c.uid > uid)
        query = query.where(or_(table.c.email_key > key, behind))
    return [_row(row) for row in connection.execute(query).mappings()]


def change(connection: Connection, uid: str, version: int, values: Mapping[str, Any]) -> bool:
    """Change one that is still of this version, which goes up by one; False where it is not."""
    table = tables.reviewers
    changed = dict(values) | {"version": version + 1}
    if "email" in changed:
        changed["email_key"] = email_key(changed["email"])
    mine = (table.c.uid == uid, table.c.version == version)
    return bool(connection.execute(update(table).where(*mine).values(changed)).rowcount)


def note_sign_in(connection: Connection, uid: str, now: int) -> None:
    """Remember when somebody last signed in; that is no change of theirs."""
    table = tables.reviewers
    connection.execute(update(table).where(table.c.uid == uid).values(last_sign_in=now))


def remove(connection: Connection, uid: str) -> bool:
    """Forget one altogether."""
    table = tables.reviewers
    return bool(connection.execute(delete(table).where(table.c.uid == uid)).rowcount)


def lock(connection: Connection, role: str, state: str) -> list[str]:
    """The ids of all of a role and state, which nobody else changes until the transaction ends."""
    table = tables.reviewers
    query = select(table.c.uid).where(table.c.role == role, table.c.state == state)
    return [row.uid for row in connection.execute(query.order_by(table.c.uid).with_for_update())]


def lock_all(connection: Connection) -> None:
    """Let nobody be made or changed by others until the transaction ends, even where there is
    nobody yet."""
    if connection.dialect.name == "postgresql":
        # Rows that are not there cannot be locked; SQLite has one writer at a time anyway.
        connection.execute(text(f"LOCK TABLE {tables.reviewers.name} IN SHARE ROW EXCLUSIVE MODE"))


def count(connection: Connection, role: str, state: str) -> int:
    """How many there are of a role and state."""
    table = tables.reviewers
    query = select(func.count()).select_from(table)
    found = connection.execute(query.where(table.c.role == role, table.c.state == state))
    return int(found.scalar_one())


def _one(connection: Connection, condition: Any) -> ReviewerRow | None:
    row = connection.execute(select(*_COLUMNS).where(condition)).mappings().first()
    return None if row is None else _row(row)


def _row(row: RowMapping) -> ReviewerRow:
    return ReviewerRow(**dict(row))
