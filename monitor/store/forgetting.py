"""What retention deletes and copies, in small parts; the caller owns the transaction."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import (
    Connection,
    Select,
    Table,
    and_,
    bindparam,
    delete,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite

from detectors.core.event import DAY
from detectors.core.finding import Finding, Severity
from detectors.core.identity import first_id
from monitor.store import closed, incident_words, oidc, sessions, subscriber_sessions, tables

REACH = 31 * DAY
"""Event time (ms) that a finding with an earlier id may still be growing in."""
COUNTED = 10_000_000
"""Rows that are counted at most, where somebody waits for the number."""
_CHUNK = 500
_counted = ContextVar("counted", default=COUNTED)

_decode_finding = msgspec.msgpack.Decoder(Finding).decode


class Cited(NamedTuple):
    """An event that a finding for review stands on."""

    event: bytes
    finding: bytes


def cited(
    connection: Connection, after: bytes, since: int, until: int, most: int
) -> tuple[list[Cited], bytes | None]:
    """The events with times from `since` to below `until` (ms) that standing incidents for review
    are shown by, of the next `most` findings behind the id `after`; and the last one's id, None
    when there are no more."""
    findings, incidents = tables.findings, tables.incidents
    query = (
        select(findings.c.id, findings.c.body)
        .join(incidents, incidents.c.id == findings.c.incident_id)
        .where(
            findings.c.id > max(after, first_id(since - REACH)),
            findings.c.withdrawn.is_(False),
            incidents.c.withdrawn.is_(False),
            incidents.c.severity >= int(Severity.MEDIUM),
        )
        .order_by(findings.c.id)
        .limit(most)
    )
    rows = connection.execute(query).all()
    first, end = first_id(since), first_id(until)
    found = [
        Cited(event, identifier)
        for identifier, body in rows
        for event in _decode_finding(body).event_ids
        if first <= event < end
    ]
    return found, rows[-1][0] if len(rows) == most else None


def keep_evidence(connection: Connection, wanted: Sequence[Cited]) -> int:
    """Copy these events, as far as they are stored, to where they are kept with their finding."""
    table = tables.events
    columns = (table.c.account_key, table.c.body)
    bodies = {
        row[0]: (row[1], row[2])
        for row in _among(
            connection, select(table.c.id, *columns), table, {w.event for w in wanted}
        )
    }
    rows = [
        {"id": event, "finding_id": finding, "account_key": key, "body": body}
        for event, finding in wanted
        if event in bodies
        for key, body in [bodies[event]]
    ]
    if rows:
        dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
        statement = dialect.insert(tables.evidence).on_conflict_do_nothing()
        connection.execute(statement, rows)
    return len(rows)


def bodies_between(
    connection: Connection, after: bytes, until: bytes, most: int
) -> list[tuple[bytes, bytes]]:
    """The next events behind the id `after`, as (id, body), those below the id `until`."""
    table = tables.events
    query = (
        select(table.c.id, table.c.body)
        .where(table.c.id > after, table.c.id < until)
        .order_by(table.c.id)
        .limit(most)
    )
    return [(row[0], row[1]) for row in connection.execute(query)]


def replace_bodies(connection: Connection, bodies: Sequence[tuple[bytes, bytes]]) -> None:
    """Store these events, as (id, body), in place of what they were."""
    if bodies:
        table = tables.events
        statement = table.update().where(table.c.id == bindparam("of")).values(body=bindparam("to"))
        connection.execute(statement, [{"of": key, "to": body} for key, body in bodies])


def delete_events(connection: Connection, until: int, most: int) -> int:
    """Delete at most so many events from before the event time `until` (ms), the oldest first."""
    return _delete_some(connection, tables.events, tables.events.c.id < first_id(until), most)


def dropped_events(connection: Connection, until: int, most: int) -> int:
    """How many events from before `until` (ms), of at most so many, lie in tables by day."""
    if connection.dialect.name != "postgresql":
        return 0
    query = text(
        "SELECT count(*) FROM (SELECT 1 FROM events WHERE id < :until"
        " AND tableoid <> to_regclass('events_default') LIMIT :most) AS gone"
    )
    values = {"until": first_id(until), "most": most}
    return int(connection.execute(query, values).scalar_one())


def old_incidents(connection: Connection, before: int, after: tuple[int, bytes], most: int) -> Any:
    """The next incidents behind (updated, id) that nothing came to since event time `before`
    (ms), as rows of both, the oldest first."""
    table = tables.incidents
    key = or_(table.c.updated > after[0], and_(table.c.updated == after[0], table.c.id > after[1]))
    query = select(table.c.updated, table.c.id).where(key, table.c.updated < before)
    query = query.order_by(table.c.updated, table.c.id).limit(most)
    return connection.execute(query).all()


def held(connection: Connection, incidents: Sequence[bytes]) -> set[bytes]:
    """Those of these incidents that stay whatever their age: whose ticket is open, or for which
    something is done that was not taken back."""
    return closed.held(connection, incidents)


def delete_incidents(connection: Connection, incidents: Sequence[bytes]) -> int:
    """Delete incidents with their findings and the events kept for these; how many rows."""
    table = tables.findings
    query = select(table.c.id).where(table.c.incident_id.in_(incidents))
    findings = [row[0] for row in connection.execute(query)]
    count = delete_findings(connection, findings)
    incident_words.forget(connection, incidents)
    where = tables.incidents.c.id.in_(incidents)
    return count + connection.execute(delete(tables.incidents).where(where)).rowcount


def lone_findings(connection: Connection, before: int, most: int) -> list[bytes]:
    """Findings from before event time `before` (ms) that are no incident's."""
    table = tables.findings
    query = select(table.c.id).where(table.c.incident_id.is_(None), table.c.id < first_id(before))
    return [row[0] for row in connection.execute(query.limit(most))]


