"""The responding process at work: one at a time for a database, its duties each by a hand."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import Engine as Database
from sqlalchemy.exc import DBAPIError

from monitor import clock, instance
from monitor.health.pulse import ourselves
from monitor.health.responding import EVERY_S, NOTE, Pulse, encode
from monitor.instance import InstanceKey
from monitor.responding.cursor import progress
from monitor.responding.duty import Counts, Opening, Surroundings, openings
from monitor.responding.hand import Hand
from monitor.settings import Settings
from monitor.steady import Steady
from monitor.store import policies
from monitor.store.connection import connect, explain, reading
from monitor.store.lock import RESPONDING, EngineLock, LockLostError, next_engine
from monitor.store.writing import Writing

GRACE_S: Final = 5.0
"""How long what is in hand may take once we are told to end; what is not finished by then is
finished by the next one."""
_LOOK_EVERY_S = 0.25

log = logging.getLogger(__name__)


class _Believed:
    """The time (ms) that is believed, for several threads. It has to be asked now and then."""

    def __init__(self, now: Callable[[], int], seconds: Callable[[], float]) -> None:
        self._lock = threading.Lock()
        self._steady = Steady(now, seconds)

    def __call__(self) -> int:
        with self._lock:
            return self._steady.passing()


class Service:
    """All of it, until told to stop. Settings may be told from anywhere."""

    def __init__(
        self,
        settings: Settings,
        duties: Mapping[str, Opening] | None = None,
        now: Callable[[], int] = clock.now_ms,
        seconds: Callable[[], float] = clock.monotonic,
    ) -> None:
        """`duties` None: all that there are. `now` is the clock (ms), `seconds` measures durations.

        Duties go by the clock as far as it can be believed: while it leaps, nothing ends or lapses.
        """
        self._settings = settings
        self._duties = openings() if duties is None else duties
        self._now = now
        self._seconds = seconds
        self._steady = _Believed(now, seconds)
        self._stopping = threading.Event()
        self._told: Settings | None = None
        self._hands: list[Hand] = []
        self._counts = Counts()
        self._pulse = Pulse(time=0, who=ourselves(now()))
        self._noted = -EVERY_S

    def stop(self) -> None:
        """End, once what is in hand is done."""
        self._stopping.set()

    def tell(self, settings: Settings) -> None:
        """Work as these say from now on."""
        self._told = settings

    def run(self) -> None:
        """Wait until it is our turn, and do all duties until told to stop."""
        url = self._settings.database_url
        is_stopping, pause = self._stopping.is_set, self._stopping.wait
        with next_engine(url, is_stopping, pause, log.warning, RESPONDING) as lock:
            while lock is not None and not is_stopping():
                try:
                    self._work(lock)
                except LockLostError as error:
                    log.warning("%s; nothing more is done before it is our turn again", error)
                    lock.release()
                    if not lock.wait(is_stopping, pause, log.warning, patient=True):
                        return

    def _work(self, lock: EngineLock) -> None:
        database = connect(self._settings.database_url)
        try:
            self._begin(database)
            while not self._stopping.wait(_LOOK_EVERY_S):
                lock.check()
                self._heed(database)
                self._beat(database)
        finally:
            self._end()
            self._beat(database, ended=True)
            database.dispose()

    def _begin(self, database: Database) -> None:
        around = Surroundings(
            settings=self._settings,
            database=database,
            key=_key(self._settings),
            now=self._steady,
            counts=self._counts,
            is_stopping=self._stopping.is_set,
        )
        self._hands = [Hand(name, opening(around)) for name, opening in self._duties.items()]
        for hand in self._hands:
            hand.start()

    def _end(self) -> None:
        for hand in self._hands:
            hand.end()
        until = self._seconds() + GRACE_S
        for hand in self._hands:
            if not hand.join(max(0.0, until - self._seconds())):
                log.warning("%s did not come to its end; the next process goes on", hand.name)
        self._hands = []

    def _heed(self, database: Database) -> None:
        told, self._told = self._told, None
        if told is None or told == self._settings:
            return
        self._end()
        self._settings = told
        self._begin(database)
        log.info("works as the new settings say")

    def _beat(self, database: Database, *, ended: bool = False) -> None:
        """Tell of ourselves when it is time to; where that cannot be noted now, it is later."""
        if self._seconds() - self._noted < EVERY_S and not ended:
            return
        self._noted = self._seconds()
        self._steady()
        pulse = self._pulse
        try:
            with reading(database).connect() as connection:
                seen, held = progress(connection), policies.holding(connection)
            pulse.time, pulse.ended = self._now(), ended
            pulse.cursor, pulse.waiting = seen.cursor, seen.waiting
            if not seen.waiting:
                pulse.caught_up = pulse.time
            pulse.counts = self._counts.told()
            pulse.mode = held.policy.mode.value
            complaints = {hand.name: hand.complaint for hand in self._hands}
            pulse.troubles = {name: why for name, why in complaints.items() if why is not None}
            if held.trouble is not None:
                pulse.troubles["policy"] = held.trouble
            with database.begin() as connection:
                Writing(connection).set_note(NOTE, encode(pulse))
        except DBAPIError as error:
            log.debug("what we do cannot be noted now: %s", explain(error))


def _key(settings: Settings) -> InstanceKey | None:
    if settings.secrets.key is None and not (settings.data / instance.KEY_FILE).exists():
        return None
    return instance.opened(settings.secrets.key, settings.data)[0]
