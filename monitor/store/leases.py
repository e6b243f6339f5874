"""What the process that delivers asks of the outbox: the next order, for itself, for a while.

An order is leased and that is committed before anything is done about it; whoever leased it settles
it, unless the lease was lost meanwhile. So a process that dies at any point leaves an order that is
tried again, and never one that nobody knows of.
"""

from collections.abc import Collection
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Exists,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)

from alerts.outbox import CLOSED, LANED, Because, Breaker, Next, State
from alerts.ports import Action
from detectors.core.event import HOUR
from monitor.store import tables
from monitor.store.outbox import Carried, OrderRow, encoded, row_of, tell

AHEAD: Final = HOUR
"""How far ahead of us (ms) a row may have been written: clocks differ a little."""


def lease(
    connection: Connection, responder: str, now: int, until: int, holder: str
) -> OrderRow | None:
    """The next order of a responder that is due at `now`, leased to `holder` until `until` (ms),
    its attempt counted; None where none is.

    Of orders that change one account, or keep one ticket elsewhere, none is given before the
    earlier ones are settled.
    """
    table = tables.outbox
    query = (
        select(table)
        .where(
            table.c.responder == responder,
            table.c.state == State.WAITING,
            table.c.due <= now,
            or_(table.c.action.not_in(LANED), ~_waits(table.c.subject_key, LANED)),
            or_(table.c.action != Action.TRACK, ~_waits(table.c.ticket_id, (Action.TRACK,))),
        )
        .order_by(table.c.due, table.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    found = connection.execute(query).first()
    if found is None:
        return None
    values = {
        "state": State.LEASED,
        "holder": holder,
        "leased": until,
        "attempts": found.attempts + 1,
        "updated": now,
    }
    connection.execute(update(table).where(table.c.id == found.id).values(values))
    return row_of(connection.execute(select(table).where(table.c.id == found.id)).one())


def _waits(key: Column[Any], actions: Collection[Action]) -> Exists:
    """Whether an order waits for an earlier one of these actions that has its key."""
    table, earlier = tables.outbox, tables.outbox.alias()
    return exists().where(
        earlier.c[key.name] == key,
        earlier.c.responder == table.c.responder,
        earlier.c.id < table.c.id,
        earlier.c.action.in_(actions),
        earlier.c.state.in_((State.WAITING, State.LEASED)),
    )


def is_due(connection: Connection, responder: str, now: int) -> bool:
    """Whether a responder has orders that are due at `now` (ms), as far as their time goes."""
    table = tables.outbox
    mine = (
        table.c.responder == responder,
        table.c.state == State.WAITING,
        table.c.due <= now,
    )
    return connection.execute(select(table.c.id).where(*mine).limit(1)).first() is not None


def has_ended(connection: Connection, now: int) -> bool:
    """Whether a lease has ended without a word."""
    table = tables.outbox
    mine = (table.c.state == State.LEASED, table.c.leased <= now)
    return connection.execute(select(table.c.id).where(*mine).limit(1)).first() is not None


def reclaim(connection: Connection, now: int) -> int:
    """Let what was leased and not heard of in time wait again; how many."""
    table = tables.outbox
    mine = (table.c.state == State.LEASED, table.c.leased <= now)
    values = {"state": State.WAITING, "holder": None, "leased": None, "updated": now}
    return int(connection.execute(update(table).where(*mine).values(values)).rowcount)


def is_ahead(connection: Connection, now: int) -> bool:
    """Whether an order that is not settled was written by a clock that went far ahead."""
    query = select(tables.outbox.c.id).where(*_ahead(now)).limit(1)
    return connection.execute(query).first() is not None


def set_right(connection: Connection, now: int) -> int:
    """Let what was written by a clock that went far ahead be tried now, not only then; how many."""
    table = tables.outbox
    values = {"state": State.WAITING, "holder": None, "leased": None, "due": now, "updated": now}
    return int(connection.execute(update(table).where(*_ahead(now)).values(values)).rowcount)


def _ahead(now: int) -> tuple[ColumnElement[bool], ...]:
    table = tables.outbox
    return table.c.updated > now + AHEAD, table.c.state.in_((State.WAITING, State.LEASED))


def strangers(
    connection: Connection, known: Collection[str], before: int, most: int
) -> list[OrderRow]:
    """Orders that wait since `before` (ms) for responders that are none of these."""
    table = tables.outbox
    query = select(table).where(
        table.c.state == State.WAITING,
        table.c.due <= before,
        table.c.updated <= before,
        table.c.responder.not_in(list(known)),
    )
    return [row_of(one) for one in connection.execute(query.order_by(table.c.id).limit(most))]


def done(connection: Connection, one: OrderRow, carried: Carried, now: int) -> bool:
    """Settle a leased order: it was carried out; False where the lease was lost."""
    values = {"state": State.DONE, "receipt": encoded(carried), "reason": None}
    return _end(connection, one, now, values)


def put_back(connection: Connection, one: OrderRow, after: Next, reason: str, now: int) -> bool:
    """What becomes of a leased order that failed, and why; False where the lease was lost."""
    return _end(connection, one, now, {"state": after.state, "due": after.due, "reason": reason})


def give_up(connection: Connection, one: OrderRow, reason: str, now: int) -> bool:
    """Settle an order: it will not be carried out as it is, people have to look."""
    return _end(connection, one, now, {"state": State.DEAD, "reason": reason})


def call_off(connection: Connection, one: OrderRow, because: Because, now: int) -> bool:
    """Settle an order: it is not wanted any more."""
    return _end(connection, one, now, {"state": State.CANCELLED, "reason": because.word})


class Watched(Struct, frozen=True):
    """A responder's breaker, why it failed last, and when that was noted (ms)."""

    breaker: Breaker
    reason: str | None
    updated: int


def breakers(connection: Connection) -> dict[str, Watched]:
    """How responders did lately, by name."""
    table = tables.breakers
    return {
        one.responder: Watched(
            Breaker(failures=one.failures, until=one.open_until), one.reason, one.updated
        )
        for one in connection.execute(select(table))
    }


def forget_breakers(connection: Connection, before: int) -> int:
    """Delete how responders did of whom nothing was heard since `before` (ms); how many."""
    table = tables.breakers
    return int(connection.execute(delete(table).where(*_is_quiet(before))).rowcount)


def quiet_breakers(connection: Connection, before: int) -> int:
    """How many would be deleted."""
    query = select(func.count()).select_from(tables.breakers).where(*_is_quiet(before))
    return int(connection.execute(query).scalar_one())


def _is_quiet(before: int) -> tuple[Any, ...]:
    table = tables.breakers
    return (table.c.updated < before, table.c.open_until < before)


def note_breaker(
    connection: Connection, responder: str, breaker: Breaker, reason: str | None, now: int
) -> None:
    """Keep how a responder did."""
    table = tables.breakers
    values = {
        "failures": breaker.failures,
        "open_until": breaker.until,
        "reason": None if breaker == CLOSED else reason,
        "updated": now,
    }
    mine = table.c.responder == responder
    if connection.execute(update(table).where(mine).values(values)).rowcount == 0:
        connection.execute(table.insert().values(responder=responder, **values))


def _end(connection: Connection, one: OrderRow, now: int, values: dict[str, Any]) -> bool:
    table = tables.outbox
    # As it was when it was read: an attempt that was leased anew since is another's.
    mine = [table.c.id == one.id, table.c.state == one.state, table.c.attempts == one.attempts]
    if one.holder is not None:
        mine.append(table.c.holder == one.holder)
    told = {"holder": None, "leased": None, "updated": now, **values}
    changed = connection.execute(update(table).where(*mine).values(told)).rowcount == 1
    if changed:
        tell(connection, one.id, one.tenant)
    return changed
