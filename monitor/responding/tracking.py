"""Tickets and outer trackers follow each other: what changed here is ordered, what changed there is
asked for.

How far our changes are followed commits with the orders that they come to. What trackers are asked
is asked without a transaction, and what they say is kept in one of its own for each ticket.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from alerts.egress.wall import Wall
from alerts.ports import Action, ResponderError
from alerts.responders import kind
from alerts.responders.keeping import Keeping
from alerts.responders.surroundings import Surroundings as Around
from alerts.ticket import Status
from alerts.tracking import Outer, Tracker
from monitor import clock
from monitor.aside import Aside
from monitor.responding.duty import Duty, Surroundings
from monitor.services import tracking
from monitor.services.refusal import StaleError
from monitor.settings import Settings
from monitor.store import stream, tables
from monitor.store.connection import reading
from monitor.store.writing import Writing

NOTE: Final = "tracking.cursor"
AT_ONCE: Final = 50
"""Changes of one transaction."""
MARGIN: Final = 5
"""Minutes that a tracker is asked for again each time: its clock is not ours."""
FIRST: Final = 24 * 60
"""Minutes that it is asked for at first."""
_LONGEST_PAUSE_S: Final = 900.0
_KINDS: Final = (stream.Kind.TICKET.value, stream.Kind.ORDER.value)

log = logging.getLogger(__name__)


class Cursor(Struct, kw_only=True):
    """`after` is the last change that trackers were told of. While all open tickets are looked at,
    `swept` is the number of the last one that was; None while they are not. `names` are the
    responders that were told."""

    after: int = 0
    swept: int | None = 0
    names: tuple[str, ...] = ()


class Asking:
    """One tracker that is asked from time to time. `seconds` is what durations are measured by."""

    def __init__(
        self,
        name: str,
        terms: Keeping,
        opened: Callable[[], Any],
        seconds: Callable[[], float] = clock.monotonic,
    ) -> None:
        self.name = name
        self.terms = terms
        self._opened = opened
        self._seconds = seconds
        self._tracker: Tracker | None = None
        self._heard: float | None = None
        self._due = seconds()
        self._pause = float(terms.every_seconds)

    @property
    def is_due(self) -> bool:
        """Whether it is time to ask."""
        return self._seconds() >= self._due

    def ask(self) -> list[Outer]:
        """What changed there since it was asked; nothing where it does not say."""
        now = self._seconds()
        try:
            if self._tracker is None:
                self._tracker = self._opened()
            since = FIRST if self._heard is None else round((now - self._heard) / 60) + MARGIN
            found = self._tracker.changed(since)
        except (ResponderError, ValueError) as error:
            self._pause = min(2 * self._pause, _LONGEST_PAUSE_S)
            self._due = now + self._pause
            log.warning("%s cannot be asked what changed: %s", self.name, error)
            return []
        except Exception:
            # One boundary for all trackers, as for all responders.
            self._pause, self._due = _LONGEST_PAUSE_S, now + _LONGEST_PAUSE_S
            log.exception("asking %s what changed met an error of ours", self.name)
            return []
        self._heard, self._pause = now, float(self.terms.every_seconds)
        self._due = now + self._pause
        return found

    def close(self) -> None:
        """Let go of its connections."""
        if self._tracker is not None:
            self._tracker.close()


class Tracking(Duty):
    """Of one thread. `responders` are those that tickets are told to, with the terms of those that
    are trackers; `asked` are these."""

    def __init__(
        self,
        around: Surroundings,
        responders: Mapping[str, Keeping | None],
        asked: Sequence[Asking] = (),
    ) -> None:
        self._around = around
        self._reading = reading(around.database)
        self._responders = dict(responders)
        self._roster = around.settings.roster
        self._asked = tuple(asked)
        self._aside = Aside(around.now)

    def step(self) -> bool:
        """Tell trackers of some changes, else of some open tickets, else ask one that is due."""
        if not self._responders:
            return False
        with self._reading.connect() as connection:
            query = select(tables.engine.c.value).where(tables.engine.c.name == NOTE)
            noted = _decoded(connection.execute(query).scalar())
            is_behind = self._is_behind(noted, stream.newest(connection))
        if not is_behind:
            return self._ask()
        try:
            with self._around.database.begin() as connection:
                written = self._follow(connection)
        except Exception as error:
            if not self._aside.met(error) or isinstance(error, DBAPIError):
                raise
            log.exception("trackers cannot be told of a ticket")
            return True
        self._around.counts.add("tracked", written)
        return True

    def complaint(self) -> str | None:
        """What was put aside."""
        return self._aside.complaint()

    def close(self) -> None:
        """Let go of all trackers."""
        for asking in self._asked:
            asking.close()

    def _is_behind(self, cursor: Cursor | None, newest: int) -> bool:
        return (
            cursor is None
            or cursor.after != newest
            or cursor.swept is not None
            or not set(self._responders) <= set(cursor.names)
        )

    def _follow(self, connection: Connection) -> int:
        """Some changes, or some of all open tickets; how many orders these came to."""
        cursor, newest = self._held(connection), stream.newest(connection)
        changes = stream.changes(connection, cursor.after, _KINDS, AT_ONCE)
        cursor.after = changes[-1].id if len(changes) == AT_ONCE else newest
        written = sum(self._changed(connection, one) for one in changes)
        if not changes and cursor.swept is not None:
            some = _open_tickets(connection, cursor.swept)
            written = sum(self._told(connection, number, tenant) for number, tenant in some)
            cursor.swept = some[-1][0] if some else None
        Writing(connection).set_note(NOTE, msgspec.msgpack.encode(cursor))
        return written

    def _held(self, connection: Connection) -> Cursor:
        """The cursor, which nobody else moves before this transaction ends. Who is new, or behind
        the changes that are kept, looks at all open tickets."""
        newest = stream.newest(connection)
        names = tuple(sorted(self._responders))
        cursor = _decoded(Writing(connection).hold_note(NOTE))
        if cursor is None:
            return Cursor(after=newest, names=names)
        is_lost = stream.oldest(connection) > cursor.after + 1
        if cursor.after > newest or is_lost:
            cursor.after, cursor.swept = newest, 0
        if not set(names) <= set(cursor.names):
            cursor.swept = 0
        cursor.names = names
        return cursor

    def _changed(self, connection: Connection, change: stream.Streamed) -> int:
        if change.kind == stream.Kind.TICKET.value:
            return self._told(connection, int(change.reference), change.tenant)
        key = f"order {change.reference}"
        if not self._aside.has(key):
            with self._aside.over(key):
                tracking.note(connection, int(change.reference), self._responders)
        return 0

    def _told(self, connection: Connection, number: int, tenant: str) -> int:
        key = f"ticket {number}"
        if self._aside.has(key):
            return 0
        with self._aside.over(key):
            return self._written(connection, number, tenant)

    def _written(self, connection: Connection, number: int, tenant: str) -> int:
        offering = {entry.name for entry in self._roster.offering(Action.TRACK, tenant)}
        own = {name: terms for name, terms in self._responders.items() if name in offering}
        return tracking.tell(connection, number, own, self._around.now())

    def _ask(self) -> bool:
        for asking in self._asked:
            if asking.is_due:
                moved = sum(self._heard(asking, outer) for outer in asking.ask())
                self._around.counts.add("followed", moved)
                return True
        return False

    def _heard(self, asking: Asking, outer: Outer) -> bool:
        now, key = self._around.now(), f"{asking.name} on ticket {outer.ticket}"
        if self._aside.has(key):
            return False
        try:
            with self._aside.over(key), self._around.database.begin() as connection:
                return tracking.follow(connection, asking.name, asking.terms, outer, now)
        except StaleError:  # somebody changes it right now: it is asked for again
            self._aside.forget(key)
            return False
        except Exception as error:
            self._aside.met(error)
            if isinstance(error, DBAPIError):
                raise
            log.exception("what %s says of a ticket cannot be followed", asking.name)
            return False


def trackers(settings: Settings) -> dict[str, Keeping | None]:
    """The responders that tickets are told to, with the terms of those that are trackers."""
    found: dict[str, Keeping | None] = {}
    for entry in settings.roster.entries:
        if Action.TRACK in entry.actions and entry.name in settings.responders:
            terms = kind.read_terms(settings.responders[entry.name])
            found[entry.name] = terms if isinstance(terms, Keeping) else None
    return found


def open_duty(around: Surroundings) -> Tracking:
    """The trackers of the settings."""
    settings = around.settings
    outside = Around(
        now=around.now, address=settings.web.public_url or "", wall=Wall(settings.outbound)
    )
    responders = trackers(settings)
    asked = [
        Asking(name, terms, partial(kind.opened, name, settings.responders, outside))
        for name, terms in responders.items()
        if terms is not None
    ]
    return Tracking(around, responders, asked)


def _open_tickets(connection: Connection, after: int) -> list[tuple[int, str]]:
    table = tables.tickets
    query = select(table.c.id, table.c.tenant).where(
        table.c.id > after, table.c.status != Status.RESOLVED.value
    )
    return [
        (one.id, one.tenant)
        for one in connection.execute(query.order_by(table.c.id).limit(AT_ONCE))
    ]


def _decoded(noted: bytes | None) -> Cursor | None:
    """None where nothing is noted, or what this version cannot read: then all is looked at."""
    if not noted:
        return None
    try:
        return msgspec.msgpack.decode(noted, type=Cursor)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