def delete_findings(connection: Connection, findings: Sequence[bytes]) -> int:
    """Delete findings and the events kept for them; how many rows."""
    count = 0
    for start in range(0, len(findings), _CHUNK):
        some = findings[start : start + _CHUNK]
        for table, column in (
            (tables.evidence, tables.evidence.c.finding_id),
            (tables.findings, tables.findings.c.id),
        ):
            count += connection.execute(delete(table).where(column.in_(some))).rowcount
    return count


def quiet_accounts(
    connection: Connection, after: int | None, before: bytes, most: int
) -> tuple[list[int], int | None]:
    """Of the next `most` snapshots by key those subjects all of whose snapshots are older than
    the id `before`; and the last whole key, None when there are no more."""
    table = tables.snapshots
    query = select(table.c.subject_key, table.c.last).order_by(table.c.subject_key).limit(most)
    if after is not None:
        query = query.where(table.c.subject_key > after)
    rows = connection.execute(query).all()
    latest: dict[int, bytes] = {}
    for key, last in rows:
        latest[key] = max(last, latest.get(key, b""))
    cursor = None
    if len(rows) == most and len(latest) > 1:
        # Of the last one there may be more.
        latest.popitem()
        cursor = next(reversed(latest))
    return [key for key, last in latest.items() if last < before], cursor


def delete_snapshots(connection: Connection, keys: Sequence[int]) -> int:
    """Delete all snapshots of these subjects."""
    table = tables.snapshots
    return sum(
        connection.execute(delete(table).where(table.c.subject_key.in_(some))).rowcount
        for some in _parts(keys)
    )


def old_names(
    connection: Connection, after: int | None, before: bytes, most: int
) -> tuple[list[tuple[int, str, str]], int | None]:
    """Of the next `most` names by key those first told before the id `before`, as (name key,
    tenant, account); and the last key, None when there are no more."""
    table = tables.names
    columns = (table.c.name_key, table.c.first_event, table.c.tenant, table.c.account)
    query = select(*columns).order_by(table.c.name_key).limit(most)
    if after is not None:
        query = query.where(table.c.name_key > after)
    rows = connection.execute(query).all()
    found = [(key, tenant, account) for key, first, tenant, account in rows if first < before]
    return found, rows[-1][0] if len(rows) == most else None


def delete_names(connection: Connection, keys: Sequence[int]) -> int:
    """Delete these names."""
    table = tables.names
    return sum(
        connection.execute(delete(table).where(table.c.name_key.in_(some))).rowcount
        for some in _parts(keys)
    )


def delete_rejects(connection: Connection, before: int, undated: bool, most: int) -> int:
    """Delete some of the rejected lines received before `before` (ms), also those of which that
    is not known where `undated`."""
    received = tables.rejects.c.received
    old = or_(received < before, received.is_(None)) if undated else received < before
    return _delete_some(connection, tables.rejects, old, most)


def delete_ended(connection: Connection, before: int) -> int:
    """Delete what was wrong and ended before `before` (ms)."""
    table = tables.health
    return connection.execute(delete(table).where(table.c.until < before)).rowcount


def delete_console_keys(connection: Connection, now: int) -> int:
    """Delete the console's keys, sessions and links that have expired."""
    table = tables.console_keys
    ended = connection.execute(delete(table).where(table.c.expires <= now)).rowcount
    ended += sessions.forget_expired(connection, now)
    ended += subscriber_sessions.forget_expired(connection, now)
    return ended + oidc.forget_ended(connection, now)


def delete_unread(connection: Connection, known: Collection[str], before: int, most: int) -> int:
    """Delete some of what was sent before `before` (ms) by sources other than the known ones,
    whom nobody will read."""
    table = tables.inbox
    gone = and_(table.c.received < before, table.c.source.not_in(known))
    return _delete_some(connection, table, gone, most)


def oldest_event(connection: Connection) -> bytes | None:
    """The id of the oldest stored event."""
    column = tables.events.c.id
    return connection.execute(select(column).order_by(column).limit(1)).scalar()


@contextmanager
def counted(most: int) -> Iterator[None]:
    """Count no more rows than so many of anything in the block: pages wait for the numbers."""
    before = _counted.set(most)
    try:
        yield
    finally:
        _counted.reset(before)


def count(connection: Connection, table: Table, *where: Any) -> int:
    """How many rows there are of these; `COUNTED` where there are more, or as many as are `counted`
    at most just now."""
    found = select(literal(1)).select_from(table).where(*where).limit(_counted.get()).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def _delete_some(connection: Connection, table: Table, where: Any, most: int) -> int:
    [key] = table.primary_key.columns
    some = select(key).where(where).order_by(key).limit(most)
    return connection.execute(delete(table).where(key.in_(some))).rowcount


def _among(
    connection: Connection, query: Select[Any], table: Table, keys: Collection[bytes]
) -> Iterable[Any]:
    for some in _parts(list(keys)):
        yield from connection.execute(query.where(table.c.id.in_(some)))


def _parts(keys: Sequence[Any]) -> Iterable[Sequence[Any]]:
    for start in range(0, len(keys), _CHUNK):
        yield keys[start : start + _CHUNK]
