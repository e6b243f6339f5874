"""Whether what was to come by a source has come, and how far it is read."""

from collections.abc import Callable
from typing import Final

from msgspec import Struct
from sqlalchemy import Engine as Database

from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed
from monitor.services.refusal import NotThereError
from monitor.services.sources import Sources, SourceView
from monitor.store import added
from monitor.store.added import AddedSource
from monitor.store.connection import reading
from monitor.store.watching import Watching

OWN: Final = "vigie"
"""What Vigie's own source is called."""


class Arrival(Struct, frozen=True, kw_only=True):
    """One source as it begins: what was added, None for one of the settings; how it is, None before
    its first line was read; how many lines wait to be read."""

    name: str
    added: AddedSource | None
    view: SourceView | None
    waiting: int

    @property
    def share(self) -> float | None:
        """How much of what was handed in is read, from 0 to 1; None where nothing was."""
        if self.added is None or not self.added.lines:
            return None
        return max(0.0, min(1.0, 1 - self.waiting / self.added.lines))

    @property
    def is_over(self) -> bool:
        """Whether all that was handed in is read; never of what goes on coming."""
        return self.share is not None and not self.waiting and self.view is not None

    @property
    def has_begun(self) -> bool:
        """Whether a line was read."""
        return self.view is not None and self.view.lines > 0


class Arrivals:
    """Of one database. Safe to share between threads; `now` gives ms."""

    def __init__(
        self, database: Database, sources: Sources, now: Callable[[], int] = now_ms
    ) -> None:
        self._reading = reading(database)
        self._watching = Watching(database)
        self._sources = sources
        self._now = now

    @allowed(Operation.SOURCES_READ)
    def arrival(self, actor: Actor, name: str, language: str) -> Arrival:
        """How a source begins. Raises NotThereError for one that nobody knows."""
        with self._reading.connect() as connection:
            one = added.one(connection, name)
        view = self._sources.source(actor, name, language)
        if one is None and view is None:
            raise NotThereError("there is no such source")
        waiting = sum(each.lines for each in self._watching.inbox() if each.source == name)
        return Arrival(name=name, added=one, view=view, waiting=waiting)

    @allowed(Operation.SOURCES_READ)
    def newest(self, actor: Actor, known: int | None) -> tuple[int, list[tuple[int, str]]]:
        """The last number that was given to a source, and number and name of those behind `known`
        whose first line was read; None of them where that is None."""
        rows = self._watching.sources()
        last = max((row.id for row in rows), default=0)
        came = [(row.id, row.name) for row in rows if known is not None and row.id > known]
        return last, [one for one in came if one[1] != OWN]
