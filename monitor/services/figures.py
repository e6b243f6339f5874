"""The overview's numbers: what waits by severity, conclusion and age, what came each day, and the
last day in a few of them."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import Any, Final, TypeVar

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from alerts.incident import Category
from detectors.core.event import DAY, SECOND
from detectors.core.finding import Severity
from monitor.clock import now_ms
from monitor.services.actor import Actor
from monitor.services.atlas import window_of
from monitor.services.authority import Operation, allowed, within
from monitor.services.own_sign_ins import SOURCE
from monitor.store import feed, figures, stream
from monitor.store.connection import reading
from monitor.store.figures import AGES, Raised, Waiting

T = TypeVar("T")
DAYS: Final = 30
CALLING: Final = tuple(one for one in reversed(Severity) if one >= figures.LEAST)
"""The severities that call people, the highest first."""
_KEPT: Final = 30 * SECOND
"""For so long the same answer is given again (ms), unless something changed: ages go on."""
_ROOM: Final = 512


class CategoryRow(Struct, frozen=True, kw_only=True):
    """How many incidents of a conclusion wait, by severity."""

    category: Category
    severities: dict[Severity, int]

    @property
    def count(self) -> int:
        """In all."""
        return sum(self.severities.values())


class Standing(Struct, frozen=True, kw_only=True):
    """The incidents that wait to be decided. `severities` are all of them and `fresh` those that
    nobody has looked at, the highest first; `categories` come the most first; `ages` say how many
    there are to which something came within an hour, a day, a week, a month, and longer ago."""

    severities: dict[Severity, int]
    fresh: dict[Severity, int]
    categories: list[CategoryRow]
    ages: list[int]

    @property
    def count(self) -> int:
        """In all."""
        return sum(self.severities.values())


class TrendDay(Struct, frozen=True, kw_only=True):
    """How many incidents began on a day, which begins at `start` (ms, UTC), by severity."""

    start: int
    severities: dict[Severity, int]


class LastDay(Struct, frozen=True, kw_only=True):
    """The last day until `until` (ms): events that were read, None for whoever sees one tenant;
    incidents that began, of them `grave` ones, tickets of incidents that were resolved, and
    measures that were carried out. `is_past`: the logs end there, which is not today."""

    until: int
    is_past: bool
    events: int | None
    raised: int
    grave: int
    resolved: int
    carried_out: int


class Figures:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(self, database: Database, now: Callable[[], int] = now_ms) -> None:
        self._reading = reading(database)
        self._now = now
        self._known: dict[Hashable, tuple[int, tuple[int, int], Any]] = {}

    @allowed(Operation.INCIDENTS_READ)
    def standing(self, actor: Actor) -> Standing:
        """The incidents that wait, of what somebody may see."""
        tenant = within(actor)
        return self._kept(("standing", tenant), partial(self._standing, tenant))

    @allowed(Operation.INCIDENTS_READ)
    def trend(self, actor: Actor) -> list[TrendDay]:
        """The incidents of the last 30 days by the day (UTC) that they began on, today's last."""
        tenant = within(actor)
        return self._kept(("trend", tenant), partial(self._trend, tenant))

    @allowed(Operation.INCIDENTS_READ)
    def last_day(self, actor: Actor) -> LastDay:
        """The last day in numbers."""
        tenant = within(actor)
        return self._kept(("day", tenant), partial(self._last_day, tenant))

    def _standing(self, tenant: str | None, connection: Connection) -> Standing:
        return standing_of(figures.waiting(connection, self._now(), tenant))

    def _trend(self, tenant: str | None, connection: Connection) -> list[TrendDay]:
        today = self._now() // DAY * DAY
        bounds = [today + (number - DAYS + 1) * DAY for number in range(DAYS + 1)]
        return trend_of(bounds, figures.raised(connection, bounds, tenant))

    def _last_day(self, tenant: str | None, connection: Connection) -> LastDay:
        now = self._now()
        window = window_of(figures.last_event(connection, SOURCE), now)
        until = window.until if window.is_past else now
        rows = figures.raised(connection, (until - DAY, until + 1), tenant)
        return LastDay(
            until=until,
            is_past=window.is_past,
            events=None if tenant else figures.events(connection, until - DAY, until + 1),
            raised=sum(one.count for one in rows),
            grave=sum(one.count for one in rows if one.severity >= Severity.HIGH),
            resolved=figures.resolved(connection, now - DAY, tenant),
            carried_out=figures.carried_out(connection, now - DAY, tenant),
        )

    def _kept(self, key: Hashable, ask: Callable[[Connection], T]) -> T:
        now = self._now()
        with self._reading.begin() as connection:
            place = feed.newest(connection), stream.newest(connection)
            known = self._known.get(key)
            if known is not None and known[1] == place and 0 <= now - known[0] < _KEPT:
                found: T = known[2]
                return found
            found = ask(connection)
        if len(self._known) >= _ROOM:
            self._known.clear()
        self._known[key] = (now, place, found)
        return found


def standing_of(rows: Iterable[Waiting]) -> Standing:
    """What was counted, put together."""
    severities, fresh = dict.fromkeys(CALLING, 0), dict.fromkeys(CALLING, 0)
    categories: dict[Category, dict[Severity, int]] = {}
    ages = [0] * (len(AGES) + 1)
    for row in rows:
        of_category = categories.setdefault(row.category, {})
        of_category[row.severity] = of_category.get(row.severity, 0) + row.count
        severities[row.severity] += row.count
        fresh[row.severity] += row.count if row.is_new else 0
        ages[row.age] += row.count
    found = [CategoryRow(category=name, severities=one) for name, one in categories.items()]
    found.sort(key=lambda row: (-row.count, row.category.value))
    return Standing(severities=_there(severities), fresh=_there(fresh), categories=found, ages=ages)


def trend_of(bounds: list[int], rows: Iterable[Raised]) -> list[TrendDay]:
    """The same for days, each with all the severities that call people."""
    days: list[dict[Severity, int]] = [dict.fromkeys(CALLING, 0) for _ in bounds[1:]]
    for row in rows:
        days[row.span][row.severity] += row.count
    return [TrendDay(start=start, severities=day) for start, day in zip(bounds, days, strict=False)]


def _there(counts: Mapping[Severity, int]) -> dict[Severity, int]:
    return {severity: count for severity, count in counts.items() if count}
