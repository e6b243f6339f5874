"""What cannot be done over an error of ours is put aside after a few tries: it holds up nothing
else, is told, and is tried again later."""

import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Final

from msgspec import Struct
from sqlalchemy.exc import DBAPIError

from detectors.core.event import MINUTE
from monitor import clock

TRIES: Final = 2
STORE_TRIES: Final = 6
"""Tries of what the store does not take: mostly it is the store that is in trouble."""
AGAIN: Final = 15 * MINUTE
"""How long (ms) a thing is left alone."""
MOST: Final = 1_000
"""Things that are remembered."""

log = logging.getLogger(__name__)


class _Failed(Struct, kw_only=True):
    error: str
    is_of_store: bool
    at: int
    tries: int = 0

    @property
    def is_aside(self) -> bool:
        return self.tries >= (STORE_TRIES if self.is_of_store else TRIES)


class Aside:
    """Things by any key, in the memory of one process. Of one thread, but for `complaint`. `now`
    gives ms since 1970."""

    def __init__(self, now: Callable[[], int] = clock.now_ms) -> None:
        self._now = now
        self._failed: dict[Hashable, _Failed] = {}
        self._last: BaseException | None = None

    def has(self, key: Hashable) -> bool:
        """Whether a thing is left alone now."""
        one = self._failed.get(key)
        return one is not None and one.is_aside and abs(self._now() - one.at) < AGAIN

    def why(self, key: Hashable) -> str:
        """The name of the last error that it met."""
        one = self._failed.get(key)
        return "" if one is None else one.error

    @contextmanager
    def over(self, key: Hashable) -> Iterator[None]:
        """While a thing is done: an error is noted, and goes on its way."""
        try:
            yield
        except Exception as error:
            self.note(key, error)
            self._last = error
            raise
        self.forget(key)

    def note(self, key: Hashable, error: Exception) -> None:
        """That a thing met an error."""
        is_of_store = isinstance(error, DBAPIError)
        one = self._failed.pop(key, None)
        if one is None or one.is_of_store is not is_of_store:
            one = _Failed(error="", is_of_store=is_of_store, at=0)
        one.error, one.at, one.tries = type(error).__name__, self._now(), one.tries + 1
        self._failed[key] = one
        if len(self._failed) > MOST:
            del self._failed[next(iter(self._failed))]
        if one.is_aside:
            # Without the error's own words: they may name people.
            log.error("%s is put aside over an error of ours: %s", key, one.error)

    def forget(self, key: Hashable) -> None:
        """A thing was done."""
        self._failed.pop(key, None)

    def met(self, error: Exception) -> bool:
        """Whether an error was of one thing. One of the store that was not takes back what was
        noted of others: it was the store."""
        is_known = error is self._last
        if not is_known and isinstance(error, DBAPIError):
            self._failed = {k: one for k, one in self._failed.items() if not one.is_of_store}
        self._last = None
        return is_known

    def complaint(self) -> str | None:
        """How many things are aside, in words; None for none."""
        # A copy at once: other threads ask.
        errors = [one.error for one in [*self._failed.values()] if one.is_aside]
        if not errors:
            return None
        return (
            f"an error of ours ({errors[-1]}) is met over {len(errors):,} of its things: they are "
            f"put aside and tried again every {AGAIN // MINUTE} minutes; the log says which"
        )
