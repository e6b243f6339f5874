"""What applications asked before they answered their users, as it is stored."""

from collections.abc import Collection, Iterable, Sequence
from functools import cache
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Connection, Dialect, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from monitor.store import tables

MOST_AT_ONCE: Final = 500
_COLUMNS: Final = (
    "handle",
    "asker",
    "question",
    "subject_key",
    "tenant",
    "account",
    "session",
    "ip",
    "time",
    "event_id",
    "verdict",
    "risk",
    "created",
    "body",
)
_COMPARED: Final = (
    "handle",
    "event_id",
    "tenant",
    "account",
    "question",
    "session",
    "ip",
    "time",
)


class QuestionRow(Struct, frozen=True, kw_only=True):
    """One question. Times are ms since 1970 UTC. `question` is the log's own id of the sign-in
    where `asker` told it, else the handle; `event_id` is the event that the question is, `met_by`
    the log's own record of the same sign-in."""

    handle: str
    asker: str
    question: str
    subject_key: int
    tenant: str
    account: str
    session: str | None
    ip: str | None
    time: int
    event_id: bytes
    verdict: str
    risk: float
    created: int
    body: bytes
    met_by: bytes | None = None
    outcome: str | None = None


class Unmet(Struct, frozen=True):
    """A question that no record of a log is known for, as records are compared with it."""

    handle: str
    event: bytes
    tenant: str
    account: str
    question: str
    session: str | None
    ip: str | None
    time: int


def add(connection: Connection, rows: Sequence[QuestionRow]) -> set[str]:
    """Store them; the handles of those that are new: one that the same asker asked is kept as it
    was."""
    statement = _adding(connection.dialect)
    added: set[str] = set()
    for row in rows:
        values = {name: getattr(row, name) for name in _COLUMNS}
        told = values if _is_named(connection) else tuple(values.values())
        added.update(connection.exec_driver_sql(statement, told).scalars())
    return added


@cache
def _adding(dialect: Dialect) -> str:
    """Straight to the driver, as it is run for every sign-in."""
    build = postgresql.insert if dialect.name == "postgresql" else sqlite.insert
    statement = build(tables.sign_in_questions).values(dict.fromkeys(_COLUMNS))
    known = statement.on_conflict_do_nothing().returning(tables.sign_in_questions.c.handle)
    return str(known.compile(dialect=dialect))


def _is_named(connection: Connection) -> bool:
    """Whether the driver takes values by name."""
    return connection.dialect.paramstyle in ("pyformat", "named")


def by_handle(connection: Connection, handle: str) -> QuestionRow | None:
    """The question of this handle."""
    table = tables.sign_in_questions
    return _one(connection, table.c.handle == handle)


def by_question(connection: Connection, asker: str, question: str) -> QuestionRow | None:
    """What somebody asked under this name."""
    table = tables.sign_in_questions
    return _one(connection, and_(table.c.asker == asker, table.c.question == question))


def unmet(connection: Connection, keys: Collection[int], since: int, until: int) -> list[Unmet]:
    """Questions about accounts (their keys), from `since` to `until` (ms), that were met by no
    record yet; the oldest first."""
    table = tables.sign_in_questions
    wanted = sorted(keys)
    columns = [table.c[name] for name in _COMPARED]
    found: list[Unmet] = []
    for start in range(0, len(wanted), MOST_AT_ONCE):
        some = table.c.subject_key.in_(wanted[start : start + MOST_AT_ONCE])
        within = and_(some, table.c.time.between(since, until), table.c.met_by.is_(None))
        query = select(*columns).where(within).order_by(table.c.time, table.c.id)
        for handle, event, *rest in connection.execute(query):
            if event is not None:
                found.append(Unmet(handle, bytes(event), *rest))
    return found


def meet(connection: Connection, met: Iterable[tuple[bytes, bytes, int, str]]) -> None:
    """Note by which record (its id) the question of an event (its id) of an account (its key) is
    met, and how the record says that it ended."""
    table = tables.sign_in_questions
    statement = (
        update(table)
        .where(table.c.subject_key == bindparam("key"), table.c.event_id == bindparam("event"))
        .values(met_by=bindparam("record"), outcome=bindparam("ended"))
    )
    values = [
        {"event": event, "record": record, "key": key, "ended": ended}
        for event, record, key, ended in met
    ]
    if values:
        connection.execute(statement, values)


def end(connection: Connection, handle: str, outcome: str) -> bool:
    """Note how a question's sign-in ended; False where that is known already."""
    table = tables.sign_in_questions
    mine = and_(table.c.handle == handle, table.c.outcome.is_(None))
    return connection.execute(update(table).where(mine).values(outcome=outcome)).rowcount == 1


def rename(
    connection: Connection, tenant: str, former: tuple[int, str], now: tuple[int, str]
) -> None:
    """Give what was asked of an account under a name (key and name) to the account that it is."""
    table = tables.sign_in_questions
    mine = and_(
        table.c.subject_key == former[0], table.c.tenant == tenant, table.c.account == former[1]
    )
    values = {"subject_key": now[0], "account": now[1]}
    connection.execute(update(table).where(mine).values(values))


def unask(connection: Connection, events: Iterable[tuple[bytes, int]]) -> None:
    """Delete the questions of events (their ids) about accounts (their keys), with what was
    demanded of their sessions because of them."""
    asked, demands, changes = tables.sign_in_questions, tables.session_demands, tables.gate_changes
    for event, key in events:
        mine = (asked.c.subject_key == key, asked.c.event_id == event)
        for (handle,) in connection.execute(
            delete(asked).where(*mine).returning(asked.c.handle)
        ).all():
            reason = (demands.c.subject_key == key, demands.c.key == f"question.{handle}")
            connection.execute(delete(demands).where(*reason))
            connection.execute(delete(changes).where(changes.c.subject_key == key))


def span(connection: Connection) -> tuple[int, int] | None:
    """When the first and the last one was asked (ms); None where none was."""
    created = tables.sign_in_questions.c.created
    # Each by itself is one look at the index.
    first = connection.execute(select(func.min(created))).scalar()
    last = connection.execute(select(func.max(created))).scalar()
    return None if first is None or last is None else (first, last)


def forget(connection: Connection, before: int, most: int) -> int:
    """Delete some of those asked before a time (ms); how many."""
    table = tables.sign_in_questions
    old = select(table.c.id).where(table.c.created < before).order_by(table.c.created).limit(most)
    return int(connection.execute(delete(table).where(table.c.id.in_(old))).rowcount)


def old(connection: Connection, before: int) -> int:
    """How many would be deleted."""
    table = tables.sign_in_questions
    query = select(func.count()).select_from(table).where(table.c.created < before)
    return int(connection.execute(query).scalar_one())


def _one(connection: Connection, condition: Any) -> QuestionRow | None:
    table = tables.sign_in_questions
    columns = [table.c[name] for name in (*_COLUMNS, "met_by", "outcome")]
    row = connection.execute(select(*columns).where(condition)).first()
    return None if row is None else QuestionRow(**row._mapping)
