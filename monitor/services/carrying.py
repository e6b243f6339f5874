"""From a measure to orders and back: what is decided becomes orders in the same transaction, and
what becomes of the orders becomes the measure's state.

A kill at any point leaves a measure whose orders are all written, or none; those without are
ordered by the next sweep (`monitor/services/sweeping.py`), under the same keys.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import structs
from sqlalchemy import Connection, select

from alerts import execution, outbox
from alerts.ladder import Step
from alerts.measure import HOLDING, LOCKS, Fate, Measure, State
from alerts.outbox import GIVING_BACK, WANTED, Because
from alerts.ports import DOING, UNDOING, Action, Order, Target
from alerts.responders.roster import Roster
from monitor.services import notices
from monitor.services.actor import DAEMON
from monitor.services.audit import record
from monitor.services.leaving import reference_of
from monitor.services.targets import target_of
from monitor.store import measures, restrictions, tables
from monitor.store import outbox as orders
from monitor.store.outbox import OrderRow

EXECUTED: Final = "measures:executed"
"""What the audit calls a measure that is carried out, taken back, or stuck."""
DISOWNED: Final = "denied_sign_in"
"""What asks for the end of sessions where the owner says of one that it was not them."""
_STOLEN: Final = (DISOWNED, "failed_challenge")
"""Detectors whose finding says that somebody else knows the password."""
_ALSO: Final = {Action.DISABLE: (Action.REVOKE,)}
"""What goes with an action where there is a responder for it: who may not sign in is signed out."""


def carry_out(connection: Connection, measure: Measure, roster: Roster, now: int) -> Measure:
    """Write the orders of a measure that is to be carried out, for every responder that offers its
    action for the tenant, and the notice to whom it concerns; the measure as it is then.

    One that is not EXECUTING, or was ordered before, stays as it is. Nothing is ordered about an
    account whose data is restricted: the measure waits. Where nobody does it, nobody is told that
    it is done; and once told, they are not told again when it is ordered anew.
    """
    if measure.state is not State.EXECUTING or measure.ordered is not None:
        return measure
    measures.hold(connection, measure.subject)
    if (measure.tenant, measure.account) in restrictions.standing(connection):
        return measure
    if offering(roster, DOING[measure.step], measure.tenant):
        for order in _orders(connection, measure, now):
            told = _telling(connection, measure) if order.action is Action.NOTIFY else ()
            names = [
                name for name in offering(roster, order.action, measure.tenant) if name not in told
            ]
            _send(connection, order, names, measure.not_before)
        if measure.step is Step.REVOKE and _is_stolen(connection, measure):
            renew(connection, measure, roster, now)
    return _settled(connection, measure, structs.replace(measure, ordered=now), now)


def renew(connection: Connection, measure: Measure, roster: Roster, now: int) -> int:
    """Have a new password asked for by every responder that can, beside what the measure does; how
    many are asked. Whether it comes about changes nothing about the measure."""
    order = _order(measure, Action.RENEW, target_of(connection, measure.subject), now)
    names = offering(roster, Action.RENEW, measure.tenant)
    _send(connection, order, names, measure.not_before)
    return len(names)


def take_back(connection: Connection, measure: Measure, now: int) -> Measure:
    """Write the orders that undo a measure which is being undone; the measure as it is then.

    What was not begun is called off; those who were told, or may have been, are told the contrary,
    unless another measure holds the account in the same way. It needs no roster: who was asked to
    do it is asked to undo it.
    """
    if measure.state is not State.UNDOING or measure.ordered is not None:
        return measure
    measures.hold(connection, measure.subject)
    doing = _doing(measure.step)
    _call_off(connection, measure, now)
    rows = orders.of_measure(connection, measure.id)
    contrary = UNDOING.get(measure.step)
    if contrary is not None and not _is_held_otherwise(connection, measure):
        done = [row for row in rows if row.action is doing[0] and _may_be_done(row)]
        order = _order(measure, contrary, target_of(connection, measure.subject), now)
        _send(connection, order, sorted({row.responder for row in done}), None)
    return _settled(connection, measure, structs.replace(measure, ordered=now), now)


def settle(connection: Connection, measure_id: int, now: int) -> None:
    """Bring a measure to what became of its orders; called in the transaction that settles one."""
    known = measures.get(connection, measure_id)
    if known is None:
        return
    measures.hold(connection, known.subject)
    # Another may have changed it before it was held.
    known = measures.get(connection, measure_id)
    if known is not None:
        _settled(connection, known, known, now)


def fates_of(measure: Measure, rows: Iterable[OrderRow]) -> list[Fate]:
    """What became of the orders that count for how far a measure is: of each responder the last
    one in the direction in which the measure is going."""
    is_undo = measure.state in (State.UNDOING, State.UNDO_UNFINISHED)
    contrary = UNDOING.get(measure.step)
    wanted = (contrary,) if is_undo else _doing(measure.step)
    last = {(row.responder, row.action): row for row in rows if row.action in wanted}
    return [fate_of(row) for row in last.values()]


def fate_of(row: OrderRow) -> Fate:
    """What became of one order."""
    match row.state:
        case outbox.State.DONE:
            return _as_read(row)
        case outbox.State.DEAD if row.reason == Because.OTHERWISE.word:
            return Fate.OTHERWISE
        case outbox.State.CANCELLED if _is_given_back(row):
            # A later measure says the contrary, and that one is what holds.
            return Fate.DONE
        case outbox.State.CANCELLED if row.reason == Because.OFTEN.word:
            # They were written to as often as they may be: one more would tell them nothing.
            return Fate.UNREADABLE
        case outbox.State.DEAD | outbox.State.CANCELLED:
            return Fate.FAILED
    return Fate.OPEN


def offering(roster: Roster, action: Action, tenant: str) -> list[str]:
    """The responders that are asked for this, for accounts of this tenant."""
    return [entry.name for entry in roster.offering(action, tenant)]


def _as_read(row: OrderRow) -> Fate:
    if row.action not in WANTED:
        return Fate.UNREADABLE
    seen = None if row.carried is None else row.carried.seen
    return Fate.CONFIRMED if seen in WANTED[row.action] else Fate.DONE


def _is_given_back(row: OrderRow) -> bool:
    return row.action in GIVING_BACK and row.reason == Because.OVERTAKEN.word


def _settled(connection: Connection, before: Measure, ordered: Measure, now: int) -> Measure:
    rows = orders.of_measure(connection, before.id)
    after = execution.settle(ordered, fates_of(ordered, rows), now)
    kept = measures.put(connection, before, after, now)
    if after.state is not before.state:
        _note(connection, kept)
        if after.state is State.UNDONE:
            _tell_undone(connection, kept, rows, now)
    return kept


def _note(connection: Connection, measure: Measure) -> None:
    told = {"measure": measure.id, "step": measure.step.word, "state": measure.state.value}
    if measure.unfinished is not None:
        told["why"] = measure.unfinished.value
    record(
        connection,
        DAEMON,
        EXECUTED,
        reference_of(measure.subject),
        tenant=measure.tenant,
        content=told | {"confirmed": measure.confirmed},
    )


def _tell_undone(
    connection: Connection, measure: Measure, rows: Sequence[OrderRow], now: int
) -> None:
    """Whoever was told that it was done is told that it is over."""
    if measure.step not in LOCKS or _is_held_otherwise(connection, measure):
        return
    told = [row for row in rows if row.order.template == notices.template_of(measure.step)]
    names = sorted({row.responder for row in told if _may_be_done(row)})
    target = target_of(connection, measure.subject)
    _send(connection, notices.over(measure, target, now), names, None)


def _is_stolen(connection: Connection, measure: Measure) -> bool:
    """Whether a measure rests on that somebody else knows the password."""
    if measure.rule == DISOWNED:
        return True
    if measure.incident is None:
        return False
    table = tables.findings
    query = select(table.c.id).where(
        table.c.incident_id == measure.incident,
        table.c.detector.in_(_STOLEN),
        table.c.withdrawn.is_(False),
    )
    return connection.execute(query.limit(1)).first() is not None


def _orders(connection: Connection, measure: Measure, now: int) -> Iterator[Order]:
    target = target_of(connection, measure.subject)
    for action in _doing(measure.step):
        if action is not Action.NOTIFY:
            yield _order(measure, action, target, now)
    if measure.step in notices.TOLD:
        yield notices.decided(connection, measure, target, now)


def _telling(connection: Connection, measure: Measure) -> set[str]:
    """The responders that told the person concerned of it, or are about to."""
    notice, failed = notices.template_of(measure.step), (outbox.State.DEAD, outbox.State.CANCELLED)
    rows = orders.of_measure(connection, measure.id)
    return {
        row.responder for row in rows if row.order.template == notice and row.state not in failed
    }


def _call_off(connection: Connection, measure: Measure, now: int) -> None:
    """What waits of a measure's orders, and of the notice that it was decided, is not begun."""
    doing, notice = _doing(measure.step), notices.template_of(measure.step)
    for row in orders.of_measure(connection, measure.id):
        is_ours = row.action in doing or row.order.template == notice
        if is_ours and row.state in (outbox.State.WAITING, outbox.State.PARKED):
            orders.cancel(connection, row, now, Because.OVERTAKEN)


