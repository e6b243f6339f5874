"""What the engine writes and reads back, inside the one transaction of a micro-batch."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple, TypeAlias

import msgspec
from sqlalchemy import (
    Connection,
    Delete,
    Dialect,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from alerts.incident import Category, Incident
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject, SubjectKind, first_id
from monitor.store import feed, incident_words, tables
from monitor.store.prepared import Prepared

MAXIMUM_REJECTS = 10_000
"""How many rejected lines are kept for each source; all are counted."""
MAXIMUM_RAW = 4_096
_CHUNK = 1_000
_ACCOUNT = SubjectKind.ACCOUNT
_NEWEST = 0
_AGING = 1
_BASE = 2
_TRAILING = 3
_LEAST_KEY = -(1 << 63)
_BEYOND = b"\xff" * 17
"""Behind every id."""
_EVERY = 1 << 62

_encode = encode_event = msgspec.msgpack.Encoder().encode
_decode_event = decode_event = msgspec.msgpack.Decoder(Event).decode
_decode_finding = msgspec.msgpack.Decoder(Finding).decode
_decode_incident = msgspec.msgpack.Decoder(Incident).decode

_INSERT_EVENTS = (
    "INSERT INTO events (id, account_key, name_key, source_id, late, body)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_COPY_EVENTS = (
    "COPY events (id, account_key, name_key, source_id, late, body) FROM STDIN (FORMAT BINARY)"
)
_TYPES_OF_EVENTS = ("bytea", "int8", "int8", "int4", "bool", "bytea")


# Asked for one account at a time, by the engine and by whoever judges single sign-ins.
_EVENTS_OF = Prepared(
    select(tables.events.c.body)
    .where(
        tables.events.c.account_key == bindparam("key"),
        tables.events.c.id > bindparam("after"),
        tables.events.c.id < bindparam("until"),
        ~tables.events.c.late,
    )
    .order_by(tables.events.c.id)
    .limit(bindparam("most"))
)
_SNAPSHOTS_OF = Prepared(
    select(
        tables.snapshots.c.slot,
        tables.snapshots.c.subject_key,
        tables.snapshots.c.last,
        tables.snapshots.c.run,
        tables.snapshots.c.body,
    )
    .where(
        tables.snapshots.c.kind == bindparam("of"),
        tables.snapshots.c.subject_key == bindparam("key"),
    )
    .order_by(tables.snapshots.c.last.desc(), tables.snapshots.c.slot)
)
_INCIDENTS_OF = Prepared(
    select(tables.incidents.c.body, tables.incidents.c.withdrawn)
    .where(tables.incidents.c.subject_key == bindparam("key"))
    .order_by(tables.incidents.c.id)
)

EventRow: TypeAlias = tuple[bytes, int, int | None, int, bool, bytes]
"""One event as it is stored: id, account key, name key (where the log tells its account's name
only), source, whether it came too late to be folded, and the event as MessagePack."""


class Renamed(NamedTuple):
    """Events that went from a name to its account; `first` is the oldest one's id."""

    tenant: str
    name: str
    account: str
    first: bytes


class NameRow(NamedTuple):
    """The account that a name stands for; `first` is the id of the oldest event that says so."""

    account: str
    first: bytes


class SnapshotRow(NamedTuple):
    """One saved cell: complete up to `last`; `run` wrote it."""

    subject_key: int
    last: bytes
    run: int
    body: bytes


class LedgerRow(NamedTuple):
    """One saved ledger; `day` is the latest one (since 1970) with an event in it."""

    subject_key: int
    day: int
    body: bytes


class SourceRow(NamedTuple):
    """A source as committed: its cursor and its counters."""

    id: int
    name: str
    cursor: bytes | None
    lines: int
    events: int
    duplicates: int
    skipped: int
    rejected: int
    late: int
    last_event: int


class Reject(NamedTuple):
    """A line that could not be read, where it stood, and why."""

    position: str
    reason: str
    raw: bytes


