"""Restrictions of accounts, and objections of the people behind them, as they are stored."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Table, insert, select, update

from detectors.core.identity import Subject
from monitor.store import gate_changes, tables
from monitor.store.erasures import tell


class Restriction(Struct, frozen=True, kw_only=True):
    """An account whose data is kept and not used, from `since` to `until` (ms), None for still."""

    id: int
    tenant: str
    account: str
    since: int
    until: int | None
    reason: str
    actor: str
    released_by: str | None
    released_for: str | None


class Objection(Struct, frozen=True, kw_only=True):
    """What a person objected to, when it was received (ms), and what was decided, None for not
    yet."""

    id: int
    tenant: str
    account: str
    received: int
    grounds: str
    actor: str
    decided: int | None
    upheld: bool | None
    decision: str | None
    decided_by: str | None


def restrict(connection: Connection, subject: Subject, now: int, reason: str, actor: str) -> int:
    """Begin one; its id."""
    identifier = _add(
        connection, tables.restrictions, subject, since=now, reason=reason, actor=actor
    )
    tell(connection)
    gate_changes.tell(connection, subject.tenant, subject.uid)
    return identifier


def release(connection: Connection, identifier: int, now: int, reason: str, actor: str) -> bool:
    """End one; whether it was still on."""
    table = tables.restrictions
    mine = (table.c.id == identifier, table.c.until.is_(None))
    values = {"until": now, "released_by": actor, "released_for": reason}
    whose = (table.c.tenant, table.c.account)
    statement = update(table).where(*mine).values(values).returning(*whose)
    changed = connection.execute(statement).first()
    tell(connection)
    if changed is not None:
        gate_changes.tell(connection, *changed)
    return changed is not None


def standing(connection: Connection) -> set[tuple[str, str]]:
    """The (tenant, account) that are restricted now."""
    table = tables.restrictions
    query = select(table.c.tenant, table.c.account).where(table.c.until.is_(None))
    return {(tenant, account) for tenant, account in connection.execute(query)}


def restrictions(
    connection: Connection, tenant: str | None = None, *, over: bool = False, most: int = 200
) -> list[Restriction]:
    """Those that are on, and those that are over where asked for; the latest first."""
    table = tables.restrictions
    query = select(*_columns(table, Restriction)).order_by(table.c.id.desc()).limit(most)
    if not over:
        query = query.where(table.c.until.is_(None))
    if tenant is not None:
        query = query.where(table.c.tenant == tenant)
    return [Restriction(**row._mapping) for row in connection.execute(query)]


def restrictions_of(connection: Connection, subject: Subject) -> list[Restriction]:
    """All of one account, the oldest first."""
    rows = _of(connection, tables.restrictions, Restriction, subject)
    return [Restriction(**row._mapping) for row in rows]


def restriction(connection: Connection, identifier: int) -> Restriction | None:
    """One of them."""
    table = tables.restrictions
    query = select(*_columns(table, Restriction)).where(table.c.id == identifier)
    row = connection.execute(query).first()
    return None if row is None else Restriction(**row._mapping)


def hidden(connection: Connection) -> set[int]:
    """The keys of the accounts that are restricted now."""
    table = tables.restrictions
    query = select(table.c.subject_key).where(table.c.until.is_(None))
    return set(connection.execute(query).scalars())


def object_to(connection: Connection, subject: Subject, now: int, grounds: str, actor: str) -> int:
    """Store an objection; its id."""
    return _add(connection, tables.objections, subject, received=now, grounds=grounds, actor=actor)


def decide(
    connection: Connection, identifier: int, now: int, *, upheld: bool, decision: str, actor: str
) -> bool:
    """Store what was decided; whether it was open."""
    table = tables.objections
    mine = (table.c.id == identifier, table.c.decided.is_(None))
    values = {"decided": now, "upheld": upheld, "decision": decision, "decided_by": actor}
    return connection.execute(update(table).where(*mine).values(values)).rowcount == 1


def objections(
    connection: Connection, tenant: str | None = None, *, most: int = 200
) -> list[Objection]:
    """The latest first."""
    table = tables.objections
    query = select(*_columns(table, Objection)).order_by(table.c.id.desc()).limit(most)
    if tenant is not None:
        query = query.where(table.c.tenant == tenant)
    return [Objection(**row._mapping) for row in connection.execute(query)]


def objections_of(connection: Connection, subject: Subject) -> list[Objection]:
    """All of one account, the oldest first."""
    rows = _of(connection, tables.objections, Objection, subject)
    return [Objection(**row._mapping) for row in rows]


def objection(connection: Connection, identifier: int) -> Objection | None:
    """One of them."""
    table = tables.objections
    query = select(*_columns(table, Objection)).where(table.c.id == identifier)
    row = connection.execute(query).first()
    return None if row is None else Objection(**row._mapping)


def _add(connection: Connection, table: Table, subject: Subject, **values: Any) -> int:
    row = {"tenant": subject.tenant, "account": subject.uid, "subject_key": subject.key()}
    statement = insert(table).values(row | values).returning(table.c.id)
    return int(connection.execute(statement).scalar_one())


def _of(
    connection: Connection, table: Table, kind: type[Struct], subject: Subject
) -> Sequence[Any]:
    query = select(*_columns(table, kind)).where(
        table.c.subject_key == subject.key(),
        table.c.tenant == subject.tenant,
        table.c.account == subject.uid,
    )
    return connection.execute(query.order_by(table.c.id)).all()


def _columns(table: Table, kind: type[Struct]) -> list[Any]:
    return [table.c[name] for name in kind.__struct_fields__]
