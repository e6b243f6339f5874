"""What one detector found, as it is counted, and what people said of the incidents it is in.

Counts are answered from an index alone and end at a bound; what is about accounts whose data is
restricted is not in them. Everything works on a connection that is given.
"""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Select, Subquery, and_, distinct, func, select

from alerts.incident import Incident
from alerts.ticket import Disposition, Kind, Status
from detectors.core.event import DAY
from detectors.core.finding import Finding, Severity
from detectors.core.identity import first_id, time_of
from monitor.store import tables

MOST: Final = 50_000
"""Findings of one detector, or of one of its days, that are counted; from so many on it is so many
or more."""
JUDGED: Final = 2_000
"""Tickets that are looked at for what people said, those changed last."""
_LOOKED_AT: Final = 300
"""Findings that are looked through for the incidents that they are in, the latest."""
_TABLE: Final = tables.findings

_finding = msgspec.msgpack.Decoder(Finding).decode
_incident = msgspec.msgpack.Decoder(Incident).decode


class Total(Struct, frozen=True, kw_only=True):
    """How many findings of a detector stand and were withdrawn, and when (ms) the last one was."""

    standing: int = 0
    withdrawn: int = 0
    last: int | None = None


class Counted(Struct, frozen=True, kw_only=True):
    """How many findings of a UTC day (a number since 1970) have a severity, and stand or do not."""

    day: int
    severity: Severity
    withdrawn: bool
    number: int


class Judged(Struct, frozen=True, kw_only=True):
    """What people said of an incident, and when (ms)."""

    disposition: Disposition
    time: int


class Shown(Struct, frozen=True, kw_only=True):
    """An incident, and the latest finding of the detector in it."""

    incident: Incident
    withdrawn: bool
    finding: Finding


def total(connection: Connection, detector: str, since: int, until: int) -> Total:
    """What a detector found about event times from `since` to `until` (ms)."""
    some = select(_TABLE.c.withdrawn).where(*_within(detector, since, until)).limit(MOST).subquery()
    query = select(some.c.withdrawn, func.count()).group_by(some.c.withdrawn)
    found = {bool(withdrawn): number for withdrawn, number in connection.execute(query)}
    newest = select(_TABLE.c.id).where(_TABLE.c.detector == detector, _seen(_TABLE))
    last = connection.execute(newest.order_by(_TABLE.c.id.desc()).limit(1)).scalar()
    return Total(
        standing=found.get(False, 0),
        withdrawn=found.get(True, 0),
        last=None if last is None else time_of(bytes(last)),
    )


def by_day(connection: Connection, detector: str, first: int, last: int) -> list[Counted]:
    """The same for each UTC day from `first` to `last` (numbers since 1970), by severity."""
    found = []
    for day in range(first, last + 1):
        wanted = _within(detector, day * DAY, (day + 1) * DAY)
        some = select(_TABLE.c.severity, _TABLE.c.withdrawn).where(*wanted).limit(MOST).subquery()
        columns = (some.c.severity, some.c.withdrawn)
        query = select(*columns, func.count()).group_by(*columns).order_by(*columns)
        found += [
            Counted(day=day, severity=Severity(severity), withdrawn=bool(withdrawn), number=number)
            for severity, withdrawn, number in connection.execute(query)
        ]
    return found


def judged(connection: Connection, detector: str, since: int) -> list[Judged]:
    """What people said since then (ms) of incidents in which a finding of a detector stands."""
    told = _told(since)
    stands = and_(
        _TABLE.c.incident_id == told.c.incident_id,
        _TABLE.c.detector == detector,
        _TABLE.c.withdrawn.is_(False),
    )
    query = select(told.c.disposition, told.c.resolved).where(
        select(_TABLE.c.id).where(stands).exists()
    )
    return [
        Judged(disposition=Disposition(disposition), time=resolved)
        for disposition, resolved in connection.execute(query.order_by(told.c.resolved))
    ]


def judged_of_all(connection: Connection, since: int) -> dict[str, dict[Disposition, int]]:
    """How often people said what since then (ms), by detector."""
    told = _told(since)
    query = (
        select(_TABLE.c.detector, told.c.disposition, func.count(distinct(told.c.id)))
        .select_from(told.join(_TABLE, _TABLE.c.incident_id == told.c.incident_id))
        .where(_TABLE.c.withdrawn.is_(False))
        .group_by(_TABLE.c.detector, told.c.disposition)
    )
    found: dict[str, dict[Disposition, int]] = {}
    for detector, disposition, number in connection.execute(query):
        found.setdefault(detector, {})[Disposition(disposition)] = number
    return found


def latest(connection: Connection, detector: str, most: int) -> list[Shown]:
    """The latest incidents that a detector found something of, the latest first."""
    query = (
        select(_TABLE.c.incident_id, _TABLE.c.body)
        .where(_TABLE.c.detector == detector, _TABLE.c.incident_id.is_not(None), _seen(_TABLE))
        .order_by(_TABLE.c.id.desc())
        .limit(_LOOKED_AT)
    )
    first: dict[bytes, Finding] = {}
    for identifier, body in connection.execute(query):
        if len(first) < most and bytes(identifier) not in first:
            first[bytes(identifier)] = _finding(body)
    return [
        Shown(incident=incident, withdrawn=withdrawn, finding=first[incident.id])
        for incident, withdrawn in _incidents(connection, list(first))
    ]


def _incidents(connection: Connection, wanted: Sequence[bytes]) -> list[tuple[Incident, bool]]:
    table = tables.incidents
    query = select(table.c.body, table.c.withdrawn).where(table.c.id.in_(wanted), _seen(table))
    found = [(_incident(body), bool(withdrawn)) for body, withdrawn in connection.execute(query)]
    return sorted(found, key=lambda one: one[0].updated, reverse=True)


def _within(detector: str, since: int, until: int) -> tuple[Any, ...]:
    identifier = _TABLE.c.id
    times = (identifier >= first_id(since), identifier < first_id(until))
    return (_TABLE.c.detector == detector, *times, _seen(_TABLE))


def _told(since: int) -> Subquery:
    """The tickets of incidents that people closed with a word on them, those changed last."""
    table = tables.tickets
    query: Select[Any] = (
        select(table.c.id, table.c.incident_id, table.c.disposition, table.c.resolved)
        .where(
            table.c.updated >= since,
            table.c.resolved >= since,
            table.c.status == Status.RESOLVED.value,
            table.c.kind == Kind.INCIDENT.value,
            table.c.incident_id.is_not(None),
            table.c.disposition.is_not(None),
            table.c.disposition != Disposition.DUPLICATE.value,
            table.c.subject_key.is_(None) | _seen(table),
        )
        .order_by(table.c.updated.desc())
        .limit(JUDGED)
    )
    return query.subquery("told")


def _seen(table: Any) -> Any:
    held = tables.restrictions
    restricted = select(held.c.subject_key).where(held.c.until.is_(None))
    return table.c.subject_key.not_in(restricted)