class Writing:
    """The engine's statements on one open connection; the caller owns the transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The connection that the transaction is on."""
        return self._connection

    # Events

    def known_ids(self, ids: Collection[bytes]) -> set[bytes]:
        """Those of the ids that are stored already."""
        return {row[0] for row in self._among(select(tables.events.c.id), tables.events.c.id, ids)}

    def add_events(self, rows: Sequence[EventRow]) -> None:
        """Store events; their ids must be new."""
        if not rows:
            return
        if self._connection.dialect.name == "postgresql":
            from monitor.store.postgresql import copy  # noqa: PLC0415 - see connect()

            copy(self._connection, _COPY_EVENTS, _TYPES_OF_EVENTS, rows)
        else:
            self._connection.exec_driver_sql(_INSERT_EVENTS, rows)

    def events_of(
        self, subject: Subject, after: bytes, before: bytes | None = None, most: int | None = None
    ) -> list[Event]:
        """The foldable events of an account with an id above `after`, and below `before`, in
        order of id; the first `most` of those with its key."""
        rows = _EVENTS_OF.rows(
            self._connection,
            key=subject.key(),
            after=after,
            until=_BEYOND if before is None else before,
            most=_EVERY if most is None else most,
        )
        found = (_decode_event(row[0]) for row in rows)
        return [e for e in found if e.account == subject.uid and e.tenant == subject.tenant]

    def events_by_id(self, ids: Collection[bytes]) -> dict[bytes, Event]:
        """The stored events of these ids."""
        table = tables.events
        rows = self._among(select(table.c.id, table.c.body), table.c.id, ids) if ids else ()
        return {bytes(row[0]): _decode_event(row[1]) for row in rows}

    def events_between(
        self, subject: Subject, first: bytes, until: bytes, most: int
    ) -> list[Event]:
        """The events of an account with ids from `first` to below `until`, also those that are
        never folded; `most` at most, in order of id."""
        table = tables.events
        mine = (table.c.account_key == subject.key(), table.c.id >= first, table.c.id < until)
        query = select(table.c.body).where(*mine).order_by(table.c.id).limit(most)
        found = (_decode_event(row[0]) for row in self._connection.execute(query))
        return [e for e in found if e.account == subject.uid and e.tenant == subject.tenant]

    def drop_events(self, ids: Collection[bytes]) -> None:
        """Delete events that others tell of."""
        column = tables.events.c.id
        for some in _chunks(sorted(ids)):
            self._connection.execute(delete(tables.events).where(column.in_(some)))

    def has_events_before(self, key: int, first: bytes) -> bool:
        """Whether an account key has foldable events with an id below `first`."""
        table = tables.events
        query = select(table.c.id).where(
            table.c.account_key == key, table.c.id < first, ~table.c.late
        )
        return self._connection.execute(query.limit(1)).first() is not None

    def subjects_between(
        self, after: int | None, first: bytes, until: bytes, most: int
    ) -> dict[int, Subject]:
        """Whom the foldable events with ids from `first` to below `until` are about: the next
        `most` accounts by key, those above `after`. Of two with one key it is the first met."""
        table = tables.events
        if self._connection.dialect.name == "postgresql":
            # Its min() knows no bytes before version 18.
            query = text(
                "SELECT DISTINCT ON (account_key) account_key, id FROM events"
                " WHERE id >= :first AND id < :until AND NOT late"
                " AND account_key <> 0 AND account_key > :after"
                " ORDER BY account_key, id LIMIT :most"
            )
        else:
            # It else looks through the whole span for each few accounts.
            query = text(
                "SELECT account_key, min(id) FROM events INDEXED BY ix_events_account_key_id"
                " WHERE id >= :first AND id < :until AND NOT late"
                " AND account_key <> 0 AND account_key > :after"
                " GROUP BY account_key ORDER BY account_key LIMIT :most"
            )
        least = _LEAST_KEY if after is None else after
        values = {"first": first, "until": until, "after": least, "most": most}
        ids = {row[1]: row[0] for row in self._connection.execute(query, values)}
        bodies = self._among(select(table.c.id, table.c.body), table.c.id, ids)
        events = {ids[identifier]: _decode_event(body) for identifier, body in bodies}
        return {k: Subject(_ACCOUNT, e.tenant, e.account) for k, e in sorted(events.items())}

    def heard_between(self, after: bytes, until: bytes, most: int) -> list[tuple[bytes, int]]:
        """The ids of foldable events of any account above `after` and below `until`, and whose key
        they are of: the first `most` by id."""
        table = tables.events
        query = (
            select(table.c.id, table.c.account_key)
            .where(table.c.id > after, table.c.id < until, ~table.c.late, table.c.account_key != 0)
            .order_by(table.c.id)
            .limit(most)
        )
        return [(bytes(row[0]), row[1]) for row in self._connection.execute(query)]

    def keys_with_events(self, keys: Collection[int]) -> set[int]:
        """Those of the account keys that have any event."""
        column = tables.events.c.account_key
        return {row[0] for row in self._among(select(column).distinct(), column, keys)}

    def names_with_events(self, keys: Collection[int]) -> set[int]:
        """Those of the name keys under which events wait for their account."""
        column = tables.events.c.name_key
        return {row[0] for row in self._among(select(column).distinct(), column, keys)}

    def rename_events(self, name_key: int, account: str) -> list[Renamed]:
        """Give the events known by this name to `account`; says what moved, an entry a subject."""
        table = tables.events
        rows = self._connection.execute(
            select(table.c.id, table.c.body).where(table.c.name_key == name_key)
        ).all()
        moved: dict[tuple[str, str], bytes] = {}
        for identifier, body in rows:
            event = _decode_event(body)
            if event.account == account:
                continue
            former = (event.tenant, event.account)
            moved[former] = min(moved.get(former, identifier), identifier)
            renamed = msgspec.structs.replace(event, account=account)
            self._connection.execute(
                update(table)
                .where(table.c.id == identifier)
                .values(account_key=account_key(renamed), body=_encode(renamed))
            )
        return [
            Renamed(tenant, name, account, first) for (tenant, name), first in sorted(moved.items())
        ]

    # Names

    def names(self, keys: Collection[int]) -> dict[int, NameRow]:
        """Whom these name keys stand for, where known, and the oldest event that says so."""
        table = tables.names
        query = select(table.c.name_key, table.c.account, table.c.first_event)
        rows = self._among(query, table.c.name_key, keys)
        return {row[0]: NameRow(row[1], row[2]) for row in rows}

    def put_names(self, rows: Iterable[tuple[int, str, str, bytes]]) -> None:
        """Remember (name key, tenant, account, first event), in place of what was known."""
        self._upsert(
            tables.names,
            [
                {"name_key": key, "tenant": tenant, "account": account, "first_event": first}
                for key, tenant, account, first in rows
            ],
        )

    # Snapshots

    def snapshots(self, kind: str, keys: Collection[int]) -> dict[int, SnapshotRow]:
        """The newest snapshot of each of the subjects that has one."""
        table = tables.snapshots
        query = select(table.c.subject_key, table.c.last, table.c.run, table.c.body).where(
            table.c.kind == kind, table.c.slot == _NEWEST
        )
        return {row[0]: SnapshotRow(*row) for row in self._among(query, table.c.subject_key, keys)}

    def snapshots_of(self, kind: str, key: int) -> list[tuple[bool, SnapshotRow]]:
        """The snapshots of a subject, the newest first, and whether each is the one that follows
        the horizon."""
        rows = _SNAPSHOTS_OF.rows(self._connection, of=kind, key=key)
        return [(row[0] == _TRAILING, SnapshotRow(*row[1:])) for row in rows]

    def save_trailing(self, kind: str, rows: Sequence[SnapshotRow]) -> None:
        """Replace the snapshots that follow the horizon."""
        self._put_snapshots(kind, _TRAILING, rows)

    def keys_with_snapshots(self, kind: str, keys: Collection[int]) -> set[int]:
        """Those of the subjects that have any snapshot."""
        table = tables.snapshots
        query = select(table.c.subject_key).distinct().where(table.c.kind == kind)
        return {row[0] for row in self._among(query, table.c.subject_key, keys)}

    def save_snapshots(
        self, kind: str, rows: Sequence[SnapshotRow], horizons: Sequence[bytes | None]
    ) -> None:
        """Replace each subject's newest snapshot, and keep one older than its horizon.

        The one before is kept as the next to become old; a second one, once it is older than the
        horizon, as the base. A horizon is None for a subject that has no snapshot yet.
        """
        if not rows:
            return
        aging = [
            {"key": row.subject_key, "horizon": horizon}
            for row, horizon in zip(rows, horizons, strict=True)
            if horizon is not None
        ]
        if aging:
            for statement in _aging(kind):
                self._connection.execute(statement, aging)
        self._put_snapshots(kind, _NEWEST, rows)

    def _put_snapshots(self, kind: str, slot: int, rows: Sequence[SnapshotRow]) -> None:
        self._upsert(
            tables.snapshots,
            [
                {
                    "subject_key": row.subject_key,
                    "kind": kind,
                    "slot": slot,
                    "last": row.last,
                    "run": row.run,
                    "body": row.body,
                }
                for row in rows
            ],
        )

    def drop_snapshots(
        self, kind: str, key: int, since: bytes, is_own: Callable[[bytes], bool]
    ) -> None:
        """Forget a subject's snapshots that took in anything from the id `since` on, but for the
        one that follows the horizon: what that took in never changes.

        `is_own` tells from a body whether it is of this subject: another may have the same key.
        """
        table = tables.snapshots
        mine = and_(table.c.kind == kind, table.c.subject_key == key)
        rows = self._connection.execute(
            select(table.c.slot, table.c.body).where(
                mine, table.c.last >= since, table.c.slot != _TRAILING
            )
        ).all()
        slots = [slot for slot, body in rows if is_own(body)]
        if slots:
            self._connection.execute(delete(table).where(mine, table.c.slot.in_(slots)))

    # Ledgers

    def ledgers(self, kind: str, keys: Collection[int], version: int) -> dict[int, bytes]:
        """The ledgers of this version of each of the subjects that has one."""
        table = tables.ledgers
        query = select(table.c.subject_key, table.c.body).where(
            table.c.kind == kind, table.c.version == version
        )
        return {row[0]: row[1] for row in self._among(query, table.c.subject_key, keys)}

    def save_ledgers(self, kind: str, version: int, rows: Iterable[LedgerRow]) -> None:
        """Replace each subject's ledger."""
        self._upsert(
            tables.ledgers,
            [
                {
                    "kind": kind,
                    "subject_key": row.subject_key,
                    "day": row.day,
                    "version": version,
                    "body": row.body,
                }
                for row in rows
            ],
        )

    def drop_ledgers(self, kinds: Collection[str], before: int, most: int) -> int:
        """Forget ledgers of these kinds without an event since the day `before`, so many at most;
        how many."""
        table = tables.ledgers
        is_old = and_(table.c.day < before, table.c.kind.in_(kinds))
        found = self._connection.execute(
            select(table.c.kind, table.c.subject_key).where(is_old).limit(most)
        ).all()
        if found:
            mine = and_(
                table.c.kind == bindparam("of_kind"), table.c.subject_key == bindparam("of_key")
            )
            values = [{"of_kind": kind, "of_key": key} for kind, key in found]
            self._connection.execute(delete(table).where(mine), values)
        return len(found)

    # Findings and incidents

    def findings(self, ids: Collection[bytes]) -> list[Finding]:
        """The findings of these ids."""
        table = tables.findings
        return [
            _decode_finding(row[0]) for row in self._among(select(table.c.body), table.c.id, ids)
        ]

    def findings_of_campaigns(self, tenant: str, since: int, most: int) -> list[Finding]:
        """The active findings on a tenant and its sources with ids from event time `since` (ms)
        on, by id; of more than `most` the latest."""
        table = tables.findings
        rows = self._connection.execute(
            select(table.c.body)
            .where(
                table.c.campaign_key == _campaign_key(tenant),
                table.c.id >= first_id(since),
                table.c.withdrawn.is_(False),
            )
            .order_by(table.c.id.desc())
            .limit(most)
        )
        found = [_decode_finding(row[0]) for row in rows]
        return [f for f in reversed(found) if f.subject.tenant == tenant]

    def incidents_of_campaigns(self, tenant: str, since: int) -> list[tuple[Incident, bool]]:
        """The incidents of a tenant and its sources that were updated from event time `since` (ms)
        on, and whether each was withdrawn."""
        table = tables.incidents
        rows = self._connection.execute(
            select(table.c.body, table.c.withdrawn)
            .where(table.c.campaign_key == _campaign_key(tenant), table.c.updated >= since)
            .order_by(table.c.id)
        )
        found = ((_decode_incident(body), bool(withdrawn)) for body, withdrawn in rows)
        return [(i, withdrawn) for i, withdrawn in found if i.subject.tenant == tenant]

    def findings_of(
        self, subject: Subject, since: int = 0, *, withdrawn: bool = False
    ) -> list[Finding]:
        """The findings on a subject with ids from event time `since` (ms) on, by id, oldest
        first: the active ones, or the withdrawn."""
        table = tables.findings
        rows = self._connection.execute(
            select(table.c.body)
            .where(
                table.c.subject_key == subject.key(),
                table.c.id >= first_id(since),
                table.c.withdrawn.is_(withdrawn),
            )
            .order_by(table.c.id)
        )
        return [f for f in (_decode_finding(row[0]) for row in rows) if f.subject == subject]

    def put_findings(self, findings: Sequence[Finding]) -> None:
        """Store findings, new or changed, as active."""
        self._upsert(
            tables.findings,
            [
                {
                    "id": f.id,
                    "subject_key": f.subject.key(),
                    "detector": f.detector,
                    "severity": int(f.severity),
                    "withdrawn": False,
                    "body": _encode(f),
                    "campaign_key": _campaign_key_of(f.subject),
                }
                for f in findings
            ],
        )

    def withdraw_findings(self, ids: Sequence[bytes]) -> None:
        """Mark findings that no longer follow from the events; they are never deleted."""
        table = tables.findings
        for part in _chunks(ids):
            self._connection.execute(
                update(table).where(table.c.id.in_(part)).values(withdrawn=True)
            )

    def incidents_of(self, subject: Subject) -> list[tuple[Incident, bool]]:
        """All incidents of a subject, and whether each was withdrawn."""
        rows = _INCIDENTS_OF.rows(self._connection, key=subject.key())
        found = ((_decode_incident(body), bool(withdrawn)) for body, withdrawn in rows)
        return [(i, withdrawn) for i, withdrawn in found if i.subject == subject]

    def guessed_at(self, tenant: str, since: int) -> list[Subject]:
        """The accounts of a tenant with an incident of guesses updated from event time `since`
        (ms) on."""
        table = tables.incidents
        rows = self._connection.execute(
            select(table.c.body).where(
                table.c.updated >= since,
                table.c.tenant == tenant,
                table.c.category == Category.BRUTE_FORCE.value,
                table.c.campaign_key.is_(None),
                table.c.withdrawn.is_(False),
            )
        )
        return [_decode_incident(row[0]).subject for row in rows]

    def put_incidents(
        self, incidents: Sequence[Incident], theirs: Mapping[bytes, bytes] | None = None
    ) -> None:
        """Store incidents, new or changed, and which findings are theirs; `theirs` says of
        findings which incident's they are known to be already. Whoever follows them is told."""
        noted = theirs or {}
        self._upsert(
            tables.incidents,
            [
                {
                    "id": i.id,
                    "subject_key": i.subject.key(),
                    "tenant": i.subject.tenant,
                    "subject": i.subject.uid,
                    "category": i.category.value,
                    "severity": int(i.severity),
                    "updated": i.updated,
                    "withdrawn": False,
                    "body": _encode(i),
                    "campaign_key": _campaign_key_of(i.subject),
                }
                for i in incidents
            ],
        )
        self._upsert(tables.incident_words, incident_words.rows_of(incidents))
        table = tables.findings
        for incident in incidents:
            new = [f for f in incident.findings if noted.get(f) != incident.id]
            for part in _chunks(new):
                self._connection.execute(
                    update(table).where(table.c.id.in_(part)).values(incident_id=incident.id)
                )
        feed.tell(self._connection, [(i.id, i.subject.tenant) for i in incidents], False)

    def withdraw_incidents(self, incidents: Sequence[Incident]) -> None:
        """Mark incidents that no finding supports any more; whoever follows them is told."""
        table = tables.incidents
        for part in _chunks([incident.id for incident in incidents]):
            self._connection.execute(
                update(table).where(table.c.id.in_(part)).values(withdrawn=True)
            )
        feed.tell(self._connection, [(i.id, i.subject.tenant) for i in incidents], True)

    # Sources

    def source(self, name: str, format_name: str) -> SourceRow:
        """The source of this name, made when it is new."""
        table = tables.sources
        columns = [table.c[field] for field in SourceRow._fields]
        query = select(*columns).where(table.c.name == name)
        row = self._connection.execute(query).first()
        if row is None:
            self._connection.execute(insert(table).values(name=name, format=format_name))
            row = self._connection.execute(query).one()
        return SourceRow(*row)

    def latest_event(self) -> int:
        """The latest event time (ms) of all sources; 0 before any."""
        latest = select(func.max(tables.sources.c.last_event))
        return int(self._connection.execute(latest).scalar() or 0)

    def save_source(self, row: SourceRow) -> None:
        """Store a source's cursor and counters."""
        table = tables.sources
        values = row._asdict()
        values.pop("name")
        self._connection.execute(update(table).where(table.c.id == values.pop("id")), values)

    def add_rejects(
        self, source_id: int, rejects: Sequence[Reject], received: int | None = None
    ) -> None:
        """Keep rejected lines, the newest `MAXIMUM_REJECTS` of each source; `received` is when
        they came (ms)."""
        if not rejects:
            return
        table = tables.rejects
        self._connection.execute(
            insert(table),
            [
                {
                    "source_id": source_id,
                    "position": reject.position,
                    "reason": reject.reason,
                    "raw": reject.raw[:MAXIMUM_RAW],
                    "received": received,
                }
                for reject in rejects[-MAXIMUM_REJECTS:]
            ],
        )
        # Ids are shared: so many behind the newest are not so many of this source.
        mine = select(table.c.id).where(table.c.source_id == source_id)
        last = self._connection.execute(
            mine.order_by(table.c.id.desc()).offset(MAXIMUM_REJECTS).limit(1)
        ).scalar()
        if last is not None:
            self._connection.execute(
                delete(table).where(table.c.source_id == source_id, table.c.id <= last)
            )

    # The engine's own notes

    def note(self, name: str) -> bytes | None:
        """A value that the engine noted under this name."""
        table = tables.engine
        value: bytes | None = self._connection.execute(
            select(table.c.value).where(table.c.name == name)
        ).scalar()
        return value

    def notes(self, prefix: str) -> list[bytes]:
        """What was noted under names that begin so."""
        table = tables.engine
        query = select(table.c.value).where(table.c.name.startswith(prefix, autoescape=True))
        return [bytes(value) for (value,) in self._connection.execute(query)]

    def hold_note(self, name: str) -> bytes | None:
        """The same, and nobody else changes it before this transaction ends: whoever wants to
        waits. A note that is not there yet is made, empty, and None."""
        table = tables.engine
        row = {"name": name, "value": b""}
        dialect = postgresql if self._connection.dialect.name == "postgresql" else sqlite
        make = dialect.insert(table).values(row).on_conflict_do_nothing()
        query = select(table.c.value).where(table.c.name == name).with_for_update()
        value: bytes | None = self._connection.execute(query).scalar()
        if value is None:
            self._connection.execute(make)
            value = self._connection.execute(query).scalar()
        return value or None

    def set_note(self, name: str, value: bytes) -> None:
        """Note a value under a name."""
        self._upsert(tables.engine, [{"name": name, "value": value}])

    def drop_notes(self, names: Collection[str]) -> None:
        """Forget what was noted under these names."""
        table = tables.engine
        self._connection.execute(delete(table).where(table.c.name.in_(names)))

    def _among(self, query: Select[Any], column: Any, keys: Collection[Any]) -> Iterator[Any]:
        for part in _chunks(list(keys)):
            yield from self._connection.execute(query.where(column.in_(part)))

    def _upsert(self, table: Table, values: Sequence[dict[str, Any]]) -> None:
        """Store rows, all of the same columns, in place of those with their keys."""
        if values:
            columns = tuple(c.name for c in table.columns if c.name in values[0])
            rows = [tuple(row[name] for name in columns) for row in values]
            if self._connection.dialect.name == "postgresql":
                from monitor.store.postgresql import upsert  # noqa: PLC0415 - see connect()

                upsert(self._connection, table, columns, rows)
            else:
                statement = _upserting(table, columns, self._connection.dialect)
                self._connection.exec_driver_sql(statement, rows)


