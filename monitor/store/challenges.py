"""Challenges as they are stored: each change is made on a row that is held, so that of many who
answer at once one is looked at after the other.

Everything works on a connection that is given; the caller owns the transaction.
"""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, func, insert, or_, select, update

from detectors.core.identity import Subject, SubjectKind
from monitor.mfa.challenge import Challenge, Origin, Reason, State
from monitor.store import tables
from monitor.store.stream import Kind, tell

MOST: Final = 200
"""Challenges of one page."""
_TABLE: Final = tables.challenges
_ENCODE: Final = msgspec.msgpack.Encoder()
_FAILED: Final = (State.LOCKED.value, State.DENIED.value)


class Whence(Struct, frozen=True, omit_defaults=True):
    """What is known of the session that is asked about, for whoever is asked: since when (ms), the
    program and the system, the town and the country (ISO 3166-1 alpha-2); empty where it is not
    known."""

    time: int | None = None
    program: str = ""
    system: str = ""
    city: str = ""
    country: str = ""


class _Rest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What has no column, for nothing is looked up by it."""

    wrong: int = 0
    return_to: str = ""
    whence: Whence = Whence()
    shown: tuple[str, ...] = ()
    by: str = ""
    like: tuple[bytes, ...] = ()
    answered: bool = False


class StoredChallenge(Struct, frozen=True, kw_only=True):
    """One, with all that is known of it.

    `session` is the application's, empty for none; `key` is what it stands on, the same for what
    is asked twice. `number` is what a second device has to be told. `shown` are the devices,
    networks and places of the session by the names that a profile knows them by. `by` is who asked
    for it, `like` digests of which a browser that opens it has to have one, `answered` whether what
    follows from its end was done.
    """

    handle: str
    tenant: str
    account: str
    subject_key: int
    reason: Reason
    origin: Origin
    challenge: Challenge
    language: str
    id: int = 0
    session: str = ""
    measure: int | None = None
    incident: bytes | None = None
    key: str = ""
    number: int | None = None
    method: str | None = None
    level: int | None = None
    return_to: str = ""
    whence: Whence = Whence()
    shown: tuple[str, ...] = ()
    by: str = ""
    like: tuple[bytes, ...] = ()
    answered: bool = False
    version: int = 1

    @property
    def reference(self) -> str:
        """What stands for it in the audit and on streams."""
        return f"challenge:{self.handle}"


class Filter(Struct, frozen=True, kw_only=True):
    """Which challenges: of one tenant or account where they are given, in this state."""

    tenant: str | None = None
    account: str | None = None
    state: State | None = None


def add(connection: Connection, one: StoredChallenge, digest: bytes) -> StoredChallenge:
    """Keep a new one, whose link's key has this digest."""
    values = _row(one) | {"digest": digest, "version": 1}
    made = connection.execute(insert(_TABLE).values(values).returning(_TABLE.c.id)).scalar_one()
    tell(connection, Kind.CHALLENGE, one.handle, one.tenant)
    return structs.replace(one, id=int(made), version=1)


def put(connection: Connection, before: StoredChallenge, after: StoredChallenge) -> StoredChallenge:
    """Keep it in place of what it was before, while its row is held. Raises RuntimeError where it
    was not."""
    if after == before:
        return before
    version = before.version + 1
    mine = (_TABLE.c.id == before.id, _TABLE.c.version == before.version)
    values = _row(after) | {"version": version}
    if connection.execute(update(_TABLE).where(*mine).values(values)).rowcount != 1:
        raise RuntimeError(f"challenge {before.handle} was changed while it was held")
    if after.challenge.state is not before.challenge.state:
        tell(connection, Kind.CHALLENGE, before.handle, before.tenant)
    return structs.replace(after, version=version)


def call_elsewhere(connection: Connection, one: StoredChallenge, digest: bytes) -> None:
    """Let another device's link have this digest, in place of one before."""
    mine = (_TABLE.c.id == one.id,)
    connection.execute(update(_TABLE).where(*mine).values(other_digest=digest, other_client=None))


