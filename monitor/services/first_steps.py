"""What is left to do before Vigie is of use: a short path, until it is over or skipped."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from msgspec import Struct
from sqlalchemy import Engine as Database
from sqlalchemy import exists, select

from monitor.clock import now_ms
from monitor.services.actor import Actor, Role
from monitor.services.authority import Operation, allowed
from monitor.services.standing import ACTIVE
from monitor.store import marks, reviewers, tables
from monitor.store.connection import reading
from monitor.store.marks import Mark

ROOM: Final = "first steps"
"""What their being skipped is noted as."""


class Step(StrEnum):
    """In the order in which they are taken."""

    ADMINISTRATOR = "administrator"
    SOURCE = "source"
    INCIDENT = "incident"
    COLLEAGUE = "colleague"


class Path(Struct, frozen=True):
    """Each step, and whether it is done."""

    done: dict[Step, bool]

    @property
    def next(self) -> Step | None:
        """The first one that is not done."""
        return next((step for step, is_done in self.done.items() if not is_done), None)


class FirstSteps:
    """Of one instance, whose own source is called `own`. Safe to share between threads."""

    def __init__(self, database: Database, own: str, now: Callable[[], int] = now_ms) -> None:
        self._database = database
        self._reading = reading(database)
        self._own = own
        self._now = now

    @allowed(Operation.SETTINGS_READ)
    def path(self, actor: Actor) -> Path | None:
        """How far it is; None once it is over, or skipped by whoever asks."""
        sources, incidents = tables.sources, tables.incidents
        sends = exists().where(sources.c.name != self._own, sources.c.lines > 0)
        with self._reading.begin() as connection:
            if marks.mark_of(connection, actor.reference, ROOM) is not None:
                return None
            has_administrator = reviewers.count(connection, Role.ADMINISTRATOR.value, ACTIVE) > 0
            done = {
                Step.ADMINISTRATOR: has_administrator,
                Step.SOURCE: bool(connection.execute(select(sends)).scalar()),
                Step.INCIDENT: bool(connection.execute(select(exists(incidents.c.id))).scalar()),
                Step.COLLEAGUE: len(reviewers.page(connection, 2)) > 1,
            }
        return None if all(done.values()) else Path(done)

    @allowed(Operation.SETTINGS_READ)
    def skip(self, actor: Actor) -> None:
        """Show whoever asks no more of it."""
        now = self._now()
        with self._database.begin() as connection:
            marks.put(connection, actor.reference, ROOM, Mark(now, now))
