"""The sign-ins of a span of time as a map counts them: by place, all of them or a known part.

Times are ms since 1970 UTC, the end of a span is not part of it.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, func, literal, select, union_all

from detectors.core.event import Event, Outcome, SignIn, is_attempt
from detectors.core.finding import Finding
from detectors.core.identity import first_id
from detectors.core.place import NetworkKind, Place
from monitor.store import tables

MOST: Final = 5_000
"""Events of a span that are looked at: of more, one in two, four, eight …"""
CELLS: Final = 2_000
"""Places of a span that are told apart; what is beyond them is counted as somewhere."""
MOST_PAIRS: Final = 300
_FINEST: Final = 256
_TABLE: Final = tables.events
_event = msgspec.msgpack.Decoder(Event).decode
_finding = msgspec.msgpack.Decoder(Finding).decode


class Cell(Struct, frozen=True):
    """A place to a tenth of a degree and the kind of network there; without a country, anywhere."""

    country: str = ""
    city: str = ""
    latitude: float = 0.0
    longitude: float = 0.0
    kind: NetworkKind = NetworkKind.UNKNOWN


ANYWHERE: Final = Cell()
Counts = dict[Cell, list[int]]
"""Attempts and, of those, failures by place."""


class Span(Struct, frozen=True):
    """What was counted: `events` are all that were stored, of which one in `part` was looked at;
    `counts` are by tenant, None for all of them."""

    events: int
    part: int
    counts: dict[str | None, Counts]


class StoredPair(Struct, frozen=True):
    """A finding that sets places against each other, and the incident that it belongs to."""

    finding: Finding
    incident: bytes | None


def stored(connection: Connection, spans: Sequence[tuple[int, int]]) -> list[int]:
    """How many events there are of each of these times, from one to another."""
    counts = [
        select(literal(number), func.count()).select_from(_TABLE).where(*_within(*span))
        for number, span in enumerate(spans)
    ]
    if not counts:
        return []
    # At once: one question costs more than the counting.
    return [count for _, count in sorted(map(tuple, connection.execute(union_all(*counts))))]


def counted(
    connection: Connection, since: int, until: int, events: int, hidden: Collection[int]
) -> Span:
    """The attempts of this time, which has so many `events`, but for the accounts `hidden`, by
    their keys."""
    part = 1
    while events > MOST * part and part < _FINEST:
        part *= 2
    span = Span(events, part, {None: {}})
    if not events:
        return span
    for event in _attempts(connection, since, until, part, frozenset(hidden)):
        cell, is_failure = _cell(event), event.outcome is Outcome.FAILURE
        for whose in (None, event.tenant):
            _count(span.counts.setdefault(whose, {}), cell, is_failure)
    return span


def pairs(connection: Connection, detector: str, since: int, until: int) -> list[StoredPair]:
    """What a detector found in this time and that stands, the last first; at most 300. None of an
    account whose data is restricted."""
    table, held = tables.findings, tables.restrictions
    restricted = select(held.c.subject_key).where(held.c.until.is_(None))
    query = select(table.c.body, table.c.incident_id).where(
        table.c.detector == detector,
        table.c.id >= first_id(since),
        table.c.id < first_id(until),
        table.c.withdrawn.is_(False),
        table.c.subject_key.not_in(restricted),
    )
    rows = connection.execute(query.order_by(table.c.id.desc()).limit(MOST_PAIRS))
    return [StoredPair(_finding(body), incident and bytes(incident)) for body, incident in rows]


def _within(since: int, until: int) -> tuple[ColumnElement[bool], ...]:
    return _TABLE.c.id >= first_id(since), _TABLE.c.id < first_id(until)


def _attempts(
    connection: Connection, since: int, until: int, part: int, hidden: frozenset[int]
) -> Iterator[SignIn]:
    query = select(_TABLE.c.account_key, _TABLE.c.body).where(*_within(since, until))
    if part > 1:
        # The end of an id is drawn from its content: whatever is looked at is the same next time.
        last: Any = func.substr(_TABLE.c.id, 16, 1)
        query = query.where(last < bytes((_FINEST // part,)))
    for account, body in connection.execute(query):
        if account in hidden:
            continue
        event = _event(body)
        if isinstance(event, SignIn) and is_attempt(event):
            yield event


def _cell(event: SignIn) -> Cell:
    place: Place | None = event.place
    if place is None:
        return ANYWHERE
    kind = NetworkKind.UNKNOWN if event.network is None else event.network.kind
    name = place.city or place.region or ""
    return Cell(place.country, name, round(place.latitude, 1), round(place.longitude, 1), kind)


def _count(counts: Counts, cell: Cell, is_failure: bool) -> None:
    found = counts.get(cell)
    if found is None:
        if len(counts) >= CELLS:
            cell = ANYWHERE
        found = counts.setdefault(cell, [0, 0])
    found[0] += 1
    found[1] += is_failure