def by_handle(connection: Connection, handle: str, *, lock: bool = False) -> StoredChallenge | None:
    """The one of this name; with `lock` nobody else changes it until the transaction ends."""
    return _one(connection, _TABLE.c.handle == handle, lock=lock)


def by_digest(connection: Connection, digest: bytes) -> tuple[StoredChallenge, bool] | None:
    """The one that a link's key leads to, held; and whether it is another device's link."""
    wanted = or_(_TABLE.c.digest == digest, _TABLE.c.other_digest == digest)
    row = connection.execute(select(_TABLE).where(wanted).with_for_update()).mappings().first()
    return None if row is None else (_stored(row), row["digest"] != digest)


def of_session(
    connection: Connection, subject_key: int, tenant: str, account: str, session: str
) -> StoredChallenge | None:
    """The last one of a session, held."""
    query = select(_TABLE).where(*_mine(subject_key, tenant, account), _TABLE.c.session == session)
    row = connection.execute(query.order_by(_TABLE.c.id.desc()).limit(1).with_for_update())
    found = row.mappings().first()
    return None if found is None else _stored(found)


def open_of(
    connection: Connection, subject_key: int, tenant: str, account: str, now: int
) -> list[StoredChallenge]:
    """Those of an account that can be answered at `now` (ms), the oldest first, held."""
    wanted = (_TABLE.c.state == State.OPEN.value, _TABLE.c.expires > now)
    query = select(_TABLE).where(*_mine(subject_key, tenant, account), *wanted)
    rows = connection.execute(query.order_by(_TABLE.c.id).with_for_update())
    return [_stored(row) for row in rows.mappings()]


def has_passed(
    connection: Connection, subject_key: int, tenant: str, account: str, browser: bytes
) -> bool:
    """Whether one of an account was passed in this browser."""
    query = select(_TABLE.c.id).where(
        *_mine(subject_key, tenant, account),
        _TABLE.c.state == State.PASSED.value,
        or_(_TABLE.c.client == browser, _TABLE.c.other_client == browser),
    )
    return connection.execute(query.limit(1)).first() is not None


def page(
    connection: Connection, wanted: Filter, after: int | None = None, limit: int = 50
) -> list[StoredChallenge]:
    """Challenges, the newest first, behind the id `after`."""
    query = select(_TABLE).order_by(_TABLE.c.id.desc()).limit(min(limit, MOST + 1))
    for column, value in ((_TABLE.c.tenant, wanted.tenant), (_TABLE.c.account, wanted.account)):
        if value is not None:
            query = query.where(column == value)
    if wanted.tenant is not None and wanted.account is not None:
        # By the index, however many its tenant has.
        whose = Subject(SubjectKind.ACCOUNT, wanted.tenant, wanted.account)
        query = query.where(_TABLE.c.subject_key == whose.key())
    if wanted.state is not None:
        query = query.where(_TABLE.c.state == wanted.state.value)
    if after is not None:
        query = query.where(_TABLE.c.id < after)
    return [_stored(row) for row in connection.execute(query).mappings()]


def due(connection: Connection, now: int, most: int) -> list[str]:
    """The handles of open ones whose time was over at `now` (ms)."""
    query = select(_TABLE.c.handle).where(
        _TABLE.c.state == State.OPEN.value, _TABLE.c.expires <= now
    )
    return [handle for (handle,) in connection.execute(query.order_by(_TABLE.c.id).limit(most))]


def unanswered(connection: Connection, since: int, most: int) -> list[StoredChallenge]:
    """Those that were denied since a time (ms), of which nothing has followed yet."""
    query = select(_TABLE).where(_TABLE.c.state == State.DENIED.value, _TABLE.c.settled > since)
    rows = connection.execute(query.order_by(_TABLE.c.id).limit(MOST)).mappings()
    return [one for one in map(_stored, rows) if not one.answered][:most]


