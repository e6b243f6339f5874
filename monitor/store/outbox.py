"""Orders for the outside world: written with what decided them, kept until they are settled.

Whoever decides something enqueues its orders in the same transaction; `monitor.store.leases` is
what the process that delivers asks.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, and_, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts import digest
from alerts.measure import OPEN, TOUCHED
from alerts.outbox import OPPOSITE, Because, State
from alerts.ports import AccountState, Action, Order, Receipt
from detectors.core.identity import Subject, SubjectKind
from monitor.store import stream, tables

MOST: Final = 200
T = TypeVar("T")
_ENDED: Final = (State.DONE, State.CANCELLED)
_encode = msgspec.msgpack.Encoder().encode
_order = msgspec.msgpack.Decoder(Order).decode


class Carried(Struct, frozen=True, kw_only=True):
    """That an order was carried out at a time (ms): what the responder said of it, and how the
    account was read back, None where nobody can tell."""

    receipt: Receipt
    at: int
    seen: AccountState | None = None


_carried = msgspec.msgpack.Decoder(Carried).decode


class OrderRow(Struct, frozen=True, kw_only=True):
    """One order to one responder. Times are ms since 1970 UTC.

    `emptied` is when what it said of people was taken out of `order`.
    `since` is when it was written or driven again, `due` when it is tried next. `holder` tries it
    now and has to be heard of by `leased`. `reason` is why it was not done at the last attempt
    (`alerts.outbox.reason_of` says it in words), `carried` what came of it when it was. Of one that
    is not readable, as another version wrote it or it is damaged, `order` says next to nothing.
    """

    id: int
    key: str
    responder: str
    action: Action
    tenant: str
    subject_key: int | None
    measure: int | None
    ticket: int | None
    state: State
    attempts: int
    since: int
    due: int
    holder: str | None
    leased: int | None
    reason: str | None
    created: int
    updated: int
    order: Order
    carried: Carried | None
    is_readable: bool = True
    emptied: int | None = None


class Tally(Struct, frozen=True):
    """How many orders of a responder are in a state, and when the oldest of them was written."""

    responder: str
    state: State
    count: int
    oldest: int


class Wanted(Struct, frozen=True, kw_only=True):
    """Which orders are asked for; all of what is said has to hold."""

    states: frozenset[State] = frozenset()
    responder: str | None = None
    action: Action | None = None
    measure: int | None = None
    ticket: int | None = None


def enqueue(
    connection: Connection, order: Order, responder: str, *, due: int | None = None
) -> bool:
    """Write an order to a responder in the open transaction, to be tried from `due` (ms) on; False
    where the responder was given it before, whatever became of it."""
    table = tables.outbox
    # What can wait lies for a moment, to be gathered with others.
    begins = digest.due(order, order.issued if due is None else max(due, order.issued))
    values = {
        "key": key_of(order, responder),
        "responder": responder,
        "action": order.action,
        "tenant": order.tenant,
        "subject_key": subject_key_of(order),
        "measure_id": order.measure,
        "ticket_id": order.ticket,
        "state": State.WAITING,
        "body": _encode(order),
        "attempts": 0,
        "since": begins,
        "due": begins,
        "created": order.issued,
        "updated": order.issued,
    }
    # Two that decide the same at once: the second waits for the first, and then it is known.
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(table)
    statement = insert.values(values).on_conflict_do_nothing(index_elements=["key"])
    number = connection.execute(statement.returning(table.c.id)).scalar()
    if number is None:
        return False
    tell(connection, number, order.tenant)
    return True


def key_of(order: Order, responder: str) -> str:
    """What makes an order to a responder one row."""
    return f"{responder}:{order.key}"


def subject_key_of(order: Order) -> int | None:
    """The key of the account that an order is about."""
    if order.target is None:
        return None
    return Subject(SubjectKind.ACCOUNT, order.target.tenant, order.target.account).key()


def row(connection: Connection, number: int) -> OrderRow | None:
    """One order."""
    found = connection.execute(select(tables.outbox).where(tables.outbox.c.id == number)).first()
    return None if found is None else row_of(found)


def of_measure(connection: Connection, measure: int) -> list[OrderRow]:
    """A measure's orders, the oldest first."""
    return _rows(connection, tables.outbox.c.measure_id == measure)


def of_ticket(connection: Connection, ticket: int) -> list[OrderRow]:
    """A ticket's orders, the oldest first."""
    return _rows(connection, tables.outbox.c.ticket_id == ticket)


def of_account(connection: Connection, subject: Subject) -> list[OrderRow]:
    """The orders about an account, the oldest first."""
    found = _rows(connection, tables.outbox.c.subject_key == subject.key())
    return [one for one in found if _is_about(one, subject)]


