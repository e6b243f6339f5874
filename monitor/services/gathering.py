"""Messages that lie in the outbox are gathered: what can wait comes in digests, nobody is flooded.

Everything is done in the caller's transaction. A message that is out already is left alone, and
where nobody gathers, each goes by itself.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, func, select, update

from alerts.digest import GATHERING, PERIODS, Lying, Rhythm, can_wait, digest, planned, too_many
from alerts.outbox import Because, State
from alerts.ports import Action
from monitor.services.carrying import settle
from monitor.store import outbox, tables
from monitor.store.outbox import OrderRow

MOST: Final = 500
"""Messages of one responder that are looked at in one transaction."""


def gather(connection: Connection, responder: str, rhythm: Rhythm, now: int) -> int:
    """Put off, fold and leave out what lies for a responder that writes to people, as it is now
    (ms); how many messages that changed."""
    rows = _lying(connection, responder, now)
    to_team = [one for one in rows if one.action is Action.TELL]
    to_users = [one for one in rows if one.action is Action.NOTIFY]
    return _team(connection, responder, to_team, rhythm, now) + _users(
        connection, responder, to_users, rhythm, now
    )


def _team(
    connection: Connection, responder: str, rows: Sequence[OrderRow], rhythm: Rhythm, now: int
) -> int:
    if not rows:
        return 0
    sent = _sent(connection, responder, Action.TELL, now - PERIODS[0], now)
    plan = planned([_of(one) for one in rows], rhythm, sent, now)
    by_id = {one.id: one for one in rows}
    for number, at in plan.later.items():
        _put_off(connection, number, at + GATHERING)
    cancelled = [
        one for one in plan.folded if outbox.cancel(connection, by_id[one.id], now, Because.FOLDED)
    ]
    if cancelled:
        outbox.enqueue(connection, digest(cancelled, now), responder)
    return len(plan.later) + len(cancelled)


def _users(
    connection: Connection, responder: str, rows: Iterable[OrderRow], rhythm: Rhythm, now: int
) -> int:
    by_account: dict[int, list[OrderRow]] = {}
    for one in rows:
        if one.subject_key is not None:
            by_account.setdefault(one.subject_key, []).append(one)
    left_out = 0
    for key, own in by_account.items():
        sent = _sent(connection, responder, Action.NOTIFY, now - PERIODS[1], now, key)
        beyond = {one.id for one in too_many([_of(one) for one in own], rhythm, sent)}
        for one in own:
            if one.id in beyond and outbox.cancel(connection, one, now, Because.OFTEN):
                left_out += 1
                if one.measure is not None:
                    settle(connection, one.measure, now)
    return left_out


def _lying(connection: Connection, responder: str, now: int) -> list[OrderRow]:
    table = tables.outbox
    query = select(table).where(
        table.c.state == State.WAITING,
        table.c.due > now,
        table.c.due <= now + GATHERING,
        table.c.responder == responder,
        table.c.action.in_((Action.TELL, Action.NOTIFY)),
        table.c.attempts == 0,
    )
    rows = connection.execute(query.order_by(table.c.id).limit(MOST))
    return [one for row in rows if can_wait((one := outbox.row_of(row)).order)]


def _sent(
    connection: Connection,
    responder: str,
    action: Action,
    since: int,
    now: int,
    key: int | None = None,
) -> int:
    """How many messages of a responder went out since a time (ms), or go out right now."""
    table = tables.outbox
    is_going = table.c.state.in_((State.WAITING, State.LEASED)) & (table.c.due <= now)
    query = select(func.count()).where(
        table.c.updated >= since,
        table.c.responder == responder,
        table.c.action == action,
        (table.c.state == State.DONE) | is_going,
    )
    if key is not None:
        query = query.where(table.c.subject_key == key)
    return int(connection.execute(query).scalar_one())


def _put_off(connection: Connection, number: int, due: int) -> None:
    table = tables.outbox
    mine = (table.c.id == number, table.c.state == State.WAITING)
    connection.execute(update(table).where(*mine).values(due=due))


def _of(row: OrderRow) -> Lying:
    return Lying(row.id, row.created, row.order)