@cache
def _upserting(table: Table, columns: tuple[str, ...], dialect: Dialect) -> str:
    """The statement that stores rows of these columns: straight to the driver, as it is run for
    hundreds of rows a batch."""
    build = sqlite.insert(table)
    keys = list(table.primary_key.columns)
    changed = {c: build.excluded[c] for c in columns if not table.c[c].primary_key}
    made = build.values(dict.fromkeys(columns))
    statement = (
        made.on_conflict_do_update(index_elements=keys, set_=changed)
        if changed
        else made.on_conflict_do_nothing(index_elements=keys)
    )
    return str(statement.compile(dialect=dialect))


@cache
def _aging(kind: str) -> tuple[Update | Delete, ...]:
    """What makes room for a new snapshot of `:key`: what is older than `:horizon` is the base."""
    table = tables.snapshots
    other = table.alias()
    mine = and_(table.c.kind == kind, table.c.subject_key == bindparam("key"))
    same = and_(other.c.kind == kind, other.c.subject_key == bindparam("key"))
    is_old = table.c.last < bindparam("horizon")
    has_old = exists().where(same, other.c.slot == _AGING, other.c.last < bindparam("horizon"))
    has_any = exists().where(same, other.c.slot == _AGING)
    return (
        delete(table).where(mine, table.c.slot == _BASE, has_old),
        update(table).where(mine, table.c.slot == _AGING, is_old).values(slot=_BASE),
        update(table).where(mine, table.c.slot == _NEWEST, ~has_any).values(slot=_AGING),
    )


def account_key(event: Event) -> int:
    """The index key of an event's account; 0 for an event that names none."""
    if not event.account:
        return 0
    return Subject(_ACCOUNT, event.tenant, event.account).key()


def _campaign_key_of(subject: Subject) -> int | None:
    return None if subject.kind is _ACCOUNT else _campaign_key(subject.tenant)


@lru_cache(maxsize=10_000)
def _campaign_key(tenant: str) -> int:
    return Subject(SubjectKind.TENANT, tenant, "").key()


def _chunks(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), _CHUNK):
        yield items[start : start + _CHUNK]
