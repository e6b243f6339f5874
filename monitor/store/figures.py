"""How much there is, counted for the overview: incidents that wait, what came of late, what was
done. None of an account whose data is restricted. Times are ms since 1970 UTC.
"""

from collections.abc import Collection, Sequence
from typing import Any, Final

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    func,
    literal_column,
    or_,
    select,
)

from alerts.incident import Category
from alerts.ladder import Step
from alerts.measure import State
from alerts.ticket import Kind, Status
from detectors.core.event import DAY, HOUR
from detectors.core.finding import Severity
from detectors.core.identity import first_id
from monitor.mfa.lost_factor import State as Case
from monitor.store import tables
from monitor.store.ticket_filter import OPEN

AGES: Final = (HOUR, DAY, 7 * DAY, 30 * DAY)
"""How long ago (ms) something came to an incident last, at most; the last age is longer."""
LEAST: Final = Severity.MEDIUM
"""From this severity up an incident calls people."""
_TABLE: Final = tables.incidents
_TICKETS: Final = tables.tickets


class Waiting(Struct, frozen=True):
    """How many incidents of one kind wait to be decided: `age` is an index into AGES, or their
    length; `is_new`: nobody has looked at them."""

    severity: Severity
    category: Category
    age: int
    is_new: bool
    count: int


class Raised(Struct, frozen=True):
    """How many incidents of a severity began in one of several spans of time."""

    span: int
    severity: Severity
    count: int


class InHand(Struct, frozen=True):
    """How many open tickets are late, in nobody's hands, in one's own, and contest a measure."""

    late: int
    nobodys: int
    own: int
    appeals: int


def waiting(connection: Connection, now: int, tenant: str | None = None) -> list[Waiting]:
    """The incidents that call people and that nobody has resolved, of one tenant or of all; not
    those that are held back, for they call nobody."""
    status = func.coalesce(_TICKETS.c.status, Status.NEW.value)
    keys = [_TABLE.c.severity, _TABLE.c.category, _age(now), status == Status.NEW.value]
    joined = _TABLE.outerjoin(_TICKETS, _TICKETS.c.incident_id == _TABLE.c.id)
    query = select(*keys, func.count()).select_from(joined)
    query = query.where(
        *_standing(tenant),
        status != Status.RESOLVED.value,
        _TICKETS.c.suppressed_by.is_(None),
    )
    # By their places, for a parameter of an expression is not the same one twice.
    numbers: list[Any] = [literal_column(str(number)) for number in range(1, len(keys) + 1)]
    rows = connection.execute(query.group_by(*numbers))
    return [
        Waiting(Severity(row[0]), Category(row[1]), int(row[2]), bool(row[3]), int(row[4]))
        for row in rows
    ]


def raised(
    connection: Connection, bounds: Sequence[int], tenant: str | None = None
) -> list[Raised]:
    """The incidents that call people by when they began: between each two of `bounds`, which
    ascend."""
    # What began since then was not added to before it: the order of the list is its own index.
    since = (_TABLE.c.updated >= bounds[0], _TABLE.c.id >= first_id(bounds[0]))
    steps = [(_TABLE.c.id < first_id(bound), number) for number, bound in enumerate(bounds[1:])]
    query = select(case(*steps, else_=-1), _TABLE.c.severity, func.count())
    query = query.where(*_standing(tenant), *since)
    rows = connection.execute(query.group_by(literal_column("1"), literal_column("2")))
    return [
        Raised(int(span), Severity(severity), count) for span, severity, count in rows if span >= 0
    ]


