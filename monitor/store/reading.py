"""What people look at, read from the tables; nothing here writes.

Bodies are decoded and compared in full where a column holds only a digest.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct
from sqlalchemy import Select, and_, func, select
from sqlalchemy.engine import Engine

from alerts.incident import Incident
from detectors.core.event import Event, SignIn, is_attempt
from detectors.core.finding import Finding, Severity
from detectors.core.identity import Subject, SubjectKind, first_id
from monitor.store import tables
from monitor.store.connection import reading
from monitor.store.incident_filter import Cursor, Filter, conditions, ordered, seen
from monitor.store.watching import SourceRow

MAXIMUM_PAGE = 200
MAXIMUM_EVENTS = 2_000
SCANNED = 20_000
"""Events looked through at most for a subject that the table has no index for."""
COUNTED = 1_001
"""Incidents that are counted at most where somebody waits for the number."""
_CHUNK = 500
_STEP = 2_000
"""Events that are read at once while somebody looks through them."""
_BACKLOGS = "backlogs"

_incident = msgspec.msgpack.Decoder(Incident)
_finding = msgspec.msgpack.Decoder(Finding)
_event = msgspec.msgpack.Decoder(Event)
_backlogs = msgspec.msgpack.Decoder(dict[str, tuple[int, int]])


class StoredIncident(Struct, frozen=True):
    """An incident, and whether all its findings were withdrawn since."""

    incident: Incident
    withdrawn: bool

    @property
    def cursor(self) -> Cursor:
        """Its place in a list."""
        incident = self.incident
        return Cursor(int(incident.severity), incident.updated, incident.id)


class StoredFinding(Struct, frozen=True):
    """A finding, and whether it was withdrawn since."""

    finding: Finding
    withdrawn: bool


class Backlog(Struct, frozen=True, kw_only=True):
    """How far one source's log is read, in bytes."""

    read: int
    total: int


