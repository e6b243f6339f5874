"""Puts what many senders send into the inbox at once, and says no before memory runs out.

One thread a process writes, a transaction for all that came while it wrote the last one. What waits
for it is bounded by `Room`, which whoever receives takes from before holding anything.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final

from msgspec import Struct
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from monitor.clock import monotonic, now_ms, pause
from monitor.store.connection import explain, is_busy
from monitor.store.inbox import Inbox, Parcel

ROOM: Final = 64 << 20
"""Bytes of bodies that a process holds at once."""
SHARE: Final = 48 << 20
"""Bytes of them that are one sender's: enough for the largest body, sent and decoded."""
PATIENCE_MS: Final = 120
"""Of one try to write on SQLite, which looks less and less often whether it may: better again."""
BEHIND_S: Final = 3.0
"""When what came first has waited so long, nothing more is taken."""
DEADLINE_S: Final = 10.0
"""How long a sender is kept waiting for its answer."""

_GROUP = 4 << 20
_PARCELS = 2_000
_MEASURED_EVERY_S = 1.0
_MEASURING_SHARE = 20
_RETRY_S = 0.005

log = logging.getLogger(__name__)


class StoreError(Exception):
    """The store did not take it; says why. Nothing of it is stored."""


class Room:
    """So many bytes, shared by all that is being received, of which one sender holds no more than
    `share`. Safe to share between threads."""

    def __init__(self, size: int = ROOM, share: int = SHARE) -> None:
        self._left = size
        self._share = share
        self._held: dict[str, int] = {}
        self._lock = threading.Lock()

    @property
    def left(self) -> int:
        """Bytes that nobody holds."""
        return self._left

    def take(self, size: int, sender: str = "") -> bool:
        """Hold so many bytes; False, and none of them, where there are not so many left."""
        with self._lock:
            held = self._held.get(sender, 0) + size
            if size > self._left or held > self._share:
                return False
            self._left -= size
            self._held[sender] = held
            return True

    def give(self, size: int, sender: str = "") -> None:
        """Hold so many bytes no more."""
        with self._lock:
            self._left += size
            held = self._held.pop(sender, 0) - size
            if held > 0:
                self._held[sender] = held


class Delivery(Struct, eq=False):
    """What one sender sent at once, on its way into the inbox; `stored` gives its parcels' ids.

    Whoever does not wait any longer says so by `is_given_up`: it is then dropped, if it can be.
    """

    parcels: Sequence[Parcel]
    size: int
    since: float
    stored: Future[list[int]]
    is_given_up: bool = False


class Deliveries:
    """The one writer of a process. Its thread begins with the first delivery."""

    def __init__(
        self,
        inbox: Inbox,
        now: Callable[[], int] = now_ms,
        after: Callable[[], None] | None = None,
    ) -> None:
        """`after` is called in the writing thread after a commit, to write what can wait."""
        self._inbox = inbox
        self._now = now
        self._after = after
        self._waiting: deque[Delivery] = deque()
        self._under_way: list[Delivery] = []
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False
        self._stored = 0
        self._measured = -_MEASURED_EVERY_S
        self._cost = 0.0

    def deliver(self, parcels: Sequence[Parcel], size: int) -> Delivery:
        """Hand parcels of so many bytes over to be stored; does not wait.

        Its `stored` raises StoreError when they could not be.
        """
        delivery = Delivery(parcels, size, monotonic(), Future())
        with self._changed:
            self._waiting.append(delivery)
            self._wake()
        return delivery

    def is_behind(self) -> bool:
        """Whether what came first has waited too long already."""
        with self._changed:
            if self._under_way or self._waiting:
                self._wake()
            # What is under way may be done at any instant: another list is in its place then.
            oldest = next(iter(self._under_way or self._waiting), None)
        return oldest is not None and monotonic() - oldest.since > BEHIND_S

    def waiting(self) -> int:
        """About how many bytes wait in the inbox for the engine, of this process and others."""
        with self._changed:
            if self._is_due():
                self._wake()
        return self._stored

    def close(self) -> None:
        """End the thread when all that was delivered is stored, or failed."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _wake(self) -> None:
        # A thread that ended by what nobody foresaw leaves what it had in hand unanswered.
        if self._thread is None or not self._thread.is_alive():
            self._under_way = []
            self._thread = threading.Thread(target=self._run, name="inbox", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._is_closed or self._is_due())
                self._under_way = self._gathered()
                is_over = self._is_closed and not self._under_way
            if is_over:
                return
            if self._under_way:
                self._store()
            if self._is_due():
                self._measure()
            if self._after is not None:
                self._after_commit(self._after)

    def _gathered(self) -> list[Delivery]:
        """As many as go into one transaction."""
        group: list[Delivery] = []
        size = count = 0
        while self._waiting and (not group or (size < _GROUP and count < _PARCELS)):
            delivery = self._waiting.popleft()
            # From here on whoever waits for it cannot cancel it any more, only give it up.
            if delivery.stored.set_running_or_notify_cancel() and not delivery.is_given_up:
                group.append(delivery)
                size += delivery.size
                count += len(delivery.parcels)
        return group

    def _store(self) -> None:
        while self._under_way:
            parcels = [parcel for one in self._under_way for parcel in one.parcels]
            try:
                ids = self._inbox.put(parcels, self._now())
            except DBAPIError as error:
                if not is_busy(error):
                    self._fail(explain(error))
                    return
                pause(_RETRY_S)
                self._under_way = [one for one in self._under_way if not one.is_given_up]
            except SQLAlchemyError as error:
                self._fail(str(error))
                return
            else:
                self._succeed(ids)
                return

    def _succeed(self, ids: list[int]) -> None:
        at = 0
        group, self._under_way = self._under_way, []
        for one in group:
            end = at + len(one.parcels)
            one.stored.set_result(ids[at:end])
            at = end
            self._stored += one.size

    def _fail(self, why: str) -> None:
        log.warning("what was sent cannot be stored: %s", why)
        group, self._under_way = self._under_way, []
        for one in group:
            one.stored.set_exception(StoreError(why))

    def _is_due(self) -> bool:
        every = max(_MEASURED_EVERY_S, _MEASURING_SHARE * self._cost)
        return monotonic() - self._measured >= every

    def _measure(self) -> None:
        began = monotonic()
        try:
            self._stored = self._inbox.waiting().size
        except SQLAlchemyError as error:
            log.warning("it cannot be told how much waits: %s", error)
        self._measured = monotonic()
        self._cost = self._measured - began

    def _after_commit(self, after: Callable[[], None]) -> None:
        try:
            after()
        except SQLAlchemyError as error:
            log.debug("not written this time: %s", error)
