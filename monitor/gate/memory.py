"""What the process knows of every account at the gate, so that a request asks no database.

It follows the changes that are told in the order of commits, and reads everything anew when it is
behind them, and now and then: what ended by itself is forgotten so. When it has not heard from the
database for a while, it says that it is blind: it still knows what it knew.
"""

import logging
import threading
from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from monitor import clock
from monitor.gate.judging import NOTHING, Answer, Standing, judge
from monitor.gate.known import Known
from monitor.gate.reading import Account, everything, standing_of
from monitor.store import gate_changes
from monitor.store.connection import reading
from monitor.store.gate_changes import BEFORE_ALL, Change

EVERY_S: Final = 0.2
"""How often it looks for changes: what changed bites after this, and the time of a look."""
ANEW_S: Final = 600.0

log = logging.getLogger(__name__)


class Memory:
    """Of one process. `look` is of one thread, all else may be asked by others meanwhile."""

    def __init__(
        self,
        database: Engine,
        stale_s: float,
        now: Callable[[], int] = clock.now_ms,
        seconds: Callable[[], float] = clock.monotonic,
    ) -> None:
        """Blind after `stale_s` seconds without an answer from the database. `now` gives ms since
        1970, `seconds` never goes back."""
        self._reading = reading(database)
        self._stale = stale_s
        self._now = now
        self._seconds = seconds
        self._standing: dict[Account, Standing] = {}
        self._last: Change | None = None
        self._heard: float | None = None
        self._renewed = 0.0
        self.trouble = ""

    def __len__(self) -> int:
        return len(self._standing)

    @property
    def is_blind(self) -> bool:
        """Whether changes may have been missed."""
        return self._heard is None or self._seconds() - self._heard > self._stale

    def ask(self, known: Known) -> Answer:
        """What a session meets now, as far as it is known here."""
        standing = self._standing.get((known.tenant, known.account), NOTHING)
        return judge(standing, known.session, known.began, self._now())

    def look(self) -> bool:
        """Take up what changed; False, with `trouble`, where the database does not say."""
        asked = self._seconds()
        try:
            self._follow(asked)
        except SQLAlchemyError as error:
            # Without the statement and its values.
            self.trouble = type(error).__name__
            return False
        self._heard, self.trouble = asked, ""
        return True

    def _follow(self, asked: float) -> None:
        if asked - self._renewed > ANEW_S or not self._take_up():
            self._renew(asked)

    def _take_up(self) -> bool:
        """Read of whom something changed; False where changes may have been missed."""
        known = self._last
        if known is None:
            return False
        with self._reading.begin() as connection:
            changes = gate_changes.changes(connection, known.id - 1)
            is_whole = len(changes) < gate_changes.MOST
            if known is BEFORE_ALL:
                is_whole &= not changes or changes[0].id == 1
            else:
                # Else it was forgotten, or another database is in its place: a backup.
                is_whole &= changes[:1] == [known]
                del changes[:1]
            if not is_whole:
                return False
            now = self._now()
            for account in {(one.tenant, one.account) for one in changes}:
                self._put(account, standing_of(connection, account, now))
        self._last = changes[-1] if changes else known
        return True

    def _renew(self, asked: float) -> None:
        with self._reading.begin() as connection:
            last = gate_changes.last(connection)
            standing = everything(connection, self._now())
        self._standing, self._last, self._renewed = standing, last, asked

    def _put(self, account: Account, standing: Standing) -> None:
        if standing == NOTHING:
            self._standing.pop(account, None)
        else:
            self._standing[account] = standing


class Following:
    """Has a memory look by a thread of its own until it is stopped. `after` is called after each
    look, with whether it was answered."""

    def __init__(
        self, memory: Memory, after: Callable[[bool], object] = bool, every_s: float = EVERY_S
    ) -> None:
        self._memory = memory
        self._after = after
        self._every = every_s
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="gate", daemon=True)

    def start(self) -> None:
        """Begin: the first look is taken before this returns, where the database is there."""
        self._after(self._memory.look())
        self._thread.start()

    def stop(self) -> None:
        """End, and wait for it."""
        self._stopped.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopped.wait(self._every):
            self._after(self._memory.look())
