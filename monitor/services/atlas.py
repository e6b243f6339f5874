"""Where the sign-ins of the last day came from, and which pairs of them nobody can have travelled.

A day is counted by quarters of an hour, each once: what was counted is kept in this process until
other events are stored of it, so that a page costs what the last minutes do. Of a day that is not
known yet, each question counts a little more and says how far it is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock
from typing import Final

from msgspec import Struct
from sqlalchemy import Connection
from sqlalchemy import Engine as Database

from detectors.core.event import DAY, MINUTE, SECOND, SignIn
from detectors.core.geodesy import distance_km
from detectors.core.identity import as_uuid
from detectors.core.place import Place
from monitor.clock import monotonic, now_ms
from monitor.services.actor import Actor
from monitor.services.authority import Operation, allowed, permits, within
from monitor.services.own_sign_ins import SOURCE
from monitor.services.spots import is_place, network_kind
from monitor.store import day, figures, restrictions
from monitor.store.connection import reading
from monitor.store.day import ANYWHERE, Cell, Counts, Span, StoredPair
from monitor.store.reading import Reading

QUARTER: Final = 15 * MINUTE
QUARTERS: Final = DAY // QUARTER
SPOTS: Final = 250
"""Places that are shown, those with the most sign-ins first."""
COUNTRIES: Final = 12
PAIRS: Final = 40
DETECTOR: Final = "impossible_travel"
_SHORTEST_KM: Final = 100.0
_PATIENCE_S: Final = 0.25
"""How long one question may count what is not known yet."""
_KEPT: Final = 10 * SECOND
"""For so long the same answer is given again (ms)."""
_OLD: Final = 4
"""The last quarters are looked at each time; those before them only every so often, for what came
late."""
_LOOKED_S: Final = 300.0
_AT_ONCE: Final = 24


class Spot(Struct, frozen=True, kw_only=True):
    """A place on the map, in WGS 84 degrees, and how many attempts to sign in came from it; not
    `is_place`: of a network that says nothing of where its users are."""

    latitude: float
    longitude: float
    country: str
    city: str
    is_place: bool
    count: int
    failures: int


class CountryRow(Struct, frozen=True, kw_only=True):
    """A country and how many attempts came from its places; of an empty one, from anywhere."""

    country: str
    count: int
    failures: int


class Pair(Struct, frozen=True, kw_only=True):
    """Two places that one account was at within a time that nobody travels it in: (longitude,
    latitude) each with what it is called, and the incident that says more."""

    start: tuple[float, float]
    end: tuple[float, float]
    names: tuple[str, str]
    countries: tuple[str, str]
    km: int
    milliseconds: int
    incident: str | None


class Atlas(Struct, frozen=True, kw_only=True):
    """The map of a day, from `since` to `until` (ms). `share` of it is counted so far, 0 to 1;
    `part`: one in so many events was looked at where there were the most, and the numbers are
    reckoned from them. `elsewhere` is what is at no place that is shown. `is_past`: the day ends
    with the last event, which is not of today."""

    since: int
    until: int
    is_past: bool
    share: float
    part: int
    count: int
    failures: int
    elsewhere: int
    spots: list[Spot]
    countries: list[CountryRow]
    pairs: list[Pair]


class Window(Struct, frozen=True):
    """A day by quarters of an hour, as numbers of them since 1970; `is_past` as of an Atlas."""

    first: int
    end: int
    is_past: bool

    @property
    def since(self) -> int:
        """When it begins (ms)."""
        return self.first * QUARTER

    @property
    def until(self) -> int:
        """When it ends (ms)."""
        return self.end * QUARTER


def window_of(last: int | None, now: int) -> Window:
    """The last day: until now, or until the last event where that is longer ago."""
    is_past = last is not None and last < now - DAY
    until = last if last is not None and is_past else now
    end = until // QUARTER + 1
    return Window(end - QUARTERS, end, is_past)


class Atlases:
    """Of one database. Safe to share between threads; `now` gives ms since 1970 UTC."""

    def __init__(
        self,
        database: Database,
        now: Callable[[], int] = now_ms,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """`clock` gives seconds, for how long counting may take."""
        self._reading = reading(database)
        self._incidents = Reading(database)
        self._now = now
        self._clock = clock
        self._filling = Lock()
        self._spans: dict[int, tuple[float, Span]] = {}
        self._hidden: frozenset[int] = frozenset()
        self._answers: dict[tuple[str | None, bool], tuple[int, Atlas]] = {}

    @allowed(Operation.STATUS_READ)
    def last_day(self, actor: Actor) -> Atlas:
        """The map of the last day, of what somebody may see; whoever may not look at people is told
        where to a degree."""
        now, asked = self._now(), (within(actor), permits(actor, Operation.PERSON_LOOK))
        known = self._answers.get(asked)
        if known is not None and 0 <= now - known[0] < _KEPT:
            return known[1]
        with self._reading.begin() as connection:
            window = window_of(figures.last_event(connection, SOURCE), now)
            spans = self._counted(connection, window)
            found = day.pairs(connection, DETECTOR, window.since, window.until)
        atlas = self._drawn(window, spans, found, *asked)
        if atlas.share == 1.0:
            self._answers[asked] = (now, atlas)
        return atlas

    def _counted(self, connection: Connection, window: Window) -> list[Span]:
        """What is known of the day by now; one question at a time counts."""
        if self._filling.acquire(blocking=False):
            try:
                self._fill(connection, window)
            finally:
                self._filling.release()
        spans = dict(self._spans)
        return [spans[one][1] for one in range(window.first, window.end) if one in spans]

    def _fill(self, connection: Connection, window: Window) -> None:
        hidden = frozenset(restrictions.hidden(connection))
        if hidden != self._hidden:
            self._spans, self._hidden = {}, hidden
            self._answers.clear()
        for gone in [one for one in self._spans if not window.first <= one < window.end]:
            del self._spans[gone]
        began = self._clock()
        due = self._due(window, began)
        for first in range(0, len(due), _AT_ONCE):
            some = due[first : first + _AT_ONCE]
            events = day.stored(connection, [(one * QUARTER, (one + 1) * QUARTER) for one in some])
            for one, count in zip(some, events, strict=True):
                self._look(connection, one, count)
                if self._clock() - began >= _PATIENCE_S:
                    return

    def _due(self, window: Window, now: float) -> list[int]:
        """The quarters to look at, in turn: what is not known first, then the last ones, then those
        that were not looked at for long."""
        every = range(window.end - 1, window.first - 1, -1)
        fresh = [one for one in every if one not in self._spans]
        last = [one for one in every if one >= window.end - _OLD and one in self._spans]
        known = {one: self._spans[one][0] for one in every if one in self._spans}
        old = [one for one, looked in known.items() if now - looked >= _LOOKED_S]
        return list(dict.fromkeys((*fresh, *last, *sorted(old, key=known.__getitem__))))

    def _look(self, connection: Connection, one: int, events: int) -> None:
        known = self._spans.get(one)
        if known is not None and known[1].events == events:
            span = known[1]
        else:
            since, until = one * QUARTER, (one + 1) * QUARTER
            span = day.counted(connection, since, until, events, self._hidden)
        self._spans[one] = (self._clock(), span)

    def _drawn(
        self,
        window: Window,
        spans: Sequence[Span],
        found: Sequence[StoredPair],
        tenant: str | None,
        may_look: bool,
    ) -> Atlas:
        cells = merged(spans, tenant)
        if not may_look:
            cells = coarse(cells)
        counts = sorted(cells.items(), key=lambda one: (-one[1][0], one[0].country, one[0].city))
        spots = [_spot(cell, *count) for cell, count in counts if cell.country][:SPOTS]
        count = sum(one[0] for one in cells.values())
        return Atlas(
            since=window.since,
            until=min(window.until, self._now()) if not window.is_past else window.until,
            is_past=window.is_past,
            share=len(spans) / QUARTERS,
            part=max((span.part for span in spans), default=1),
            count=count,
            failures=sum(one[1] for one in cells.values()),
            elsewhere=count - sum(spot.count for spot in spots),
            spots=spots,
            countries=countries(cells),
            pairs=self._pairs(found, tenant, may_look),
        )

    def _pairs(self, found: Sequence[StoredPair], tenant: str | None, may_look: bool) -> list[Pair]:
        own = [one for one in found if tenant in (None, one.finding.subject.tenant)][:PAIRS]
        wanted = [identifier for one in own for identifier in one.finding.event_ids[:8]]
        events = {one.id: one for one in self._incidents.events(wanted) if isinstance(one, SignIn)}
        pairs: dict[frozenset[tuple[float, float]], Pair] = {}
        for one in own:
            pair = pair_of(one, events, 0 if not may_look else 2)
            if pair is not None:
                pairs.setdefault(frozenset((pair.start, pair.end)), pair)
        return list(pairs.values())


def merged(spans: Iterable[Span], tenant: str | None) -> Counts:
    """What is counted of a tenant, or of all, over several spans; of one that was looked at in
    part, as many times as it has parts."""
    found: Counts = {}
    for span in spans:
        for cell, (count, failures) in span.counts.get(tenant, {}).items():
            known = found.setdefault(cell, [0, 0])
            known[0] += count * span.part
            known[1] += failures * span.part
    return found


def coarse(cells: Mapping[Cell, Sequence[int]]) -> Counts:
    """The same by whole degrees and without the names of cities."""
    found: Counts = {}
    for cell, (count, failures) in cells.items():
        there = cell
        if cell.country:
            at = float(round(cell.latitude)), float(round(cell.longitude))
            there = Cell(cell.country, "", *at, cell.kind)
        known = found.setdefault(there, [0, 0])
        known[0] += count
        known[1] += failures
    return found


def countries(cells: Mapping[Cell, Sequence[int]]) -> list[CountryRow]:
    """The countries from which most came; networks that say nothing of a place count as what they
    say, for the table has no other line for them."""
    found: dict[str, list[int]] = {}
    for cell, (count, failures) in cells.items():
        known = found.setdefault(cell.country, [0, 0])
        known[0] += count
        known[1] += failures
    rows = [CountryRow(country=name, count=one[0], failures=one[1]) for name, one in found.items()]
    rows.sort(key=lambda row: (row.country == ANYWHERE.country, -row.count, row.country))
    return rows[:COUNTRIES]


def pair_of(one: StoredPair, events: Mapping[bytes, SignIn], digits: int) -> Pair | None:
    """The two places that a finding sets against each other; None where they are not known any
    more, or near each other. Degrees are rounded to `digits`, and without any nothing is named."""
    placed = [
        (event, event.place)
        for event in (events.get(identifier) for identifier in one.finding.event_ids)
        if event is not None and event.place is not None and is_place(network_kind(event))
    ]
    if not placed or placed[0][0].id != one.finding.event_ids[0]:
        return None
    (last, here), *others = placed
    for other, there in others:
        km = distance_km(here, there)
        if km >= _SHORTEST_KM:
            return Pair(
                start=_point(there, digits),
                end=_point(here, digits),
                names=(_name(there, digits), _name(here, digits)),
                countries=(there.country, here.country),
                km=round(km),
                milliseconds=abs(last.time - other.time),
                incident=None if one.incident is None else as_uuid(one.incident),
            )
    return None


def _point(place: Place, digits: int) -> tuple[float, float]:
    return round(place.longitude, digits), round(place.latitude, digits)


def _name(place: Place, digits: int) -> str:
    return (place.city or place.region or "") if digits else ""


def _spot(cell: Cell, count: int, failures: int) -> Spot:
    return Spot(
        latitude=cell.latitude,
        longitude=cell.longitude,
        country=cell.country,
        city=cell.city,
        is_place=is_place(cell.kind),
        count=count,
        failures=failures,
    )
