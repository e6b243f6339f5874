"""A carrier has one responder, on a thread of its own: it is given an order and says what came of
it, or is left behind where it does not come back."""

import logging
import queue
import threading
from collections.abc import Callable
from typing import Final, NamedTuple

from msgspec import Struct

from alerts.egress.wall import Wall
from alerts.outbox import WANTED
from alerts.ports import (
    AccountState,
    Order,
    Receipt,
    RefusedError,
    Responder,
    ResponderError,
    RetryError,
)
from monitor import clock
from monitor.store.outbox import OrderRow

LATE_S: Final = 10.0
"""How much longer than it may a responder is waited for: what it does is bounded by itself."""

log = logging.getLogger(__name__)


class Outcome(NamedTuple):
    """What came of an order: a receipt and how the account was read back, or why not. `unread` is
    why it could not be read back now, and may be later; `bug`: it was an error of ours."""

    row: OrderRow
    receipt: Receipt | None = None
    seen: AccountState | None = None
    error: ResponderError | None = None
    unread: str | None = None
    bug: bool = False


def _as_it_is(order: Order) -> Order:
    return order


class Way(Struct, frozen=True, kw_only=True):
    """How a responder is reached: what opens it, the wall, how long (s) one question may take, and
    how many orders a minute it is given. `complete` puts into an order, when it is carried out,
    what is kept nowhere."""

    opened: Callable[[], Responder]
    wall: Wall
    timeout_s: float = 15.0
    per_minute: int = 60
    complete: Callable[[Order], Order] = _as_it_is

    @property
    def longest_s(self) -> float:
        """How long an order may take in all: it is carried out, and read back."""
        return 2 * self.timeout_s + LATE_S


class Carrier:
    """One responder at work. Its methods are called from one thread; what came of orders is put
    into `outcomes` from its own. `row` is the order in hand, `is_left` that nobody waits for it."""

    def __init__(
        self,
        name: str,
        way: Way,
        outcomes: "queue.SimpleQueue[tuple[Carrier, Outcome]]",
        seconds: Callable[[], float] = clock.monotonic,
    ) -> None:
        self.name = name
        self.way = way
        self.row: OrderRow | None = None
        self.is_left = False
        self._outcomes = outcomes
        self._seconds = seconds
        self._begun = 0.0
        self._given: queue.SimpleQueue[OrderRow | None] = queue.SimpleQueue()
        self._responder: Responder | None = None
        self._thread = threading.Thread(target=self._run, name=f"responder {name}", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether its thread has not ended."""
        return self._thread.is_alive()

    @property
    def is_late(self) -> bool:
        """Whether its order has taken longer than anything should."""
        return self.row is not None and self._seconds() - self._begun > self.way.longest_s

    def give(self, row: OrderRow) -> None:
        """Carry an order out, while it has none."""
        self.row, self._begun = row, self._seconds()
        self._given.put(row)

    def end(self) -> None:
        """Carry nothing more out; its thread ends after what is in hand."""
        self._given.put(None)

    def leave(self) -> None:
        """Wait no longer for what is in hand; its thread ends whenever that comes back."""
        self.is_left = True
        self.end()

    def _run(self) -> None:
        while (row := self._given.get()) is not None:
            self._outcomes.put((self, self._carried(row)))
        if self._responder is not None:
            self._responder.close()

    def _carried(self, row: OrderRow) -> Outcome:
        try:
            return self._tried(row)
        except ResponderError as error:
            return Outcome(row, error=error)
        except Exception:
            # One boundary for all responders: a bug in one holds up neither the others nor this
            # one's next order, and is never taken for something that was done.
            log.exception("the responder %s failed on %s", self.name, row.action)
            return Outcome(row, bug=True)

    def _tried(self, row: OrderRow) -> Outcome:
        responder = self._reached()
        with self.way.wall.standing(self.way.timeout_s):
            receipt = responder.deliver(self.way.complete(row.order))
        if row.action not in WANTED or row.order.target is None:
            return Outcome(row, receipt)
        try:
            with self.way.wall.standing(self.way.timeout_s):
                return Outcome(row, receipt, responder.state(row.order.target))
        except RefusedError:
            return Outcome(row, receipt)
        except RetryError as error:
            return Outcome(row, receipt, unread=str(error))

    def _reached(self) -> Responder:
        if self._responder is None:
            try:
                self._responder = self.way.opened()
            except (ValueError, OSError) as error:
                # Somebody mends the settings or the file that they name; the order waits.
                raise RetryError(f"it cannot be opened: {error}") from error
        return self._responder
