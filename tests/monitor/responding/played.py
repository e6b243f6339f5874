"""A responder that plays what it is told to, and a clock that goes on when it is told to."""

import queue
import threading
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Engine

from alerts.egress.outbound import Outbound
from alerts.egress.wall import Wall
from alerts.outbox import Fuse, Patience, State
from alerts.ports import AccountState, Action, Order, Receipt, Target
from monitor.responding.carrier import Way
from monitor.responding.delivery import Delivery
from monitor.responding.settling import Settling
from monitor.store import outbox
from monitor.store.outbox import OrderRow, Wanted
from tests.monitor.store.orders import NOW, order

WALL = Wall(Outbound(internet=False))


class Clock:
    """Milliseconds since 1970, and seconds."""

    def __init__(self, at: int = NOW) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def seconds(self) -> float:
        return self.at / 1_000

    def pass_(self, milliseconds: int) -> None:
        self.at += milliseconds


class Played:
    """A responder that does each order once, unless it is told to raise something."""

    def __init__(self) -> None:
        self.orders: list[Order] = []
        self.done: dict[str, Order] = {}
        self.raises: Exception | None = None
        self.seen: AccountState | Exception | None = None
        self.held = threading.Event()
        self.held.set()
        self.closed = 0

    def deliver(self, given: Order) -> Receipt:
        self.orders.append(given)
        self.held.wait(240)
        if self.raises is not None:
            raise self.raises
        changed = given.key not in self.done
        self.done[given.key] = given
        return Receipt(reference=given.key, detail="done", changed=changed)

    def state(self, target: Target) -> AccountState | None:
        if isinstance(self.seen, Exception):
            raise self.seen
        return self.seen

    def close(self) -> None:
        self.closed += 1


def way(responder: Any, **more: Any) -> Way:
    """How a responder is reached."""
    given = {"timeout_s": 5.0, "per_minute": 6_000, **more}
    return Way(opened=lambda: responder, wall=WALL, **given)


class Desk:
    """An outbox, responders and a delivery over them."""

    def __init__(
        self,
        database: Engine,
        responders: Mapping[str, Any],
        ways: Callable[[Any], Way] = way,
        fuse: Fuse | None = None,
    ) -> None:
        self.database = database
        self.clock = Clock()
        self.settled: list[int] = []
        self._given = {name: ways(one) for name, one in responders.items()}
        self._fuse = Fuse() if fuse is None else fuse
        self.delivery = self.again()

    def again(self) -> Delivery:
        """Another process that delivers."""
        settling = Settling(
            lambda _connection, measure, _now: self.settled.append(measure),
            Patience(attempts=6),
            self._fuse,
        )
        return Delivery(
            self.database,
            self._given,
            settling,
            now=self.clock.now,
            seconds=self.clock.seconds,
        )

    def put(self, key: str = "k-1", action: Action = Action.NOTIFY, **more: Any) -> None:
        responder = more.pop("responder", "idp")
        given = {"measure": 7, **more}
        with self.database.begin() as connection:
            outbox.enqueue(connection, order(key, action, **given), responder)

    def rows(self) -> list[OrderRow]:
        with self.database.connect() as connection:
            return outbox.page(connection, Wanted())[::-1]

    @property
    def row(self) -> OrderRow:
        (only,) = self.rows()
        return only

    def work(self) -> None:
        """Step until nothing is at work and nothing due."""
        for _ in range(2_000):
            if not self.delivery.step():
                return
        raise AssertionError("the delivery does not come to rest")

    def outlast(self) -> None:
        """Let time pass until every order is settled, or nothing comes of it any more."""
        for _ in range(200):
            self.work()
            waiting = [one.due for one in self.rows() if one.state is State.WAITING]
            leased = [one.leased for one in self.rows() if one.leased is not None]
            if not waiting and not leased:
                return
            self.clock.at = max(self.clock.at + 30_000, min([*waiting, *leased]))
        raise AssertionError("the orders do not come to an end")


def nothing() -> "queue.SimpleQueue[Any]":
    """A queue."""
    return queue.SimpleQueue()
