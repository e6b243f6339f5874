"""What the daemon does by itself for tenants whose policy asks for a factor: days begin and are
told of, people are reminded, and once they are over the gate asks for one."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from alerts.policy import Mode
from alerts.responders.gate import CHALLENGE
from alerts.responders.roster import Roster
from detectors.core.context import AccountKind
from detectors.core.event import DAY
from monitor.directory.account import State
from monitor.services import requirement
from monitor.services.actor import DAEMON
from monitor.services.audit import record
from monitor.services.enrolment_notices import tell_subscriber
from monitor.services.leaving import reference_of
from monitor.services.requirement import PROVING
from monitor.services.subscriber import Subscriber
from monitor.services.suspicion import REQUIRED
from monitor.store import enrolments, gate_changes, policies, restrictions, tables
from monitor.store.enrolments import GraceRow

AHEAD: Final = 3 * DAY
"""How long (ms) before their days are over people are reminded."""
DEMANDED: Final = "enrolment:demand"
BEGUN: Final = "enrolment:require"
"""What the audit calls it."""
_USED: Final = (State.ACTIVE.value, State.PROVISIONAL.value)


def begin_days(connection: Connection, roster: Roster, address: str, now: int, most: int) -> int:
    """Let the days begin of people who have to have a factor and have none, as far as the directory
    knows them; of how many. Their page is at `address`."""
    asked = _asked(connection)
    found = _without(connection, asked, most) if asked else []
    for subscriber in found:
        row = requirement.begin(connection, subscriber, now)
        if row is not None:
            _tell(connection, roster, "enrolment_required", row, address, now)
            told = {"until": row.until}
            reference = reference_of(subscriber.subject)
            record(connection, DAEMON, BEGUN, reference, tenant=subscriber.tenant, content=told)
    return len(found)


def remind(connection: Connection, roster: Roster, address: str, now: int, most: int) -> int:
    """Remind those whose days are nearly over; how many."""
    hidden = restrictions.hidden(connection)
    found = enrolments.to_remind(connection, now, AHEAD, hidden, most)
    for row in found:
        if _stands(connection, row):
            _tell(connection, roster, "enrolment_reminder", row, address, now)
            enrolments.note_reminded(connection, row, now)
    return len(found)


def demand(connection: Connection, now: int, most: int) -> int:
    """Let the gate ask those for a factor whose days are over; how many."""
    hidden = restrictions.hidden(connection)
    found = enrolments.to_demand(connection, now, CHALLENGE, hidden, most)
    for row in found:
        if _stands(connection, row):
            _put(connection, row, now)
    return len(found)


def release(connection: Connection, most: int) -> int:
    """Ask those no longer whose tenant's policy does not ask any more, and those who have set one
    up just as they were asked; how many."""
    found = enrolments.of_others(connection, _asked(connection), most)
    found += enrolments.with_factor(connection, PROVING, most)
    for row in found:
        _end(connection, row)
    return len(found)


def lift(connection: Connection, subscriber: Subscriber) -> bool:
    """The gate asks somebody no longer for a factor because there is none; whether it did."""
    table = tables.gate_list
    mine = (
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
        table.c.key == order_key(subscriber.key),
    )
    gone = connection.execute(delete(table).where(*mine)).rowcount
    if gone:
        gate_changes.tell(connection, subscriber.tenant, subscriber.account)
    return bool(gone)


def order_key(subject_key: int) -> str:
    """What the gate's entry is known by that asks somebody to set up a factor."""
    return f"{REQUIRED}{subject_key}"


def _stands(connection: Connection, row: GraceRow) -> bool:
    """Whether somebody still has to have a factor and has none; their days end where not."""
    subscriber = Subscriber(row.tenant, row.account)
    days = requirement.days_of(connection, row.tenant)
    if days is not None and not requirement.has_factor(connection, subscriber):
        return True
    _end(connection, row)
    return False


def _end(connection: Connection, row: GraceRow) -> None:
    enrolments.end_grace(connection, row.tenant, row.account)
    lift(connection, Subscriber(row.tenant, row.account))


def _asked(connection: Connection) -> set[str]:
    """The tenants whose policy asks for a factor now."""
    policy = policies.holding(connection).policy
    if policy.mode is not Mode.ACT:
        return set()
    return {uid for uid, terms in policy.tenants.items() if terms.enrolment_days is not None}


def _put(connection: Connection, row: GraceRow, now: int) -> None:
    kind = postgresql if connection.dialect.name == "postgresql" else sqlite
    values = {
        "tenant": row.tenant,
        "account": row.account,
        "verdict": CHALLENGE,
        "subject_key": row.subject_key,
        "since": now,
        "until": None,
        "key": order_key(row.subject_key),
    }
    made = kind.insert(tables.gate_list).values(values).on_conflict_do_nothing()
    if connection.execute(made.returning(tables.gate_list.c.key)).first() is not None:
        gate_changes.tell(connection, row.tenant, row.account)
        reference = reference_of(Subscriber(row.tenant, row.account).subject)
        record(connection, DAEMON, DEMANDED, reference, tenant=row.tenant)


def _tell(
    connection: Connection, roster: Roster, template: str, row: GraceRow, address: str, now: int
) -> None:
    values = {"mine": f"{address}/me" if address else ""}
    key = f"{order_key(row.subject_key)}.{row.since}"
    subscriber = Subscriber(row.tenant, row.account)
    tell_subscriber(connection, roster, subscriber, template, key, now, values, row.until)


def _without(connection: Connection, tenants: Collection[str], most: int) -> list[Subscriber]:
    """People of these tenants without a factor, whose days have not begun."""
    known, grace, factors = tables.accounts, tables.enrolment_grace, tables.factors
    begun = select(grace.c.since).where(
        grace.c.tenant == known.c.tenant, grace.c.account == known.c.uid
    )
    has = select(factors.c.id).where(
        factors.c.subject_key == known.c.account_key, factors.c.kind.in_(sorted(PROVING))
    )
    query = (
        select(known.c.tenant, known.c.uid)
        .where(
            known.c.tenant.in_(sorted(tenants)),
            known.c.kind == AccountKind.PERSON.value,
            known.c.state.in_(_USED),
            known.c.account_key.not_in(restrictions.hidden(connection)),
            ~begun.exists(),
            ~has.exists(),
        )
        .order_by(known.c.tenant, known.c.uid)
        .limit(most)
    )
    return [Subscriber(tenant, uid) for tenant, uid in connection.execute(query)]
