"""Delivers the outbox: each order leased, carried out by its responder, and settled, once.

What is leased is committed before anything is done; what came of it is committed with what follows
from it for its measure. So a process that is killed anywhere leaves orders that are tried again
under the same key, and none that is taken for done.
"""

import logging
import queue
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from sqlalchemy import Connection
from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from alerts.egress.wall import Wall
from alerts.outbox import Because, Pace, State, leased_until
from alerts.ports import RetryError
from alerts.responders import kind
from alerts.responders.surroundings import Surroundings as Around
from detectors.core.event import MINUTE, SECOND
from monitor import clock
from monitor.aside import Aside
from monitor.instance import InstanceKey
from monitor.responding.carrier import Carrier, Outcome, Way
from monitor.responding.duty import Counts, Duty, Surroundings
from monitor.responding.settling import Settling
from monitor.services.notices import completed
from monitor.settings import Settings
from monitor.store import leases
from monitor.store.connection import reading
from monitor.store.gate_list import GateTable
from monitor.store.outbox import OrderRow

WAIT_S: Final = 0.1
"""How long an answer is waited for before we look around again."""
GRACE_S: Final = 3.0
"""How long answers are waited for at the end."""
LEFT_BEHIND: Final = 3
"""Carriers of a responder that never came back; with more, it is given nothing before one does."""
STRANGE: Final = MINUTE
"""How long (ms) an order waits for a responder that the settings do not have: they may be read
anew by one process a little later than by another."""
_AT_ONCE: Final = 100

log = logging.getLogger(__name__)


