"""What becomes of an order that a responder answered, or did not: in one transaction with it."""

from collections import Counter
from collections.abc import Callable
from typing import Final, TypeAlias

from sqlalchemy import Connection

from alerts.outbox import (
    CLOSED,
    LOOKS,
    Because,
    Breaker,
    Fuse,
    Patience,
    State,
    after_failure,
    failed,
    is_otherwise,
    obstacle,
)
from alerts.ports import Receipt, RefusedError, RetryError
from detectors.core.event import SECOND
from monitor.responding.carrier import Outcome
from monitor.services import carrying
from monitor.store import leases, outbox, restrictions
from monitor.store.outbox import Carried, OrderRow

_LONGEST_REASON: Final = 500

Settle: TypeAlias = Callable[[Connection, int, int], object]
"""Brings a measure (its number) to what became of its orders, at a time (ms)."""


class Settling:
    """Settles orders, and remembers how responders did. Of one thread."""

    def __init__(
        self,
        settle_measure: Settle = carrying.settle,
        patience: Patience | None = None,
        fuse: Fuse | None = None,
    ) -> None:
        self._settle_measure = settle_measure
        self._patience = Patience() if patience is None else patience
        self._fuse = Fuse() if fuse is None else fuse
        self._breakers: dict[str, Breaker] | None = None
        self._looks: Counter[int] = Counter()

    def remember(self, connection: Connection) -> None:
        """How responders did before we began."""
        if self._breakers is None:
            kept = leases.breakers(connection)
            self._breakers = {name: one.breaker for name, one in kept.items()}

    def breaker(self, name: str) -> Breaker:
        """How a responder did lately."""
        return (self._breakers or {}).get(name, CLOSED)

    def stop(self, connection: Connection, row: OrderRow, now: int) -> State | None:
        """Settle an order that is leased and must not be carried out any more; None for others."""
        if row.attempts > self._patience.attempts:
            # Whoever had it died each time: perhaps of it.
            return self.give_up(connection, row, Because.LOST.word, now)
        if not row.is_readable:
            return self.give_up(connection, row, Because.UNREADABLE.word, now)
        target = row.order.target
        why = obstacle(
            row.order,
            now,
            restricted=target is not None
            and (target.tenant, target.account) in restrictions.standing(connection),
            overtaken=outbox.is_overtaken(connection, row),
        )
        if why is None:
            return None
        if leases.call_off(connection, row, why, now):
            self._tell_measure(connection, row, now)
        return State.CANCELLED

    def settle(self, connection: Connection, outcome: Outcome, now: int) -> State:
        """What becomes of an order that came back; nothing where its lease was lost meanwhile."""
        row, error = outcome.row, outcome.error
        if outcome.receipt is not None:
            self._note(connection, row, CLOSED, None, now)
            return self._carried(connection, outcome, outcome.receipt, now)
        if isinstance(error, RefusedError):
            self._note(connection, row, CLOSED, None, now)
            return self.give_up(connection, row, _shortened(str(error)), now)
        if outcome.bug:
            # It says nothing of the other side, which may do all other orders.
            return self._put_back(connection, row, Because.BUG.word, now, None)
        reason = _shortened(str(error))
        self._note(
            connection, row, failed(self.breaker(row.responder), now, self._fuse), reason, now
        )
        asked = error.after_s if isinstance(error, RetryError) else None
        return self._put_back(connection, row, reason, now, asked)

    def _carried(
        self, connection: Connection, outcome: Outcome, receipt: Receipt, now: int
    ) -> State:
        row = outcome.row
        otherwise = is_otherwise(row.action, outcome.seen)
        if otherwise or outcome.unread is not None:
            self._looks[row.id] += 1
            if self._looks[row.id] < LOOKS:
                reason = Because.OTHERWISE.word if otherwise else outcome.unread or ""
                return self._put_back(connection, row, _shortened(reason), now, None)
            del self._looks[row.id]
            if otherwise:
                return self.give_up(connection, row, Because.OTHERWISE.word, now)
        self._looks.pop(row.id, None)
        carried = Carried(receipt=receipt, at=now, seen=outcome.seen)
        if leases.done(connection, row, carried, now):
            self._tell_measure(connection, row, now)
        return State.DONE

    def _put_back(
        self, connection: Connection, row: OrderRow, reason: str, now: int, asked: float | None
    ) -> State:
        after = after_failure(
            row.key,
            row.attempts,
            row.since,
            now,
            self._patience,
            None if asked is None else round(asked * SECOND),
        )
        if after.state is State.DEAD:
            return self.give_up(connection, row, reason, now)
        leases.put_back(connection, row, after, reason, now)
        return State.WAITING

    def give_up(self, connection: Connection, row: OrderRow, reason: str, now: int) -> State:
        """Settle an order that people have to look at."""
        if leases.give_up(connection, row, reason, now):
            self._tell_measure(connection, row, now)
        return State.DEAD

    def put_aside(self, connection: Connection, row: OrderRow, now: int) -> State:
        """Settle an order over which we meet an error of ours: people have to look. Its measure
        hears nothing of it, and calls them when it takes too long."""
        leases.give_up(connection, row, Because.OURS.word, now)
        return State.DEAD

    def _tell_measure(self, connection: Connection, row: OrderRow, now: int) -> None:
        if row.measure is not None:
            self._settle_measure(connection, row.measure, now)

    def _note(
        self, connection: Connection, row: OrderRow, breaker: Breaker, why: str | None, now: int
    ) -> None:
        if breaker != self.breaker(row.responder):
            self._breakers = {**(self._breakers or {}), row.responder: breaker}
            leases.note_breaker(connection, row.responder, breaker, why, now)


def _shortened(reason: str) -> str:
    shown = "".join(c if c.isprintable() else " " for c in reason)
    return " ".join(shown.split())[:_LONGEST_REASON] or "?"