class Reading:
    """Queries for pages, API and command line. Safe to share between threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = reading(engine)

    def incidents(self, wanted: Filter, after: Cursor | None, limit: int) -> list[StoredIncident]:
        """Incidents in the order of `wanted`, those behind `after`; at most `limit`, of 200."""
        table = tables.incidents
        query: Select[Any] = select(table.c.body, table.c.withdrawn)
        with self._engine.connect() as connection:
            query = query.where(*conditions(connection, wanted))
            query = ordered(query, wanted.order, after).limit(min(limit, MAXIMUM_PAGE))
            rows = connection.execute(query).all()
        return [StoredIncident(_incident.decode(body), withdrawn) for body, withdrawn in rows]

    def count(self, wanted: Filter, most: int = COUNTED) -> int:
        """How many incidents there are of `wanted`; of more than `most`, that many."""
        table = tables.incidents
        with self._engine.connect() as connection:
            query = select(table.c.id).where(*conditions(connection, wanted)).limit(most)
            counted = select(func.count()).select_from(query.subquery())
            return int(connection.execute(counted).scalar_one())

    def among(self, wanted: Filter, incidents: Collection[bytes]) -> list[StoredIncident]:
        """Those of these incidents, 500 at most, that are of `wanted`, in its order."""
        table = tables.incidents
        query = select(table.c.body, table.c.withdrawn).where(
            table.c.id.in_(sorted(incidents)[:_CHUNK])
        )
        with self._engine.connect() as connection:
            query = query.where(*conditions(connection, wanted))
            rows = connection.execute(ordered(query, wanted.order, None)).all()
        return [StoredIncident(_incident.decode(body), withdrawn) for body, withdrawn in rows]

    def counts(self, tenant: str | None = None) -> dict[Severity, int]:
        """How many incidents stand, by severity, of one tenant or of all; withdrawn ones are not
        counted."""
        table = tables.incidents
        query = select(table.c.severity, func.count()).where(table.c.withdrawn.is_(False), seen())
        if tenant is not None:
            query = query.where(table.c.tenant == tenant)
        query = query.group_by(table.c.severity).order_by(table.c.severity)
        return {Severity(s): n for s, n in self._rows(query)}

    def incident(self, identifier: bytes) -> StoredIncident | None:
        """One incident; None when there is none of this id."""
        table = tables.incidents
        query = select(table.c.body, table.c.withdrawn).where(table.c.id == identifier, seen())
        rows = self._rows(query)
        return StoredIncident(_incident.decode(rows[0][0]), rows[0][1]) if rows else None

    def findings_of(self, incidents: Iterable[bytes]) -> dict[bytes, list[StoredFinding]]:
        """The findings of each of these incidents, oldest first, withdrawn ones included."""
        wanted = list(incidents)
        found: dict[bytes, list[StoredFinding]] = {identifier: [] for identifier in wanted}
        table = tables.findings
        columns = select(table.c.incident_id, table.c.body, table.c.withdrawn)
        for some in _chunks(wanted):
            query = columns.where(table.c.incident_id.in_(some)).order_by(table.c.id)
            for identifier, body, withdrawn in self._rows(query):
                stored = StoredFinding(_finding.decode(body), withdrawn)
                found[bytes(identifier)].append(stored)
        return found

    def events(self, identifiers: Sequence[bytes]) -> list[Event]:
        """The events of these ids that are stored, or kept as evidence, oldest first; at most
        2,000 are looked for."""
        found: dict[bytes, Event] = {}
        for table in (tables.events, tables.evidence):
            missing = [i for i in list(identifiers)[:MAXIMUM_EVENTS] if i not in found]
            for some in _chunks(missing):
                query = select(table.c.body).where(table.c.id.in_(some))
                events = [_event.decode(body) for (body,) in self._rows(query)]
                found.update((event.id, event) for event in events)
        return [found[identifier] for identifier in sorted(found)]

    def sign_ins(self, subject: Subject, since: int, until: int, limit: int) -> list[SignIn]:
        """The subject's last `limit` sign-ins from `since` to `until`, event times in ms, both
        included; oldest first. Of a source or a tenant, the last 20,000 events of that time are
        looked through, as they have no index of their own.
        """
        table, most = tables.events, min(limit, MAXIMUM_EVENTS)
        query = _within(since, until)
        if subject.kind is SubjectKind.ACCOUNT:
            query = query.where(table.c.account_key == subject.key())
        marks = _marks((subject.tenant, subject.uid))
        events = self._looked_through(query, table.c.id.desc(), marks)
        return list(islice((event for event in events if is_of(event, subject)), most))[::-1]

    def recent(self, subject: Subject, since: int, most: int) -> tuple[list[SignIn], bool]:
        """An account's last `most` sign-ins from `since` (ms) on, oldest first; and whether these
        are all from then on. Those that came late for the fold are among them."""
        table = tables.events
        mine = (table.c.account_key == subject.key(), table.c.id >= first_id(since))
        query = select(table.c.body).where(*mine).order_by(table.c.id.desc()).limit(most)
        rows = self._rows(query)
        found = [e for (body,) in rows if isinstance(e := _event.decode(body), SignIn)]
        return [e for e in reversed(found) if is_of(e, subject)], len(rows) < most

    def folded(self, subject: Subject, most: int) -> tuple[list[Event], bool]:
        """An account's last `most` events that the fold saw, oldest first; and whether these are
        all that are stored."""
        table = tables.events
        mine = (table.c.account_key == subject.key(), table.c.late.is_(False))
        query = select(table.c.body).where(*mine).order_by(table.c.id.desc()).limit(most)
        rows = self._rows(query)
        found = [_event.decode(body) for (body,) in reversed(rows)]
        whose = (subject.tenant, subject.uid)
        return [e for e in found if (e.tenant, e.account) == whose], len(rows) < most

    def incidents_of(self, subject: Subject, most: int) -> list[StoredIncident]:
        """The last incidents of an account, the newest first, withdrawn ones included."""
        table = tables.incidents
        query = select(table.c.body, table.c.withdrawn)
        query = query.where(table.c.subject_key == subject.key(), seen())
        rows = self._rows(query.order_by(table.c.id.desc()).limit(most))
        found = [StoredIncident(_incident.decode(body), withdrawn) for body, withdrawn in rows]
        return [one for one in found if one.incident.subject == subject]

    def findings_on(
        self, subject: Subject, most: int, detector: str | None = None
    ) -> list[StoredFinding]:
        """The last findings on an account, the newest first, withdrawn ones included; of one
        detector where it is named."""
        table = tables.findings
        query = select(table.c.body, table.c.withdrawn)
        query = query.where(table.c.subject_key == subject.key())
        if detector is not None:
            query = query.where(table.c.detector == detector)
        rows = self._rows(query.order_by(table.c.id.desc()).limit(most))
        found = [StoredFinding(_finding.decode(body), withdrawn) for body, withdrawn in rows]
        return [one for one in found if one.finding.subject == subject]

    def sign_ins_from(
        self, tenant: str, addresses: Collection[str], since: int, until: int, limit: int
    ) -> list[SignIn]:
        """The first `limit` attempts to sign in from these addresses of a tenant from `since` to
        `until`, event times in ms, both included; oldest first. The first 20,000 events of that
        time are looked through, as they have no index of their own.
        """
        events = self._looked_through(
            _within(since, until), tables.events.c.id, _marks((tenant,)), _marks(addresses)
        )
        wanted = (
            event
            for event in events
            if event.tenant == tenant and event.ip in addresses and is_attempt(event)
        )
        return list(islice(wanted, min(limit, MAXIMUM_EVENTS)))

    def sources(self) -> list[SourceRow]:
        """Every source with its counters, by name."""
        table = tables.sources
        columns = [table.c[name] for name in SourceRow.__struct_fields__]
        rows = self._rows(select(*columns).order_by(table.c.name))
        return [SourceRow(**row._mapping) for row in rows]

    def note(self, name: str) -> bytes | None:
        """What the engine noted under this name; None when it did not."""
        table = tables.engine
        rows = self._rows(select(table.c.value).where(table.c.name == name))
        return bytes(rows[0][0]) if rows else None

    def backlogs(self) -> dict[str, Backlog]:
        """How far each source is read, as last noted; a source that cannot tell is not there."""
        noted = self.note(_BACKLOGS)
        known = _backlogs.decode(noted) if noted else {}
        return {name: Backlog(read=read, total=total) for name, (read, total) in known.items()}

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(query).all()

    def _looked_through(
        self,
        query: Select[Any],
        order: Any,
        every: Collection[bytes],
        some: Collection[bytes] = (),
    ) -> Iterator[SignIn]:
        """The sign-ins among the next 20,000 events, read on only while somebody takes them. Only
        what has all the bytes of `every` in it, and any of `some`, is decoded: of a hundred events
        one is wanted, and decoding takes longest."""
        place, left = tables.events.c.id, SCANNED
        is_down = order is not place
        after: bytes | None = None
        while left > 0:
            behind = (
                query if after is None else query.where(place < after if is_down else place > after)
            )
            rows = self._rows(behind.order_by(order).limit(min(_STEP, left)))
            for _, body in rows:
                if all(mark in body for mark in every) and (
                    not some or any(mark in body for mark in some)
                ):
                    event = _event.decode(body)
                    if isinstance(event, SignIn):
                        yield event
            if len(rows) < _STEP:
                return
            after, left = rows[-1][0], left - len(rows)


def _within(since: int, until: int) -> Select[Any]:
    """Events of this time (ms), both included."""
    table = tables.events
    window = and_(table.c.id >= first_id(since), table.c.id < first_id(until + 1))
    return select(table.c.id, table.c.body).where(window)


def _marks(texts: Iterable[str]) -> list[bytes]:
    """What a body has in it that says one of these: MessagePack writes text out as it is."""
    return [text.encode("utf-8", "surrogatepass") for text in texts if text]


def is_of(event: SignIn, subject: Subject) -> bool:
    """Whether a sign-in is about this subject itself, not merely of the same digest."""
    if event.tenant != subject.tenant:
        return False
    if subject.kind is SubjectKind.ACCOUNT:
        return event.account == subject.uid
    return subject.kind is SubjectKind.TENANT or event.ip == subject.uid


def _chunks(values: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(values), _CHUNK):
        yield values[start : start + _CHUNK]