def in_hand(connection: Connection, now: int, own: str, tenant: str | None = None) -> InHand:
    """The open tickets that call somebody; `own` is whose own are counted."""
    table = _TICKETS
    parts = (
        table.c.due <= now,
        table.c.assignee.is_(None),
        table.c.assignee == own,
        table.c.kind == Kind.APPEAL.value,
    )
    query = select(*(func.coalesce(func.sum(case((part, 1), else_=0)), 0) for part in parts))
    query = query.where(
        table.c.status.in_(sorted(one.value for one in OPEN)),
        table.c.suppressed_by.is_(None),
        table.c.subject_key.is_(None) | table.c.subject_key.not_in(_restricted()),
    )
    return InHand(*map(int, connection.execute(_of(query, table, tenant)).one()))


def measures_in(
    connection: Connection, states: Collection[State], tenant: str | None = None
) -> int:
    """The measures in these states, messages aside."""
    table = tables.measures
    query = _count(
        table,
        table.c.state.in_(sorted(one.value for one in states)),
        table.c.step != Step.NOTIFY.word,
        table.c.subject_key.not_in(_restricted()),
    )
    return _number(connection, _of(query, table, tenant))


def cases_in(
    connection: Connection, state: Case, tenant: str | None = None, but: str | None = None
) -> int:
    """The cases of lost factors in this state, without those that somebody began or proved."""
    table = tables.recoveries
    others = (table.c.requester, table.c.prover) if but is not None else ()
    query = _count(
        table,
        table.c.state == state.value,
        table.c.subject_key.not_in(_restricted()),
        *(or_(column.is_(None), column != but) for column in others),
    )
    return _number(connection, _of(query, table, tenant))


def resolved(connection: Connection, since: int, tenant: str | None = None) -> int:
    """The tickets of incidents that were resolved since then."""
    query = _count(
        _TICKETS,
        # Looked for by when they changed, which has an index.
        _TICKETS.c.updated >= since,
        _TICKETS.c.resolved >= since,
        _TICKETS.c.incident_id.is_not(None),
        _TICKETS.c.subject_key.is_(None) | _TICKETS.c.subject_key.not_in(_restricted()),
    )
    return _number(connection, _of(query, _TICKETS, tenant))


def carried_out(connection: Connection, since: int, tenant: str | None = None) -> int:
    """The measures that were carried out since then, messages aside."""
    table = tables.measures
    query = _count(
        table,
        table.c.updated >= since,
        table.c.confirmed >= since,
        table.c.step != Step.NOTIFY.word,
        table.c.subject_key.not_in(_restricted()),
    )
    return _number(connection, _of(query, table, tenant))


def events(connection: Connection, since: int, until: int) -> int:
    """The events of that time, `until` not included."""
    table = tables.events
    query = _count(table, table.c.id >= first_id(since), table.c.id < first_id(until))
    return _number(connection, query)


def last_event(connection: Connection, but: str) -> int | None:
    """When the last event of all sources but one was; None before the first."""
    table = tables.sources
    query = select(func.max(table.c.last_event)).where(table.c.name != but)
    return connection.execute(query).scalar() or None


def _standing(tenant: str | None) -> tuple[ColumnElement[bool], ...]:
    own = () if tenant is None else (_TABLE.c.tenant == tenant,)
    return (
        _TABLE.c.severity >= int(LEAST),
        _TABLE.c.withdrawn.is_(False),
        _TABLE.c.subject_key.not_in(_restricted()),
        *own,
    )


def _age(now: int) -> ColumnElement[int]:
    steps = [(_TABLE.c.updated > now - age, number) for number, age in enumerate(AGES)]
    return case(*steps, else_=len(AGES))


def _restricted() -> Select[tuple[int]]:
    held = tables.restrictions
    return select(held.c.subject_key).where(held.c.until.is_(None))


def _of(query: Select[Any], table: Any, tenant: str | None) -> Select[Any]:
    return query if tenant is None else query.where(table.c.tenant == tenant)


def _count(table: Any, *where: ColumnElement[bool]) -> Select[Any]:
    return select(func.count()).select_from(table).where(and_(*where))


def _number(connection: Connection, query: Select[Any]) -> int:
    return int(connection.execute(query).scalar_one())
