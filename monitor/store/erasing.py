"""Statements of erasing, in small parts; the caller owns the transaction."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Table, and_, delete, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts.incident import Incident
from detectors.core.event import Event
from detectors.core.finding import Finding
from detectors.core.identity import Subject
from monitor.store import incident_words, tables

COUNTED = 1_000_000
"""Rows that are counted at most where somebody waits for the number."""
_CHUNK = 500
_encode = msgspec.msgpack.Encoder().encode
_event = msgspec.msgpack.Decoder(Event).decode
_finding = msgspec.msgpack.Decoder(Finding).decode
_incident = msgspec.msgpack.Decoder(Incident).decode


class StoredLedger(NamedTuple):
    """A ledger as it lies in its table."""

    kind: str
    subject_key: int
    version: int
    body: bytes


def own_events(
    connection: Connection, subject: Subject, after: bytes, before: bytes, most: int
) -> tuple[list[Event], bytes | None]:
    """The account's events among the next `most` with its key and ids between `after` and
    `before`; and the last one's id, None when there are no more."""
    table = tables.events
    query = (
        select(table.c.id, table.c.body)
        .where(table.c.account_key == subject.key(), table.c.id > after, table.c.id < before)
        .order_by(table.c.id)
        .limit(most)
    )
    rows = connection.execute(query).all()
    found = [event for _, body in rows if _is_of(event := _event(body), subject)]
    return found, bytes(rows[-1][0]) if len(rows) == most else None


def own_among(connection: Connection, subject: Subject, ids: Collection[bytes]) -> list[Event]:
    """Those of these events that are stored and the account's."""
    table = tables.events
    query = select(table.c.body).where(table.c.account_key == subject.key())
    found = (_event(row[0]) for row in _among(connection, query, table.c.id, ids))
    return [event for event in found if _is_of(event, subject)]


def newest_of(connection: Connection, subject: Subject) -> bytes | None:
    """The id of the last event with the account's key."""
    table = tables.events
    query = select(table.c.id).where(table.c.account_key == subject.key())
    return connection.execute(query.order_by(table.c.id.desc()).limit(1)).scalar()


def delete_events(connection: Connection, ids: Collection[bytes]) -> int:
    """Delete these events."""
    return _delete_among(connection, tables.events, tables.events.c.id, ids)


def names_of(connection: Connection, subject: Subject) -> list[int]:
    """The keys of the names that stand for an account."""
    table = tables.names
    query = select(table.c.name_key).where(
        table.c.tenant == subject.tenant, table.c.account == subject.uid
    )
    return list(connection.execute(query).scalars())


def standing_of(connection: Connection, subject: Subject, severity: int) -> list[Incident]:
    """The account's incidents from a severity up that were not withdrawn."""
    table = tables.incidents
    stands = (table.c.severity >= severity, table.c.withdrawn.is_(False))
    return incidents_of(connection, subject, *stands)


def incidents_of(connection: Connection, subject: Subject, *where: Any) -> list[Incident]:
    """The account's incidents."""
    table = tables.incidents
    query = select(table.c.body).where(table.c.subject_key == subject.key(), *where)
    found = (_incident(row[0]) for row in connection.execute(query.order_by(table.c.id)))
    return [incident for incident in found if incident.subject == subject]


def findings_with(connection: Connection, incident: bytes) -> list[Finding]:
    """The findings of an incident, withdrawn ones as well."""
    table = tables.findings
    query = select(table.c.body).where(table.c.incident_id == incident).order_by(table.c.id)
    return [_finding(row[0]) for row in connection.execute(query)]


def findings_of(connection: Connection, subject: Subject, most: int) -> list[bytes]:
    """The ids of some of the findings on an account."""
    table = tables.findings
    query = select(table.c.id, table.c.body).where(table.c.subject_key == subject.key())
    rows = connection.execute(query.order_by(table.c.id).limit(most))
    return [identifier for identifier, body in rows if _finding(body).subject == subject]


def next_findings(
    connection: Connection, after: bytes, most: int
) -> list[tuple[Finding, bytes | None]]:
    """The next findings behind an id, and the incident of each."""
    table = tables.findings
    query = select(table.c.body, table.c.incident_id).where(table.c.id > after)
    rows = connection.execute(query.order_by(table.c.id).limit(most))
    return [(_finding(body), incident) for body, incident in rows]


def next_incidents(connection: Connection, after: bytes, most: int) -> list[Incident]:
    """The next incidents behind an id."""
    table = tables.incidents
    query = select(table.c.body).where(table.c.id > after)
    rows = connection.execute(query.order_by(table.c.id).limit(most))
    return [_incident(row[0]) for row in rows]


def is_standing(connection: Connection, incidents: Collection[bytes], severity: int) -> set[bytes]:
    """Those of these incidents that were not withdrawn, from a severity up."""
    table = tables.incidents
    query = select(table.c.id).where(table.c.withdrawn.is_(False), table.c.severity >= severity)
    return {bytes(row[0]) for row in _among(connection, query, table.c.id, incidents)}


def put_finding(connection: Connection, finding: Finding) -> None:
    """Store a finding in place of what it was, whomever it is about now."""
    table = tables.findings
    values = {"body": _encode(finding), "subject_key": finding.subject.key()}
    connection.execute(update(table).where(table.c.id == finding.id).values(values))


