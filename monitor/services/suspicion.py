"""Whether anything stands against an account or one of its sessions: then whoever is in it proves
nothing by setting up a first factor on the spot, for it may be the stranger."""

from enum import StrEnum
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select

from alerts.ladder import Step
from alerts.measure import OPEN, TOUCHED
from alerts.ticket import Status
from detectors.core.event import DAY
from monitor.mfa.challenge import Reason, State
from monitor.services.opening import LEAST
from monitor.services.subscriber import Subscriber
from monitor.store import measures, tables

RECENT: Final = DAY
"""So long a challenge counts that was answered wrongly too often, or denied."""
REQUIRED: Final = "enrolment."
"""What the gate's entries begin with that ask for a factor because there is none, and not because
of anything that was seen."""
_ASKED: Final = (Reason.UNUSUAL.value, Reason.REVIEW.value)
_FAILED: Final = (State.LOCKED.value, State.DENIED.value)


class Suspicion(StrEnum):
    """What stands."""

    INCIDENT = "incident"
    """What was found is not settled yet."""
    MEASURE = "measure"
    """Something was decided about the account, or is about to be."""
    DEMAND = "demand"
    """The gate asks for a proof, or turns the account away."""
    CHALLENGE = "challenge"
    """A proof is asked for because of something unusual, or was not given."""


def suspicion_of(
    connection: Connection, subscriber: Subscriber, session: str | None, now: int
) -> Suspicion | None:
    """What stands against an account at `now` (ms), or against a session of it (none: against any
    of them); None where nothing does."""
    if _has_incident(connection, subscriber):
        return Suspicion.INCIDENT
    standing = measures.of_account(connection, subscriber.subject, OPEN | TOUCHED)
    if any(one.step > Step.NOTIFY for one in standing):
        return Suspicion.MEASURE
    if _is_at_gate(connection, subscriber, now):
        return Suspicion.DEMAND
    if _is_demanded(connection, subscriber, session, now):
        return Suspicion.DEMAND
    if _is_challenged(connection, subscriber, session, now):
        return Suspicion.CHALLENGE
    return None


def _has_incident(connection: Connection, subscriber: Subscriber) -> bool:
    """An incident that calls people, and that nobody has settled; what somebody answers for until a
    day is none."""
    incidents, tickets = tables.incidents, tables.tickets
    is_settled = (tickets.c.status == Status.RESOLVED.value) | tickets.c.suppressed_by.is_not(None)
    settled = select(tickets.c.id).where(tickets.c.incident_id == incidents.c.id, is_settled)
    query = select(incidents.c.id).where(
        incidents.c.subject_key == subscriber.key,
        incidents.c.tenant == subscriber.tenant,
        incidents.c.subject == subscriber.account,
        incidents.c.severity >= LEAST.value,
        incidents.c.withdrawn.is_(False),
        ~settled.exists(),
    )
    return connection.execute(query.limit(1)).first() is not None


def _is_at_gate(connection: Connection, subscriber: Subscriber, now: int) -> bool:
    table = tables.gate_list
    query = select(table.c.verdict).where(
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
        or_(table.c.until.is_(None), table.c.until > now),
        table.c.verdict != "revoked",
        table.c.key.not_like(f"{REQUIRED}%"),
    )
    return connection.execute(query.limit(1)).first() is not None


def _is_demanded(
    connection: Connection, subscriber: Subscriber, session: str | None, now: int
) -> bool:
    table = tables.session_demands
    query = select(table.c.session).where(
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
        or_(table.c.until.is_(None), table.c.until > now),
        table.c.reason.in_(_ASKED),
        *([] if session is None else [table.c.session == session]),
    )
    return connection.execute(query.limit(1)).first() is not None


def _is_challenged(
    connection: Connection, subscriber: Subscriber, session: str | None, now: int
) -> bool:
    table = tables.challenges
    asked: ColumnElement[bool] = and_(
        table.c.state == State.OPEN.value, table.c.expires > now, table.c.reason.in_(_ASKED)
    )
    if session is not None:
        asked = and_(asked, table.c.session.in_((session, "")))
    failed = and_(table.c.state.in_(_FAILED), table.c.settled > now - RECENT)
    query = select(table.c.id).where(
        table.c.subject_key == subscriber.key,
        table.c.tenant == subscriber.tenant,
        table.c.account == subscriber.account,
        or_(asked, failed),
    )
    return connection.execute(query.limit(1)).first() is not None