def _is_held_otherwise(connection: Connection, measure: Measure) -> bool:
    """Whether another measure that nobody takes back holds the account in the same way."""
    others = measures.of_account(connection, measure.subject, HOLDING)
    action = DOING[measure.step]
    return any(one.id != measure.id and DOING[one.step] is action for one in others)


def _doing(step: Step) -> tuple[Action, ...]:
    action = DOING[step]
    return (action, *_ALSO.get(action, ()))


def _may_be_done(row: OrderRow) -> bool:
    """Whether the other side heard of it, or may have."""
    return row.attempts > 0 or row.state in (outbox.State.LEASED, outbox.State.DONE)


def _send(connection: Connection, order: Order, responders: Iterable[str], due: int | None) -> None:
    for responder in responders:
        orders.enqueue(connection, order, responder, due=due)


def _order(measure: Measure, action: Action, target: Target, now: int) -> Order:
    is_undo = action in UNDOING.values()
    return Order(
        key=notices.key_of(measure, action.value),
        action=action,
        issued=now,
        tenant=measure.tenant,
        target=target,
        measure=measure.id,
        ticket=measure.ticket,
        incident=None if measure.incident is None else measure.incident.hex(),
        aup=(measure.aup,) if measure.aup else (),
        reason=measure.undo_reason if is_undo else measure.reason,
        until=None if is_undo else measure.until,
    )