def put_incident(connection: Connection, incident: Incident) -> None:
    """The same of an incident."""
    table = tables.incidents
    values = {
        "body": _encode(incident),
        "subject_key": incident.subject.key(),
        "subject": incident.subject.uid,
    }
    connection.execute(update(table).where(table.c.id == incident.id).values(values))
    incident_words.replace(connection, incident)


def delete_incident(connection: Connection, incident: bytes) -> int:
    """Delete an incident alone."""
    incident_words.forget(connection, [incident])
    return _delete_among(connection, tables.incidents, tables.incidents.c.id, [incident])


def put_evidence(connection: Connection, finding: bytes, events: Iterable[Event], key: int) -> int:
    """Keep events of the account `key` for a finding, in place of what was kept of them."""
    rows = [
        {"id": e.id, "finding_id": finding, "account_key": key, "body": _encode(e)} for e in events
    ]
    if not rows:
        return 0
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(tables.evidence)
    changed = {"account_key": made.excluded.account_key, "body": made.excluded.body}
    connection.execute(
        made.on_conflict_do_update(index_elements=["id", "finding_id"], set_=changed), rows
    )
    return len(rows)


def evidence_of(connection: Connection, subject: Subject, most: int) -> list[tuple[bytes, Event]]:
    """Some of the account's events that are kept for findings, with the finding's id."""
    table = tables.evidence
    query = select(table.c.finding_id, table.c.body).where(table.c.account_key == subject.key())
    rows = connection.execute(query.order_by(table.c.id).limit(most))
    return [(bytes(f), e) for f, body in rows if _is_of(e := _event(body), subject)]


def evidence_for(connection: Connection, finding: bytes) -> list[Event]:
    """The events that are kept for a finding."""
    table = tables.evidence
    query = select(table.c.body).where(table.c.finding_id == finding).order_by(table.c.id)
    return [_event(row[0]) for row in connection.execute(query)]


def next_bodies(
    connection: Connection, table: Table, after: bytes, most: int
) -> list[tuple[bytes, bytes]]:
    """The next rows of events or evidence behind an id, as (id, body)."""
    query = select(table.c.id, table.c.body).where(table.c.id > after)
    rows = connection.execute(query.order_by(table.c.id).limit(most))
    return [(bytes(identifier), bytes(body)) for identifier, body in rows]


def put_body(connection: Connection, table: Table, event: Event) -> None:
    """Store an event in place of what it was, wherever it is kept in this table."""
    connection.execute(update(table).where(table.c.id == event.id).values(body=_encode(event)))


def next_ledgers(
    connection: Connection, after: tuple[str, int] | None, most: int
) -> list[StoredLedger]:
    """The next ledgers behind a kind and a key."""
    table = tables.ledgers
    query = select(table.c.kind, table.c.subject_key, table.c.version, table.c.body)
    if after is not None:
        kind, key = after
        query = query.where(
            (table.c.kind > kind) | and_(table.c.kind == kind, table.c.subject_key > key)
        )
    rows = connection.execute(query.order_by(table.c.kind, table.c.subject_key).limit(most))
    return [StoredLedger(row[0], row[1], row[2], bytes(row[3])) for row in rows]


def put_ledger(connection: Connection, ledger: StoredLedger, body: bytes) -> None:
    """Store what a ledger is now."""
    table = tables.ledgers
    mine = (table.c.kind == ledger.kind, table.c.subject_key == ledger.subject_key)
    connection.execute(update(table).where(*mine).values(body=body))


def delete_ledger(connection: Connection, ledger: StoredLedger) -> None:
    """Delete one."""
    table = tables.ledgers
    mine = (table.c.kind == ledger.kind, table.c.subject_key == ledger.subject_key)
    connection.execute(delete(table).where(*mine))


def next_rejects(connection: Connection, after: int, most: int) -> list[tuple[int, bytes, str]]:
    """The next rejected lines behind an id, with their reasons."""
    table = tables.rejects
    query = select(table.c.id, table.c.raw, table.c.reason).where(table.c.id > after)
    rows = connection.execute(query.order_by(table.c.id).limit(most))
    return [(row[0], bytes(row[1]), row[2]) for row in rows]


def delete_rejects(connection: Connection, ids: Collection[int]) -> int:
    """Delete these rejected lines."""
    return _delete_among(connection, tables.rejects, tables.rejects.c.id, ids)


def count(connection: Connection, table: Table, *where: Any) -> int:
    """How many rows there are of these; `COUNTED` where there are more."""
    found = select(literal(1)).select_from(table).where(*where).limit(COUNTED).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def _is_of(event: Event, subject: Subject) -> bool:
    return (event.tenant, event.account) == (subject.tenant, subject.uid)


def _among(connection: Connection, query: Any, column: Any, keys: Collection[Any]) -> Iterator[Any]:
    wanted: Sequence[Any] = list(keys)
    for start in range(0, len(wanted), _CHUNK):
        some = wanted[start : start + _CHUNK]
        yield from connection.execute(query.where(column.in_(some))).all()


def _delete_among(connection: Connection, table: Table, column: Any, keys: Collection[Any]) -> int:
    wanted: Sequence[Any] = list(keys)
    return sum(
        connection.execute(delete(table).where(column.in_(wanted[start : start + _CHUNK]))).rowcount
        for start in range(0, len(wanted), _CHUNK)
    )
