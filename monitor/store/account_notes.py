"""What people wrote about accounts by hand: rows that go with the account when it is erased."""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from detectors.core.identity import Subject
from monitor.store import tables

_TABLE: Final = tables.account_notes


class Note(Struct, frozen=True, kw_only=True):
    """One note: when (ms) and by whom, a reference and a name, it was written."""

    id: int
    tenant: str
    account: str
    time: int
    actor: str
    actor_name: str
    text: str


def add(
    connection: Connection, subject: Subject, time: int, actor: str, actor_name: str, text: str
) -> Note:
    """Keep a new one."""
    values: dict[str, Any] = {
        "tenant": subject.tenant,
        "account": subject.uid,
        "time": time,
        "actor": actor,
        "actor_name": actor_name,
        "text": text,
    }
    row = values | {"subject_key": subject.key()}
    made = connection.execute(insert(_TABLE).values(row).returning(_TABLE.c.id)).scalar_one()
    return Note(id=int(made), **values)


def of_account(
    connection: Connection, subject: Subject, before: int | None = None, most: int = 50
) -> list[Note]:
    """Those about an account, the last first, those with ids less than `before`."""
    query = select(*_columns()).where(*_about(subject))
    if before is not None:
        query = query.where(_TABLE.c.id < before)
    query = query.order_by(_TABLE.c.id.desc()).limit(most)
    return [Note(**row) for row in connection.execute(query).mappings()]


def of_id(connection: Connection, identifier: int) -> Note | None:
    """One of them."""
    query = select(*_columns()).where(_TABLE.c.id == identifier)
    row = connection.execute(query).mappings().first()
    return None if row is None else Note(**row)


def count(connection: Connection, subject: Subject) -> int:
    """How many there are about an account."""
    query = select(func.count()).select_from(_TABLE).where(*_about(subject))
    return int(connection.execute(query).scalar_one())


def remove(connection: Connection, identifier: int) -> bool:
    """Forget one; whether it was there."""
    statement = delete(_TABLE).where(_TABLE.c.id == identifier)
    return connection.execute(statement).rowcount == 1


def _about(subject: Subject) -> tuple[ColumnElement[bool], ...]:
    return (
        _TABLE.c.subject_key == subject.key(),
        _TABLE.c.tenant == subject.tenant,
        _TABLE.c.account == subject.uid,
    )


def _columns() -> list[Any]:
    return [_TABLE.c[name] for name in Note.__struct_fields__]
