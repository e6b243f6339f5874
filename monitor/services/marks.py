"""What is new to somebody: what came since their last visit to a room of the console."""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Engine as Database

from detectors.core.event import MINUTE
from monitor.clock import now_ms
from monitor.services.actor import Actor, ActorKind
from monitor.services.authority import Operation, allowed
from monitor.store import marks
from monitor.store.connection import reading
from monitor.store.marks import Mark

VISIT: Final = 30 * MINUTE
"""Who did not look for so long begins another visit (ms)."""
_STEP: Final = MINUTE
"""A look so soon after another one (ms) is not written down: a page is not to wait for that."""


class Marks:
    """Where people are in one room. Safe to share between threads; `now` gives ms since 1970
    UTC."""

    def __init__(self, database: Database, room: str, now: Callable[[], int] = now_ms) -> None:
        self._database = database
        self._reading = reading(database)
        self._room = room
        self._now = now

    @allowed(Operation.INCIDENTS_READ)
    def since(self, actor: Actor) -> int | None:
        """Since when (ms) all is new to somebody; None for whoever was never here, and for
        programs."""
        found, now = self._found(actor), self._now()
        if found is None:
            return None
        return found.seen if now - found.seen >= VISIT else found.before

    @allowed(Operation.INCIDENTS_READ)
    def look(self, actor: Actor) -> None:
        """Note that somebody looks now."""
        found, now = self._found(actor), self._now()
        if actor.kind not in _PEOPLE or (found is not None and now - found.seen < _STEP):
            return
        if found is None:
            made = Mark(now, now)
        elif now - found.seen >= VISIT:
            made = Mark(now, found.seen)
        else:
            made = Mark(now, found.before)
        with self._database.begin() as connection:
            marks.put(connection, actor.reference, self._room, made)

    def _found(self, actor: Actor) -> Mark | None:
        if actor.kind not in _PEOPLE:
            return None
        with self._reading.begin() as connection:
            return marks.mark_of(connection, actor.reference, self._room)


_PEOPLE: Final = (ActorKind.REVIEWER, ActorKind.OPERATOR)