def page(
    connection: Connection, wanted: Wanted, before: int | None = None, limit: int = MOST
) -> list[OrderRow]:
    """The newest of those wanted, with ids less than `before`."""
    table = tables.outbox
    query = select(table).where(*_where(wanted)).order_by(table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(table.c.id < before)
    return [row_of(found) for found in connection.execute(query)]


def numbers(connection: Connection, wanted: Wanted, limit: int) -> list[int]:
    """The ids of those wanted, the oldest first."""
    table = tables.outbox
    query = select(table.c.id).where(*_where(wanted)).order_by(table.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def tallies(connection: Connection) -> list[Tally]:
    """How many orders there are, by responder and state."""
    table = tables.outbox
    by = (table.c.responder, table.c.state)
    query = select(*by, func.count(), func.min(table.c.created)).group_by(*by).order_by(*by)
    return [Tally(name, State(state), *rest) for name, state, *rest in connection.execute(query)]


def latest(connection: Connection, responder: str, state: State) -> tuple[int, str | None] | None:
    """When the order of a responder that was due last in a state was changed (ms), and why it was
    not done at its last attempt; None where there is none."""
    table = tables.outbox
    query = (
        select(table.c.updated, table.c.reason)
        .where(table.c.responder == responder, table.c.state == state)
        .order_by(table.c.due.desc())
        .limit(1)
    )
    row = connection.execute(query).first()
    return None if row is None else (row[0], row[1])


def count(connection: Connection, state: State) -> int:
    """How many orders are in a state."""
    table = tables.outbox
    query = select(func.count()).select_from(table).where(table.c.state == state)
    return int(connection.execute(query).scalar_one())


def is_overtaken(connection: Connection, one: OrderRow) -> bool:
    """Whether the responder was given the contrary for the same account since."""
    contrary = OPPOSITE.get(one.action)
    if contrary is None or one.subject_key is None:
        return False
    table = tables.outbox
    query = select(table.c.id).where(
        table.c.subject_key == one.subject_key,
        table.c.responder == one.responder,
        table.c.id > one.id,
        table.c.action == contrary,
        table.c.state.in_((State.WAITING, State.LEASED, State.DONE)),
    )
    return connection.execute(query.limit(1)).first() is not None


def drive(connection: Connection, one: OrderRow, now: int) -> bool:
    """Let an order that was given up or parked be tried from now on, as if it were new; whether it
    was still so."""
    values = {"state": State.WAITING, "attempts": 0, "since": now, "due": now, "reason": None}
    return _change(connection, one, (State.DEAD, State.PARKED), now, values)


def hurry(connection: Connection, one: OrderRow, now: int) -> bool:
    """Let an order that waits be tried at once; whether it still waited."""
    return _change(connection, one, (State.WAITING,), now, {"due": now})


def cancel(
    connection: Connection, one: OrderRow, now: int, because: Because = Because.PERSON
) -> bool:
    """Let nothing more be done for an order; False where it is at work or settled already, but for
    one that was given up."""
    values = {"state": State.CANCELLED, "reason": because.word}
    return _change(connection, one, (State.WAITING, State.DEAD, State.PARKED), now, values)


def cancel_of_measure(
    connection: Connection, measure: int, actions: Collection[Action], now: int
) -> int:
    """Cancel what waits of a measure's orders for these actions; how many. What is at work goes on
    to its end."""
    rows = [one for one in of_measure(connection, measure) if one.action in actions]
    waiting = [one for one in rows if one.state in (State.WAITING, State.PARKED)]
    return sum(cancel(connection, one, now, Because.OVERTAKEN) for one in waiting)


def park_all(connection: Connection) -> int:
    """Park what is not settled, of a database that was restored: it may have been done since; how
    many."""
    table = tables.outbox
    mine = table.c.state.in_((State.WAITING, State.LEASED))
    values = {"state": State.PARKED, "holder": None, "leased": None}
    return int(connection.execute(update(table).where(mine).values(values)).rowcount)


def forget(connection: Connection, before: int, given_up: int, most: int) -> int:
    """Delete orders that are over and were not changed since `before` (ms), and those that nobody
    drove on or cancelled since `given_up`, at most so many; how many. Those of a measure that is
    not over stay: who was asked to do it is asked to undo it."""
    table = tables.outbox
    ids = select(table.c.id).where(*_is_over(before, given_up)).order_by(table.c.id).limit(most)
    old = list(connection.execute(ids).scalars())
    return int(connection.execute(delete(table).where(table.c.id.in_(old))).rowcount)


def over(connection: Connection, before: int, given_up: int) -> int:
    """How many would be deleted."""
    query = select(func.count()).select_from(tables.outbox).where(*_is_over(before, given_up))
    return int(connection.execute(query).scalar_one())


def empty(connection: Connection, before: int, now: int, most: int) -> int:
    """Take whom they were about, their words and what was answered out of orders that are over and
    were not changed since `before` (ms), at most so many; how many. What was done, by whom and when
    stays."""
    table = tables.outbox
    query = select(table.c.id, table.c.body, table.c.receipt).where(
        table.c.emptied.is_(None), *_is_settled(before)
    )
    rows = connection.execute(query.order_by(table.c.id).limit(most)).all()
    for number, body, receipt in rows:
        values = {"body": _encode(_bare(_order(body))), "emptied": now}
        if receipt is not None:
            carried = _carried(receipt)
            answer = Receipt(changed=carried.receipt.changed)
            values |= {"receipt": _encode(structs.replace(carried, receipt=answer)), "reason": None}
        connection.execute(update(table).where(table.c.id == number).values(values))
    return len(rows)


def full(connection: Connection, before: int) -> int:
    """How many would be emptied."""
    table = tables.outbox
    mine = (table.c.emptied.is_(None), *_is_settled(before))
    query = select(func.count()).select_from(table).where(*mine)
    return int(connection.execute(query).scalar_one())


def _bare(order: Order) -> Order:
    return structs.replace(order, target=None, reason="", values={})


def _is_over(before: int, given_up: int) -> list[Any]:
    """Of a measure that is over, nothing is tried any more."""
    table = tables.outbox
    ended = table.c.state.in_(_ENDED) | table.c.measure_id.is_not(None)
    old = and_(table.c.updated < before, ended)
    return [or_(old, table.c.updated < given_up), _is_of_no_measure(), _is_told_no_more()]


def _is_settled(before: int) -> list[Any]:
    table = tables.outbox
    return [table.c.updated < before, table.c.state.in_(_ENDED), _is_of_no_measure()]


def _is_told_no_more() -> Any:
    """A tracker is told of all of a ticket at each change, and by its orders what it knows."""
    table, tickets = tables.outbox, tables.tickets
    of_ticket = select(tickets.c.id).where(tickets.c.id == table.c.ticket_id).exists()
    return (table.c.action != Action.TRACK) | ~of_ticket


def _is_of_no_measure() -> Any:
    """None that is not over."""
    table, measures = tables.outbox, tables.measures
    at_work = select(measures.c.id).where(measures.c.state.in_(OPEN | TOUCHED))
    return table.c.measure_id.is_(None) | table.c.measure_id.not_in(at_work)


def tell(connection: Connection, number: int, tenant: str) -> None:
    """Let whoever follows know that an order changed."""
    stream.tell(connection, stream.Kind.ORDER, str(number), tenant)


def row_of(found: Any) -> OrderRow:
    """A row of the table."""
    values = dict(found._mapping)
    receipt, body = values.pop("receipt"), values.pop("body")
    action = _action(values["action"])
    order = _known(_order, body)
    is_readable = order is not None and action is not None
    values["action"] = action or Action.TELL
    if order is None:
        order = Order(
            key=values["key"],
            action=values["action"],
            issued=values["created"],
            tenant=values["tenant"],
        )
    return OrderRow(
        measure=values.pop("measure_id"),
        ticket=values.pop("ticket_id"),
        state=State(values.pop("state")),
        order=order,
        carried=None if receipt is None else _known(_carried, receipt),
        is_readable=is_readable,
        **values,
    )


def _action(word: str) -> Action | None:
    return Action(word) if word in Action.__members__.values() else None


def _known(decode: Callable[[bytes], T], given: bytes) -> T | None:
    """None for what this version cannot read: another wrote it, or it is damaged."""
    try:
        return decode(given)
    except (msgspec.DecodeError, ValueError):
        return None


def encoded(carried: Carried) -> bytes:
    """As it lies in the table."""
    return _encode(carried)


def _change(
    connection: Connection,
    one: OrderRow,
    states: Sequence[State],
    now: int,
    values: dict[str, Any],
) -> bool:
    table = tables.outbox
    mine = (table.c.id == one.id, table.c.state.in_(states))
    told = {"updated": now, "holder": None, "leased": None, **values}
    changed = connection.execute(update(table).where(*mine).values(told)).rowcount == 1
    if changed:
        tell(connection, one.id, one.tenant)
    return changed


def _rows(connection: Connection, *where: Any) -> list[OrderRow]:
    query = select(tables.outbox).where(*where).order_by(tables.outbox.c.id).limit(MOST)
    return [row_of(found) for found in connection.execute(query)]


def _is_about(one: OrderRow, subject: Subject) -> bool:
    target = one.order.target
    if one.emptied is not None:
        return one.tenant == subject.tenant
    return target is not None and (target.tenant, target.account) == (subject.tenant, subject.uid)


def _where(wanted: Wanted) -> list[Any]:
    table = tables.outbox
    where: list[Any] = [table.c.state.in_(wanted.states)] if wanted.states else []
    for column, value in (
        (table.c.responder, wanted.responder),
        (table.c.action, wanted.action),
        (table.c.measure_id, wanted.measure),
        (table.c.ticket_id, wanted.ticket),
    ):
        if value is not None:
            where.append(column == value)
    return where