def passed_for(connection: Connection, measure: int) -> tuple[int, int]:
    """When one that stands on a measure was passed last and when one was failed or denied last
    (ms), 0 for never."""
    query = select(_TABLE.c.state, func.max(_TABLE.c.settled)).where(
        _TABLE.c.measure_id == measure, _TABLE.c.settled.is_not(None)
    )
    rows = connection.execute(query.group_by(_TABLE.c.state))
    found: dict[str, int] = {state: int(at) for state, at in rows}
    failed = max((found.get(state, 0) for state in _FAILED), default=0)
    return found.get(State.PASSED.value, 0), failed


def forget(connection: Connection, before: int, most: int) -> int:
    """Delete those that were over before `before` (ms), at most so many; how many."""
    over = select(_TABLE.c.id).where(_TABLE.c.settled < before, _TABLE.c.state != State.OPEN.value)
    gone = _TABLE.delete().where(_TABLE.c.id.in_(over.limit(most)))
    return int(connection.execute(gone).rowcount)


def over(connection: Connection, before: int) -> int:
    """How many would be deleted."""
    query = select(func.count()).select_from(_TABLE)
    query = query.where(_TABLE.c.settled < before, _TABLE.c.state != State.OPEN.value)
    return int(connection.execute(query).scalar_one())


def _mine(subject_key: int, tenant: str, account: str) -> tuple[ColumnElement[bool], ...]:
    return (
        _TABLE.c.subject_key == subject_key,
        _TABLE.c.tenant == tenant,
        _TABLE.c.account == account,
    )


def _one(
    connection: Connection, wanted: ColumnElement[bool], *, lock: bool
) -> StoredChallenge | None:
    query = select(_TABLE).where(wanted)
    row = connection.execute(query.with_for_update() if lock else query).mappings().first()
    return None if row is None else _stored(row)


def _row(one: StoredChallenge) -> dict[str, Any]:
    state = one.challenge
    rest = _Rest(
        wrong=state.wrong,
        return_to=one.return_to,
        whence=one.whence,
        shown=one.shown,
        by=one.by,
        like=one.like,
        answered=one.answered,
    )
    return {
        "handle": one.handle,
        "subject_key": one.subject_key,
        "tenant": one.tenant,
        "account": one.account,
        "session": one.session,
        "reason": one.reason.value,
        "origin": one.origin.value,
        "measure_id": one.measure,
        "incident_id": one.incident,
        "key": one.key,
        "client": state.browser,
        "other_client": state.phone,
        "number": one.number,
        "state": state.state.value,
        "attempts": state.attempts,
        "method": one.method,
        "level": one.level,
        "created": state.created,
        "expires": state.expires,
        "settled": state.ended,
        "language": one.language,
        "body": _ENCODE.encode((state.most, rest)),
    }


_BODY: Final = msgspec.msgpack.Decoder(tuple[int, _Rest])


def _stored(row: Mapping[Any, Any]) -> StoredChallenge:
    most, rest = _BODY.decode(row["body"])
    client, phone = row["client"], row["other_client"]
    return StoredChallenge(
        id=int(row["id"]),
        handle=row["handle"],
        tenant=row["tenant"],
        account=row["account"],
        subject_key=int(row["subject_key"]),
        session=row["session"],
        reason=Reason(row["reason"]),
        origin=Origin(row["origin"]),
        measure=row["measure_id"],
        incident=None if row["incident_id"] is None else bytes(row["incident_id"]),
        key=row["key"],
        number=row["number"],
        method=row["method"],
        level=row["level"],
        language=row["language"],
        return_to=rest.return_to,
        whence=rest.whence,
        shown=rest.shown,
        by=rest.by,
        like=rest.like,
        answered=rest.answered,
        version=int(row["version"]),
        challenge=Challenge(
            created=int(row["created"]),
            expires=int(row["expires"]),
            most=most,
            state=State(row["state"]),
            browser=None if client is None else bytes(client),
            phone=None if phone is None else bytes(phone),
            attempts=int(row["attempts"]),
            wrong=rest.wrong,
            ended=row["settled"],
        ),
    )