class Delivery(Duty):
    """The outbox at work, over some responders. Of one thread."""

    def __init__(
        self,
        database: Database,
        ways: Mapping[str, Way],
        settling: Settling | None = None,
        *,
        counts: Counts | None = None,
        now: Callable[[], int] = clock.now_ms,
        seconds: Callable[[], float] = clock.monotonic,
    ) -> None:
        """`now` gives ms since 1970 UTC, `seconds` durations."""
        self._database = database
        self._reading = reading(database)
        self._ways = dict(ways)
        self._settling = Settling() if settling is None else settling
        self._counts = Counts() if counts is None else counts
        self._now = now
        self._seconds = seconds
        self._holder = secrets.token_hex(8)
        self._outcomes: queue.SimpleQueue[tuple[Carrier, Outcome]] = queue.SimpleQueue()
        self._heard: list[Outcome] = []
        self._carriers: dict[str, Carrier] = {}
        self._lost: list[Carrier] = []
        self._paces = {name: Pace(way.per_minute) for name, way in ways.items()}
        self._looked = -1.0
        self._aside = Aside(now)

    def step(self) -> bool:
        """Give out what is due, hear of what was done, and settle it; False when nothing is at work
        and nothing due. Raises sqlalchemy.exc.DBAPIError: what was heard is settled later."""
        self._look_around()
        gave = self._give_out()
        self._hear(WAIT_S if self._is_at_work() else 0.0)
        self._miss()
        has_more = gave or bool(self._heard)
        self._settle_heard()
        return has_more or self._is_at_work()

    def complaint(self) -> str | None:
        """What was put aside."""
        return self._aside.complaint()

    def close(self) -> None:
        """Wait a little for what is in hand and settle it; what does not come back is tried again
        when its lease has ended."""
        until = self._seconds() + GRACE_S
        for carrier in self._carriers.values():
            carrier.end()
        while self._is_at_work() and self._seconds() < until:
            self._hear(WAIT_S)
        self._settle_heard()

    def _is_at_work(self) -> bool:
        return any(one.row is not None for one in self._carriers.values())

    def _look_around(self) -> None:
        """Once a second: orders whose lease has ended, and those for nobody."""
        if self._seconds() - self._looked < 1.0:
            return
        self._looked = self._seconds()
        now = self._now()
        with self._reading.connect() as connection:
            is_due = leases.has_ended(connection, now) or leases.is_ahead(connection, now)
            strange = leases.strangers(connection, self._ways, now - STRANGE, _AT_ONCE)
        if not is_due and not strange:
            return
        with self._database.begin() as connection:
            leases.reclaim(connection, now)
            leases.set_right(connection, now)
            for row in strange:
                self._settling.give_up(connection, row, Because.NOBODY.word, now)

    def _give_out(self) -> bool:
        with self._reading.connect() as connection:
            self._settling.remember(connection)
            free = [name for name in sorted(self._ways) if self._is_free(name)]
            due = [name for name in free if leases.is_due(connection, name, self._now())]
        gave = False
        for name in due:
            row = self._lease(name)
            if row is not None:
                self._carrier(name).give(row)
                self._paces[name] = self._paces[name].given(self._now())
                gave = True
        return gave

    def _is_free(self, name: str) -> bool:
        now = self._now()
        if self._settling.breaker(name).room(now) == 0 or not self._paces[name].is_free(now):
            return False
        carrier = self._carriers.get(name)
        if carrier is not None:
            return carrier.row is None
        self._lost = [one for one in self._lost if one.is_alive]
        return sum(one.name == name for one in self._lost) <= LEFT_BEHIND

    def _carrier(self, name: str) -> Carrier:
        if name not in self._carriers:
            way = self._ways[name]
            self._carriers[name] = Carrier(name, way, self._outcomes, self._seconds)
        return self._carriers[name]

    def _lease(self, name: str) -> OrderRow | None:
        """The next order of a responder that is to be carried out."""
        for _ in range(_AT_ONCE):
            now = self._now()
            until = leased_until(now, round(self._ways[name].longest_s * SECOND))
            try:
                with self._database.begin() as connection:
                    row = leases.lease(connection, name, now, until, self._holder)
                    if row is None or not self._is_stopped(connection, row, now):
                        return row
            except Exception as error:
                if not self._aside.met(error) or isinstance(error, DBAPIError):
                    raise
                log.exception("an order cannot be looked at")
        return None

    def _is_stopped(self, connection: Connection, row: OrderRow, now: int) -> bool:
        """Whether an order is not carried out any more; it is settled then."""
        if self._aside.has(key := _key(row)):
            stopped: State | None = self._settling.put_aside(connection, row, now)
        else:
            with self._aside.over(key):
                stopped = self._settling.stop(connection, row, now)
        if stopped is not None:
            self._counts.add(f"orders.{stopped}")
        return stopped is not None

    def _hear(self, patience_s: float) -> None:
        """Take what carriers say; wait for the first."""
        try:
            carrier, outcome = self._outcomes.get(patience_s > 0, patience_s or None)
            while True:
                carrier.row = None
                if not carrier.is_left:
                    self._heard.append(outcome)
                carrier, outcome = self._outcomes.get_nowait()
        except queue.Empty:
            return

    def _miss(self) -> None:
        """Leave behind who does not come back."""
        for name, carrier in [*self._carriers.items()]:
            if carrier.is_late and carrier.row is not None:
                self._heard.append(Outcome(carrier.row, error=RetryError(Because.SILENCE.word)))
                self._lost.append(self._carriers.pop(name))
                carrier.leave()

    def _settle_heard(self) -> None:
        while self._heard:
            outcome = self._heard[0]
            try:
                state = self._settled(outcome)
            except Exception as error:
                if not self._aside.met(error) or isinstance(error, DBAPIError):
                    raise
                log.exception("what came of an order cannot be settled")
                continue
            self._counts.add(f"orders.{state}")
            del self._heard[0]

    def _settled(self, outcome: Outcome) -> State:
        now, row = self._now(), outcome.row
        with self._database.begin() as connection:
            if self._aside.has(key := _key(row)):
                return self._settling.put_aside(connection, row, now)
            with self._aside.over(key):
                return self._settling.settle(connection, outcome, now)


def _key(row: OrderRow) -> str:
    return f"order {row.id}"


def ways_of(settings: Settings, around: Around, key: InstanceKey | None = None) -> dict[str, Way]:
    """How each responder of the settings is reached, by name; with the instance's `key`, messages
    have links by which a measure is contested."""
    pepper = b"" if key is None else key.pepper
    found: dict[str, Way] = {}
    for entry in settings.roster.entries:
        table = settings.responders[entry.name]
        terms = kind.read_terms(table)
        found[entry.name] = Way(
            opened=partial(kind.opened, entry.name, settings.responders, around),
            wall=around.wall,
            timeout_s=terms.timeout_seconds,
            per_minute=terms.per_minute,
            complete=partial(completed, pepper=pepper, address=around.address),
        )
    return found


def open_duty(around: Surroundings) -> Delivery:
    """The delivery of the settings' responders."""
    settings, database = around.settings, around.database
    outside = Around(
        now=around.now,
        gate=GateTable(database, around.now),
        address=settings.web.public_url or "",
        wall=Wall(settings.outbound),
    )
    ways = ways_of(settings, outside, around.key)
    return Delivery(database, ways, counts=around.counts, now=around.now)
