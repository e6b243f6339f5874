"""Measures as they are stored: a change is conditional on the version that it was made from, told
on the stream, and made while its account is held, so that no two undo each other.

Everything works on a connection that is given; the caller owns the transaction.
"""

from collections.abc import Collection, Mapping
from secrets import token_hex
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, Select, func, select, text, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from alerts.ladder import Step, step_named
from alerts.measure import HOLDING, TOUCHED, Measure, State, Why
from alerts.policy import Tally
from detectors.core.event import HOUR
from detectors.core.identity import Subject, SubjectKind
from monitor.store import tables
from monitor.store.stream import Kind, tell

MOST: Final = 200
"""Measures of one page."""
_TABLE: Final = tables.measures
_LOCK: Final = 0x7669_6769_6505_0000
_PERSON, _POLICY = "person", "policy"
_ACTED: Final = TOUCHED | {State.DONE, State.UNDONE}
_ENCODE: Final = msgspec.msgpack.Encoder()


class ConflictError(RuntimeError):
    """It was changed by somebody else since it was read."""


class Filter(Struct, frozen=True, kw_only=True):
    """Which measures: of one tenant, account or ticket where they are given, in these states, none
    named for all, of one step."""

    tenant: str | None = None
    account: str | None = None
    ticket: int | None = None
    incident: bytes | None = None
    states: frozenset[State] = frozenset()
    step: Step | None = None


class Place(Struct, frozen=True, array_like=True):
    """Where a page begins: behind this one."""

    updated: int
    id: int


