"""Suppressions as they are kept, and every incident that each of them met."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, select, update
from sqlalchemy.engine import RowMapping

from alerts.incident import Incident
from alerts.suppression import Scope, Suppression, meets
from alerts.ticket import Status
from monitor.store import tables

_TABLE = tables.suppressions
_encode = msgspec.msgpack.Encoder().encode
_incident = msgspec.msgpack.Decoder(Incident).decode
_scope = msgspec.msgpack.Decoder(Scope)


class StoredSuppression(Struct, frozen=True, kw_only=True):
    """A suppression as it is kept. `ended` is when (ms) somebody ended it before its end, and
    `ended_by` what stands for them; `matches` is how many incidents it met, and when last."""

    id: int = 0
    made: Suppression
    owner_name: str
    ended: int | None = None
    ended_by: str | None = None
    matches: int = 0
    last_match: int | None = None
    version: int = 1

    def is_on(self, now: int) -> bool:
        """Whether it holds now."""
        return self.ended is None and self.made.is_on(now)


class Match(Struct, frozen=True, kw_only=True):
    """An incident that one met, when first (ms), and the ticket that it holds back."""

    suppression: int
    incident: bytes
    ticket: int | None
    time: int


def add(connection: Connection, one: StoredSuppression) -> StoredSuppression:
    """Keep a new one; it has its number then."""
    made = connection.execute(insert(_TABLE).values(_row(one)).returning(_TABLE.c.id))
    return structs.replace(one, id=int(made.scalar_one()))


def put(
    connection: Connection, before: StoredSuppression, after: StoredSuppression
) -> StoredSuppression | None:
    """Keep one in place of what it was, as the next version; None, and nothing is done, where it
    is another version by now."""
    made = structs.replace(after, version=before.version + 1)
    mine = (_TABLE.c.id == before.id, _TABLE.c.version == before.version)
    values = _row(made)
    # Counted by whoever follows the incidents, meanwhile.
    for name in ("matches", "last_match"):
        del values[name]
    done = connection.execute(update(_TABLE).where(*mine).values(values))
    return made if done.rowcount == 1 else None


def suppression(
    connection: Connection, number: int, *, lock: bool = False, hidden: bool = False
) -> StoredSuppression | None:
    """The one of this number; with `hidden`, also one about an account whose data is restricted."""
    query = (select(_TABLE) if hidden else _shown()).where(_TABLE.c.id == number)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else _stored(row)


def page(
    connection: Connection,
    tenant: str | None,
    now: int,
    *,
    over: bool = False,
    before: int | None = None,
    limit: int = 50,
) -> list[StoredSuppression]:
    """Those that hold now, or those that are over, of one tenant or of all; the last first."""
    is_on = (_TABLE.c.until > now) & _TABLE.c.ended.is_(None)
    query = _shown().where(~is_on if over else is_on)
    if tenant is not None:
        query = query.where(_TABLE.c.tenant == tenant)
    if before is not None:
        query = query.where(_TABLE.c.id < before)
    found = connection.execute(query.order_by(_TABLE.c.id.desc()).limit(limit)).mappings()
    return [_stored(row) for row in found]


def meeting(connection: Connection, incident: Incident, now: int) -> StoredSuppression | None:
    """The first one that holds and meets an incident."""
    query = select(_TABLE).where(
        _TABLE.c.tenant == incident.subject.tenant,
        _TABLE.c.until > now,
        _TABLE.c.ended.is_(None),
    )
    rows = connection.execute(query.order_by(_TABLE.c.id)).mappings()
    found = (_stored(row) for row in rows)
    return next((one for one in found if meets(one.made.scope, incident)), None)


def add_match(
    connection: Connection, one: StoredSuppression, incident: Incident, ticket: int, now: int
) -> bool:
    """Count an incident that one met; False where it was counted before."""
    table = tables.suppression_matches
    mine = (table.c.suppression_id == one.id, table.c.incident_id == incident.id)
    if connection.execute(select(table.c.time).where(*mine)).first() is not None:
        return False
    values = {
        "suppression_id": one.id,
        "incident_id": incident.id,
        "ticket_id": ticket,
        "subject_key": incident.subject.key(),
        "time": now,
    }
    connection.execute(insert(table).values(values))
    counted = {"matches": _TABLE.c.matches + 1, "last_match": now}
    connection.execute(update(_TABLE).where(_TABLE.c.id == one.id).values(counted))
    return True


def matches_of(connection: Connection, number: int, most: int = 100) -> list[Match]:
    """The last incidents that one met, the last first."""
    table = tables.suppression_matches
    query = select(table).where(table.c.suppression_id == number)
    query = query.order_by(table.c.time.desc(), table.c.incident_id).limit(most)
    return [
        Match(
            suppression=row.suppression_id,
            incident=bytes(row.incident_id),
            ticket=row.ticket_id,
            time=row.time,
        )
        for row in connection.execute(query)
    ]


def incidents_of(connection: Connection, matches: Sequence[Match]) -> dict[bytes, Incident]:
    """The incidents that these met, as far as they are still there; none about who is
    restricted."""
    table, held = tables.incidents, tables.restrictions
    wanted = [match.incident for match in matches]
    restricted = select(held.c.subject_key).where(held.c.until.is_(None))
    query = select(table.c.body).where(
        table.c.id.in_(wanted), table.c.subject_key.not_in(restricted)
    )
    bodies = connection.execute(query).scalars() if wanted else ()
    return {one.id: one for one in map(_incident, bodies)}


def waiting_of(connection: Connection, number: int, matches: Sequence[Match]) -> set[int]:
    """The tickets among these that one holds back at this moment."""
    table = tables.tickets
    wanted = [match.ticket for match in matches if match.ticket is not None]
    query = select(table.c.id).where(
        table.c.id.in_(wanted),
        table.c.suppressed_by == number,
        table.c.status != Status.RESOLVED.value,
    )
    return set(connection.execute(query).scalars()) if wanted else set()


def over(before: int) -> ColumnElement[bool]:
    """Those that were over by a time (ms), and hold nothing back any more."""
    held = select(tables.tickets.c.suppressed_by).where(tables.tickets.c.suppressed_by.is_not(None))
    return and_(func.coalesce(_TABLE.c.ended, _TABLE.c.until) < before, _TABLE.c.id.not_in(held))


def forget(connection: Connection, before: int, most: int) -> int:
    """Delete those that are over, with what they met, at most so many, then what others met that is
    gone itself; how many."""
    query = select(_TABLE.c.id).where(over(before)).order_by(_TABLE.c.id).limit(most)
    gone = list(connection.execute(query).scalars())
    matches, incidents = tables.suppression_matches, tables.incidents
    if gone:
        connection.execute(delete(matches).where(matches.c.suppression_id.in_(gone)))
        connection.execute(delete(_TABLE).where(_TABLE.c.id.in_(gone)))
        return len(gone)
    is_there = select(incidents.c.id).where(incidents.c.id == matches.c.incident_id).exists()
    lone = delete(matches).where(matches.c.time < before, ~is_there)
    return int(connection.execute(lone).rowcount)


def _shown() -> Select[Any]:
    held = tables.restrictions
    restricted = select(held.c.subject_key).where(held.c.until.is_(None))
    key = _TABLE.c.subject_key
    return select(_TABLE).where(key.is_(None) | key.not_in(restricted))


def _row(one: StoredSuppression) -> dict[str, Any]:
    subject = one.made.scope.subject
    return {
        "tenant": one.made.scope.tenant,
        "subject_key": None if subject is None else subject.key(),
        "owner": one.made.owner,
        "owner_name": one.owner_name,
        "reason": one.made.reason,
        "created": one.made.since,
        "until": one.made.until,
        "ended": one.ended,
        "ended_by": one.ended_by,
        "matches": one.matches,
        "last_match": one.last_match,
        "version": one.version,
        "body": _encode(one.made.scope),
    }


def _stored(row: RowMapping) -> StoredSuppression:
    made = Suppression(
        scope=_scope.decode(row["body"]),
        owner=row["owner"],
        reason=row["reason"],
        since=row["created"],
        until=row["until"],
    )
    return StoredSuppression(
        id=row["id"],
        made=made,
        owner_name=row["owner_name"],
        ended=row["ended"],
        ended_by=row["ended_by"],
        matches=row["matches"],
        last_match=row["last_match"],
        version=row["version"],
    )
