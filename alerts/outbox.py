"""When an order is tried again, when it is given up, and when a responder is left in peace.

Pure: no clock and no chance. Waits are spread by the order's own key, so that a hundred orders that
failed together do not come back together.
"""

import hashlib
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs

from detectors.core.event import DAY, HOUR, MINUTE, SECOND


class State(StrEnum):
    """Where an order is."""

    WAITING = "waiting"
    """It is delivered when it is due."""
    LEASED = "leased"
    """Somebody is at it; when their lease ends without a word, it is waiting again."""
    DONE = "done"
    DEAD = "dead"
    """It was given up: only a person drives it again."""
    PARKED = "parked"
    """It came back with a backup, and may have been done: only a person lets it go."""
    CANCELLED = "cancelled"
    """It is not wanted any more, and was never known to be done."""


SETTLED: Final = frozenset((State.DONE, State.DEAD, State.CANCELLED))
"""Nothing more comes of these by itself."""
STANDING: Final = frozenset((State.WAITING, State.LEASED))
"""These are delivered by themselves."""
LONGEST_ASKED: Final = 6 * HOUR
"""How long a responder may ask us to wait, in ms; after that it is tried whatever it asked."""


class Patience(Struct, frozen=True, kw_only=True):
    """How often an order is tried and how long; times in ms.

    After the first failure about `first` is waited, twice that after each further one, and `most`
    at most. It is given up after so many `attempts`, or when it is older than `lifetime`: what is
    done about somebody a day late is for a person to look at.
    """

    first: int = 2 * SECOND
    most: int = 30 * MINUTE
    attempts: int = 20
    lifetime: int = DAY


class Next(Struct, frozen=True, kw_only=True):
    """What becomes of an order that failed: waiting until `due` (ms), or dead."""

    state: State
    due: int


def after_failure(
    key: str,
    attempts: int,
    since: int,
    now: int,
    patience: Patience,
    asked: int | None = None,
) -> Next:
    """What becomes of an order that was tried `attempts` times and is to be tried again if it can.

    `since` is when it was asked for, or driven again by a person; `asked` is how long the responder
    asks us to wait. Times in ms.
    """
    due = now + max(wait(key, attempts, patience), min(asked or 0, LONGEST_ASKED))
    is_over = attempts >= patience.attempts or due - since > patience.lifetime
    return Next(state=State.DEAD, due=now) if is_over else Next(state=State.WAITING, due=due)


def wait(key: str, attempts: int, patience: Patience) -> int:
    """How long (ms) an order waits after so many attempts (1 and more): at least half of the whole
    step, the rest as the key has it."""
    step = min(patience.most, patience.first << min(max(attempts, 1) - 1, 40))
    return step - int(step // 2 * _share(key, attempts))


def _share(key: str, attempts: int) -> float:
    """A number of [0, 1) that looks like chance and is the same every time."""
    told = hashlib.blake2b(f"{attempts}:{key}".encode("utf-8", "surrogatepass"), digest_size=6)
    return int.from_bytes(told.digest()) / (1 << 48)


class Fuse(Struct, frozen=True, kw_only=True):
    """When a responder is left in peace: after so many `failures` in a row, for `rest` (ms), twice
    as long each further time, `most` at most."""

    failures: int = 5
    rest: int = 30 * SECOND
    most: int = 15 * MINUTE


class Breaker(Struct, frozen=True, kw_only=True):
    """How a responder did lately: failures in a row, how often it was left in peace since it last
    answered, and until when it is (ms; 0: it is not)."""

    failures: int = 0
    trips: int = 0
    until: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it has failed too often, and did not answer since."""
        return self.until > 0

    def room(self, now: int) -> int | None:
        """How many orders it may be given at once: None for as many as there are, none while it is
        left in peace, and one to try it after that."""
        if not self.is_open:
            return None
        return 1 if now >= self.until else 0


CLOSED: Final = Breaker()


def failed(breaker: Breaker, now: int, fuse: Fuse) -> Breaker:
    """After an order that the responder did not answer."""
    failures = breaker.failures + 1
    if not breaker.is_open and failures < fuse.failures:
        return structs.replace(breaker, failures=failures)
    if breaker.is_open and now < breaker.until:
        # It was on its way before the others failed, and says nothing new.
        return structs.replace(breaker, failures=failures)
    rest = min(fuse.most, fuse.rest << min(breaker.trips, 40))
    return Breaker(failures=failures, trips=breaker.trips + 1, until=now + rest)


def answered(_breaker: Breaker) -> Breaker:
    """After an order that was done or refused: whoever refuses is there."""
    return CLOSED


LEASE_MARGIN: Final = 30 * SECOND
"""How much longer than its time-out an order is leased for."""
LONGEST_TIMEOUT: Final = HOUR


def leased_until(now: int, timeout: int) -> int:
    """Until when (ms) an order that may take `timeout` ms is nobody else's."""
    return now + min(timeout, LONGEST_TIMEOUT) + LEASE_MARGIN