class _Rest(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What has no column, for nothing is looked up by it."""

    requested: int | None = None
    approvals: int = 0
    ordered: int | None = None
    carried: int | None = None
    unfinished: Why | None = None
    called: int | None = None
    undone_name: str = ""
    ended: int | None = None
    appeal: int | None = None
    appealed: int | None = None
    answered_by: str = ""
    answered: int | None = None
    upheld: bool | None = None
    round: int = 0
    not_before: int | None = None


_REST: Final = msgspec.msgpack.Decoder(_Rest)


def hold(connection: Connection, subject: Subject) -> None:
    """Let nobody else change what is done about an account until this transaction ends. Taken
    before its measures are read; a transaction that holds several takes them by their keys."""
    if connection.dialect.name == "postgresql":
        key = subject.key() ^ _LOCK
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def is_held_now(connection: Connection, subject: Subject) -> bool:
    """The same without waiting: False where somebody else holds it."""
    if connection.dialect.name != "postgresql":
        return True
    key = subject.key() ^ _LOCK
    query = text("SELECT pg_try_advisory_xact_lock(:key)")
    return bool(connection.execute(query, {"key": key}).scalar_one())


def add(connection: Connection, measure: Measure, now: int | None = None) -> Measure | None:
    """Keep a new measure; None where one of its key is kept already. What has no key is always
    new."""
    at = measure.created if now is None else now
    row = _row(measure, at) | {"created": measure.created, "version": 1}
    if not measure.key:
        row["key"] = f"asked:{token_hex(16)}"
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = kind.insert(_TABLE).values(row).on_conflict_do_nothing().returning(_TABLE.c.id)
    identifier = connection.execute(statement).scalar()
    if identifier is None:
        return None
    made = structs.replace(measure, id=int(identifier), key=str(row["key"]), version=1)
    tell(connection, Kind.MEASURE, str(made.id), made.tenant)
    return made


def put(connection: Connection, before: Measure, after: Measure, now: int) -> Measure:
    """Keep a measure in place of what it was `before`, which is the same where nothing changed.
    Raises ConflictError."""
    if after == before:
        return before
    version = before.version + 1
    mine = (_TABLE.c.id == before.id, _TABLE.c.version == before.version)
    values = _row(after, now) | {"version": version}
    if connection.execute(update(_TABLE).where(*mine).values(values)).rowcount != 1:
        raise ConflictError(f"measure {before.id} was changed meanwhile")
    tell(connection, Kind.MEASURE, str(before.id), before.tenant)
    return structs.replace(after, id=before.id, version=version)


def get(connection: Connection, identifier: int) -> Measure | None:
    """One of them."""
    row = connection.execute(select(_TABLE).where(_TABLE.c.id == identifier)).mappings().first()
    return None if row is None else _measure(row)


def of_account(
    connection: Connection, subject: Subject, states: Collection[State] = frozenset(State)
) -> list[Measure]:
    """Those about an account that are in these states, the oldest first."""
    wanted = (
        _TABLE.c.subject_key == subject.key(),
        _TABLE.c.tenant == subject.tenant,
        _TABLE.c.account == subject.uid,
        _TABLE.c.state.in_(states),
    )
    return _all(connection, select(_TABLE).where(*wanted).order_by(_TABLE.c.id))


def page(
    connection: Connection, wanted: Filter, after: Place | None = None, limit: int = 50
) -> list[Measure]:
    """Those that are wanted, changed last first, behind `after`; at most `limit`, of 200."""
    query = select(_TABLE).where(*_where(wanted))
    key = tuple_(_TABLE.c.updated, _TABLE.c.id)
    if after is not None:
        query = query.where(key < tuple_(after.updated, after.id))
    query = query.order_by(_TABLE.c.updated.desc(), _TABLE.c.id.desc())
    return _all(connection, query.limit(min(limit, MOST)))


def updated(connection: Connection, identifier: int) -> int:
    """When a measure was changed last (ms); 0 where there is none."""
    query = select(_TABLE.c.updated).where(_TABLE.c.id == identifier)
    return connection.execute(query).scalar() or 0


def counts(connection: Connection, tenant: str | None = None) -> dict[State, int]:
    """How many there are in each state, of one tenant or of all."""
    query = select(_TABLE.c.state, func.count()).group_by(_TABLE.c.state)
    if tenant is not None:
        query = query.where(_TABLE.c.tenant == tenant)
    return {State(state): count for state, count in connection.execute(query)}


def count_in(connection: Connection, states: Collection[State]) -> int:
    """How many there are in these states, messages aside."""
    query = select(func.count()).where(
        _TABLE.c.state.in_(states), _TABLE.c.step != Step.NOTIFY.word
    )
    return int(connection.execute(query).scalar_one())


def lapsed(connection: Connection, now: int, limit: int = MOST) -> list[Measure]:
    """Requests that nobody decided in their time."""
    over = (_TABLE.c.state == State.REQUESTED, _TABLE.c.expires <= now)
    return _all(connection, select(_TABLE).where(*over).order_by(_TABLE.c.id).limit(limit))


def served(connection: Connection, now: int, limit: int = MOST) -> list[Measure]:
    """Suspensions that have lasted their time and that nobody takes back yet."""
    over = (_TABLE.c.state.in_(HOLDING - {State.UNDO_UNFINISHED}), _TABLE.c.until <= now)
    return _all(connection, select(_TABLE).where(*over).order_by(_TABLE.c.until).limit(limit))


def in_states(
    connection: Connection, states: Collection[State], after: int = 0, limit: int = MOST
) -> list[Measure]:
    """Those in these states with ids behind `after`, the oldest first."""
    query = select(_TABLE).where(_TABLE.c.state.in_(states), _TABLE.c.id > after)
    return _all(connection, query.order_by(_TABLE.c.id).limit(limit))


def tally(
    connection: Connection,
    subject: Subject,
    incident: bytes,
    now: int,
    *,
    looked: int = 0,
    tenant_looked: int = 0,
) -> Tally:
    """What was done by itself already: the other accounts that a policy acted on within the last
    hour, in all and of this tenant, and the gravest step about this incident that is done or in
    force. What was done before people `looked` (ms) is not counted, nor of the tenant before
    `tenant_looked`."""
    began = now - HOUR
    tenant = _TABLE.c.tenant == subject.tenant
    about = (_TABLE.c.incident_id == incident, _TABLE.c.state.in_(TOUCHED | {State.DONE}))
    steps = connection.execute(select(_TABLE.c.step).where(*about)).scalars()
    return Tally(
        hour=_acted_on(connection, subject, max(began, looked)),
        tenant_hour=_acted_on(connection, subject, max(began, tenant_looked), tenant),
        reached=max((_step(word) for word in steps), default=Step.OBSERVE),
    )


def _acted_on(connection: Connection, but: Subject, after: int, *more: ColumnElement[bool]) -> int:
    """How many accounts but this one a policy acted on after a time."""
    query = select(func.count(func.distinct(_TABLE.c.subject_key))).where(
        _TABLE.c.origin == _POLICY,
        _TABLE.c.state.in_(_ACTED),
        _TABLE.c.created > after,
        _TABLE.c.subject_key != but.key(),
        *more,
    )
    return int(connection.execute(query).scalar_one())


def _where(wanted: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    for column, value in (
        (_TABLE.c.tenant, wanted.tenant),
        (_TABLE.c.account, wanted.account),
        (_TABLE.c.ticket_id, wanted.ticket),
        (_TABLE.c.incident_id, wanted.incident),
        (_TABLE.c.step, None if wanted.step is None else wanted.step.word),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.states:
        found.append(_TABLE.c.state.in_(wanted.states))
    if wanted.tenant is not None and wanted.account is not None:
        # By the index, however many its tenant has.
        whose = Subject(SubjectKind.ACCOUNT, wanted.tenant, wanted.account)
        found.append(_TABLE.c.subject_key == whose.key())
    return found


def _all(connection: Connection, query: Select[Any]) -> list[Measure]:
    return [_measure(row) for row in connection.execute(query).mappings()]


def _row(measure: Measure, now: int) -> dict[str, Any]:
    return {
        "key": measure.key,
        "ticket_id": measure.ticket,
        "incident_id": measure.incident,
        "subject_key": measure.subject.key(),
        "tenant": measure.tenant,
        "account": measure.account,
        "step": measure.step.word,
        "state": measure.state.value,
        "origin": _POLICY if measure.is_automatic else _PERSON,
        "rule": measure.rule or None,
        "policy_id": measure.policy,
        "because": measure.because or None,
        "aup": measure.aup,
        "reason": measure.reason,
        "requester": measure.requested_by or None,
        "requester_name": measure.requested_name or None,
        "decider": measure.decided_by or None,
        "decider_name": measure.decided_name or None,
        "decided": measure.decided,
        "decision": measure.decision or None,
        "expires": measure.expires,
        "due": measure.not_before or measure.created,
        "until": measure.until,
        "confirmed": measure.confirmed,
        "undone": measure.undo_asked,
        "undone_by": measure.undone_by or None,
        "undone_for": measure.undo_reason or None,
        "updated": now,
        "body": _ENCODE.encode(
            _Rest(**{name: getattr(measure, name) for name in _Rest.__struct_fields__})
        ),
    }


def _measure(row: Mapping[Any, Any]) -> Measure:
    rest = _REST.decode(row["body"]) if row["body"] else _Rest()
    return Measure(
        id=row["id"],
        key=row["key"],
        ticket=row["ticket_id"],
        incident=None if row["incident_id"] is None else bytes(row["incident_id"]),
        tenant=row["tenant"],
        account=row["account"],
        step=_step(row["step"]),
        state=State(row["state"]),
        rule=row["rule"] or "",
        policy=row["policy_id"],
        because=row["because"] or "",
        aup=row["aup"],
        reason=row["reason"],
        requested_by=row["requester"] or "",
        requested_name=row["requester_name"] or "",
        decided_by=row["decider"] or "",
        decided_name=row["decider_name"] or "",
        decided=row["decided"],
        decision=row["decision"] or "",
        expires=row["expires"],
        until=row["until"],
        confirmed=row["confirmed"],
        undo_asked=row["undone"],
        undone_by=row["undone_by"] or "",
        undo_reason=row["undone_for"] or "",
        created=row["created"],
        version=row["version"],
        **structs.asdict(rest),
    )


def _step(word: str) -> Step:
    return step_named(word) or Step.OBSERVE
